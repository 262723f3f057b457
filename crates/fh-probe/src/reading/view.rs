//! Short ways of saying what an answer was.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    conclusion::Conclusion,
    exchange::{Answer, Exchange},
    log::Log,
    verdict::Decided,
};

/// An answer in a few words: its status, its type, and whether it has problem details.
pub(super) fn said(answer: &Answer) -> String {
    let kind = match (answer.bytes, answer.media_type()) {
        (0, _) => "no body".to_owned(),
        (_, "") => "no content type".to_owned(),
        (_, kind) => kind.to_owned(),
    };
    let shape = match answer.json() {
        Some(Value::Array(items)) if items.is_empty() => " []",
        Some(Value::Object(object)) if object.contains_key("errors") => " with errors",
        Some(Value::Object(object)) if object.contains_key("traceId") => " with a trace id",
        _ => "",
    };
    format!("{} {kind}{shape}", answer.status)
}

/// The names of members, however deep: `QrData.QrCodeUrl`, `[].Id`.
pub(super) fn names(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    walk(value, &path, found);
                    found.insert(path);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, &format!("{path}[]"), found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found
}

/// Names in one line.
pub(super) fn listed(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

/// The steps of all attempts that say something.
pub(super) fn steps(log: &Log, variant: &str) -> Vec<String> {
    log.ask(variant)
        .map(|exchange| vec![exchange.step.clone()])
        .unwrap_or_default()
}

/// Why a question that was asked has no answer.
pub(super) fn unsettled(log: &Log, question: &str, variant: &str) -> Conclusion {
    let all: Vec<&Exchange> = log.under(variant).collect();
    let broken = all.iter().filter(|exchange| exchange.steady().is_none()).count();
    let why = match all.len() {
        0 => "the probe ended before it was asked".to_owned(),
        number => format!("{number} requests, {broken} of them without a steady answer, show nothing for certain"),
    };
    Conclusion::not_settled(question, why).resting_on(all.iter().map(|exchange| exchange.step.clone()))
}

/// The exchanges that a decision about a document rests on: how it was handed in, and the last question about it.
pub(super) fn support(log: &Log, decided: &Decided) -> Vec<String> {
    let name = decided.step();
    let found = log.all_documents().into_iter().find(|attempt| attempt.name() == name);
    let Some(attempt) = found else {
        return vec![name.to_owned()];
    };
    let last = attempt.polls.last().map(|poll| poll.step.clone());
    std::iter::once(attempt.submit.step.clone()).chain(last).collect()
}

/// What a decision says, in words.
pub(super) fn told(decided: &Decided) -> String {
    match decided {
        Decided::Refused { status, .. } => format!("refused with {status}"),
        Decided::Rejected { error, .. } => format!("taken and rejected: {error}"),
        Decided::Fiscalised { .. } => "fiscalised".to_owned(),
    }
}

/// The same in a word, for programs.
pub(super) fn word(decided: &Decided) -> String {
    match decided {
        Decided::Refused { status, .. } => format!("refused-{status}"),
        Decided::Rejected { code: Some(code), .. } => format!("rejected-{code}"),
        Decided::Rejected { .. } => "rejected".to_owned(),
        Decided::Fiscalised { .. } => "taken".to_owned(),
    }
}

/// What hides every question that is put with a document, if a plain one is not fiscalised either.
pub(super) fn hidden_by_plain(log: &Log, question: &str) -> Option<Conclusion> {
    let plain = plain(log)?;
    let why = format!("even a plain document is not fiscalised: {}", told(&plain));
    (!plain.is_fiscalised()).then(|| Conclusion::hidden(question, "receipt", why).resting_on(support(log, &plain)))
}

/// What became of a plain document: one for a buyer with a number, where none without is taken.
pub(super) fn plain(log: &Log) -> Option<Decided> {
    let first = log.document("plain/first")?;
    let with_tin = log.document("plain/with-tin").filter(Decided::is_fiscalised);
    Some(if first.is_fiscalised() {
        first
    } else {
        with_tin.unwrap_or(first)
    })
}
