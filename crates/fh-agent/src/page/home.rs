//! Today: whether all is well, how much was sold, and what needs somebody.

use axum::{
    extract::{Query, RawQuery, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use fh_outbox::{Entry, Query as Wanted, State as Held, Stats};
use fh_types::CatDateTime;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    alarms,
    day::{Day, Headline},
    frame::{Failed, known, now, part},
    language::say,
    rows, sold, words,
};
use crate::inside::Shared;

/// How many of a kind the overview shows.
const FEW: usize = 10;
/// Nobody decides about more at once.
const MOST_PARKED: usize = 200;

const UNDER_WAY: [Held; 4] = [Held::Queued, Held::Sending, Held::Accepted, Held::Unknown];

/// What was once looked for here, and is looked for among the documents now.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    state: String,
    search: String,
    lane: String,
}

pub(super) async fn show(
    State(agent): State<Shared>,
    Query(look): Query<Look>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    if [&look.state, &look.search, &look.lane]
        .iter()
        .any(|text| !text.trim().is_empty())
    {
        let address = format!("/documents?{}", query.unwrap_or_default());
        return Ok(Redirect::to(&address).into_response());
    }
    let stats = known(&agent, agent.outbox.stats().await)?;
    let list = async |states: &[Held], limit| {
        let wanted = Wanted::default().states(states.iter().copied()).limit(limit);
        known(&agent, agent.outbox.list(wanted).await)
    };
    let parked = list(&[Held::Parked], MOST_PARKED).await?;
    let is_deserted = !agent
        .deserted(stats.lanes.iter().map(|lane| lane.lane.as_str()))
        .is_empty();
    let day = Day::of(&stats, &parked, is_deserted);
    let now = now();
    let rejected = list(&[Held::Rejected, Held::Expired], FEW).await?;
    let under_way = list(&UNDER_WAY, FEW).await?;
    let done = list(&[Held::Fiscalised, Held::Skipped], FEW).await?;
    let needs: Vec<_> = parked.into_iter().chain(rejected).collect();
    let refused = stats.count(Held::Parked) + stats.count(Held::Rejected) + stats.count(Held::Expired);
    let open = stats.open() - stats.count(Held::Parked);
    let headline = day.headline();
    let sold = sold::of_today(&agent).await?;
    let body = html! {
        section.glance #glance data-live aria-live="polite" { (glance(&headline, &stats)) }
        div #sold data-live { (sold) }
        div #to-know data-live { @if let Some(told) = alarms::told(&agent, &stats, now, false) { (told) } }
        (search())
        div #documents data-live {
            (section(say("Needs somebody"), &needs, refused, "/documents?state=needs", &stats, now))
            (section(say("On their way"), &under_way, open, "/documents?state=waiting", &stats, now))
            (section(say("Done lately"), &done, 0, "/documents", &stats, now))
        }
    };
    Ok(Html(part(&agent, &headline.text, "/", &body).into_string()).into_response())
}

fn glance(headline: &Headline, stats: &Stats) -> Markup {
    let total: u64 = stats.today.iter().map(|(_, count)| count).sum();
    html! {
        div.headline.(words::class(headline.mood)) {
            span.sign aria-hidden="true" { (words::sign(headline.mood)) }
            div {
                h1 { (headline.text) }
                @if let Some(detail) = &headline.detail { p { (detail) } }
            }
        }
        @if total > 0 {
            dl.counts {
                div { dt { (say("Taken in today")) } dd { (total) } }
                @for (state, count) in &stats.today {
                    div { dt { (say(words::label(*state))) } dd { (count) } }
                }
            }
        }
    }
}

fn search() -> Markup {
    html! {
        form.search role="search" method="get" action="/documents" {
            div {
                label for="search" { (say("Number, buyer, TIN, amount or code")) }
                input #search type="search" name="search" autocomplete="off" spellcheck="false";
            }
            button type="submit" { (say("Search")) }
        }
    }
}

fn section(title: &str, entries: &[Entry], of: u64, all: &str, stats: &Stats, now: CatDateTime) -> Markup {
    html! {
        @if !entries.is_empty() {
            section {
                h2 { (title) }
                (rows::list(entries, stats, now))
                @if of == 0 { p.more { a href=(all) { (say("All documents")) } } }
                @else if of > entries.len() as u64 { p.more { a href=(all) { (say("All")) " " (of) } } }
            }
        }
    }
}
