//! What was sold, for programs: sums, and the documents behind them.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use fh_outbox::{Divide, LedgerQuery, Outbox, ReportQuery, Span};
use fh_types::{CatDateTime, SystemClock, jiff::civil::Date};
use futures_util::stream;
use serde::Deserialize;

use crate::{
    address::Options,
    inside::Shared,
    problem::{Problem, bad_request},
    sheet::{self, Export, ExportError, Format, Rows, csv_header, csv_line},
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
    /// Documents, taxes or lines.
    of: Option<String>,
    /// `json` is what one format was called before there were more.
    format: Option<String>,
}

/// The documents of some days with what they come to, in every format of an export. They are read as they are sent, page by page.
pub(super) async fn ledger(State(agent): State<Shared>, Options(wanted): Options<Wanted>) -> Result<Response, Problem> {
    let (from, to) = days(wanted.from, wanted.to)?;
    let rows = wanted.of.as_deref().map(|name| {
        Rows::from_name(name).ok_or_else(|| bad_request(format!("of={name} is none of documents, taxes, lines")))
    });
    let rows = rows.transpose()?;
    let format = match wanted.format.as_deref() {
        None | Some("json") => Format::JsonLines,
        Some(name) => Format::from_name(name).ok_or_else(|| {
            let known: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
            bad_request(format!("format={name} is none of {}", known.join(", ")))
        })?,
    };
    let mut query = LedgerQuery::new(from, to);
    query.lane = wanted.lane;
    let drain = Drain::default();
    let export = Export::new(format, rows, drain.clone()).map_err(|error| bad_request(error.to_string()))?;
    let body = Body::from_stream(pages(agent.outbox.clone(), query, export, drain));
    let name = format!("{}-{from}-{to}.{}", rows.unwrap_or_default().name(), format.name());
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, body).into_response())
}

/// What has been written and not been sent.
#[derive(Debug, Clone, Default)]
struct Drain(Arc<Mutex<Vec<u8>>>);

impl Drain {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Drain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the reading is.
enum Reading {
    At(LedgerQuery, Export<Drain>),
    Over,
}

/// The file, piece by piece. When it cannot go on, the answer has begun: it is cut off, so that nobody takes a part for the whole.
fn pages(
    outbox: Outbox,
    query: LedgerQuery,
    export: Export<Drain>,
    drain: Drain,
) -> impl futures_util::Stream<Item = Result<Vec<u8>, ExportError>> {
    let begin = (outbox, Reading::At(query, export), drain);
    stream::unfold(begin, |(outbox, reading, drain)| async move {
        let Reading::At(query, mut export) = reading else {
            return None;
        };
        let next = match export.page(&outbox, query).await {
            Ok(Some(next)) => Ok(Reading::At(next, export)),
            // A workbook is put together at the end, which may take a while.
            Ok(None) => match tokio::task::spawn_blocking(move || export.finish()).await {
                Ok(finished) => finished.map(|_| Reading::Over),
                Err(error) => Err(io::Error::other(error).into()),
            },
            Err(error) => Err(error),
        };
        Some(match next {
            Ok(next) => (Ok(drain.take()), (outbox, next, drain)),
            Err(error) => (Err(error), (outbox, Reading::Over, drain)),
        })
    })
}
