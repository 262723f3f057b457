//! `fh status`: what became of earlier submissions.

use std::{path::PathBuf, time::Duration};

use fiscal_harmony::types::RequestId;

use crate::{
    connection::Connection,
    desk::{Desk, Open},
    exit::{Exit, Failure},
    interrupt::Interrupt,
    output::Output,
    settle::Settler,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Request ids, as `fh submit` gave them.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<RequestId>,
    /// How long to wait for those that are pending.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
    /// Save the PDF of each fiscalised document in this folder.
    #[arg(long, value_name = "DIR")]
    pdf: Option<PathBuf>,
    /// Leave out the QR codes from the output for people.
    #[arg(long)]
    no_qr: bool,
}

pub(crate) async fn run(arguments: Arguments, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen()?;
    let wait = Duration::from_secs(arguments.wait);
    let settler = Settler::start(connection.client.clone(), wait, arguments.pdf.clone());
    let mut desk = Desk::new(output, settler, !arguments.no_qr, arguments.pdf.is_some());
    for id in arguments.ids {
        let slot = desk.slot();
        desk.submitted(slot, Open::new(None, None, id), false);
    }
    while desk.is_waiting() {
        tokio::select! {
            biased;
            () = interrupt.asked(1) => desk.give_up("interrupted"),
            () = desk.news() => {}
        }
    }
    Ok(desk.end())
}
