//! What the exchanges say: from what was written down to conclusions. Nothing here sends, waits or looks at a clock, so that a bundle can be
//! read again, and each reading is tested to the last case.

mod account;
mod amounts;
mod documents;
mod mappings;
mod protocol;
mod repeats;
mod reports;
mod results;
mod view;
mod webhooks;

use std::collections::BTreeMap;

pub(crate) use protocol::{BODY_LIMITS, config, rate_is_known};
pub(crate) use repeats::again;
pub(crate) use reports::closing_is_known;

use crate::{
    conclusion::{Conclusion, Finding},
    log::Log,
    question::{QUESTIONS, Question, Risk},
    verdict::{Fate, codes},
};

/// What is concluded from a log, question by question. `red` says whether the red questions were agreed to.
#[must_use]
pub fn conclude(log: &Log, red: bool) -> Vec<Conclusion> {
    QUESTIONS
        .iter()
        .map(|question| conclude_one(log, question, red))
        .collect()
}

/// What is concluded of one question.
#[must_use]
pub fn conclude_one(log: &Log, question: &Question, red: bool) -> Conclusion {
    let was_asked = log.under(question.experiment).next().is_some();
    if question.experiment == "webhooks" {
        return webhooks::read(log, question.name);
    }
    if question.name == "status-old" && log.under("status/old").next().is_none() {
        return Conclusion::open(
            question.name,
            "it needs a request of this probe that is older than seven days; `fh probe --resume` asks it then",
        );
    }
    if !was_asked && question.risk() == Risk::Red && !red {
        return Conclusion::not_asked(question.name, "it may leave a red receipt; `fh probe --red` asks it");
    }
    if !was_asked && question.experiment != "plain" {
        return without_asking(log, question);
    }
    read(log, question)
}

fn without_asking(log: &Log, question: &Question) -> Conclusion {
    // Read from what other experiments brought.
    match question.name {
        "tie" => amounts::tie(log),
        "unique-numbers" if log.under("plain").next().is_some() => Conclusion::hidden(
            "unique-numbers",
            "receipt",
            "no document was fiscalised whose number could come again",
        ),
        name => Conclusion::not_settled(name, "the probe ended before it was asked"),
    }
}

fn read(log: &Log, question: &Question) -> Conclusion {
    match question.name {
        "key-case" => account::key_case(log),
        "device-config" | "subscription-fields" | "profile-fields" | "currencies" => {
            account::fields(log, question.name)
        }
        "mapped" => account::mapped(log),
        "vat-payer" => account::vat_payer(log),
        "cookies" => account::cookies(log),
        "clock" => account::clock(log),
        "base-path" => protocol::base_path(log),
        "test-operation" | "status-limit" | "status-empty" | "status-unknown" | "status-old" | "download-missing"
        | "error-bodies" => protocol::plain(log, question.name),
        "body-limit" => protocol::body_limit(log),
        "z-reports" => reports::list(log),
        "z-report-paging" => reports::paging(log),
        "z-report-fields" => reports::fields(log),
        "z-report-pdf" => reports::pdf(log),
        "day-closing" => reports::closing(log),
        "identity" => protocol::identity(log),
        "version" => protocol::version(log),
        "signature" => protocol::signature(log),
        "mapping-answers" => mappings::mapping_answers(log),
        "mapping-second" => mappings::mapping_second(log),
        "rate" => protocol::rate(log),
        "submit-answer" => results::submit_answer(log),
        "pending" => results::pending(log),
        "receipt" => results::receipt(log),
        "settling" => results::settling(log),
        "pdf" => results::pdf(log),
        "discount" => amounts::discount(log),
        "total" | "total-tax" | "sub-total" | "line-amount" => amounts::checked(log, question.name),
        "tie" => amounts::tie(log),
        "unique-numbers" => repeats::unique_numbers(log),
        "repeat" | "repeat-with-retry" | "repeat-other-content" | "repeat-pending" => {
            repeats::repeat(log, question.name)
        }
        "correction" => repeats::correction(log),
        "date-order" => repeats::date_order(log),
        "date-reaches-receipt" => repeats::date_reaches(log),
        "naive-date" | "date-offset" => repeats::date_read(log, question.name),
        "error-codes" => amounts::error_codes(log),
        "client-count" => protocol::client_count(log),
        "signature-get" => protocol::signature_get(log),
        name => documents::read(log, name),
    }
}

/// Codes whose colour follows from a switch of their own.
const SWITCHED: [&str; 10] = [
    "RCPT013", "RCPT015", "RCPT019", "RCPT024", "RCPT026", "RCPT027", "RCPT034", "RCPT037", "RCPT038", "RCPT047",
];

/// The switches of the simulator that follow from conclusions and from the codes that rejections name.
#[must_use]
pub fn switches(log: &Log, conclusions: &[Conclusion]) -> BTreeMap<String, String> {
    let mut switches = BTreeMap::new();
    // What is hidden may still say how to behave alike.
    let settled = |one: &&Conclusion| matches!(one.finding, Finding::Answer { .. } | Finding::Hidden { .. });
    for conclusion in conclusions.iter().filter(settled) {
        switches.extend(conclusion.switches.clone());
    }
    // The colour of a code shows in any rejection that names it, wherever it was provoked.
    for attempt in log.all_documents() {
        if let Fate::Rejected { error, .. } = &attempt.fate {
            for code in codes(error)
                .into_iter()
                .filter(|code| code.len() == 7 && code != "RCPT048" && !SWITCHED.contains(&code.as_str()))
            {
                switches.insert(format!("colours.{code}"), "red".to_owned());
            }
        }
    }
    switches
}
