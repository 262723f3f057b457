//! Documents of any days: found, filtered, and read page by page.

use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
};
use fh_outbox::{LedgerEntry, LedgerPlace, LedgerQuery, Standing};
use fh_types::jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    frame::{Failed, foreign, known, now, part},
    language::say,
    rows,
};
use crate::{address::escaped, inside::Shared};

/// How many documents are on a page.
const PAGE: usize = 50;
/// Before the first of anything, and after the last: a till's clock may have been anywhere.
const BEGINNING: Date = Date::constant(1970, 1, 1);
const END: Date = Date::constant(9999, 12, 31);

/// What somebody looks for. Nonsense in an address looks for nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    from: String,
    to: String,
    search: String,
    state: String,
    lane: String,
    /// The page of those after this one.
    older: String,
    /// The page of those before this one.
    newer: String,
}

/// What can be chosen of where a document stands. Names of states, which other parts of this program use, lead to the same.
fn standings(name: &str) -> Vec<Option<Standing>> {
    match name {
        "needs" | "parked" => vec![
            Some(Standing::InDoubt),
            Some(Standing::Red),
            Some(Standing::Rejected),
            Some(Standing::Expired),
        ],
        "waiting" | "open" | "queued" | "sending" | "accepted" => vec![Some(Standing::Open), Some(Standing::InDoubt)],
        "fiscalised" => vec![None],
        "in_doubt" | "unknown" => vec![Some(Standing::InDoubt)],
        "red" => vec![Some(Standing::Red)],
        "rejected" => vec![Some(Standing::Rejected)],
        "expired" => vec![Some(Standing::Expired)],
        "skipped" => vec![Some(Standing::Skipped)],
        _ => Vec::new(),
    }
}

impl Look {
    /// The days. Left out, what is not settled is looked for in all of them, and everything else from the beginning of last month on.
    fn days(&self, today: Date) -> (Date, Date) {
        let standings = standings(&self.state);
        let is_unsettled = !standings.is_empty() && !standings.contains(&None);
        let to: Date = self.to.trim().parse().unwrap_or(if is_unsettled { END } else { today });
        let from = self.from.trim().parse().unwrap_or_else(|_| {
            if is_unsettled {
                return BEGINNING;
            }
            let month = to.first_of_month();
            month.yesterday().map_or(month, Date::first_of_month)
        });
        (from.min(to), to.max(from))
    }

    /// The same in another page, or in other days.
    fn address(&self, (from, to): (Date, Date), page: Option<(&str, LedgerPlace)>) -> String {
        let mut address = format!(
            "/documents?from={from}&to={to}&search={}&state={}&lane={}",
            escaped(self.search.trim()),
            escaped(&self.state),
            escaped(&self.lane)
        );
        if let Some((name, place)) = page {
            address.push_str(&format!("&{name}={place}"));
        }
        address
    }
}

/// A page of documents, and whether there are others on both sides of it.
struct Found {
    entries: Vec<LedgerEntry>,
    has_newer: bool,
    has_older: bool,
}

async fn find(agent: &Shared, look: &Look, (from, to): (Date, Date)) -> Result<Found, Failed> {
    // One more than is shown tells whether there is another page.
    let mut query = LedgerQuery::new(from, to)
        .search(look.search.trim())
        .standing(standings(&look.state))
        .limit(PAGE + 1);
    query.lane = Some(look.lane.clone()).filter(|lane| !lane.is_empty());
    let newer: Option<LedgerPlace> = look.newer.parse().ok();
    let older: Option<LedgerPlace> = look.older.parse().ok();
    if newer.is_some() {
        let mut entries = known(agent, agent.outbox.ledger(query.after(newer)).await)?;
        let has_newer = entries.len() > PAGE;
        entries.truncate(PAGE);
        entries.reverse();
        return Ok(Found {
            entries,
            has_newer,
            has_older: true,
        });
    }
    let mut entries = known(agent, agent.outbox.ledger(query.newest_first().after(older)).await)?;
    let has_older = entries.len() > PAGE;
    entries.truncate(PAGE);
    Ok(Found {
        entries,
        has_newer: older.is_some(),
        has_older,
    })
}

pub(super) async fn show(State(agent): State<Shared>, Query(look): Query<Look>) -> Result<Response, Failed> {
    let now = now();
    let days = look.days(now.civil().date());
    let found = find(&agent, &look, days).await?;
    let mut items = Vec::with_capacity(found.entries.len());
    for sold in &found.entries {
        let entry = known(&agent, agent.outbox.find(&sold.document).await)?;
        items.push(rows::sold(sold, &entry, now));
    }
    let page = |name, entry: Option<&LedgerEntry>| entry.map(|entry| look.address(days, Some((name, entry.place))));
    let newer = page("newer", found.entries.first()).filter(|_| found.has_newer);
    let older = page("older", found.entries.last()).filter(|_| found.has_older);
    let body = html! {
        h1 { (say("Documents")) }
        (form(&look, days))
        section #documents data-live aria-labelledby="found-title" {
            h2 #found-title {
                @if look.search.trim().is_empty() { (say("Documents")) } @else { (say("Found")) }
                @if !look.lane.is_empty() { ", lane " (foreign(&look.lane)) }
            }
            @if items.is_empty() {
                p { (say("Nothing of that kind is in these days.")) }
                @if days.0 > BEGINNING || days.1 < END { p { a #all-days href=(look.address((BEGINNING, END), None)) { (say("Look in all days")) } } }
            } @else {
                ul.documents { @for item in &items { (item) } }
            }
            nav.pages aria-label=(say("Pages")) {
                @if let Some(newer) = newer {
                    a href=(look.address(days, None)) rel="first" { (say("Newest")) }
                    a href=(newer) rel="prev" { (say("Newer")) }
                }
                @if let Some(older) = older { a href=(older) rel="next" { (say("Older")) } }
            }
        }
    };
    Ok(Html(part(&agent, say("Documents"), "/documents", &body).into_string()).into_response())
}

fn form(look: &Look, (from, to): (Date, Date)) -> Markup {
    let states = [
        ("", say("All")),
        ("needs", say("Needs somebody")),
        ("waiting", say("On their way")),
        ("fiscalised", say("Fiscalised")),
        ("in_doubt", say("May have arrived")),
        ("red", say("Keeps the fiscal day open")),
        ("rejected", say("Rejected")),
        ("expired", say("Never decided")),
        ("skipped", say("Skipped")),
    ];
    html! {
        form.search role="search" method="get" action="/documents" {
            div {
                label for="search" { (say("Number, buyer, TIN, amount or code")) }
                input #search type="search" name="search" value=(look.search.trim()) autocomplete="off" spellcheck="false";
            }
            div {
                label for="from" { (say("From")) }
                input #from type="date" name="from" value=(from);
            }
            div {
                label for="to" { (say("To")) }
                input #to type="date" name="to" value=(to);
            }
            div {
                label for="state" { (say("Show")) }
                select #state name="state" {
                    @for (value, label) in states { option value=(value) selected[value == look.state] { (label) } }
                }
            }
            @if !look.lane.is_empty() { input type="hidden" name="lane" value=(look.lane); }
            button type="submit" { (say("Search")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_somebody_is_looked_for_in_all_days_and_the_rest_since_last_month() {
        let today: Date = "2026-11-27".parse().unwrap();
        let look = |state: &str| Look {
            state: state.to_owned(),
            ..Look::default()
        };
        assert_eq!(look("").days(today).0.to_string(), "2026-10-01");
        assert_eq!(
            look("needs").days(today),
            (BEGINNING, END),
            "a till's clock may be ahead"
        );
        let turned = Look {
            from: "2026-11-20".to_owned(),
            to: "2026-11-02".to_owned(),
            ..Look::default()
        };
        assert_eq!(turned.days(today).0.to_string(), "2026-11-02");
    }
}
