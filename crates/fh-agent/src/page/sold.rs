//! What was sold: the sums of today on the overview, and of any days on a page of its own.

use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
};
use fh_outbox::{Divide, Report, ReportQuery, Span};
use fh_types::jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    frame::{Failed, foreign, known, now, part},
    language::say,
};
use crate::{
    inside::Shared,
    sheet::{self, Format, NOTHING_SOLD, Rows, SUMS, untaxed},
};

/// The sums of a day, for the overview; nothing on a day without sales.
pub(super) async fn of_today(agent: &Shared) -> Result<Markup, Failed> {
    let today = now().civil().date();
    let query = ReportQuery::new(Span::day(today), Divide::Currency);
    let report = known(agent, agent.outbox.report(query).await)?;
    let query = ReportQuery::new(Span::day(today), Divide::Hour);
    let hours = known(agent, agent.outbox.report(query).await)?;
    Ok(html! {
        @if !report.sales.is_empty() {
            section aria-labelledby="sold-title" {
                h2 #sold-title { (say("Sold today")) }
                (sums(&report))
                (hourly(&hours))
                p.more { a href={ "/reports?from=" (today) "&to=" (today) "&by=tax" } { (say("By tax, and other days")) } }
            }
        }
    })
}

/// How many documents were sold in each hour, as a picture. Of money there would be as many pictures as currencies.
fn hourly(report: &Report) -> Markup {
    const HIGH: u64 = 64;
    const WIDE: usize = 20;
    let mut hours = [0_u64; 24];
    for sales in &report.sales {
        if let Some(hour) = sales.part.parse::<usize>().ok().and_then(|hour| hours.get_mut(hour)) {
            *hour += sales.invoices.documents + sales.credit_notes.documents;
        }
    }
    let most = hours.iter().copied().max().unwrap_or_default().max(1);
    let busiest = hours.iter().position(|count| *count == most).unwrap_or_default();
    let width = WIDE * 24;
    html! {
        figure.hours {
            svg viewBox={ "0 0 " (width) " " (HIGH + 18) } role="img" aria-labelledby="hours-title" {
                title #hours-title { (say("Documents in each hour; most of them from")) " " (busiest) ":00 (" (most) ")" }
                @for (hour, count) in hours.iter().enumerate() {
                    @let height = count * HIGH / most;
                    rect x=(hour * WIDE + 2) y=(HIGH - height) width=(WIDE - 4) height=(height) {
                        title { (hour) ":00: " (count) }
                    }
                    @if hour % 6 == 0 { text x=(hour * WIDE + 2) y=(HIGH + 14) { (hour) ":00" } }
                }
                line x1="0" y1=(HIGH) x2=(width) y2=(HIGH) {}
            }
            figcaption.hint { (say("Documents in each hour of today")) }
        }
    }
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
    let body = html! {
        h1 { (say("Reports")) }
        (shortcuts(today))
        section.card aria-labelledby="report-title" {
            h2 #report-title { (say("What was sold")) }
            form.search #report-form method="get" action="/reports" {
                div {
                    label for="from" { (say("From")) }
                    input #from type="date" name="from" value=(from) required;
                }
                div {
                    label for="to" { (say("To")) }
                    input #to type="date" name="to" value=(to) required;
                }
                div {
                    label for="by" { (say("By")) }
                    select #by name="by" {
                        @for way in Divide::ALL { option value=(way.name()) selected[way == by] { (named(way)) } }
                    }
                }
                button type="submit" { (say("Show")) }
            }
            @if report.sales.is_empty() { p { (say(NOTHING_SOLD)) } }
            @else { (sums(&report)) }
            (unsettled(&report))
        }
        @if !report.sales.is_empty() || !report.unsettled.is_empty() { (exports(from, to, by)) }
        section.card aria-labelledby="reconcile-title" {
            h2 #reconcile-title { (say("Hold it against other lists")) }
            p { a #reconcile href="/reports/reconcile" { (say("Against a till’s list, a Z-report or the service’s answers")) } }
        }
    };
    Ok(Html(part(&agent, say("What was sold"), "/reports", &body).into_string()).into_response())
}

/// Days that are asked for most.
fn shortcuts(today: Date) -> Markup {
    let yesterday = today.yesterday().unwrap_or(today);
    let month = today.first_of_month();
    let last = month.yesterday().unwrap_or(month);
    let days = [
        (say("Today"), today, today, Divide::Tax),
        (say("Yesterday"), yesterday, yesterday, Divide::Tax),
        (say("This month"), month, today, Divide::Day),
        (say("Last month"), last.first_of_month(), last, Divide::Day),
    ];
    html! {
        p.links {
            @for (name, from, to, by) in days {
                a href={ "/reports?from=" (from) "&to=" (to) "&by=" (by.name()) } { (name) }
            }
        }
    }
}

/// The files that an accountant takes away.
fn exports(from: Date, to: Date, by: Divide) -> Markup {
    let days = format!("from={from}&to={to}");
    let of = |rows: Rows| match rows {
        Rows::Documents => say("Documents"),
        Rows::Taxes => say("Taxes"),
        Rows::Lines => say("Lines"),
    };
    let books = Format::ALL.iter().filter(|format| format.name() == "xlsx");
    let tables = || {
        Format::ALL
            .iter()
            .filter(|format| matches!(format.name(), "csv" | "parquet"))
    };
    html! {
        section.card aria-labelledby="export-title" {
            h2 #export-title { (say("Take it away as a file")) }
            ul.files {
                @for format in books {
                    li {
                        a #export-workbook download={ "sold-" (from) "-" (to) ".xlsx" } href={ "/v1/ledger?" (days) "&format=" (format.name()) } {
                            (say("Everything as a workbook, for Excel and LibreOffice"))
                        }
                    }
                }
                @for format in tables() {
                    li {
                        (format.name().to_uppercase()) ": "
                        @for rows in Rows::ALL {
                            a id={ "export-" (rows.name()) @if format.name() != "csv" { "-" (format.name()) } }
                                download={ (rows.name()) "-" (from) "-" (to) "." (format.name()) }
                                href={ "/v1/ledger?" (days) "&format=" (format.name()) "&of=" (rows.name()) } { (of(rows)) }
                            " "
                        }
                        @if format.name() == "csv" {
                            a #export-report download={ "sums-" (from) "-" (to) ".csv" } href={ "/v1/reports?" (days) "&by=" (by.name()) "&format=csv" } { (say("These sums")) }
                        }
                    }
                }
            }
        }
    }
}

/// What a report is divided by, for people.
fn named(by: Divide) -> &'static str {
    match by {
        Divide::Day => say("Day"),
        Divide::Tax => say("Tax"),
        Divide::Lane => say("Device"),
        Divide::Station => say("Till"),
        Divide::Payment => say("Way to pay"),
        Divide::Hour => say("Hour"),
        _ => say("Currency"),
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
                    @if let Some(first) = first { th scope="col" { (first) } }
                    @for (at, heading) in SUMS.into_iter().enumerate() { th.number[at > 0] scope="col" { (say(heading)) } }
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
                                    None if sales.part.is_empty() => { (say("not said")) }
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

/// What is not among the sums.
fn unsettled(report: &Report) -> Markup {
    html! {
        @if !report.unsettled.is_empty() {
            h2 { (say("Not in these sums")) }
            ul #unsettled {
                @for of in &report.unsettled { li { (foreign(&sheet::unsettled(of))) } }
            }
        }
    }
}
