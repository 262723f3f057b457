//! PDFs of fiscalised documents: fetched, saved, and said.

use std::{
    io,
    path::{Path, PathBuf},
};

use fiscal_harmony::{Client, Error, Pdf, Receipt};
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    output::Output,
    report::Report,
};

/// Why a receipt has no PDF on the disk.
#[derive(Debug)]
pub(crate) enum Unsaved {
    None,
    Fetch(Error),
    Save(io::Error),
}

/// Saves the PDF of a fiscalised document.
pub(crate) async fn save_of(client: &Client, receipt: &Receipt, folder: &Path) -> Result<PathBuf, Unsaved> {
    if receipt.pdf.is_none() {
        return Err(Unsaved::None);
    }
    let pdf = client.pdf(receipt).await.map_err(Unsaved::Fetch)?;
    pdf.save_in(folder).map_err(Unsaved::Save)
}

/// Nobody waited for it.
pub(crate) fn note_interruption(report: &mut Report) {
    report.exit = report.exit.max(Exit::Service);
    report.error = Some("interrupted before the PDF was saved; get it with `fh pdf`".to_owned());
}

/// Notes in the report of a document where its PDF is, or why there is none.
pub(crate) fn note(report: &mut Report, saved: Result<PathBuf, Unsaved>) {
    let why = match saved {
        Ok(path) => {
            if let Some(receipt) = &mut report.receipt {
                receipt.pdf = Some(path.display().to_string());
            }
            return;
        }
        Err(Unsaved::None) => "the service offered no PDF for it".to_owned(),
        Err(Unsaved::Fetch(error)) => format!("its PDF could not be had: {error}; try again with `fh pdf`"),
        Err(Unsaved::Save(error)) => format!("its PDF could not be saved: {error}; try again with `fh pdf`"),
    };
    report.exit = report.exit.max(Exit::Service);
    report.error = Some(match report.error.take() {
        Some(earlier) => format!("{earlier}; {why}"),
        None => format!("it is fiscalised, but {why}"),
    });
}

/// Saves a PDF and says where.
pub(crate) fn save(pdf: &Pdf, folder: &Path, output: &Output) -> Result<(), Failure> {
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
