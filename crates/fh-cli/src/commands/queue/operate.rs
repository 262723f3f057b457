//! An operator's word: `fh queue retry`, `skip`, `set-aside`, `adopt`, `release`, `acknowledge`, `take-over`, `restored` and `prune`.

use std::{path::Path, time::Duration};

use fh_outbox::{Entry, Evidence, State};

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

fn said<'a>(why: &'a str, ask: &str) -> Result<&'a str, Failure> {
    let why = why.trim();
    if why.is_empty() {
        return Err(Failure::usage(format!("--why: {ask}; it is kept for whoever asks")));
    }
    Ok(why)
}

pub(super) async fn set_aside(
    opened: &Opened,
    document: &str,
    why: &str,
    operator: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let why = said(why, "say why the documents after it need not wait")?;
    let entry = opened.outbox.set_aside(document, operator, why).await?;
    say(
        &entry,
        "is set aside; its lane goes on, and what comes of it is still awaited",
        output,
    );
    Ok(Exit::Well)
}

pub(super) async fn adopt(
    opened: &Opened,
    document: &str,
    evidence: Evidence,
    operator: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let entry = opened.outbox.adopt(document, evidence, operator).await?;
    let what = match entry.state {
        State::Fiscalised if entry.incomplete => {
            "is fiscalised; its receipt is known by the verification code alone and is not printed until --qr completes it"
        }
        State::Fiscalised => "is fiscalised, with the receipt that you found",
        _ => {
            "is asked about as soon as `fh run` or `fh queue drain` works on its lane; it stays in doubt until its receipt comes"
        }
    };
    say(&entry, what, output);
    Ok(Exit::Well)
}

pub(super) async fn release(
    opened: &Opened,
    document: &str,
    why: &str,
    operator: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let why = said(why, "say how you know that there is no receipt of it")?;
    let entry = opened.outbox.release(document, operator, why).await?;
    say(
        &entry,
        "is released: it certainly is not fiscalised, and nothing was sent",
        output,
    );
    Ok(Exit::Well)
}

pub(super) async fn acknowledge(
    opened: &Opened,
    alarms: &[String],
    operator: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut exit = Exit::Well;
    for alarm in alarms {
        match opened.outbox.acknowledge(alarm, operator).await {
            Ok(Some(entry)) => say(&entry, "raises this alarm no more", output),
            Ok(None) if output.is_json() => output.json(&serde_json::json!({ "key": alarm })),
            Ok(None) => output.line(&format!("{} is known, and told no more", visible(alarm))),
            Err(error) => {
                let failure = Failure::from(error);
                output.remark(&failure.message);
                exit = exit.max(failure.exit);
            }
        }
    }
    Ok(exit)
}

pub(super) async fn take_over(opened: &Opened, hold: bool, operator: &str, output: &Output) -> Result<Exit, Failure> {
    let documents = opened.outbox.take_over(operator, hold).await?;
    say_in_doubt("this machine sends from the outbox now", documents, output);
    Ok(Exit::Well)
}

pub(super) async fn restored(opened: &Opened, hold: bool, operator: &str, output: &Output) -> Result<Exit, Failure> {
    let documents = opened.outbox.restored(operator, hold).await?;
    say_in_doubt("noted that the outbox was restored", documents, output);
    Ok(Exit::Well)
}

fn say_in_doubt(what: &str, documents: usize, output: &Output) {
    if output.is_json() {
        output.json(&serde_json::json!({ "in_doubt": documents }));
    } else {
        output.line(&format!(
            "{what}; {documents} documents may have been sent meanwhile and are in doubt: `fh queue ls` lists them. Hand in again what is missing, \
             unchanged; what is dated before now goes as a repetition"
        ));
    }
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
