//! Which sums are checked, and what a discount means.

use super::view::{hidden_by_plain, support, told, unsettled, word};
use crate::{
    conclusion::{Conclusion, Finding},
    log::Log,
    verdict::{Decided, Fate, codes},
};

/// Whether one wrong sum is noticed.
pub(super) fn checked(log: &Log, question: &str) -> Conclusion {
    let (variant, switch) = match question {
        "total" => ("totals/total", "header_total"),
        "total-tax" => ("totals/total-tax", "header_total_tax"),
        "sub-total" => ("totals/sub-total", "header_sub_total"),
        _ => return line_amount(log),
    };
    if let Some(hidden) = hidden_by_plain(log, question) {
        return hidden;
    }
    let Some(decided) = log.document(variant) else {
        return unsettled(log, question, variant);
    };
    let support = support(log, &decided);
    match &decided {
        // One that is remarked on in yellow looks the same from outside as one that nobody looks at.
        Decided::Fiscalised { .. } => Conclusion::answer(question, "not-checked", "no: a wrong one is fiscalised")
            .resting_on(support)
            .switch(switch, "remarked"),
        Decided::Rejected { .. } => Conclusion::answer(question, "checked", format!("yes: {}", told(&decided)))
            .resting_on(support)
            .switch(switch, "checked"),
        Decided::Refused { .. } => {
            let said = format!("yes, when it is handed in: {}", told(&decided));
            Conclusion::answer(question, word(&decided), said).resting_on(support)
        }
    }
}

/// Whether any sum in the head is checked, when all that is known.
fn heads_are_checked(log: &Log) -> Option<bool> {
    let heads = ["total", "total-tax", "sub-total"]
        .map(|question| checked(log, question).value().map(|value| value != "not-checked"));
    if heads.contains(&Some(true)) {
        return Some(true);
    }
    (!heads.contains(&None)).then_some(false)
}

/// The document's line amount and its head agree with each other, and not with price times quantity.
fn line_amount(log: &Log) -> Conclusion {
    const NAME: &str = "line-amount";
    if let Some(hidden) = hidden_by_plain(log, NAME) {
        return hidden;
    }
    let (Some(decided), Some(heads)) = (log.document("line-amount/wrong"), heads_are_checked(log)) else {
        return unsettled(log, NAME, "line-amount/wrong");
    };
    let support = support(log, &decided);
    let answer = |value: &str, said: String| Conclusion::answer(NAME, value, said).resting_on(support.clone());
    match &decided {
        Decided::Fiscalised { .. } if heads => {
            answer("ignored", "no: price and quantity are not looked at".to_owned()).switch("unit_price", "ignored")
        }
        Decided::Fiscalised { .. } => Conclusion::hidden(
            NAME,
            "total",
            "a wrong one is fiscalised; whether it is computed anew would show in the sums of the head, which are not checked",
        )
        .resting_on(support)
        // Of the two that look alike, the one that changes nothing.
        .switch("unit_price", "ignored"),
        Decided::Rejected { error, .. } => {
            let named = codes(error);
            let is_own = named.iter().any(|code| code == "RCPT024");
            if is_own || (named.is_empty() && !heads) {
                answer("checked", format!("yes: {}", told(&decided))).switch("unit_price", "checked")
            } else if named.is_empty() {
                let why = format!("it is rejected for this or for the sums of the head, and the reason names no code: {error}");
                Conclusion::hidden(NAME, "error-codes", why).resting_on(support)
            } else {
                let said = format!("it is computed anew from price and quantity, so that the head does not fit: {}", told(&decided));
                answer("recomputed", said).switch("unit_price", "recomputed")
            }
        }
        Decided::Refused { .. } => answer(&word(&decided), format!("yes, when it is handed in: {}", told(&decided))),
    }
}

/// Whether reasons name the authority's codes. What the service rejects by itself says nothing of it.
pub(super) fn error_codes(log: &Log) -> Conclusion {
    const NAME: &str = "error-codes";
    const OF_THE_AUTHORITY: [&str; 8] = [
        "totals/",
        "line-amount/",
        "discounts/",
        "ties/",
        "long-hs-codes/",
        "empty-texts/",
        "numbers-again/",
        "dates/",
    ];
    let documents = log.all_documents();
    let reasons: Vec<(&str, bool)> = documents
        .iter()
        .filter(|attempt| OF_THE_AUTHORITY.iter().any(|place| attempt.name().starts_with(place)))
        .filter_map(|attempt| match &attempt.fate {
            Fate::Rejected { error, .. } => Some((attempt.name(), !codes(error).is_empty())),
            _ => None,
        })
        .collect();
    let with = reasons.iter().filter(|(_, named)| *named).count();
    let support: Vec<String> = reasons
        .iter()
        .take(5)
        .map(|(name, _)| format!("{name}/submit"))
        .collect();
    if with > 0 {
        let said = format!("yes, in {with} of {} rejections", reasons.len());
        return Conclusion::answer(NAME, "true", said)
            .resting_on(support)
            .switch("error_codes", "true");
    }
    match reasons.len() {
        0 if log.document("line-amount/wrong").is_some() => Conclusion::hidden(
            NAME,
            "line-amount",
            "nothing that is wrong by the authority's rules was rejected",
        ),
        // One rejection without a code may be a passing one of the service.
        0 | 1 => unsettled(log, NAME, "line-amount/wrong"),
        many => Conclusion::answer(NAME, "false", format!("no, in none of {many} rejections"))
            .resting_on(support)
            .switch("error_codes", "false"),
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
    let (value, of, said) = match taken.as_slice() {
        [true, true, true] => {
            let why = "each meaning is taken, since line amounts are not checked against price, quantity and discount";
            return Conclusion::hidden(NAME, "line-amount", why).resting_on(support);
        }
        [true, false, false] => (
            "net-of-discount",
            Some("line"),
            "of the line, and the line amount is net of it",
        ),
        [false, true, false] => (
            "net-of-discount",
            Some("unit"),
            "of each unit, and the line amount is net of it",
        ),
        [false, false, true] => (
            "unit-after-discount",
            None,
            "for information: the line amount is unit price times quantity",
        ),
        [true, false, true] => (
            "either",
            Some("line"),
            "either net of the line's discount, or unit price times quantity",
        ),
        [false, true, true] => (
            "either",
            Some("unit"),
            "either net of each unit's discount, or unit price times quantity",
        ),
        [false, false, false] => ("none", None, "none of the known meanings is taken"),
        _ => ("several", None, "net of the discount, of the line and of each unit"),
    };
    let words = variants
        .iter()
        .zip(&all)
        .map(|(variant, decided)| format!("{}: {}", variant.trim_start_matches("discounts/"), told(decided)));
    let words: Vec<String> = words.collect();
    let conclusion = Conclusion::answer(NAME, value, format!("{said} ({})", words.join("; "))).resting_on(support);
    let conclusion = match value {
        "none" | "several" => conclusion,
        value => conclusion.switch("discount", value),
    };
    match of {
        Some(of) => conclusion.switch("discount_of", of),
        None => conclusion,
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
        if vat.value() == Some("false") {
            return Conclusion::hidden(NAME, "vat-payer", "a taxpayer without VAT has no tax to round")
                .resting_on(vat.support);
        }
        return unsettled(log, NAME, "ties");
    };
    let support = [support(log, &up), support(log, &even)].concat();
    let conclusion = match (up.is_fiscalised(), even.is_fiscalised()) {
        (true, false) => {
            Conclusion::answer(NAME, "half-up", "away from zero: 0.465 becomes 0.47").switch("ties", "half-up")
        }
        (false, true) => {
            Conclusion::answer(NAME, "half-even", "to the even cent: 0.465 becomes 0.46").switch("ties", "half-even")
        }
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
