//! Documents on their way into the outbox.

use fh_outbox::{Enqueued, Outbox, OutboxError};
use fiscal_harmony::{Client, preflight::Level, types::CatDateTime};

use crate::{
    exit::{Exit, Failure, words},
    input::Found,
    output::Output,
    report::{Report, kind_word},
};

/// Takes one document in, or reports why not. Warnings are said on standard error.
pub(crate) async fn take_in(
    outbox: &Outbox,
    found: &Found,
    checked: bool,
    replaces: Option<&str>,
    output: &Output,
) -> Result<Enqueued, Report> {
    let of_station = found.station.clone().map(|station| outbox.station(station));
    let outbox = of_station.as_ref().unwrap_or(outbox);
    let document = &found.document;
    let enqueued = match (replaces, checked) {
        (None, true) => outbox.enqueue(document).await,
        (None, false) => outbox.enqueue_unchecked(document).await,
        (Some(replaced), true) => outbox.enqueue_replacing(document, replaced).await,
        (Some(replaced), false) => outbox.enqueue_replacing_unchecked(document, replaced).await,
    };
    let enqueued = enqueued.map_err(|error| {
        let why = match &error {
            OutboxError::Preflight(findings) => {
                let blocking = findings.findings.iter().filter(|finding| finding.level == Level::Block);
                let texts: Vec<_> = blocking
                    .map(|finding| finding.to_string().trim_start_matches("block ").to_owned())
                    .collect();
                format!("not sent: {}", texts.join("; "))
            }
            error => words(error),
        };
        refused(Failure::from(error).exit, found, why)
    })?;
    for finding in &enqueued.findings.findings {
        if finding.level == Level::Warn {
            output.remark(&found.problem(finding.to_string()).to_string());
        }
    }
    Ok(enqueued)
}

/// Why a document was not taken, with its place.
pub(crate) fn refused(exit: Exit, found: &Found, why: String) -> Report {
    let mut report = Report::refused(exit, found.problem(why).to_string());
    report.document = Some(found.document.id().to_owned());
    report.kind = Some(kind_word(found.document.kind()));
    report
}

/// What the service knows of the account, for the checks; a till that is offline does without.
pub(crate) async fn learn(outbox: &Outbox, client: &Client, output: &Output) {
    outbox.learn_from(client);
    match client.catalogue().await {
        Ok(catalogue) => {
            for unread in catalogue.unread() {
                output.remark(&format!("not understood, and not used: {unread}"));
            }
            outbox.set_catalogue(catalogue);
            outbox.note_clock(client);
        }
        Err(error) => {
            let checked = match outbox.catalogue() {
                Some(known) => format!(
                    "are checked against what it said at {}",
                    CatDateTime::from_timestamp(known.fetched_at())
                ),
                None => "are not checked".to_owned(),
            };
            output.remark(&format!(
                "what the service knows about the account could not be had, so taxes, mappings and currencies {checked}: {error}"
            ));
        }
    }
}
