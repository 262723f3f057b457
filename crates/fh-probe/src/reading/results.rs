//! How a submission is answered, how its result comes, and how long that takes.

use serde_json::Value;

use super::view::{listed, names, steps, support, unsettled};
use crate::{
    conclusion::Conclusion,
    exchange::{Exchange, member},
    log::Log,
    verdict::{Attempt, Decided, Fate, Shown, shown},
};

pub(super) fn submit_answer(log: &Log) -> Conclusion {
    const NAME: &str = "submit-answer";
    let documents = log.all_documents();
    let taken = documents.iter().filter(|attempt| attempt.request().is_some());
    let answers: Vec<&Exchange> = taken.map(|attempt| attempt.submit).collect();
    let Some(answer) = answers.first().and_then(|first| first.answer()) else {
        return unsettled(log, NAME, "plain");
    };
    let (value, words) = match answer.json() {
        Some(Value::String(_)) => ("json-string", "a JSON string"),
        Some(Value::Object(_)) => ("json-object", "a JSON object"),
        _ => ("bare-text", "bare text"),
    };
    let said = format!("{words}, as {}", answer.media_type());
    let conclusion =
        Conclusion::answer(NAME, value, said).resting_on(answers.iter().take(3).map(|one| one.step.clone()));
    match value {
        "json-object" => conclusion,
        value => conclusion.switch("submit_answer", value),
    }
}

/// The questions about a request before its result was seen, and how each was answered.
fn before_the_result<'l>(attempt: &Attempt<'l>) -> Vec<(&'l Exchange, bool)> {
    let Some(request) = attempt.request() else {
        return Vec::new();
    };
    let mut seen = Vec::new();
    for poll in &attempt.polls {
        match poll.steady().and_then(|answer| shown(answer, request)) {
            Some(Shown::Missing) => seen.push((*poll, true)),
            Some(Shown::Pending(_)) => seen.push((*poll, false)),
            Some(Shown::Settled(_)) => break,
            None => {}
        }
    }
    seen
}

pub(super) fn pending(log: &Log) -> Conclusion {
    const NAME: &str = "pending";
    // A document that comes again may be asked for under a request id that is settled.
    let documents = log.all_documents();
    let once = documents.iter().filter(|attempt| !attempt.name().contains("/again"));
    let seen: Vec<(&Exchange, bool)> = once.flat_map(before_the_result).collect();
    let missing = seen.iter().filter(|(_, missing)| *missing).count();
    let there = seen.len() - missing;
    if seen.is_empty() {
        let settled = documents
            .iter()
            .any(|attempt| matches!(attempt.fate, Fate::Fiscalised { .. } | Fate::Rejected { .. }));
        let why = "every result was there when it was asked for first";
        return if settled {
            Conclusion::hidden(NAME, "settling", why)
        } else {
            unsettled(log, NAME, "plain")
        };
    }
    let (major, minor) = (missing.max(there), missing.min(there));
    if major < 2 || (minor > 0 && major < 4 * minor) {
        return Conclusion::not_settled(NAME, format!("{there} times with an element, {missing} times without"))
            .resting_on(seen.iter().map(|(poll, _)| poll.step.clone()));
    }
    let is_missing = missing > there;
    let of_it = seen.iter().filter(|(_, missing)| *missing == is_missing);
    let support = of_it.take(5).map(|(poll, _)| poll.step.clone());
    let (value, said) = if is_missing {
        ("missing", format!("it is left out ({major} times seen)"))
    } else {
        (
            "nulls",
            format!("an element that says neither yes nor no ({major} times seen)"),
        )
    };
    Conclusion::answer(NAME, value, said)
        .resting_on(support)
        .switch("pending", value)
}

pub(super) fn receipt(log: &Log) -> Conclusion {
    const NAME: &str = "receipt";
    match super::view::plain(log) {
        Some(decided @ Decided::Fiscalised { .. }) => {
            let Decided::Fiscalised { record, .. } = &decided else {
                return unsettled(log, NAME, "plain/first");
            };
            let said = listed(names(record));
            Conclusion::answer(NAME, said.clone(), said).resting_on(support(log, &decided))
        }
        Some(other) => Conclusion::answer(
            NAME,
            super::view::word(&other),
            format!("none: {}", super::view::told(&other)),
        )
        .resting_on(support(log, &other)),
        None => unsettled(log, NAME, "plain/first"),
    }
}

pub(super) fn settling(log: &Log) -> Conclusion {
    const NAME: &str = "settling";
    let documents = log.all_documents();
    let mut times: Vec<(i64, String)> = documents
        .iter()
        .filter(|attempt| !attempt.name().contains("/again"))
        .filter_map(|attempt| {
            let last = attempt.polls.last()?;
            let answered = attempt.submit.at_ms + i64::try_from(attempt.submit.answer()?.millis).ok()?;
            // Asked again by a later run, the time says nothing.
            let took = last.at_ms - answered;
            let is_settled = matches!(attempt.fate, Fate::Fiscalised { .. } | Fate::Rejected { .. });
            (is_settled && took < 600_000).then(|| (took.max(0), last.step.clone()))
        })
        .collect();
    if times.is_empty() {
        return unsettled(log, NAME, "plain");
    }
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].0;
    let (half, most) = (at(50), at(95));
    Conclusion::answer(
        NAME,
        format!("p50-{half}-p95-{most}"),
        format!(
            "half of {} results within {half} ms, 95 % within {most} ms",
            times.len()
        ),
    )
    .resting_on(times.iter().take(5).map(|(_, step)| step.clone()))
    .switch("settle_delay_ms", half.to_string())
}

pub(super) fn pdf(log: &Log) -> Conclusion {
    const NAME: &str = "pdf";
    if let Some(answer) = log.answer("plain/pdf") {
        let is_pdf = answer.body.starts_with("%PDF-");
        let said = format!(
            "{} {}, {}",
            answer.status,
            answer.media_type(),
            if is_pdf { "a PDF" } else { "no PDF" }
        );
        // The size is one document's.
        let conclusion = Conclusion::answer(NAME, said.clone(), said).resting_on(steps(log, "plain/pdf"));
        return match answer.media_type() {
            "application/pdf" => conclusion.switch("pdf_type", "application-pdf"),
            "application/octet-stream" => conclusion.switch("pdf_type", "octet-stream"),
            _ => conclusion,
        };
    }
    match super::view::plain(log) {
        Some(decided @ Decided::Fiscalised { .. }) => {
            let Decided::Fiscalised { record, .. } = &decided else {
                return unsettled(log, NAME, "plain/pdf");
            };
            let file = member(record, "FiscalInvoicePdf").is_some_and(Value::is_string);
            if file {
                unsettled(log, NAME, "plain/pdf")
            } else {
                Conclusion::answer(NAME, "unnamed", "the record names no PDF").resting_on(support(log, &decided))
            }
        }
        Some(other) => {
            Conclusion::hidden(NAME, "receipt", "no document was fiscalised").resting_on(support(log, &other))
        }
        None => unsettled(log, NAME, "plain/first"),
    }
}
