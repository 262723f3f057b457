//! What is fiscalised against a till's list, a Z-report, or what the service answers.

use axum::{
    extract::{Multipart, Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use fh_outbox::{Reconciliation, Statuses, ZComparison};
use fh_types::jiff::civil::Date;
use fiscal_harmony::ErrorKind;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    frame::{Failed, failed, foreign, part},
    language::say,
};
use crate::{
    address::escaped,
    inside::Shared,
    list::Columns,
    problem::{Problem, bad_request},
    reconciling::{NotCompared, OfList, against_list, against_statuses, against_z_report},
    sheet,
};

/// The longest list: a hundred thousand documents and more.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;
/// So many differences are shown; the rest is counted, and `fh reconcile` names all.
const MOST: usize = 1_000;

/// What the service is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    z_report: String,
    statuses: String,
    lane: String,
}

pub(super) async fn show(State(agent): State<Shared>, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let lane = Some(asked.lane.as_str()).filter(|lane| !lane.is_empty());
    let of_lane = agent
        .lane(lane)
        .ok_or_else(|| failed(&agent, bad_request("There is no such lane here.")))?;
    let (client, name) = (of_lane.client.clone(), Some(of_lane.name.clone()));
    let found = if !asked.statuses.is_empty() {
        let found = against_statuses(&agent.outbox, &client, name).await;
        Some(of_statuses(&told(&agent, found)?))
    } else if !asked.z_report.trim().is_empty() {
        let day = asked.z_report.trim().parse().map_err(|_| {
            failed(
                &agent,
                bad_request("A fiscal day is a number, such as 212. Go back and give one."),
            )
        })?;
        let found = against_z_report(&agent.outbox, &client, day, None, name).await;
        Some(of_z_report(&told(&agent, found)?, day))
    } else {
        None
    };
    Ok(page(&agent, found.as_ref()))
}

fn told<T>(agent: &Shared, found: Result<T, NotCompared>) -> Result<T, Failed> {
    found.map_err(|error| match error {
        NotCompared::Outbox(error) => failed(agent, error),
        NotCompared::Service(error) => {
            let (status, title) = match error.kind() {
                ErrorKind::NotFound => (StatusCode::NOT_FOUND, "The service has no such report"),
                _ => (StatusCode::BAD_GATEWAY, "The service gives no answer to that"),
            };
            failed(agent, Problem::new(status, title, error.to_string()))
        }
        NotCompared::NoDays => failed(
            agent,
            bad_request("The list says no dates. Go back and give the days that it speaks of."),
        ),
        NotCompared::Backwards { from, to } => failed(
            agent,
            bad_request(format!("{from} is after {to}. Go back and mend it.")),
        ),
    })
}

/// A till's list comes as a file.
pub(super) async fn upload(State(agent): State<Shared>, mut parts: Multipart) -> Result<Response, Failed> {
    let wrong = |why: String| failed(&agent, bad_request(format!("{why} Go back and mend it.")));
    let (mut list, mut columns, mut days) = (Vec::new(), Columns::default(), (None::<Date>, None::<Date>));
    while let Some(field) = parts
        .next_field()
        .await
        .map_err(|error| wrong(format!("{}.", error.body_text())))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field
            .bytes()
            .await
            .map_err(|error| wrong(format!("{}.", error.body_text())))?;
        if name == "list" {
            list = bytes.to_vec();
            continue;
        }
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        if text.is_empty() {
            continue;
        }
        let day = || {
            let day = text.parse::<Date>();
            day.map(Some)
                .map_err(|_| wrong(format!("{text:?} is no day such as 2026-11-30.")))
        };
        match name.as_str() {
            "from" => days.0 = day()?,
            "to" => days.1 = day()?,
            "number" => columns.number = Some(text),
            "total" => columns.total = Some(text),
            "tax" => columns.tax = Some(text),
            "currency" => columns.currency = Some(text),
            "date" => columns.date = Some(text),
            "decimal" => columns.decimal = text.chars().next(),
            _ => {}
        }
    }
    if list.is_empty() {
        return Err(wrong("No list was sent.".to_owned()));
    }
    let list = columns
        .read(&list)
        .map_err(|why| wrong(format!("The list cannot be read: {why}.")))?;
    let found = told(&agent, against_list(&agent.outbox, &list, days, None).await)?;
    Ok(page(&agent, Some(&of_list(&found))))
}

fn page(agent: &Shared, found: Option<&Markup>) -> Response {
    let body = html! {
        h1 { (say("Hold it against other lists")) }
        @if let Some(found) = found { section.card #result role="status" { (found) } }
        (list_form())
        (service_forms(agent))
    };
    Html(part(agent, say("Hold it against other lists"), "/reports", &body).into_string()).into_response()
}

fn list_form() -> Markup {
    let headings = [
        ("number", say("Number")),
        ("total", say("Total")),
        ("tax", say("Tax")),
        ("currency", say("Currency")),
        ("date", say("Date")),
    ];
    html! {
        section.card aria-labelledby="list-title" {
            h2 #list-title { (say("A till’s list")) }
            form #list-form method="post" action="/reports/reconcile" enctype="multipart/form-data" {
                label for="list" { (say("The list, as CSV with headings")) }
                input #list type="file" name="list" accept=".csv,text/csv,text/plain" required;
                label for="from" { (say("From; the first date in the list, if you say nothing")) }
                input #from type="date" name="from";
                label for="to" { (say("To")) }
                input #to type="date" name="to";
                details #columns {
                    summary #columns-summary { (say("Headings that are not found by themselves")) }
                    @for (name, label) in headings {
                        label for={ "column-" (name) } { (label) }
                        input id={ "column-" (name) } name=(name) autocomplete="off" maxlength="100";
                    }
                    label for="decimal" { (say("Decimals stand after")) }
                    select #decimal name="decimal" { option value="." { "." } option value="," { "," } }
                }
                button.primary #compare type="submit" { (say("Compare")) }
            }
        }
    }
}

fn service_forms(agent: &Shared) -> Markup {
    let lanes = |of: &str| {
        html! {
            @if agent.lanes.len() > 1 {
                label for={ (of) "-lane" } { (say("Device")) }
                select id={ (of) "-lane" } name="lane" { @for lane in &agent.lanes { option value=(lane.name) { (lane.name) } } }
            }
        }
    };
    html! {
        section.card aria-labelledby="z-title" {
            h2 #z-title { (say("A Z-report")) }
            form method="get" action="/reports/reconcile" {
                (lanes("z"))
                label for="z-report" { (say("Number of the fiscal day")) }
                input #z-report name="z_report" inputmode="numeric" required autocomplete="off";
                button type="submit" { (say("Compare")) }
            }
        }
        section.card aria-labelledby="statuses-title" {
            h2 #statuses-title { (say("The service’s answers of the last seven days")) }
            form method="get" action="/reports/reconcile" {
                (lanes("statuses"))
                input type="hidden" name="statuses" value="yes";
                button #statuses type="submit" { (say("Ask and compare")) }
            }
        }
    }
}

fn verdict(agree: u64, differences: usize) -> Markup {
    html! {
        p.standing {
            @if differences == 0 && agree == 0 { strong { (say("Nothing could be compared")) "." } }
            @else if differences == 0 { strong { (say("Everything that could be compared agrees")) ": " (agree) "." } }
            @else { strong { (differences) " " (say("differences")) } ", " (agree) " " (say("agree")) "." }
        }
    }
}

fn link(document: Option<&str>, number: &str) -> Markup {
    html! {
        @match document {
            Some(document) => { a href={ "/documents/" (escaped(document)) } { (foreign(number)) } }
            None => { (foreign(number)) }
        }
    }
}

fn of_list(of_list: &OfList) -> Markup {
    let found: &Reconciliation = &of_list.found;
    html! {
        h2 { (say("A till’s list")) ", " (of_list.from) " – " (of_list.to) }
        (verdict(found.agree, found.discrepancies.len()))
        @if !found.discrepancies.is_empty() {
            table.differences {
                thead { tr { th scope="col" { (say("Number")) } th scope="col" { (say("Row")) } th scope="col" { (say("What differs")) } } }
                tbody {
                    @for one in found.discrepancies.iter().take(MOST) {
                        tr {
                            td { (link(one.document.as_deref(), &one.number)) }
                            td { @if let Some(row) = one.row { (row) } }
                            td.foreign { (foreign(&one.what.to_string())) }
                        }
                    }
                }
            }
        }
        @if !found.not_compared.is_empty() {
            p.hint { (say("Not compared, because one side does not say it:")) " " (found.not_compared.iter().copied().collect::<Vec<_>>().join(", ")) }
        }
    }
}

fn of_z_report(found: &ZComparison, day: i64) -> Markup {
    html! {
        h2 { (say("A Z-report")) ", " (day) }
        (verdict(found.agree, found.differences.len()))
        @for difference in &found.differences {
            p {
                strong { (difference.of.name()) }
                @if let Some(currency) = &difference.currency { " " (foreign(currency)) }
                @if let Some(rate) = difference.rate { " " (sheet::rate(rate)) }
                ": " (difference.ours) " " (say("here")) ", " (difference.theirs) " " (say("in the Z-report"))
            }
            @if !difference.candidates.is_empty() {
                ul.candidates {
                    @for candidate in &difference.candidates {
                        li { (link(Some(&candidate.document), &candidate.number)) ": " (candidate.why) }
                    }
                }
            }
        }
        @if !found.not_compared.is_empty() {
            p.hint { (say("Not compared, because one side does not say it:")) " " (found.not_compared.iter().map(|of| of.name()).collect::<Vec<_>>().join(", ")) }
        }
        p.hint { (ZComparison::BLIND) }
    }
}

fn of_statuses(found: &Statuses) -> Markup {
    html! {
        h2 { (say("The service’s answers of the last seven days")) }
        (verdict(found.agree, found.discrepancies.len()))
        @if !found.discrepancies.is_empty() {
            table.differences {
                thead { tr { th scope="col" { (say("Number")) } th scope="col" { (say("What differs")) } } }
                tbody {
                    @for one in found.discrepancies.iter().take(MOST) {
                        tr { td { (link(Some(&one.document), &one.number)) } td.foreign { (foreign(&one.what.to_string())) } }
                    }
                }
            }
        }
        @if found.not_asked > 0 { p.hint { (found.not_asked) " " (say("documents of which no request is known any more were not asked about")) "." } }
        p.hint { (Statuses::BLIND) }
    }
}
