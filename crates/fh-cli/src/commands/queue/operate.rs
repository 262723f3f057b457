//! An operator's word: `fh queue retry`, `skip` and `prune`.

use std::{path::Path, time::Duration};

use fh_outbox::Entry;

use crate::{
    exit::{Exit, Failure},
    output::Output,
    place::Opened,
    visible::visible,
};

pub(super) async fn retry(
    opened: &Opened,
    documents: &[String],
    operator: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut exit = Exit::Well;
    for document in documents {
        match opened.outbox.retry(document, operator).await {
            Ok(entry) => say(
                &entry,
                "is tried again as soon as `fh run` or `fh queue drain` works on its lane",
                output,
            ),
            Err(error) => {
                let failure = Failure::from(error);
                output.remark(&failure.message);
                exit = exit.max(failure.exit);
            }
        }
    }
    Ok(exit)
}

pub(super) async fn skip(
    opened: &Opened,
    document: &str,
    reason: &str,
    operator: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    if reason.trim().is_empty() {
        return Err(Failure::usage(
            "--reason: say why the document need not be fiscalised; it is kept for whoever asks",
        ));
    }
    let entry = opened.outbox.skip(document, operator, reason.trim()).await?;
    say(&entry, "is skipped and not fiscalised; its lane goes on", output);
    Ok(Exit::Well)
}

pub(super) async fn prune(opened: &Opened, days: u64, export: &Path, output: &Output) -> Result<Exit, Failure> {
    let age = Duration::from_secs(days.saturating_mul(86_400));
    let pruned = opened.outbox.prune(age, export).await?;
    if output.is_json() {
        output.json(&serde_json::json!({ "pruned": pruned, "export": export }));
    } else {
        output.line(&format!(
            "{pruned} documents were taken out and are in {}",
            export.display()
        ));
    }
    Ok(Exit::Well)
}

fn say(entry: &Entry, what: &str, output: &Output) {
    if output.is_json() {
        output.json(entry);
    } else {
        output.line(&format!("{} {what}", visible(&entry.document)));
    }
}
