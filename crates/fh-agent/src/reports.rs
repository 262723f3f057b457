//! What was sold, for programs: sums, and the documents behind them.

use std::collections::VecDeque;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use fh_outbox::{Divide, LedgerPlace, LedgerQuery, Outbox, ReportQuery, Span};
use fh_types::{CatDateTime, SystemClock, jiff::civil::Date};
use futures_util::stream;
use serde::Deserialize;

use crate::{
    address::Options,
    inside::Shared,
    problem::{Problem, bad_request},
    sheet::{self, Rows, csv_header, csv_line},
};

/// The form of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    #[default]
    Json,
    Csv,
}

/// A day of the calendar, as `2026-11-27`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Day(Date);

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let date = text.parse().map(Self);
        date.map_err(|_| format!("{text:?} is no date such as 2026-11-27"))
    }
}

/// What a report is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Today, if nothing is said.
    from: Option<Day>,
    /// The last day; the first one, if nothing is said.
    to: Option<Day>,
    fiscal_day: Option<i64>,
    device: Option<i64>,
    by: Option<String>,
    lane: Option<String>,
    #[serde(default)]
    format: Form,
}

fn today() -> Date {
    CatDateTime::now(&SystemClock).civil().date()
}

/// Two days, of which either may be left out.
fn days(from: Option<Day>, to: Option<Day>) -> Result<(Date, Date), Problem> {
    let from = from.or(to).map_or_else(today, |day| day.0);
    let to = to.map_or(from, |day| day.0);
    if to < from {
        return Err(bad_request(format!("to={to} is before from={from}")));
    }
    Ok((from, to))
}

impl Asked {
    fn query(&self) -> Result<ReportQuery, Problem> {
        let span = match self.fiscal_day {
            Some(_) if self.from.is_some() || self.to.is_some() => {
                return Err(bad_request("give days of the calendar or a fiscal day, not both"));
            }
            Some(number) => Span::FiscalDay {
                device: self.device,
                number,
            },
            None => {
                let (from, to) = days(self.from, self.to)?;
                Span::Days { from, to }
            }
        };
        let by = match self.by.as_deref() {
            None => Divide::default(),
            Some(name) => Divide::from_name(name).ok_or_else(|| {
                let known: Vec<_> = Divide::ALL.iter().map(|by| by.name()).collect();
                bad_request(format!("by={name} is none of {}", known.join(", ")))
            })?,
        };
        let query = ReportQuery::new(span, by);
        Ok(match &self.lane {
            Some(lane) => query.of_lane(lane),
            None => query,
        })
    }
}

pub(super) async fn report(State(agent): State<Shared>, Options(asked): Options<Asked>) -> Result<Response, Problem> {
    let report = agent.outbox.report(asked.query()?).await?;
    if asked.format == Form::Json {
        return Ok(Json(report).into_response());
    }
    let mut text = csv_header(sheet::of_a_report());
    for row in sheet::rows_of(&report) {
        text.push_str(&csv_line(&row));
    }
    Ok(as_csv(Body::from(text)))
}

fn as_csv(body: Body) -> Response {
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// Which documents are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    from: Option<Day>,
    to: Option<Day>,
    lane: Option<String>,
    /// Documents, taxes or lines; for CSV alone.
    of: Option<String>,
    #[serde(default)]
    format: Form,
}

/// The documents of some days with what they come to: a line of JSON for each, or rows of CSV. They are read as they are sent, page by page.
pub(super) async fn ledger(State(agent): State<Shared>, Options(wanted): Options<Wanted>) -> Result<Response, Problem> {
    let (from, to) = days(wanted.from, wanted.to)?;
    let rows = match wanted.of.as_deref() {
        None => Rows::default(),
        Some(name) => {
            Rows::from_name(name).ok_or_else(|| bad_request(format!("of={name} is none of documents, taxes, lines")))?
        }
    };
    let mut query = LedgerQuery::new(from, to);
    query.lane = wanted.lane;
    if wanted.format == Form::Json {
        let kind = HeaderValue::from_static("application/jsonl");
        let body = Body::from_stream(pages(agent.outbox.clone(), query, None, String::new()));
        return Ok(([(header::CONTENT_TYPE, kind)], body).into_response());
    }
    let first = csv_header(rows.columns());
    Ok(as_csv(Body::from_stream(pages(
        agent.outbox.clone(),
        query,
        Some(rows),
        first,
    ))))
}

/// Where the reading is.
struct Reading {
    outbox: Outbox,
    query: LedgerQuery,
    rows: Option<Rows>,
    ready: VecDeque<String>,
    is_over: bool,
}

fn pages(
    outbox: Outbox,
    query: LedgerQuery,
    rows: Option<Rows>,
    first: String,
) -> impl futures_util::Stream<Item = Result<String, std::io::Error>> {
    let reading = Reading {
        outbox,
        query,
        rows,
        ready: [first].into(),
        is_over: false,
    };
    stream::unfold(reading, |mut reading| async move {
        loop {
            if let Some(text) = reading.ready.pop_front() {
                return Some((Ok(text), reading));
            }
            if reading.is_over {
                return None;
            }
            match reading.outbox.ledger(reading.query.clone()).await {
                Ok(entries) => {
                    let last: Option<LedgerPlace> = entries.last().map(|entry| entry.place);
                    reading.is_over = entries.len() < reading.query.limit;
                    reading.query = reading.query.after(last);
                    let mut text = String::new();
                    for entry in &entries {
                        let Some(rows) = reading.rows else {
                            text.push_str(&serde_json::to_string(entry).unwrap_or_default());
                            text.push('\n');
                            continue;
                        };
                        let content = match rows {
                            Rows::Lines => reading.outbox.document(&entry.document).await.ok(),
                            _ => None,
                        };
                        for row in rows.of(entry, content.as_ref()) {
                            text.push_str(&csv_line(&row));
                        }
                    }
                    reading.ready.push_back(text);
                }
                Err(error) => {
                    // The answer has begun: it is cut off, so that nobody takes a part for the whole.
                    reading.is_over = true;
                    return Some((Err(std::io::Error::other(error.to_string())), reading));
                }
            }
        }
    })
}
