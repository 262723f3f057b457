//! `fh report`: sums of some days.

use clap::ValueEnum;
use fh_agent::sheet::{self, csv_header, csv_line};
use fh_outbox::{Divide, Report as Sums, ReportQuery, Span};
use fh_types::jiff::civil::Date;

use super::when::{date, today};
use crate::{
    exit::{Exit, Failure},
    output::Output,
    place::{Opened, Place},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Report {
    /// The first day, by the documents' own Date. Without days, the days of this month until today.
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<Date>,
    /// The last day.
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: Option<Date>,
    /// What the sums are divided by. Currencies are never added up.
    #[arg(long, value_name = "WHAT", default_value = "currency")]
    by: By,
    /// Write CSV, for a spreadsheet.
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    pub(super) place: Place,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Currency,
    Day,
    Tax,
    Lane,
    Station,
    Payment,
    Hour,
}

impl By {
    fn divide(self) -> Divide {
        match self {
            Self::Currency => Divide::Currency,
            Self::Day => Divide::Day,
            Self::Tax => Divide::Tax,
            Self::Lane => Divide::Lane,
            Self::Station => Divide::Station,
            Self::Payment => Divide::Payment,
            Self::Hour => Divide::Hour,
        }
    }
}

pub(super) async fn run(arguments: &Report, opened: &Opened, output: &Output) -> Result<Exit, Failure> {
    let to = arguments.to.unwrap_or_else(today);
    let from = arguments.from.unwrap_or_else(|| to.first_of_month());
    if from > to {
        return Err(Failure::usage(format!("--from {from} is after --to {to}")));
    }
    let mut query = ReportQuery::new(Span::Days { from, to }, arguments.by.divide());
    query.lane = arguments.place.asked_lane();
    let report = opened.outbox.report(query).await?;
    if arguments.csv {
        output.write(&csv_header(sheet::of_a_report()));
        for row in sheet::rows_of(&report) {
            output.write(&csv_line(&row));
        }
    } else if output.is_json() {
        output.json(&report);
    } else {
        show(&report, output);
        rest(&report, output);
    }
    Ok(Exit::Well)
}

/// The sums as a table: what every report has, and what this one is divided by.
pub(super) fn show(report: &Sums, output: &Output) {
    if report.sales.is_empty() {
        output.line(sheet::NOTHING_SOLD);
        return;
    }
    let first = match report.by {
        Divide::Currency | Divide::Tax => None,
        by => Some(by.name()),
    };
    let tax = (report.by == Divide::Tax).then_some("tax");
    let sums = sheet::SUMS.map(str::to_lowercase);
    let header: Vec<&str> = first
        .into_iter()
        .chain(tax)
        .chain(sums.iter().map(String::as_str))
        .collect();
    let rows = report.sales.iter().map(|sales| {
        let mut row = Vec::new();
        row.extend(first.map(|_| sales.part.clone()));
        row.extend(sales.tax.as_ref().map(|tax| {
            let rate = tax.rate.to_string();
            let rate = if rate.parse::<f32>().is_ok() {
                format!("{rate} %")
            } else {
                rate
            };
            format!("{rate} ({})", tax.codes.join(", "))
        }));
        row.extend([
            sales.currency.clone(),
            sales.invoices.documents.to_string(),
            sales.credit_notes.documents.to_string(),
            sales.net.to_string(),
            sales.tax_amount.to_string(),
            sales.gross.to_string(),
        ]);
        row
    });
    output.table(&header, rows);
    if let Some(untaxed) = sheet::untaxed(report) {
        output.line(&untaxed);
    }
}

/// What is not among the sums.
pub(super) fn rest(report: &Sums, output: &Output) {
    for of in &report.unsettled {
        output.line(&format!("Not in these sums: {}", sheet::unsettled(of)));
    }
}
