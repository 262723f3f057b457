//! `fh export`: the documents of some days, their taxes and their lines, as a file for other programs.

use std::{
    fs::File,
    io::{BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use fh_agent::sheet::{ExportError, Exported, Format, Rows};
use fh_auth::open_private;
use fh_outbox::LedgerQuery;
use fh_types::jiff::civil::Date;

use super::when::{date, today};
use crate::{
    exit::{Exit, Failure},
    output::Output,
    place::{Opened, Place},
    visible::visible,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The first day, by the documents' own Date. Without days, the days of this month until today.
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<Date>,
    /// The last day.
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: Option<Date>,
    /// A row for each document, for each tax of a document, or for each line. Without it documents; in a workbook all three, each on its sheet.
    #[arg(long, value_name = "ROWS")]
    of: Option<Of>,
    /// CSV for spreadsheets, a line of JSON for each document, a workbook for Excel and LibreOffice, or Parquet for DuckDB and pandas.
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    format: Form,
    /// The file to write, for its owner alone. A file that is there is not replaced. Without it, standard output.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    Documents,
    Taxes,
    Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Csv,
    Jsonl,
    Xlsx,
    Parquet,
}

impl Form {
    fn format(self) -> Format {
        match self {
            Self::Csv => Format::Csv,
            Self::Jsonl => Format::JsonLines,
            Self::Xlsx => Format::Workbook,
            Self::Parquet => Format::Parquet,
        }
    }
}

impl Of {
    fn rows(self) -> Rows {
        match self {
            Self::Documents => Rows::Documents,
            Self::Taxes => Rows::Taxes,
            Self::Lines => Rows::Lines,
        }
    }
}

/// Buyers stand in it, so it is for its owner alone.
fn new_private_file(path: &Path) -> std::io::Result<File> {
    open_private(File::options().write(true).create_new(true), path)
}

/// Where it goes.
enum Sink {
    Screen(std::io::Stdout),
    File(BufWriter<File>),
}

impl Sink {
    /// Waits for the disk.
    fn end(self) -> std::io::Result<()> {
        match self {
            Self::Screen(_) => Ok(()),
            Self::File(file) => file.into_inner().map_err(|error| error.into_error())?.sync_all(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Screen(screen) => screen.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Screen(screen) => screen.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

fn failure(error: ExportError, path: Option<&PathBuf>) -> Failure {
    match (error, path) {
        (ExportError::Outbox(error), _) => error.into(),
        (error @ (ExportError::NoRows | ExportError::TooMany(_) | ExportError::TooFine { .. }), _) => {
            Failure::usage(error.to_string())
        }
        (error, Some(path)) => Failure::service(format!("{}: {error}", shown(path))),
        (error, None) => Failure::service(format!("standard output could not be written: {error}")),
    }
}

pub(super) async fn run(arguments: &Export, opened: &Opened, output: &Output) -> Result<Exit, Failure> {
    let to = arguments.to.unwrap_or_else(today);
    let from = arguments.from.unwrap_or_else(|| to.first_of_month());
    if from > to {
        return Err(Failure::usage(format!("--from {from} is after --to {to}")));
    }
    let format = arguments.format.format();
    let Some(path) = &arguments.file else {
        if !format.is_text() && std::io::stdout().is_terminal() {
            return Err(Failure::usage(format!(
                "{} is not for the screen: name a file with --file",
                format.name()
            )));
        }
        let (_, exported) = write(arguments, (from, to), Sink::Screen(std::io::stdout()), opened).await?;
        remark_pruned(&exported, output);
        return Ok(Exit::Well);
    };
    let file = new_private_file(path).map_err(|error| Failure::usage(format!("{}: {error}", shown(path))))?;
    let written = write(arguments, (from, to), Sink::File(BufWriter::new(file)), opened)
        .await
        .and_then(|(sink, exported)| {
            let ended = sink
                .end()
                .map_err(|error| Failure::service(format!("{}: {error}", shown(path))));
            ended.map(|()| exported)
        });
    let exported = written.inspect_err(|_| {
        // A part would be taken for the whole, and would be in the way of the next try. The first error is the one to report.
        let _ = std::fs::remove_file(path);
    })?;
    output.remark(&format!(
        "{} documents from {from} to {to} are in {}",
        exported.documents,
        shown(path)
    ));
    remark_pruned(&exported, output);
    Ok(Exit::Well)
}

async fn write(
    arguments: &Export,
    (from, to): (Date, Date),
    sink: Sink,
    opened: &Opened,
) -> Result<(Sink, Exported), Failure> {
    let failed = |error| failure(error, arguments.file.as_ref());
    let rows = arguments.of.map(Of::rows);
    let mut export = fh_agent::sheet::Export::new(arguments.format.format(), rows, sink).map_err(failed)?;
    let mut next = LedgerQuery::new(from, to);
    next.lane = arguments.place.asked_lane();
    while let Some(query) = export.page(&opened.outbox, next).await.map_err(failed)? {
        next = query;
    }
    export.finish().map_err(failed)
}

fn remark_pruned(exported: &Exported, output: &Output) {
    if exported.without_lines > 0 {
        output.remark(&format!(
            "the lines of {} documents are not here any more: they were pruned, and stand in the file that pruning wrote",
            exported.without_lines
        ));
    }
}
