//! `fh schema`: JSON Schemas, so that an editor completes and checks what is written.

use fiscal_harmony::{CreditNote, Invoice, preflight::Finding};
use schemars::{Schema, schema_for};

use crate::{
    exit::{Exit, Failure},
    output::Output,
    report::Report,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to describe.
    #[arg(value_enum)]
    what: What,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    /// An invoice, as `fh submit` and `fh check` read it.
    Invoice,
    /// A credit note, as `fh submit` and `fh check` read it.
    CreditNote,
    /// A line of `fh submit --output json` and `fh status --output json`.
    Outcome,
    /// A finding of `fh check --output json`.
    Finding,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let schema: Schema = match arguments.what {
        What::Invoice => schema_for!(Invoice),
        What::CreditNote => schema_for!(CreditNote),
        What::Outcome => schema_for!(Report),
        What::Finding => schema_for!(Finding),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Failure::service(format!("the schema cannot be written: {error}")))?;
    output.line(&text);
    Ok(Exit::Well)
}
