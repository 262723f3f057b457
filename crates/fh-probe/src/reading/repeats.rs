//! What comes again, and what is out of order.

use serde_json::Value;

use super::view::{hidden_by_plain, support, told, unsettled};
use crate::{
    conclusion::Conclusion,
    exchange::member,
    log::Log,
    verdict::{Attempt, Decided, Fate, codes},
};

/// What became of a document that came again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Again {
    /// How the second one was answered.
    pub(crate) answer: Repeated,
    /// What became of it.
    pub(crate) fate: Fate,
    /// What supports that.
    pub(crate) support: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// The earlier request id.
    Same,
    /// Another request id.
    New,
    /// Refused with this status.
    Refused(u16),
}

/// What a repetition showed, once one went through without a fault in it.
pub(crate) fn again(log: &Log, variant: &str) -> Option<Again> {
    (1..=log.attempts(variant)).find_map(|number| {
        let attempt = |name: &str| {
            let submit = log.step(&format!("{variant}/{number}{name}/submit"))?;
            let prefix = format!("{variant}/{number}{name}/poll-");
            Some(Attempt::read(
                submit,
                log.all().iter().filter(|one| one.step.starts_with(&prefix)).collect(),
            ))
        };
        let (first, second) = (attempt("")?, attempt("/again")?);
        let request = first.request()?.to_owned();
        let expected = match &first.fate {
            Fate::Rejected { .. } => variant.starts_with("corrections"),
            // A repetition of what was rejected without a code may be one of a fault.
            Fate::Fiscalised { .. } => !variant.starts_with("corrections"),
            _ => false,
        };
        if !expected {
            return None;
        }
        let answer = match &second.fate {
            Fate::Refused { status } if !matches!(status, 401..=404) => Repeated::Refused(*status),
            Fate::Rejected { request: second, .. } | Fate::Fiscalised { request: second, .. } if *second == request => {
                Repeated::Same
            }
            Fate::Rejected { .. } | Fate::Fiscalised { .. } => Repeated::New,
            _ => return None,
        };
        let exchanges = [first.submit, second.submit]
            .into_iter()
            .chain(first.polls.last().copied())
            .chain(second.polls.last().copied());
        let support = exchanges.map(|one| one.step.clone()).collect();
        Some(Again {
            answer,
            fate: second.fate.clone(),
            support,
        })
    })
}

/// What follows from an answer for a switch of repetitions.
fn said(again: &Again) -> (&'static str, String) {
    let outcome = match &again.fate {
        Fate::Fiscalised { .. } => "fiscalised a second time".to_owned(),
        Fate::Rejected { error, .. } => format!("rejected: {error}"),
        _ => "not settled".to_owned(),
    };
    match again.answer {
        Repeated::Same => ("same-request", "the earlier request id is answered".to_owned()),
        Repeated::New => (
            "second-acceptance",
            format!("it is taken again under a new request id, and {outcome}"),
        ),
        Repeated::Refused(409) => ("conflict", "it is refused with 409".to_owned()),
        Repeated::Refused(status) => ("refused", format!("it is refused with {status}")),
    }
}

pub(super) fn repeat(log: &Log, question: &str) -> Conclusion {
    let (variant, switch) = match question {
        "repeat" => ("repeats/same", Some("repeat")),
        "repeat-with-retry" => ("repeats/retry", Some("repeat_with_retry")),
        "repeat-pending" => ("repeats/pending", None),
        _ => ("repeats/other", None),
    };
    if let Some(hidden) = hidden_by_plain(log, question) {
        return hidden;
    }
    let Some(again) = again(log, variant) else {
        return unsettled(log, question, variant);
    };
    let (value, text) = said(&again);
    let conclusion = Conclusion::answer(question, value, text).resting_on(again.support);
    match switch {
        Some(switch) if value != "refused" => conclusion.switch(switch, value),
        _ => conclusion,
    }
}

pub(super) fn correction(log: &Log) -> Conclusion {
    const NAME: &str = "correction";
    if let Some(hidden) = hidden_by_plain(log, NAME) {
        return hidden;
    }
    let Some(again) = again(log, "corrections/corrected") else {
        return unsettled(log, NAME, "corrections/corrected");
    };
    let is_fiscalised = matches!(again.fate, Fate::Fiscalised { .. });
    let (value, text) = match (&again.answer, is_fiscalised) {
        (Repeated::New, _) => ("takes-new", "what comes is taken, under a new request id".to_owned()),
        (Repeated::Same, true) => (
            "takes-new-under-the-same-id",
            "what comes is taken, under the earlier request id".to_owned(),
        ),
        (Repeated::Same, false) => (
            "keeps-old",
            "the earlier request id is answered, and what it has is tried again as it was".to_owned(),
        ),
        (Repeated::Refused(status), _) => ("refused", format!("it is refused with {status}")),
    };
    let conclusion = Conclusion::answer(NAME, value, text).resting_on(again.support);
    match value {
        "takes-new" | "keeps-old" => conclusion.switch("rejected_again", value),
        _ => conclusion,
    }
}

pub(super) fn unique_numbers(log: &Log) -> Conclusion {
    const NAME: &str = "unique-numbers";
    if let Some(hidden) = hidden_by_plain(log, NAME) {
        return hidden;
    }
    let Some(decided) = log.document("numbers-again/same") else {
        return unsettled(log, NAME, "numbers-again/same");
    };
    let support = support(log, &decided);
    let (value, text) = match &decided {
        Decided::Fiscalised { .. } => ("false", "no: two documents with one number are fiscalised".to_owned()),
        other => ("true", format!("yes: {}", told(other))),
    };
    Conclusion::answer(NAME, value, text)
        .resting_on(support)
        .switch("unique_numbers", value)
}

pub(super) fn date_order(log: &Log) -> Conclusion {
    const NAME: &str = "date-order";
    if let Some(hidden) = hidden_by_plain(log, NAME) {
        return hidden;
    }
    let Some(decided) = log.document("dates/hour-back") else {
        return unsettled(log, NAME, "dates/hour-back");
    };
    let support = support(log, &decided);
    match &decided {
        Decided::Fiscalised { .. } => Conclusion::answer(NAME, "any", "yes: it is fiscalised")
            .resting_on(support)
            .switch("colours.RCPT030", "yellow"),
        Decided::Rejected { error, .. } => {
            let named = codes(error);
            let is_order = named.iter().any(|code| code == "RCPT030");
            let conclusion = match named.is_empty() {
                true => {
                    return Conclusion::answer(NAME, "rejected", format!("no: {}", told(&decided))).resting_on(support);
                }
                false if is_order => Conclusion::answer(NAME, "in-order", format!("no: {}", told(&decided))),
                // Another code is red, and this one is not among those that are.
                false => Conclusion::answer(NAME, "any-order", format!("not for its order: {}", told(&decided))),
            };
            conclusion
                .resting_on(support)
                .switch("colours.RCPT030", if is_order { "red" } else { "yellow" })
        }
        Decided::Refused { .. } => Conclusion::answer(NAME, "refused", told(&decided)).resting_on(support),
    }
}

/// The verification link holds the receipt's date: `ddMMyyyy` after the ten digits of the device.
pub(super) fn date_reaches(log: &Log) -> Conclusion {
    const NAME: &str = "date-reaches-receipt";
    if let Some(hidden) = hidden_by_plain(log, NAME) {
        return hidden;
    }
    let Some(decided) = log.document("dates/yesterday") else {
        return unsettled(log, NAME, "dates/yesterday");
    };
    let support = support(log, &decided);
    match &decided {
        Decided::Fiscalised { record, step } => {
            let documents = log.all_documents();
            let body = documents
                .iter()
                .find(|attempt| attempt.name() == step)
                .and_then(|attempt| attempt.submit.request.body.as_deref());
            let date = body.and_then(|body| {
                let body: Value = serde_json::from_str(body).ok()?;
                let date = body.get("Date")?.as_str()?.get(..10)?.to_owned();
                Some(format!("{}{}{}", &date[8..10], &date[5..7], &date[..4]))
            });
            let link = member(record, "QrData")
                .and_then(|data| member(data, "QrCodeUrl"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let shown = link.rsplit('/').next().and_then(|digits| digits.get(10..18));
            match (date, shown) {
                (Some(date), Some(shown)) if date == shown => {
                    Conclusion::answer(NAME, "yes", "yes: the verification link has the document's date")
                        .resting_on(support)
                }
                (Some(_), Some(shown)) if shown.bytes().all(|byte| byte.is_ascii_digit()) => Conclusion::answer(
                    NAME,
                    "no",
                    "no: the verification link has another date than the document",
                )
                .resting_on(support),
                _ => Conclusion::not_settled(NAME, "the verification link shows no date").resting_on(support),
            }
        }
        Decided::Rejected { error, .. }
            if codes(error)
                .iter()
                .any(|code| ["RCPT014", "RCPT030"].contains(&code.as_str())) =>
        {
            Conclusion::answer(NAME, "yes", format!("yes: the authority saw it, {}", told(&decided)))
                .resting_on(support)
        }
        other => Conclusion::not_settled(NAME, told(other)).resting_on(support),
    }
}
