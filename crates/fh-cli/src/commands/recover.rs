//! `fh recover`: a lost outbox, from the ERP's documents.

use std::{path::PathBuf, time::Duration};

use fh_outbox::{Loss, Outbox, Recovery};
use fh_types::{CatDateTime, SystemClock};

use crate::{
    connection::{Connection, policy_for_looking},
    exit::{Exit, Failure},
    fields::Fields,
    global::Global,
    intake::refused,
    operator::Operator,
    output::Output,
    place::Place,
    policy::PolicyFlags,
    reading::{in_background, sources},
    report::Report,
    reports::Reports,
    visible::visible,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Everything that the ERP has handed in, as JSON: one document, an array, or JSON Lines; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Send those of the last seven days again, as repetitions, one first: when its receipt is a new one, or it is refused as a duplicate,
    /// the rest stays and you are asked.
    #[arg(long, requires = "last_receipt")]
    send: bool,
    /// The highest receipt number that the device had before the loss, as the last printed receipt shows it.
    #[arg(long, value_name = "NUMBER")]
    last_receipt: Option<i64>,
    /// When the outbox was lost. Otherwise now.
    #[arg(long, value_name = "TIME")]
    lost: Option<CatDateTime>,
    /// How long to wait for the first, and again for the others.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    #[command(flatten)]
    operator: Operator,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    fields: Fields,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let sources = sources(&arguments.files)?;
    let allowed = arguments.fields.allowed(global, output)?;
    // Before anything is kept: whoever wants to send must be able to.
    let connection = if arguments.send {
        Some(Connection::open(global, output).await?)
    } else {
        None
    };
    let policy = policy_for_looking(global, &PolicyFlags::default(), output)?.policy;
    let opened = arguments.place.open(global, policy).await?;
    let mut reports = Reports::new(output, false);
    let mut documents = in_background(sources, allowed);
    while let Some(found) = documents.recv().await {
        let slot = reports.slot();
        let report = match found {
            Ok(found) => match opened.outbox.recover(&found.document).await {
                Ok(kept) => {
                    let mut report = Report::of_entry(&kept.entry);
                    // That it is in doubt is what was asked for.
                    report.exit = Exit::Well;
                    report
                }
                Err(error) => {
                    let failure = Failure::from(error);
                    refused(failure.exit, &found, failure.message)
                }
            },
            Err(problem) => Report::refused(Exit::Refused, problem.to_string()),
        };
        reports.finish(slot, report);
    }
    let exit = reports.end();
    match (connection, arguments.last_receipt) {
        (Some(connection), Some(last_receipt)) => {
            let loss = Loss {
                at: arguments.lost.unwrap_or_else(|| CatDateTime::now(&SystemClock)),
                last_receipt,
            };
            let within = Duration::from_secs(arguments.wait);
            let operator = arguments.operator.name();
            let sent = opened
                .outbox
                .send_recovered(&connection.client, loss, &operator, within);
            Ok(exit.max(said(&opened.outbox, sent.await?, output)))
        }
        _ => {
            output.remark(
                "they are kept as history, in doubt, and nothing was sent; adopt the receipts of those that have one (`fh queue adopt`)",
            );
            Ok(exit)
        }
    }
}

fn said(outbox: &Outbox, recovery: Recovery, output: &Output) -> Exit {
    match recovery {
        Recovery::Sent(entries) => {
            let mut exit = Exit::Well;
            for entry in &entries {
                let report = Report::of_entry(entry);
                exit = exit.max(report.exit);
                report.write(output, false);
            }
            exit
        }
        Recovery::Ask { why, left, .. } => {
            output.remark(&format!(
                "{}; the {left} others were not sent. Look it up in the Fiscal Harmony portal, then adopt their receipts one by one",
                visible(&why)
            ));
            Exit::Unsettled
        }
        _ => {
            output.remark(&format!(
                "nothing in the lane {} is of the last seven days; adopt the receipts of those that have one",
                visible(outbox.lane())
            ));
            Exit::Well
        }
    }
}
