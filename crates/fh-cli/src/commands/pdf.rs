//! `fh pdf`: the PDF of a fiscalised document.

use std::path::{Path, PathBuf};

use fiscal_harmony::Pdf;
use serde_json::json;

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    output::Output,
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
    save(
        &connection.client.download_pdf(&arguments.name).await?,
        &arguments.to,
        output,
    )?;
    Ok(Exit::Well)
}

/// Saves a PDF and says where.
pub(super) fn save(pdf: &Pdf, folder: &Path, output: &Output) -> Result<(), Failure> {
    let path = pdf.save_in(folder).map_err(|error| {
        Failure::service(format!(
            "{} could not be saved in {}: {error}",
            pdf.file_name(),
            folder.display()
        ))
    })?;
    if output.is_json() {
        output.json(&json!({ "pdf": path.display().to_string(), "bytes": pdf.bytes().len() }));
    } else {
        output.line(&path.display().to_string());
    }
    Ok(())
}
