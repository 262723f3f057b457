//! The document's head: id, number, currency, payment; and that there are lines at all.

use serde_json::{Map, Value};

use super::{Level, Rule};
use crate::{
    DocumentKind,
    document::{Fault, faults, said},
};

const NO_LINES: Fault = Fault::of("PF01", "no-lines", "there are no lines", "Give at least one line.");
const NO_ID: Fault = Fault::of(
    "PF02",
    "id-empty",
    "the id is empty",
    "Give an id that never changes, such as the key of the sale in your system.",
);
const NUMBER_EMPTY: Fault = Fault::of(
    "PF02",
    "number-empty",
    "the number is empty",
    "Give the number that people see, 1 to 50 characters.",
);
const NUMBER_BLANKS: Fault = Fault::of(
    "PF02",
    "number-blanks",
    "the number {number} begins or ends with a blank",
    "Write it without: {right}.",
);
const NUMBER_CONTROL: Fault = Fault::of(
    "PF02",
    "number-control",
    "the number {number} holds a line break or another control character",
    "Write a short number of one line that can be printed.",
);
const NUMBER_LONG: Fault = Fault::of(
    "PF02",
    "number-long",
    "the number has {length} characters, the authority takes {limit}",
    "Shorten it; what is over can go into Reference.",
);
const CURRENCY_CASE: Fault = Fault::of(
    "PF24",
    "capitals",
    "{code} is not three upper-case letters",
    "Write {right}; or map {code} in the service, if your system must write it so.",
);
const CURRENCY_SIGN: Fault = Fault::of(
    "PF24",
    "sign",
    "{code} is a sign or a name and no currency code of three upper-case letters",
    "Write {right}; or map {code} in the service, if your system must write it so.",
);
const CURRENCY_ZIG: Fault = Fault::of(
    "PF24",
    "zig",
    "{code} is neither supported nor mapped; Zimbabwe's currency is ZWG since 25 June 2024",
    "Write ZWG, the code of the ZiG; or map {code} to it in the service.",
);
const CURRENCY_OLD: Fault = Fault::of(
    "PF24",
    "old",
    "{code} is neither supported nor mapped; Zimbabwe's currency is ZWG since 25 June 2024, and ZWL is not recognised since 1 September 2024",
    "If the amounts are in ZiG, write ZWG or map {code} to it; amounts in the old dollar must be converted first.",
);
const CURRENCY_UNKNOWN: Fault = Fault::of(
    "PF24",
    "unknown",
    "{code} is neither supported nor mapped; known are {known}",
    "Write one of these, or map {code} to one in the service.",
);
const CURRENCY_FORM: Fault = Fault::of(
    "PF24",
    "form",
    "{code} is not three upper-case letters",
    "Write the currency's code, such as USD or ZWG.",
);
const CURRENCY_IF_MAPPED: Fault = Fault::of(
    "PF24",
    "only-if-mapped",
    "{code} is right only if it is mapped; Zimbabwe's currency is ZWG since 25 June 2024, and ZWL is not recognised since 1 September 2024",
    "Write ZWG, if it is not mapped. With the account (--device) this is looked up.",
);
const UNKNOWN_FIELD: Fault = Fault::of(
    "PF40",
    "unknown-field",
    "the field {name} is not known; it is sent as it is, unchecked",
    "Nothing, if the vendor has added the field; else leave it out. A newer version of this software may know it.",
);

pub(super) const PF01: Rule = Rule {
    id: "PF01",
    title: "The document has at least one line.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT016", "RCPT017"],
    faults: &[NO_LINES],
    check: |subject, report| {
        if subject.view.lines.is_empty() {
            report.block(&NO_LINES, "RCPT016", "/LineItems", &[]);
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
    faults: &[NO_ID, NUMBER_EMPTY, NUMBER_BLANKS, NUMBER_CONTROL, NUMBER_LONG],
    check: |subject, report| {
        let (id_field, number_field) = match subject.view.kind {
            DocumentKind::Invoice => ("InvoiceId", "InvoiceNumber"),
            DocumentKind::CreditNote => ("CreditNoteId", "CreditNoteNumber"),
        };
        if subject.view.id.trim().is_empty() {
            report.block(&NO_ID, "RCPT02", format!("/{id_field}"), &[]);
        }
        let number = subject.view.number;
        let length = characters(number);
        let fault = if number.trim().is_empty() {
            &NUMBER_EMPTY
        } else if number.trim() != number {
            &NUMBER_BLANKS
        } else if number.chars().any(char::is_control) {
            &NUMBER_CONTROL
        } else if length > NUMBER_CHARACTERS {
            &NUMBER_LONG
        } else {
            return;
        };
        let (number, right) = (format!("{number:?}"), format!("{:?}", number.trim()));
        let values = said![number, right, length, limit = NUMBER_CHARACTERS];
        report.block(fault, "RCPT02", format!("/{number_field}"), values);
    },
};

pub(super) const PF24: Rule = Rule {
    id: "PF24",
    title: "The currency is three upper-case letters, and supported or mapped.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT010"],
    faults: &[
        CURRENCY_CASE,
        CURRENCY_SIGN,
        CURRENCY_ZIG,
        CURRENCY_OLD,
        CURRENCY_UNKNOWN,
        CURRENCY_FORM,
        CURRENCY_IF_MAPPED,
    ],
    check: |subject, report| {
        const POINTER: &str = "/CurrencyCode";
        let code = subject.view.currency;
        let known = subject
            .context
            .catalogue
            .filter(|catalogue| catalogue.knows_currencies());
        if known.is_some_and(|catalogue| catalogue.takes_currency(code)) {
            return;
        }
        let upper = code.trim().to_ascii_uppercase();
        let well_formed = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        let (fault, right) = match upper.as_str() {
            "ZIG" => (&CURRENCY_ZIG, "ZWG"),
            "ZWL" | "RTGS" | "ZWD" | "BOND" | "RTGS$" | "ZWL$" => (&CURRENCY_OLD, "ZWG"),
            "US$" | "$" | "USD$" | "DOLLAR" | "DOLLARS" | "US DOLLAR" | "US" => (&CURRENCY_SIGN, "USD"),
            "R" | "RAND" => (&CURRENCY_SIGN, "ZAR"),
            "€" | "EURO" => (&CURRENCY_SIGN, "EUR"),
            "£" => (&CURRENCY_SIGN, "GBP"),
            right if right != code && right.len() == 3 && right.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                (&CURRENCY_CASE, right)
            }
            _ if known.is_some() => (&CURRENCY_UNKNOWN, ""),
            _ => (&CURRENCY_FORM, ""),
        };
        let shown = format!("{code:?}");
        let all: Vec<&str> = known.into_iter().flat_map(|catalogue| catalogue.currencies()).collect();
        let values = said![code = shown, right, known = all.join(", ")];
        if known.is_some() {
            return report.block(fault, "RCPT010", POINTER, values);
        }
        report.skip("the account's currencies are not known; only the form of the code was checked");
        if !well_formed {
            report.block(fault, "RCPT010", POINTER, values);
        } else if [&CURRENCY_ZIG, &CURRENCY_OLD].contains(&fault) {
            report.warn(&CURRENCY_IF_MAPPED, "RCPT010", POINTER, values);
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
    faults: &[
        faults::PAYMENT_WORD,
        faults::PAYMENT_UNKNOWN,
        faults::PAYMENT_LIST,
        faults::PAYMENT_FIELD,
    ],
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
    faults: &[UNKNOWN_FIELD],
    check: |subject, report| {
        let view = &subject.view;
        let mut check = |fields: &Map<String, Value>, object: &dyn Fn() -> String| {
            for name in fields.keys() {
                let pointer = format!("{}/{}", object(), name.replace('~', "~0").replace('/', "~1"));
                report.warn(&UNKNOWN_FIELD, None, pointer, said![name = format!("{name:?}")]);
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
