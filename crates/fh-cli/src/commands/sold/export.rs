//! `fh export`: the documents of some days, their taxes and their lines, as a file for other programs.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use fh_agent::sheet::{Rows, csv_header, csv_line};
use fh_auth::open_private;
use fh_outbox::{LedgerEntry, LedgerQuery};
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
    /// A row for each document, for each tax of a document, or for each line.
    #[arg(long, value_name = "ROWS", default_value = "documents")]
    of: Of,
    /// CSV for spreadsheets, or a line of JSON for each document.
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    format: Format,
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
enum Format {
    Csv,
    Jsonl,
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
enum Sink<'a> {
    Screen(&'a Output),
    File(BufWriter<File>, PathBuf),
}

impl Sink<'_> {
    fn write(&mut self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Screen(output) => {
                output.write(text);
                Ok(())
            }
            Self::File(file, path) => file
                .write_all(text.as_bytes())
                .map_err(|error| Failure::service(format!("{}: {error}", visible(&path.display().to_string())))),
        }
    }
}

pub(super) async fn run(arguments: &Export, opened: &Opened, output: &Output) -> Result<Exit, Failure> {
    let to = arguments.to.unwrap_or_else(today);
    let from = arguments.from.unwrap_or_else(|| to.first_of_month());
    if from > to {
        return Err(Failure::usage(format!("--from {from} is after --to {to}")));
    }
    if arguments.format == Format::Jsonl && arguments.of != Of::Documents {
        return Err(Failure::usage(
            "a line of JSON holds a document with its taxes; --of taxes and --of lines are for CSV",
        ));
    }
    let mut sink = match &arguments.file {
        None => Sink::Screen(output),
        Some(path) => {
            let file = new_private_file(path)
                .map_err(|error| Failure::usage(format!("{}: {error}", visible(&path.display().to_string()))))?;
            Sink::File(BufWriter::new(file), path.clone())
        }
    };
    let rows = arguments.of.rows();
    if arguments.format == Format::Csv {
        sink.write(&csv_header(rows.columns()))?;
    }
    let mut query = LedgerQuery::new(from, to);
    query.lane = arguments.place.asked_lane();
    let (mut documents, mut without_lines) = (0_u64, 0_u64);
    loop {
        let entries = opened.outbox.ledger(query.clone()).await?;
        for entry in &entries {
            documents += 1;
            if arguments.format == Format::Jsonl {
                let line = serde_json::to_string(entry)
                    .map_err(|error| Failure::service(format!("{}: {error}", entry.document)))?;
                sink.write(&format!("{line}\n"))?;
                continue;
            }
            without_lines += u64::from(!write(entry, rows, opened, &mut sink).await?);
        }
        if entries.len() < query.limit {
            break;
        }
        query = query.after(entries.last().map(|entry| entry.place));
    }
    if let Sink::File(file, path) = sink {
        let name = visible(&path.display().to_string()).into_owned();
        let file = file.into_inner().map_err(|error| error.into_error());
        file.and_then(|file| file.sync_all())
            .map_err(|error| Failure::service(format!("{name}: {error}")))?;
        output.remark(&format!("{documents} documents from {from} to {to} are in {name}"));
    }
    if without_lines > 0 {
        output.remark(&format!(
            "the lines of {without_lines} documents are not here any more: they were pruned, and stand in the file that pruning wrote"
        ));
    }
    Ok(Exit::Well)
}

/// Writes the rows of a document. False when its lines are wanted and not here any more.
async fn write(entry: &LedgerEntry, rows: Rows, opened: &Opened, sink: &mut Sink<'_>) -> Result<bool, Failure> {
    let content = match rows {
        Rows::Lines => opened.outbox.document(&entry.document).await.ok(),
        _ => None,
    };
    for row in rows.of(entry, content.as_ref()) {
        sink.write(&csv_line(&row))?;
    }
    Ok(rows != Rows::Lines || content.is_some())
}
