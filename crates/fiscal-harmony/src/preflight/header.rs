//! The document's head: id, number, currency, payment; and that there are lines at all.

use serde_json::{Map, Value};

use super::{Level, Rule};
use crate::DocumentKind;

pub(super) const PF01: Rule = Rule {
    id: "PF01",
    title: "The document has at least one line.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT016", "RCPT017"],
    remedy: "Give at least one line.",
    check: |subject, report| {
        if subject.view.lines.is_empty() {
            report.block("RCPT016", "/LineItems", "there are no lines");
        }
    },
};

/// The longest number that the authority takes \[zimra\].
const NUMBER_CHARACTERS: usize = 50;

pub(super) const PF02: Rule = Rule {
    id: "PF02",
    title: "The number is 1 to 50 characters without blanks around it or control characters, and there is an id.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    remedy: "Give an id that never changes and a short printable number.",
    check: |subject, report| {
        let (id_field, number_field) = match subject.view.kind {
            DocumentKind::Invoice => ("InvoiceId", "InvoiceNumber"),
            DocumentKind::CreditNote => ("CreditNoteId", "CreditNoteNumber"),
        };
        if subject.view.id.trim().is_empty() {
            report.block("RCPT02", format!("/{id_field}"), "the id is empty");
        }
        let number = subject.view.number;
        let length = characters(number);
        let problem = if number.trim().is_empty() {
            "the number is empty".to_owned()
        } else if number.trim() != number {
            format!("the number {number:?} begins or ends with a blank")
        } else if number.chars().any(char::is_control) {
            format!("the number {number:?} holds a line break or another control character")
        } else if length > NUMBER_CHARACTERS {
            format!("the number has {length} characters, the authority takes {NUMBER_CHARACTERS}")
        } else {
            return;
        };
        report.block("RCPT02", format!("/{number_field}"), problem);
    },
};

pub(super) const PF24: Rule = Rule {
    id: "PF24",
    title: "The currency is three upper-case letters, and supported or mapped.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT010"],
    remedy: "Use a supported code or map yours; Zimbabwe's own currency is ZWG.",
    check: |subject, report| {
        const POINTER: &str = "/CurrencyCode";
        let code = subject.view.currency;
        let hint = match code.to_ascii_uppercase().as_str() {
            "ZIG" | "ZWL" | "RTGS" | "ZWD" | "BOND" => {
                "; Zimbabwe's currency is ZWG since 25 June 2024, and ZWL is not recognised since 1 September 2024"
            }
            _ => "",
        };
        let known = subject
            .context
            .catalogue
            .filter(|catalogue| catalogue.knows_currencies());
        match known {
            Some(catalogue) if catalogue.takes_currency(code) => {}
            Some(catalogue) => {
                let known: Vec<&str> = catalogue.currencies().collect();
                report.block(
                    "RCPT010",
                    POINTER,
                    format!(
                        "{code:?} is neither supported nor mapped; known are {}{hint}",
                        known.join(", ")
                    ),
                );
            }
            None => {
                report.skip("the account's currencies are not known; only the form of the code was checked");
                if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    report.block(
                        "RCPT010",
                        POINTER,
                        format!("{code:?} is not three upper-case letters{hint}"),
                    );
                } else if !hint.is_empty() {
                    report.warn(
                        "RCPT010",
                        POINTER,
                        format!("{code:?} is right only if it is mapped{hint}"),
                    );
                }
            }
        }
    },
};

pub(super) const PF28: Rule = Rule {
    id: "PF28",
    title: "The payment method, if given, is one of Cash, Card, MobileWallet, Coupon, Credit, BankTransfer, Other.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02", "RCPT018"],
    remedy: "Write one of the seven methods exactly, or leave it out.",
    // The type admits nothing else: a file with another word fails in the reader, and `finding_of` gives it this rule.
    check: |_, _| {},
};

pub(super) const PF40: Rule = Rule {
    id: "PF40",
    title: "Every field is one that the specification knows.",
    level: Level::Warn,
    needs: &[],
    only: None,
    codes: &[],
    remedy: "Nothing, if the vendor has added the field; else leave it out. A newer version of this software may know it.",
    check: |subject, report| {
        let view = &subject.view;
        let mut check = |fields: &Map<String, Value>, object: &dyn Fn() -> String| {
            for name in fields.keys() {
                let pointer = format!("{}/{}", object(), name.replace('~', "~0").replace('/', "~1"));
                report.warn(
                    None,
                    pointer,
                    format!("the field {name:?} is not known; it is sent as it is, unchecked"),
                );
            }
        };
        check(view.extra, &String::new);
        check(&view.buyer.extra, &|| "/BuyerContact".to_owned());
        if let Some(address) = &view.buyer.address {
            check(&address.extra, &|| "/BuyerContact/Address".to_owned());
        }
        for (at, line) in subject.lines() {
            check(&line.extra, &|| format!("/LineItems/{at}"));
        }
    },
};

/// How long a text is as the authority counts: in characters.
pub(super) fn characters(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}
