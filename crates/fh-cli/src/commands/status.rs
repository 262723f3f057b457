//! `fh status`: what became of earlier submissions.

use std::{collections::HashSet, path::PathBuf, pin::pin, time::Duration};

use fiscal_harmony::{Error, Outcome, types::RequestId};
use futures_util::StreamExt;

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    global::Global,
    interrupt::Interrupt,
    known::{self, By},
    output::Output,
    pdfs,
    place::Place,
    report::Report,
    reports::{Reports, Slot},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Documents by their ids or numbers, or request ids, as `fh submit` gave them.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// How long to wait for those that are pending.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
    /// Save the PDF of each fiscalised document in this folder.
    #[arg(long, value_name = "DIR")]
    pdf: Option<PathBuf>,
    /// Leave out the QR codes from the output for people.
    #[arg(long)]
    no_qr: bool,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(
    arguments: Arguments,
    connection: &Connection,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen()?;
    let client = &connection.client;
    let mut reports = Reports::new(output, !arguments.no_qr);
    let outbox = known::outbox(&arguments.place, global, output).await?;
    let mut open: Vec<(Slot, RequestId)> = Vec::new();
    // Those of which this outbox has never heard.
    let mut strangers = HashSet::new();
    for name in arguments.ids {
        let slot = reports.slot();
        let entry = match &outbox {
            Some(outbox) => known::by_name(outbox, &name).await?,
            None => None,
        };
        match (entry, RequestId::parse(&name)) {
            (Some((entry, By::Itself)), _) if entry.state.is_settled() || entry.request_id.is_none() => {
                let mut report = Report::of_entry(&entry);
                if let (Some(folder), Some(receipt)) = (&arguments.pdf, &entry.receipt) {
                    pdfs::note(&mut report, pdfs::save_of(client, receipt, folder).await);
                }
                reports.finish(slot, report);
            }
            (Some((entry, By::Itself)), _) => open.extend(entry.request_id.map(|id| (slot, id))),
            (Some((_, By::Request)), Ok(id)) => open.push((slot, id)),
            (_, Ok(id)) => {
                strangers.insert(id.clone());
                open.push((slot, id));
            }
            (_, Err(_)) => {
                let mut report = Report::unknown(known::not_known(&name));
                report.exit = Exit::Usage;
                reports.finish(slot, report);
            }
        }
    }
    reports.show(open.len());
    // At once, and then again for as long as it is worth waiting for.
    let wait = Duration::from_secs(arguments.wait);
    for within in [Duration::ZERO, wait] {
        let is_last = within == wait;
        let ids: Vec<_> = open.iter().map(|(_, id)| id.clone()).collect();
        let mut outcomes = pin!(client.wait_all(ids, within));
        loop {
            let (id, outcome) = tokio::select! {
                biased;
                () = interrupt.asked(1) => {
                    give_up(open, &mut reports);
                    return Ok(reports.end());
                }
                answer = outcomes.next() => match answer {
                    Some(answer) => answer,
                    None => break,
                },
            };
            let is_known = match &outcome {
                Ok(outcome) => outcome.is_settled(),
                Err(error) => !error.is_retryable(),
            };
            if !is_last && !is_known {
                continue;
            }
            let Some(at) = open.iter().position(|(_, known)| *known == id) else {
                continue;
            };
            let (slot, id) = open.remove(at);
            let mut report = match &outcome {
                // The service says the same of what it never had and of what it has not decided.
                Ok(Outcome::Pending) if strangers.contains(&id) => {
                    let mut report = Report::unknown(format!(
                        "{}, and the service does not tell of it",
                        known::not_known(id.as_str())
                    ));
                    report.request_id = Some(id.as_str().to_owned());
                    report
                }
                _ => report_of(&id, &outcome),
            };
            if let (Some(folder), Ok(Outcome::Fiscalised(receipt))) = (&arguments.pdf, &outcome) {
                tokio::select! {
                    biased;
                    () = interrupt.asked(1) => pdfs::note_interruption(&mut report),
                    saved = pdfs::save_of(client, receipt, folder) => pdfs::note(&mut report, saved),
                }
            }
            reports.finish(slot, report);
            reports.show(open.len());
        }
        if is_last {
            break;
        }
    }
    Ok(reports.end())
}

fn report_of(id: &RequestId, outcome: &Result<Outcome, Error>) -> Report {
    let mut report = match outcome {
        Ok(outcome) => Report::of_outcome(outcome),
        Err(error) => {
            // Only asked about: that it was ever taken is not known either.
            let mut report = Report::unknown(error.to_string());
            report.exit = Exit::of(error);
            report
        }
    };
    report.request_id = Some(id.as_str().to_owned());
    report
}

fn give_up(open: Vec<(Slot, RequestId)>, reports: &mut Reports<'_>) {
    for (slot, id) in open {
        let mut report = Report::pending(Some("interrupted".to_owned()));
        report.request_id = Some(id.as_str().to_owned());
        reports.finish(slot, report);
    }
}
