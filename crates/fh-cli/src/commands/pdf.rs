//! `fh pdf`: the PDF of a fiscalised document.

use std::path::PathBuf;

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    output::Output,
    pdfs,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The service's name for it, as `fh submit` and `fh status` give it.
    name: String,
    /// The folder to save it in.
    #[arg(long, value_name = "DIR", default_value = ".")]
    to: PathBuf,
}

pub(crate) async fn run(arguments: &Arguments, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    pdfs::save(
        &connection.client.download_pdf(&arguments.name).await?,
        &arguments.to,
        output,
    )?;
    Ok(Exit::Well)
}
