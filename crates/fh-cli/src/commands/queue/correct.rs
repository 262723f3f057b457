//! `fh queue correct`: mending a document under its id.

use std::path::PathBuf;

use fh_outbox::{Corrected, OutboxError};
use fiscal_harmony::{
    document::AllowedFields,
    preflight::{Findings, Level},
};
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    input::{Found, Source},
    output::Output,
    place::Opened,
    reading::in_background,
    visible::visible,
};

/// What the person asked for.
pub(super) struct Wanted {
    pub(super) document: String,
    pub(super) file: PathBuf,
    pub(super) why: Option<String>,
    pub(super) operator: String,
    pub(super) dry_run: bool,
    pub(super) checked: bool,
}

pub(super) async fn run(
    wanted: Wanted,
    opened: &Opened,
    allowed: AllowedFields,
    output: &Output,
) -> Result<Exit, Failure> {
    let found = only_one(wanted.file.clone(), allowed).await?;
    let why = wanted.why.as_deref().map(str::trim).filter(|why| !why.is_empty());
    let (outbox, id, document) = (&opened.outbox, &wanted.document, &found.document);
    let corrected = match (wanted.dry_run, why) {
        (true, _) => outbox.compare(id, document).await,
        (false, None) => {
            return Err(Failure::usage(
                "--why: say why it is corrected; it is kept for whoever asks",
            ));
        }
        (false, Some(why)) if wanted.checked => outbox.correct(id, document, &wanted.operator, why).await,
        (false, Some(why)) => outbox.correct_unchecked(id, document, &wanted.operator, why).await,
    };
    let corrected = corrected.map_err(|error| match &error {
        OutboxError::Preflight(findings) => refused(&found, findings),
        _ => error.into(),
    })?;
    for finding in &corrected.findings.findings {
        if finding.level == Level::Warn {
            output.remark(&found.problem(finding.to_string()).to_string());
        }
    }
    say(&corrected, wanted.dry_run, output);
    Ok(Exit::Well)
}

/// The one document of a file.
async fn only_one(file: PathBuf, allowed: AllowedFields) -> Result<Found, Failure> {
    let bad = |message: String| Failure {
        exit: Exit::Refused,
        message,
    };
    let source = Source::from_argument(file);
    let name = source.to_string();
    let mut documents = in_background(vec![source], allowed);
    let first = documents.recv().await;
    let found = first
        .ok_or_else(|| bad(format!("{name} holds no document")))?
        .map_err(|problem| bad(problem.to_string()))?;
    if documents.recv().await.is_some() {
        return Err(bad(format!("{name} holds several documents; a correction is one")));
    }
    Ok(found)
}

fn refused(found: &Found, findings: &Findings) -> Failure {
    let blocking = findings.findings.iter().filter(|finding| finding.level == Level::Block);
    let texts: Vec<_> = blocking
        .map(|finding| finding.to_string().trim_start_matches("block ").to_owned())
        .collect();
    Failure {
        exit: Exit::Refused,
        message: found
            .problem(format!("not corrected: {}", texts.join("; ")))
            .to_string(),
    }
}

fn say(corrected: &Corrected, dry_run: bool, output: &Output) {
    let entry = &corrected.entry;
    if output.is_json() {
        output.json(&json!({
            "entry": entry, "is_new": corrected.is_new, "differences": corrected.differences, "findings": corrected.findings.findings,
        }));
        return;
    }
    let id = visible(&entry.document);
    if !corrected.is_new {
        output.line(&format!(
            "{id}: nothing differs from what is kept; `fh queue retry {id}` sends it again as it is"
        ));
        return;
    }
    for difference in &corrected.differences {
        output.line(&format!("  {}", visible(&difference.to_string())));
    }
    if dry_run {
        output.line(&format!("{id} would be corrected so; nothing was changed"));
    } else {
        output.line(&format!(
            "{id} is corrected (revision {}) and sent as soon as `fh run` or `fh queue drain` works on its lane",
            entry.revision
        ));
    }
}
