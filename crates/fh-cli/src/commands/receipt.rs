//! `fh receipt`: a receipt, printed.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use fh_agent::Printout;
use fiscal_harmony::print::{Sheet, Slip};
use serde_json::json;

use crate::{
    connection::printing_without_connection,
    exit::{Exit, Failure},
    global::Global,
    known::{by_name, not_known},
    operator::Operator,
    output::Output,
    place::Place,
    policy::PolicyFlags,
    printing::PrintFlags,
};

/// What a receipt is printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Text of fixed columns.
    Text,
    /// Bytes for a thermal printer.
    Escpos,
    /// A PDF of our own; the service is not asked.
    Pdf,
}

/// The paper of a PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Paper {
    /// Pages of A4.
    #[value(name = "a4")]
    A4,
    /// A roll of 80 mm.
    #[value(name = "80mm")]
    Roll,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The document in the outbox: its id, its number, or a request id of it.
    #[arg(value_name = "DOCUMENT")]
    document: String,
    /// What it is printed as.
    #[arg(long = "as", value_name = "FORM", default_value = "text")]
    form: Form,
    /// Where it is written, such as /dev/usb/lp0 or receipt.pdf. Otherwise standard output.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// The paper of a PDF.
    #[arg(long, value_name = "PAPER", default_value = "a4")]
    paper: Paper,
    /// A slip for a sale that is not fiscalised yet. It says that it is no fiscal receipt.
    #[arg(long)]
    provisional: bool,
    /// Only look: it is not counted as a print, and does not say COPY.
    #[arg(long, conflicts_with = "provisional")]
    look: bool,
    #[command(flatten)]
    operator: Operator,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    printing: PrintFlags,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let printing = arguments.printing.over(&printing_without_connection(global)?)?;
    let chosen = crate::connection::policy_for_looking(global, &PolicyFlags::default(), output)?;
    let opened = arguments.place.open(global, chosen.policy).await?;
    let id = match by_name(&opened.outbox, &arguments.document).await? {
        Some((entry, _)) => entry.document,
        None => return Err(Failure::usage(not_known(&arguments.document))),
    };
    let id = &id;
    let printout = Printout::of(&opened.outbox, id).await?;
    let refused = |error: fh_agent::NotPrintable| Failure {
        exit: Exit::Refused,
        message: error.to_string().replace(
            "wait with GET /v1/documents/…?wait=30, or print a slip with ?provisional",
            "`fh receipt --provisional` prints a slip",
        ),
    };
    let slip = if arguments.provisional {
        printout.provisional(&printing).map_err(refused)?
    } else {
        let slip = printout.slip(&printing).map_err(refused)?;
        if arguments.look {
            slip
        } else {
            counted(slip, &opened.outbox, id, &arguments).await?
        }
    };
    let bytes = match arguments.form {
        Form::Text => slip.text().into_bytes(),
        Form::Escpos => slip.escpos(),
        Form::Pdf => slip.pdf(match arguments.paper {
            Paper::A4 => Sheet::A4,
            Paper::Roll => Sheet::Roll,
        }),
    };
    match &arguments.to {
        Some(path) => {
            write(path, &bytes)?;
            if output.is_json() {
                output.json(&json!({ "document": id, "file": path.display().to_string(), "bytes": bytes.len() }));
            } else {
                output.line(&path.display().to_string());
            }
        }
        // As they are: what is no text must not be taken for colours.
        None => std::io::stdout()
            .write_all(&bytes)
            .map_err(|error| Failure::service(format!("standard output could not be written: {error}")))?,
    }
    Ok(Exit::Well)
}

/// Counts it in the history, and has it say COPY when it was printed before.
async fn counted<'s>(
    slip: Slip<'s>,
    outbox: &fh_outbox::Outbox,
    id: &str,
    arguments: &Arguments,
) -> Result<Slip<'s>, Failure> {
    let who = format!("operator {}", arguments.operator.name());
    let what = match arguments.form {
        Form::Text => "receipt.txt",
        Form::Escpos => "receipt.escpos",
        Form::Pdf => "receipt.pdf",
    };
    Ok(match outbox.note_print(id, &who, what).await? {
        Some(0) => slip,
        Some(copies) => slip.copy(copies),
        None => slip.copy(0),
    })
}

/// A file shows a buyer's data, so its owner alone reads it; a printer is there already.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| Failure::service(format!("{} could not be written: {error}", path.display())))
}
