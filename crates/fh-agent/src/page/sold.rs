//! What was sold: the sums of today on the overview, and of any days on a page of its own.

use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
};
use fh_outbox::{Divide, Report, ReportQuery, Span};
use fh_types::jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Failed, foreign, frame, known, now};
use crate::{
    inside::Shared,
    sheet::{self, NOTHING_SOLD, SUMS, untaxed},
};

/// The sums of a day, for the overview; nothing on a day without sales.
pub(super) async fn of_today(agent: &Shared) -> Result<Markup, Failed> {
    let today = now().civil().date();
    let query = ReportQuery::new(Span::day(today), Divide::Currency);
    let report = known(agent, agent.outbox.report(query).await)?;
    Ok(html! {
        @if !report.sales.is_empty() {
            section aria-labelledby="sold-title" {
                h2 #sold-title { "Sold today" }
                (sums(&report))
                p.more { a href={ "/reports?from=" (today) "&to=" (today) "&by=tax" } { "By tax, and other days" } }
            }
        }
    })
}

/// What somebody asks for. Nonsense in an address asks for this month.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    to: String,
    by: String,
}

pub(super) async fn show(State(agent): State<Shared>, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let today = now().civil().date();
    let to: Date = asked.to.trim().parse().unwrap_or(today);
    let from: Date = asked.from.trim().parse().unwrap_or_else(|_| to.first_of_month());
    let by = Divide::from_name(&asked.by).unwrap_or(Divide::Day);
    let (from, to) = (from.min(to), from.max(to));
    let query = ReportQuery::new(Span::Days { from, to }, by);
    let report = known(&agent, agent.outbox.report(query).await)?;
    let files = format!("from={from}&to={to}&format=csv");
    let body = html! {
        nav { a href="/" { "Back to the overview" } }
        section.card aria-labelledby="report-title" {
            h1 #report-title { "What was sold" }
            form.search #report-form method="get" action="/reports" {
                div {
                    label for="from" { "From" }
                    input #from type="date" name="from" value=(from) required;
                }
                div {
                    label for="to" { "To" }
                    input #to type="date" name="to" value=(to) required;
                }
                div {
                    label for="by" { "By" }
                    select #by name="by" {
                        @for way in Divide::ALL { option value=(way.name()) selected[way == by] { (named(way)) } }
                    }
                }
                button type="submit" { "Show" }
            }
            @if report.sales.is_empty() { p { (NOTHING_SOLD) } }
            @else { (sums(&report)) }
            (unsettled(&report))
            @if !report.sales.is_empty() {
                p.links {
                    a #export-report download={ "sold-" (from) "-" (to) ".csv" } href={ "/v1/reports?" (files) "&by=" (by.name()) } { "These sums as a file" }
                    a #export-documents download={ "documents-" (from) "-" (to) ".csv" } href={ "/v1/ledger?" (files) } { "The documents" }
                    a #export-lines download={ "lines-" (from) "-" (to) ".csv" } href={ "/v1/ledger?" (files) "&of=lines" } { "Their lines" }
                }
            }
        }
    };
    Ok(Html(frame(&agent, "What was sold", true, &body).into_string()).into_response())
}

/// What a report is divided by, for people.
fn named(by: Divide) -> &'static str {
    match by {
        Divide::Day => "day",
        Divide::Tax => "tax",
        Divide::Lane => "device",
        Divide::Station => "till",
        Divide::Payment => "way to pay",
        Divide::Hour => "hour",
        _ => "currency",
    }
}

/// The sums as a table.
fn sums(report: &Report) -> Markup {
    let first = match report.by {
        Divide::Currency => None,
        by => Some(named(by)),
    };
    html! {
        table.sums {
            thead {
                tr {
                    @if let Some(first) = first { th scope="col" { (capital(first)) } }
                    @for (at, heading) in SUMS.into_iter().enumerate() { th.number[at > 0] scope="col" { (heading) } }
                }
            }
            tbody {
                @for sales in &report.sales {
                    tr {
                        @if first.is_some() {
                            td {
                                @match &sales.tax {
                                    Some(tax) => {
                                        (sheet::rate(tax.rate)) " " span.hint { (foreign(&tax.codes.join(", "))) }
                                    }
                                    None if sales.part.is_empty() => { "not said" }
                                    None if report.by == Divide::Hour => { (sales.part) ":00" }
                                    None => { (foreign(&sales.part)) }
                                }
                            }
                        }
                        td { (foreign(&sales.currency)) }
                        td.number { (sales.invoices.documents) }
                        td.number { (sales.credit_notes.documents) }
                        td.number { (sales.net) }
                        td.number { (sales.tax_amount) }
                        td.number { strong { (sales.gross) } }
                    }
                }
            }
        }
        @if let Some(untaxed) = untaxed(report) { p.hint { (untaxed) } }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is not among the sums.
fn unsettled(report: &Report) -> Markup {
    html! {
        @if !report.unsettled.is_empty() {
            h2 { "Not in these sums" }
            ul #unsettled {
                @for of in &report.unsettled { li { (foreign(&sheet::unsettled(of))) } }
            }
        }
    }
}
