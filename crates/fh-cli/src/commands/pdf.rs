//! `fh pdf`: the PDF of a fiscalised document.

use std::path::PathBuf;

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    global::Global,
    known::{by_name, outbox},
    output::Output,
    pdfs,
    place::Place,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The document: its id, its number, a request id of it, or the service's name for the PDF, as `fh submit` and `fh status` give it.
    name: String,
    /// The folder to save it in.
    #[arg(long, value_name = "DIR", default_value = ".")]
    to: PathBuf,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(
    arguments: &Arguments,
    connection: &Connection,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let known = match outbox(&arguments.place, global, output).await? {
        Some(outbox) => by_name(&outbox, name).await?,
        None => None,
    };
    let pdf = match known {
        Some((entry, _)) => match &entry.receipt {
            Some(receipt) => connection.client.pdf(receipt).await?,
            None => {
                return Err(Failure {
                    exit: Exit::Unsettled,
                    message: format!("{} is {} and has no receipt yet", entry.document, entry.state),
                });
            }
        },
        None => connection.client.download_pdf(name).await?,
    };
    pdfs::save(&pdf, &arguments.to, output)?;
    Ok(Exit::Well)
}
