//! One document each that differs from a plain one in one thing.

use super::view::{hidden_by_plain, support, told, unsettled, word};
use crate::{conclusion::Conclusion, log::Log, verdict::Decided};

/// Which documents each question is put with.
fn variants(question: &str) -> &'static [&'static str] {
    match question {
        "numeric-strings" => &["numbers/text"],
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
        "empty-reference" => &["empty-texts/reference"],
        "empty-original" => &["empty-texts/original"],
        "empty-hs-code" => &["empty-texts/hs-code"],
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
    settings(log, question, &all, conclusion)
}

/// What happens to a value that the documentation does not allow.
fn leniency(decided: &Decided) -> &'static str {
    match decided {
        Decided::Refused { .. } => "form-error",
        Decided::Rejected { .. } => "authority",
        Decided::Fiscalised { .. } => "taken",
    }
}

/// The switches that follow.
fn settings(log: &Log, question: &str, all: &[&Decided], conclusion: Conclusion) -> Conclusion {
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
        ("payment-method", [one]) if refused(one) => conclusion.switch("payment_method_required", "true"),
        ("payment-method", [one]) if one.is_fiscalised() => conclusion.switch("payment_method_required", "false"),
        ("tax-id-as-code", [one]) => {
            let value = if one.is_fiscalised() {
                "mapped-or-tax-id"
            } else {
                "mapped"
            };
            conclusion.switch("tax_codes", value)
        }
        ("cash-prefix", [none, lower, _]) => {
            let value = match (none.is_fiscalised(), lower.is_fiscalised()) {
                (true, _) => return conclusion,
                (false, true) => "any-case",
                (false, false) => "exact",
            };
            let exact = log.document("plain/first").is_some_and(|first| first.is_fiscalised());
            conclusion.switch("cash_prefix", if exact { value } else { "not-known" })
        }
        ("hs-6", [one]) => conclusion.switch("six_digit_hs_code", leniency(one)),
        ("hs-10", [one]) => conclusion.switch("ten_digit_hs_code", leniency(one)),
        ("empty-reference", [one]) => conclusion.switch("empty_reference", leniency(one)),
        ("empty-original", [one]) => conclusion.switch("empty_original", leniency(one)),
        ("empty-hs-code", [one]) => conclusion.switch("empty_hs_code", leniency(one)),
        ("empty-tin", [one]) => conclusion.switch("empty_tin", leniency(one)),
        ("no-buyer", [one]) => conclusion.switch("empty_buyer", leniency(one)),
        ("address", [_, empty, missing]) if leniency(empty) == leniency(missing) => {
            conclusion.switch("incomplete_address", leniency(empty))
        }
        _ => conclusion,
    }
}
