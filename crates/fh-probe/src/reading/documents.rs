//! One document each that differs from a plain one in one thing.

use super::view::{hidden_by_plain, support, told, unsettled, word};
use crate::{conclusion::Conclusion, log::Log, verdict::Decided};

/// Which documents each question is put with.
fn variants(question: &str) -> &'static [&'static str] {
    match question {
        "numeric-strings" => &["numbers/text"],
        "naive-date" => &["naive-date/naive"],
        "unknown-fields" => &["unknown-fields/more"],
        "payment-method" => &["payment-method/missing"],
        "lengths" => &["lengths/at", "lengths/long-description", "lengths/long-name"],
        "hs-4" => &["hs-codes/4"],
        "hs-6" => &["long-hs-codes/6"],
        "hs-10" => &["long-hs-codes/10"],
        "cash-prefix" => &["buyers/no-prefix", "buyers/lower-case", "buyers/no-space"],
        "empty-tin" => &["buyers/empty-tin"],
        "no-buyer" => &["buyers/nobody"],
        "address" => &["buyers/address", "buyers/empty-parts", "buyers/missing-parts"],
        "tax-id-as-code" => &["codes/tax-id"],
        "unmapped" => &["codes/no-tax", "codes/no-currency"],
        "credit-note" => &["credit-note/note"],
        "empty-reason" => &["empty-reason/note"],
        "date-offset" => &["dates/utc"],
        _ => &[],
    }
}

pub(super) fn read(log: &Log, question: &str) -> Conclusion {
    if let Some(hidden) = hidden_by_plain(log, question) {
        return hidden;
    }
    let mut all = Vec::new();
    for variant in variants(question) {
        match log.document(variant) {
            Some(decided) => all.push((*variant, decided)),
            None => return unsettled(log, question, variant),
        }
    }
    let steps: Vec<String> = all.iter().flat_map(|(_, decided)| support(log, decided)).collect();
    let text = match all.as_slice() {
        [(_, one)] => told(one),
        many => {
            let label = |variant: &str| variant.rsplit('/').next().unwrap_or_default().to_owned();
            many.iter()
                .map(|(variant, decided)| format!("{}: {}", label(variant), told(decided)))
                .collect::<Vec<_>>()
                .join("; ")
        }
    };
    let words: Vec<String> = all.iter().map(|(_, decided)| word(decided)).collect();
    let conclusion = Conclusion::answer(question, words.join(","), text).resting_on(steps);
    let all: Vec<&Decided> = all.iter().map(|(_, decided)| decided).collect();
    settings(question, &all, conclusion)
}

/// The switches that follow.
fn settings(question: &str, all: &[&Decided], conclusion: Conclusion) -> Conclusion {
    let refused = |decided: &Decided| matches!(decided, Decided::Refused { .. });
    match (question, all) {
        ("numeric-strings", [one]) if refused(one) => conclusion.switch("numeric_strings", "false"),
        ("numeric-strings", [one]) if one.is_fiscalised() => conclusion.switch("numeric_strings", "true"),
        ("unknown-fields", [one]) if refused(one) => conclusion.switch("unknown_fields", "refuse"),
        ("unknown-fields", [one]) if one.is_fiscalised() => conclusion.switch("unknown_fields", "ignore"),
        ("lengths", [at, long, name]) => {
            if refused(at) {
                return Conclusion {
                    switches: std::collections::BTreeMap::new(),
                    ..conclusion
                };
            }
            match (refused(long), refused(name)) {
                (true, true) => conclusion.switch("constraints", "true"),
                (false, false) => conclusion.switch("constraints", "false"),
                _ => conclusion,
            }
        }
        ("hs-6", [one]) if one.is_fiscalised() => conclusion.switch("colours.RCPT048", "yellow"),
        ("empty-reason", [one]) if one.is_fiscalised() => conclusion.switch("colours.RCPT034", "yellow"),
        ("tax-id-as-code", [one]) => conclusion.switch("tax_code_fallback", one.is_fiscalised().to_string()),
        _ => conclusion,
    }
}
