//! `fh qr`: the QR code of a receipt.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fiscal_harmony::{Outcome, Qr, types::RequestId};
use serde_json::json;

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    global::Global,
    known::{by_name, outbox},
    output::Output,
    place::Place,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The link of a receipt, or the id, the number or a request id of a fiscalised document.
    #[arg(value_name = "URL|ID")]
    what: String,
    /// Save it as an SVG image.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Save it as a PNG image.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Pixels to each module of the PNG.
    #[arg(long, value_name = "PIXELS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    scale: u32,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let url = if arguments.what.contains("://") {
        arguments.what
    } else {
        match link_of(&arguments, global, output).await? {
            Ok(url) => url,
            Err(exit) => return Ok(exit),
        }
    };
    let qr = Qr::new(&url).map_err(|error| Failure {
        exit: Exit::Refused,
        message: error.to_string(),
    })?;
    if let Some(path) = &arguments.svg {
        write(path, qr.svg().as_bytes())?;
    }
    if let Some(path) = &arguments.png {
        write(path, &qr.png(arguments.scale))?;
    }
    if output.is_json() {
        output.json(&json!({ "qr_url": url, "svg": arguments.svg, "png": arguments.png }));
    } else if arguments.svg.is_none() && arguments.png.is_none() {
        output.write(&if output.has_colour() { qr.terminal() } else { qr.text() });
        output.line(&url);
    }
    Ok(Exit::Well)
}

/// The link of a fiscalised document, or how to end when there is none.
async fn link_of(arguments: &Arguments, global: &Global, output: &Output) -> Result<Result<String, Exit>, Failure> {
    let id = &arguments.what;
    if let Some(outbox) = outbox(&arguments.place, global, output).await?
        && let Some((entry, _)) = by_name(&outbox, id).await?
        && let Some(receipt) = entry.receipt.filter(|_| !entry.incomplete)
    {
        return Ok(Ok(receipt.qr_url));
    }
    let id = RequestId::parse(id).map_err(|error| Failure::usage(error.to_string()))?;
    let connection = Connection::open(global, output).await?;
    let (exit, why) = match connection.client.outcome(&id).await? {
        Outcome::Fiscalised(receipt) => return Ok(Ok(receipt.qr_url)),
        Outcome::Rejected(rejection) => (Exit::Rejected, format!("it was rejected: {}", rejection.reason)),
        _ => (
            Exit::Unsettled,
            "it is not settled yet, or the service does not know it".to_owned(),
        ),
    };
    output.remark(&format!("there is no QR code for request {id}: {why}"));
    Ok(Err(exit))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes)
        .map_err(|error| Failure::service(format!("{} could not be written: {error}", path.display())))
}
