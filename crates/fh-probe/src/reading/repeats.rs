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
    let conclusion = Conclusion::answer(question, value, text).resting_on(again.support.clone());
    if question == "repeat-other-content" {
        return other_content(log, &again, conclusion);
    }
    match switch {
        Some(switch) if value != "refused" => conclusion.switch(switch, value),
        _ => conclusion,
    }
}

/// Whether the content is compared: only where a repetition of the same content is not refused.
fn other_content(log: &Log, other: &Again, conclusion: Conclusion) -> Conclusion {
    const NAME: &str = "repeat-other-content";
    let Some(same) = again(log, "repeats/retry") else {
        return conclusion;
    };
    match (&other.answer, &same.answer) {
        (Repeated::Refused(_), Repeated::Refused(_)) => {
            Conclusion::hidden(NAME, "repeat-with-retry", "the same content is refused too")
                .resting_on(other.support.clone())
        }
        (Repeated::Refused(_), _) => conclusion.switch("changed_content", "conflict"),
        _ => conclusion.switch("changed_content", "not-noticed"),
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
    let colour = |conclusion: Conclusion, red: bool| {
        conclusion
            .resting_on(support.clone())
            .switch("colours.RCPT030", if red { "red" } else { "yellow" })
    };
    match &decided {
        Decided::Fiscalised { .. } => match reaches(log) {
            Some(true) => colour(Conclusion::answer(NAME, "any", "yes: it is fiscalised"), false),
            Some(false) => Conclusion::hidden(NAME, "date-reaches-receipt", "the document's date is not passed on")
                .resting_on(support),
            None => unsettled(log, NAME, "dates/yesterday"),
        },
        Decided::Rejected { error, .. } => {
            let named = codes(error);
            if named.is_empty() {
                let why = "it is rejected, and the reason names no code: for its order, or for being before the day's opening";
                // Red behaves as what was seen, whichever it was.
                return colour(Conclusion::hidden(NAME, "error-codes", why), true);
            }
            // Where another code is red, this one is not among those that are.
            let is_order = named.iter().any(|code| code == "RCPT030");
            let value = if is_order { "in-order" } else { "any-order" };
            let answer = if is_order { "no" } else { "not refused for its order" };
            colour(
                Conclusion::answer(NAME, value, format!("{answer}: {}", told(&decided))),
                is_order,
            )
        }
        Decided::Refused { .. } => Conclusion::answer(NAME, "refused", told(&decided)).resting_on(support),
    }
}

/// How many days before the document's own date the verification link's is: `ddMMyyyy` stands after the ten digits of the device.
fn days_in_link(log: &Log, variant: &str) -> Option<(String, String)> {
    let Some(Decided::Fiscalised { record, step }) = log.document(variant) else {
        return None;
    };
    let body = log.attempt(&step)?.submit.request.body.as_deref()?.to_owned();
    let body: Value = serde_json::from_str(&body).ok()?;
    let date = body.get("Date")?.as_str()?.get(..10)?.to_owned();
    let link = member(&record, "QrData")
        .and_then(|data| member(data, "QrCodeUrl"))?
        .as_str()?
        .to_owned();
    let digits = link.rsplit('/').next()?.get(10..18)?.to_owned();
    let is_date = digits.bytes().all(|byte| byte.is_ascii_digit());
    let shown = format!("{}-{}-{}", &digits[4..8], &digits[2..4], &digits[..2]);
    is_date.then_some((date, shown))
}

/// Whether the document's date reaches the receipt, if that is known.
fn reaches(log: &Log) -> Option<bool> {
    if let Some((date, shown)) = days_in_link(log, "dates/yesterday") {
        return Some(date == shown);
    }
    match log.document("dates/yesterday")? {
        Decided::Rejected { .. } => Some(true),
        _ => None,
    }
}

pub(super) fn date_reaches(log: &Log) -> Conclusion {
    const NAME: &str = "date-reaches-receipt";
    if let Some(hidden) = hidden_by_plain(log, NAME) {
        return hidden;
    }
    let Some(decided) = log.document("dates/yesterday") else {
        return unsettled(log, NAME, "dates/yesterday");
    };
    let support = support(log, &decided);
    match reaches(log) {
        Some(true) => Conclusion::answer(NAME, "yes", format!("yes: {}", shown_by(&decided)))
            .resting_on(support)
            .switch("receipt_date", "document"),
        Some(false) => Conclusion::answer(
            NAME,
            "no",
            "no: the verification link has another date than the document",
        )
        .resting_on(support)
        .switch("receipt_date", "acceptance"),
        None => Conclusion::not_settled(NAME, told(&decided)).resting_on(support),
    }
}

fn shown_by(decided: &Decided) -> String {
    match decided {
        Decided::Rejected { .. } => format!("a document of yesterday is {}", told(decided)),
        _ => "the verification link has the document's date".to_owned(),
    }
}

/// How dates without an offset and with another are read. Both documents are of days ago, so near midnight that the wrong reading puts
/// them on another day.
pub(super) fn date_read(log: &Log, question: &str) -> Conclusion {
    if let Some(hidden) = hidden_by_plain(log, question) {
        return hidden;
    }
    let variant = if question == "naive-date" {
        "dates/naive"
    } else {
        "dates/utc"
    };
    let Some(decided) = log.document(variant) else {
        return unsettled(log, question, variant);
    };
    let support = support(log, &decided);
    let hidden = |by: &str, why: &str| Conclusion::hidden(question, by, why).resting_on(support.clone());
    match &decided {
        Decided::Refused { .. } => {
            let conclusion =
                Conclusion::answer(question, "refused", format!("it is {}", told(&decided))).resting_on(support);
            if question == "naive-date" {
                conclusion.switch("naive_dates", "refused")
            } else {
                conclusion
            }
        }
        Decided::Rejected { .. } => hidden(
            "date-order",
            "it is taken, and then rejected for being before what was sent earlier",
        ),
        Decided::Fiscalised { .. } if reaches(log) == Some(false) => hidden(
            "date-reaches-receipt",
            "it is taken; the receipt has the date of its acceptance",
        ),
        Decided::Fiscalised { .. } => {
            let Some((date, shown)) = days_in_link(log, variant) else {
                return Conclusion::not_settled(question, "the verification link shows no date").resting_on(support);
            };
            let is_same_day = date == shown;
            let (switch, value, said) = match (question, is_same_day) {
                ("naive-date", true) => ("naive_dates", "central-africa", "as Central Africa Time"),
                ("naive-date", false) => ("naive_dates", "utc", "as UTC, two hours later"),
                (_, true) => ("offset_dates", "wall-clock", "the offset is dropped"),
                (_, false) => ("offset_dates", "converted", "it is converted to Central Africa Time"),
            };
            Conclusion::answer(question, value, said)
                .resting_on(support)
                .switch(switch, value)
        }
    }
}
