//! `fh submit`: documents in, receipts out.

mod direct;
mod queued;

use std::path::PathBuf;

use tokio::sync::mpsc;

use super::gate::Choices;
use crate::{
    cli::Global,
    connection::Connection,
    exit::{Exit, Failure},
    input::{self, Found, Problem, Source},
    output::Output,
    place::Place,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Invoices and credit notes as JSON: one document, an array, or JSON Lines; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How long to wait for the outcome of each document. What is not settled by then stays in the outbox; 0 with
    /// --direct asks once.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Save the PDF of each fiscalised document in this folder.
    #[arg(long, value_name = "DIR")]
    pdf: Option<PathBuf>,
    /// Leave out the QR codes from the output for people.
    #[arg(long)]
    no_qr: bool,
    /// Send documents even when the tax authority is certain to refuse them. One red receipt keeps the fiscal day from
    /// closing.
    #[arg(long)]
    no_preflight: bool,
    /// Send at once and keep nothing: without the outbox, an interrupted or lost submission is for you to clear up.
    #[arg(long, conflicts_with_all = ["outbox", "lane"])]
    direct: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    choices: Choices,
}

pub(crate) async fn run(
    arguments: Arguments,
    connection: &Connection,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    if arguments.direct {
        direct::run(arguments, connection, output).await
    } else {
        queued::run(arguments, connection, global, output).await
    }
}

/// What was named on the command line.
pub(crate) fn sources(files: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let sources: Vec<_> = files.iter().cloned().map(Source::from_argument).collect();
    if sources.iter().filter(|source| **source == Source::Stdin).count() > 1 {
        return Err(Failure::usage("standard input (-) can be read only once"));
    }
    Ok(sources)
}

/// Parses ahead in a thread of its own. It is not waited for, since it may stand in a read of standard input for ever.
pub(crate) fn read_in_background(sources: Vec<Source>) -> mpsc::Receiver<Result<Found, Problem>> {
    let (sender, receiver) = mpsc::channel(8);
    std::thread::spawn(move || {
        for found in input::without_repeats(input::documents(sources)) {
            if sender.blocking_send(found).is_err() {
                return;
            }
        }
    });
    receiver
}
