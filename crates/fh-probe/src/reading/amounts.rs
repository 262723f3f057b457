//! Which sums are checked, and what a discount means.

use super::view::{hidden_by_plain, support, told, unsettled, word};
use crate::{
    conclusion::{Conclusion, Finding},
    log::Log,
    verdict::{Decided, codes},
};

/// Whether one wrong sum is noticed, and the colours that follow.
pub(super) fn checked(log: &Log, question: &str) -> Conclusion {
    let (variant, expected): (&str, &[&str]) = match question {
        "total" => ("totals/total", &["RCPT019", "RCPT038"]),
        "total-tax" => ("totals/total-tax", &["RCPT026"]),
        "sub-total" => ("totals/sub-total", &["RCPT027"]),
        _ => ("line-amount/wrong", &["RCPT024"]),
    };
    if let Some(hidden) = hidden_by_plain(log, question) {
        return hidden;
    }
    let Some(decided) = log.document(variant) else {
        return unsettled(log, question, variant);
    };
    let support = support(log, &decided);
    match &decided {
        Decided::Fiscalised { .. } => {
            let conclusion =
                Conclusion::answer(question, "not-checked", "no: a wrong one is fiscalised").resting_on(support);
            expected.iter().fold(conclusion, |conclusion, code| {
                conclusion.switch(&format!("colours.{code}"), "yellow")
            })
        }
        Decided::Rejected { error, .. } => {
            let named = codes(error);
            let conclusion =
                Conclusion::answer(question, "checked", format!("yes: {}", told(&decided))).resting_on(support);
            if named.is_empty() {
                return conclusion;
            }
            expected.iter().fold(conclusion, |conclusion, code| {
                let colour = if named.iter().any(|name| name == code) {
                    "red"
                } else {
                    "yellow"
                };
                conclusion.switch(&format!("colours.{code}"), colour)
            })
        }
        Decided::Refused { .. } => Conclusion::answer(
            question,
            word(&decided),
            format!("yes, when it is handed in: {}", told(&decided)),
        )
        .resting_on(support),
    }
}

pub(super) fn discount(log: &Log) -> Conclusion {
    const NAME: &str = "discount";
    if let Some(hidden) = hidden_by_plain(log, NAME) {
        return hidden;
    }
    let variants = ["discounts/net", "discounts/per-unit", "discounts/for-information"];
    let mut all = Vec::new();
    for variant in variants {
        match log.document(variant) {
            Some(decided) => all.push(decided),
            None => return unsettled(log, NAME, variant),
        }
    }
    let support: Vec<String> = all.iter().flat_map(|decided| support(log, decided)).collect();
    let taken: Vec<bool> = all.iter().map(Decided::is_fiscalised).collect();
    let line = checked(log, "line-amount");
    let (value, said) = match taken.as_slice() {
        [true, true, true] => {
            let why = match line.value() {
                Some("not-checked") => "line amounts are not checked at all",
                _ => "each meaning is taken",
            };
            return Conclusion::hidden(NAME, "line-amount", why)
                .resting_on(support)
                .resting_on(line.support);
        }
        [true, false, false] => ("net-of-discount", "of the line, and the line amount is net of it"),
        [false, true, false] => ("per-unit", "of each unit, and the line amount is net of it"),
        [false, false, true] => (
            "unit-after-discount",
            "for information: the line amount is unit price times quantity",
        ),
        [true, false, true] => ("either", "either net of the discount, or unit price times quantity"),
        [false, false, false] => ("none", "none of the known meanings is taken"),
        _ => (
            "several",
            "more than one meaning is taken, that of each unit among them",
        ),
    };
    let words: Vec<String> = variants
        .iter()
        .zip(&all)
        .map(|(variant, decided)| format!("{}: {}", variant.trim_start_matches("discounts/"), told(decided)))
        .collect();
    let conclusion = Conclusion::answer(NAME, value, format!("{said} ({})", words.join("; "))).resting_on(support);
    match value {
        "net-of-discount" | "unit-after-discount" | "either" => conclusion.switch("discount", value),
        _ => conclusion,
    }
}

pub(super) fn tie(log: &Log) -> Conclusion {
    const NAME: &str = "tie";
    if let Some(hidden) = hidden_by_plain(log, NAME) {
        return hidden;
    }
    let (up, even) = (log.document("ties/up"), log.document("ties/even"));
    let (Some(up), Some(even)) = (up, even) else {
        let vat = super::account::vat_payer(log);
        let ended = log.under("numbers-again").next().is_some();
        if vat.value() == Some("false") && ended {
            return Conclusion::hidden(NAME, "vat-payer", "a taxpayer without VAT has no tax to round")
                .resting_on(vat.support);
        }
        return unsettled(log, NAME, "ties");
    };
    let support = [support(log, &up), support(log, &even)].concat();
    let conclusion = match (up.is_fiscalised(), even.is_fiscalised()) {
        (true, false) => Conclusion::answer(NAME, "half-up", "away from zero: 0.465 becomes 0.47"),
        (false, true) => Conclusion::answer(NAME, "half-even", "to the even cent: 0.465 becomes 0.46"),
        (true, true) => {
            let total = checked(log, "total-tax");
            let by = if matches!(&total.finding, Finding::Answer { value, .. } if value == "not-checked") {
                "total-tax"
            } else {
                "total"
            };
            Conclusion::hidden(NAME, by, "both roundings are taken, since the sums are not checked")
        }
        (false, false) => Conclusion::not_settled(NAME, format!("neither rounding is taken: {}", told(&up))),
    };
    conclusion.resting_on(support)
}
