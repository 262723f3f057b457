//! `fh day`: what a day came to.

use fh_outbox::{Divide, ReportQuery, Span};
use fh_types::jiff::civil::Date;

use super::{
    report::{rest, show},
    when::{date, today},
};
use crate::{
    exit::{Exit, Failure},
    output::Output,
    place::{Opened, Place},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Day {
    /// The day, by the documents' own Date: 2026-11-27, today or yesterday. Today, if nothing is said.
    #[arg(value_name = "DATE", value_parser = date, conflicts_with = "fiscal_day")]
    day: Option<Date>,
    /// A fiscal day instead, by the number on the receipts.
    #[arg(long, value_name = "NUMBER")]
    fiscal_day: Option<i64>,
    /// The fiscal device whose day it is; each counts its own.
    #[arg(long, value_name = "ID", requires = "fiscal_day")]
    device: Option<i64>,
    #[command(flatten)]
    pub(super) place: Place,
}

pub(super) async fn run(arguments: &Day, opened: &Opened, output: &Output) -> Result<Exit, Failure> {
    let (span, name) = match arguments.fiscal_day {
        Some(number) => {
            let span = Span::FiscalDay {
                device: arguments.device,
                number,
            };
            (span, format!("fiscal day {number}"))
        }
        None => {
            let day = arguments.day.unwrap_or_else(today);
            (Span::day(day), day.to_string())
        }
    };
    let query = |by| {
        let mut query = ReportQuery::new(span, by);
        query.lane = arguments.place.asked_lane();
        query
    };
    let sold = opened.outbox.report(query(Divide::Currency)).await?;
    let taxes = opened.outbox.report(query(Divide::Tax)).await?;
    if output.is_json() {
        output.json(&serde_json::json!({ "sales": sold, "taxes": taxes.sales }));
        return Ok(Exit::Well);
    }
    output.line(&format!("{name}:"));
    show(&sold, output);
    if !taxes.sales.is_empty() {
        show(&taxes, output);
    }
    rest(&sold, output);
    Ok(Exit::Well)
}
