//! `fh reconcile`: the ledger against the list of a till or an ERP, and against what the service says.

use std::path::{Path, PathBuf};

use fh_agent::{
    Columns,
    reconciling::{NotCompared, against_list, against_statuses, against_z_report},
};
use fh_outbox::{Statuses, ZComparison};
use fh_types::jiff::civil::Date;

use super::when::date;
use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    global::Global,
    output::Output,
    place::{Opened, Place},
    visible::visible,
};

#[derive(Debug, clap::Args)]
#[group(id = "against", required = true, multiple = false, args = ["file", "z_report", "statuses"])]
pub(crate) struct Reconcile {
    /// The list of a till or an ERP: CSV with a header.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The service's Z-report of this fiscal day instead. It has sums, so that two mistakes that cancel out are not seen.
    #[arg(long, value_name = "FISCAL_DAY")]
    z_report: Option<i64>,
    /// What the service answers for each document of the last seven days instead. It tells no amounts.
    #[arg(long)]
    statuses: bool,
    /// The fiscal device whose day it is; each counts its own.
    #[arg(long, value_name = "ID", requires = "z_report")]
    device: Option<i64>,
    /// Which column is what, as TOML: number, total, tax, currency and date, each with the heading of its column; `decimal = ","` for numbers with
    /// a comma. Without it, usual headings are looked for.
    #[arg(long, value_name = "FILE", requires = "file")]
    columns: Option<PathBuf>,
    /// The first day. Without days, those from the first to the last date in the list; give them where the list has no dates.
    #[arg(long, value_name = "DATE", value_parser = date, requires = "file")]
    from: Option<Date>,
    /// The last day.
    #[arg(long, value_name = "DATE", value_parser = date, requires = "file")]
    to: Option<Date>,
    #[command(flatten)]
    pub(super) place: Place,
}

impl From<NotCompared> for Failure {
    fn from(error: NotCompared) -> Self {
        match error {
            NotCompared::Outbox(error) => error.into(),
            NotCompared::Service(error) => error.into(),
            other => Self::usage(format!("{other}, with --from and --to")),
        }
    }
}

fn columns_of(path: &Path) -> Result<Columns, Failure> {
    let name = visible(&path.display().to_string()).into_owned();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    toml::from_str(&text).map_err(|error| Failure::usage(format!("{name}: {error}")))
}

pub(super) async fn run(
    arguments: &Reconcile,
    opened: &Opened,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let well = if let Some(file) = &arguments.file {
        of_list(arguments, file, opened, output).await?
    } else {
        let client = Connection::open(global, output).await?.client;
        // A key knows the requests of its own device alone.
        let lane = Some(arguments.place.lane(global));
        match arguments.z_report {
            Some(day) => {
                let found = against_z_report(&opened.outbox, &client, day, arguments.device, lane).await?;
                of_z_report(&found, day, output)
            }
            None => of_statuses(&against_statuses(&opened.outbox, &client, lane).await?, output),
        }
    };
    Ok(if well { Exit::Well } else { Exit::Refused })
}

async fn of_list(arguments: &Reconcile, file: &Path, opened: &Opened, output: &Output) -> Result<bool, Failure> {
    let name = visible(&file.display().to_string()).into_owned();
    let columns = arguments
        .columns
        .as_deref()
        .map(columns_of)
        .transpose()?
        .unwrap_or_default();
    let wrong = |why: String| Failure::usage(format!("{name}: {why}"));
    let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let list = columns
        .read(&bytes)
        .map_err(|why| wrong(format!("{why} (--columns names columns and the decimal comma)")))?;
    let days = (arguments.from, arguments.to);
    let of_list = against_list(&opened.outbox, &list, days, arguments.place.asked_lane()).await?;
    let found = &of_list.found;
    let well = found.discrepancies.is_empty();
    if output.is_json() {
        output.json(found);
        return Ok(well);
    }
    let rows = found.discrepancies.iter().map(|discrepancy| {
        vec![
            discrepancy.number.clone(),
            discrepancy.row.map_or_else(String::new, |row| row.to_string()),
            discrepancy.what.to_string(),
        ]
    });
    if !well {
        output.table(&["number", "row", "what differs"], rows);
    }
    output.line(&format!(
        "{} of {} documents of {name} agree with what is fiscalised from {} to {}; {} differences",
        found.agree,
        of_list.listed,
        of_list.from,
        of_list.to,
        found.discrepancies.len()
    ));
    if !found.not_compared.is_empty() {
        let what: Vec<_> = found.not_compared.iter().copied().collect();
        output.line(&format!(
            "not compared, because one side does not say it of every document: {}",
            what.join(", ")
        ));
    }
    Ok(well)
}

fn of_z_report(found: &ZComparison, day: i64, output: &Output) -> bool {
    let well = found.agrees();
    if output.is_json() {
        output.json(found);
        return well;
    }
    let rows = found.differences.iter().map(|difference| {
        let candidates: Vec<_> = difference
            .candidates
            .iter()
            .take(3)
            .map(|one| format!("{}: {}", one.number, one.why))
            .collect();
        vec![
            difference.of.name().to_owned(),
            difference.currency.clone().unwrap_or_default(),
            difference.rate.map_or_else(String::new, fh_agent::sheet::rate),
            difference.ours.to_string(),
            difference.theirs.to_string(),
            candidates.join("\n"),
        ]
    });
    if !found.differences.is_empty() {
        output.table(
            &["of", "currency", "tax", "here", "Z-report", "could be explained by"],
            rows,
        );
    }
    output.line(&format!(
        "{} sums of the Z-report of fiscal day {day} agree; {} differ",
        found.agree,
        found.differences.len()
    ));
    if !found.not_compared.is_empty() {
        let what: Vec<_> = found.not_compared.iter().map(|of| of.name()).collect();
        output.line(&format!(
            "not compared, because the Z-report does not tell them under a name that is known: {}",
            what.join(", ")
        ));
    }
    if found.agree == 0 && found.differences.is_empty() {
        output.line("nothing could be compared");
    }
    output.line(ZComparison::BLIND);
    well
}

fn of_statuses(found: &Statuses, output: &Output) -> bool {
    let well = found.agrees();
    if output.is_json() {
        output.json(found);
        return well;
    }
    let rows = found
        .discrepancies
        .iter()
        .map(|one| vec![one.number.clone(), one.what.to_string()]);
    if !found.discrepancies.is_empty() {
        output.table(&["number", "what differs"], rows);
    }
    output.line(&format!(
        "the service says the same of {} documents of the last seven days; {} differ; of {} no request is known any more, so that it was not asked",
        found.agree,
        found.discrepancies.len(),
        found.not_asked
    ));
    output.line(Statuses::BLIND);
    well
}
