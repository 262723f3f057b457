//! Who buys.

use super::{Level, Rule, header::characters};
use crate::{
    DocumentKind,
    document::{Fault, faults, said},
};

const NO_NAME: Fault = Fault::of(
    "PF18",
    "no-name",
    "the buyer has no name",
    "Give the buyer's registered name, or \"Cash Customer\" for one without a TIN.",
);
const LONG_NAME: Fault = Fault::of(
    "PF18",
    "long-name",
    "the name has {length} characters, {limit} are taken",
    "Shorten the name.",
);
const EMPTY_TIN: Fault = Fault::of(
    "PF18",
    "empty-tin",
    "the TIN is empty; leave it out or give its ten digits",
    "Leave Tin out for a buyer without one, and begin the name with \"Cash \".",
);
const VAT_FOR_TIN: Fault = Fault::of(
    "PF18",
    "vat-number-for-tin",
    "{tin} is not ten digits; nine digits are a VAT number",
    "Write it into VatNumber, and the ten-digit TIN here.",
);
const TIN_SEPARATORS: Fault = Fault::of(
    "PF18",
    "tin-separators",
    "{tin} is not ten digits; without separators it is {right}",
    "Write {right}.",
);
const TIN_FORM: Fault = Fault::of(
    "PF18",
    "tin-form",
    "{tin} is not ten digits",
    "Ask the buyer for the ten-digit TIN; for one without a TIN leave it out and begin the name with \"Cash \".",
);
const CASH_OTHERWISE: Fault = Fault::of(
    "PF18",
    "cash-otherwise",
    "{name} has no TIN and is not marked as a cash customer, which \"Cash \" with a capital and a blank does",
    "Write the name as {right}.",
);
const WALK_IN: Fault = Fault::of(
    "PF18",
    "walk-in",
    "{name} has no TIN and is not marked as a cash customer",
    "A buyer without a TIN has a name that begins with \"Cash \": write {right}.",
);
const NO_TIN: Fault = Fault::of(
    "PF18",
    "no-tin",
    "{name} has no TIN and is not marked as a cash customer",
    "Give the ten-digit TIN of {name}; if there is none, write the name as {right}.",
);
const EMPTY_VAT: Fault = Fault::of(
    "PF19",
    "empty",
    "the VAT number is empty; leave it out or give its nine digits",
    "Leave VatNumber out for a buyer who is not registered.",
);
const TIN_FOR_VAT: Fault = Fault::of(
    "PF19",
    "tin-for-vat-number",
    "{number} is not nine digits; ten digits are a TIN",
    "Write it into Tin, and the nine-digit VAT number here, or leave VatNumber out.",
);
const VAT_FORM: Fault = Fault::of(
    "PF19",
    "form",
    "{number} is not nine digits",
    "Give the buyer's nine-digit VAT number, or leave it out.",
);
const VAT_WITHOUT_TIN: Fault = Fault::of(
    "PF19",
    "without-tin",
    "there is a VAT number, {number}, and no TIN",
    "Give the TIN too: whoever has a VAT number has one.",
);
const OWN_TIN: Fault = Fault::of(
    "PF19",
    "own-tin",
    "{tin} is the seller's own TIN",
    "Give the buyer's TIN.",
);
const LONG_TEXT: Fault = Fault::of(
    "PF20",
    "too-long",
    "{what} has {length} characters, {limit} are taken",
    "Shorten it, or leave the field out.",
);
const EMPTY_TEXT: Fault = Fault::of("PF20", "empty", "{what} is empty; leave it out", "Leave the field out.");
const EMAIL_FORM: Fault = Fault::of(
    "PF20",
    "e-mail-form",
    "{email} is not of the form name@host.domain",
    "Correct the address, give one of several, or leave the field out.",
);
const ADDRESS_PARTS: Fault = Fault::of(
    "PF21",
    "parts",
    "the address lacks {missing}",
    "Give province, city, street and house number, or leave the address out.",
);
const NO_INPUT_TAX: Fault = Fault::of(
    "PF22",
    "incomplete",
    "the buyer has a TIN and no {missing}",
    "Give the buyer's VAT number and address; without them the buyer cannot claim the input tax.",
);

/// The longest name or trade name \[zimra\].
const NAME_CHARACTERS: usize = 250;
/// What a buyer without a TIN begins with \[kb\]; whether another case will do is not known.
const CASH: &str = "Cash ";

pub(super) const PF18: Rule = Rule {
    id: "PF18",
    title: "The buyer has a name, and a TIN of ten digits or a name that begins with \"Cash \".",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT043", "RCPT02", "NO TIN PROVIDED"],
    faults: &[
        NO_NAME,
        LONG_NAME,
        EMPTY_TIN,
        VAT_FOR_TIN,
        TIN_SEPARATORS,
        TIN_FORM,
        CASH_OTHERWISE,
        WALK_IN,
        NO_TIN,
        faults::BUYER_NULL,
        faults::BUYER_NAMELESS,
    ],
    check: |subject, report| {
        let buyer = subject.view.buyer;
        let length = characters(&buyer.name);
        if buyer.name.trim().is_empty() {
            report.block(&NO_NAME, "RCPT043", "/BuyerContact/Name", &[]);
        } else if length > NAME_CHARACTERS {
            let values = said![length, limit = NAME_CHARACTERS];
            report.block(&LONG_NAME, "RCPT02", "/BuyerContact/Name", values);
        }
        match buyer.tin.as_deref() {
            Some(tin) if is_digits(tin, 10) => {}
            Some("") => report.block(&EMPTY_TIN, "RCPT02", "/BuyerContact/Tin", &[]),
            Some(tin) => {
                let bare: String = tin.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '/')).collect();
                let fault = if is_digits(tin, 9) {
                    &VAT_FOR_TIN
                } else if is_digits(&bare, 10) {
                    &TIN_SEPARATORS
                } else {
                    &TIN_FORM
                };
                let (tin, right) = (format!("{tin:?}"), format!("{bare:?}"));
                report.block(fault, "RCPT02", "/BuyerContact/Tin", said![tin, right]);
            }
            None if buyer.name.starts_with(CASH) => {}
            None if buyer.name.trim().is_empty() => {}
            None => {
                let (fault, right) = nameless(buyer.name.trim());
                let (name, right) = (format!("{:?}", shortened(&buyer.name)), format!("{right:?}"));
                report.block(fault, "RCPT043", "/BuyerContact", said![name, right]);
            }
        }
    },
};

pub(super) const PF19: Rule = Rule {
    id: "PF19",
    title: "The buyer's VAT number is nine digits, comes with a TIN, and neither number is the seller's.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    faults: &[EMPTY_VAT, TIN_FOR_VAT, VAT_FORM, VAT_WITHOUT_TIN, OWN_TIN],
    check: |subject, report| {
        const VAT: &str = "/BuyerContact/VatNumber";
        let buyer = subject.view.buyer;
        match buyer.vat_number.as_deref() {
            None => {}
            Some("") => report.block(&EMPTY_VAT, "RCPT02", VAT, &[]),
            Some(number) if !is_digits(number, 9) => {
                let fault = if is_digits(number, 10) { &TIN_FOR_VAT } else { &VAT_FORM };
                report.block(fault, "RCPT02", VAT, said![number = format!("{number:?}")]);
            }
            Some(number) if buyer.tin.is_none() => {
                report.warn(&VAT_WITHOUT_TIN, None, VAT, said![number]);
            }
            Some(_) => {}
        }
        let seller = subject.context.catalogue.and_then(|catalogue| catalogue.device());
        let seller = seller.and_then(|device| device.taxpayer_tin.as_deref());
        if let (Some(tin), Some(seller)) = (buyer.tin.as_deref(), seller)
            && tin == seller
        {
            report.warn(&OWN_TIN, None, "/BuyerContact/Tin", said![tin]);
        }
    },
};

pub(super) const PF20: Rule = Rule {
    id: "PF20",
    title: "The buyer's trade name, phone, e-mail and address keep their limits.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    faults: &[LONG_TEXT, EMPTY_TEXT, EMAIL_FORM],
    check: |subject, report| {
        let buyer = subject.view.buyer;
        let contacts = [
            (
                &buyer.trade_name,
                "/BuyerContact/TradeName",
                "the trade name",
                NAME_CHARACTERS,
            ),
            (&buyer.phone, "/BuyerContact/Phone", "the phone number", 20),
            (&buyer.email, "/BuyerContact/Email", "the e-mail address", 100),
        ];
        for (text, pointer, name, limit) in contacts {
            let Some(text) = text else { continue };
            let length = characters(text);
            if length > limit {
                report.block(&LONG_TEXT, "RCPT02", pointer, said![what = name, length, limit]);
            } else if text.trim().is_empty() {
                report.warn(&EMPTY_TEXT, None, pointer, said![what = name]);
            }
        }
        if let Some(email) = buyer
            .email
            .as_deref()
            .filter(|email| !email.trim().is_empty() && characters(email) <= 100)
            && !is_email(email)
        {
            let email = format!("{email:?}");
            report.warn(&EMAIL_FORM, "RCPT02", "/BuyerContact/Email", said![email]);
        }
        let Some(address) = &buyer.address else { return };
        let parts = [
            (&address.province, "/BuyerContact/Address/Province", "the province"),
            (&address.city, "/BuyerContact/Address/City", "the city"),
            (&address.street, "/BuyerContact/Address/Street", "the street"),
        ];
        for (text, pointer, name) in parts {
            let length = characters(text);
            if length > 100 {
                report.block(&LONG_TEXT, "RCPT02", pointer, said![what = name, length, limit = 100]);
            }
        }
        // One edition of the authority's interface says 100, another 250.
        let length = characters(&address.house_no);
        let (pointer, what) = ("/BuyerContact/Address/HouseNo", "the house number");
        if length > 250 {
            report.block(&LONG_TEXT, "RCPT02", pointer, said![what, length, limit = 250]);
        } else if length > 100 {
            report.warn(&LONG_TEXT, "RCPT02", pointer, said![what, length, limit = 100]);
        }
    },
};

pub(super) const PF21: Rule = Rule {
    id: "PF21",
    title: "An address has all four parts.",
    level: Level::Warn,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    faults: &[ADDRESS_PARTS],
    check: |subject, report| {
        let Some(address) = &subject.view.buyer.address else {
            return;
        };
        let parts = [
            (&address.province, "Province"),
            (&address.city, "City"),
            (&address.street, "Street"),
            (&address.house_no, "HouseNo"),
        ];
        if parts.iter().all(|(text, _)| !text.trim().is_empty()) {
            return;
        }
        let empty: Vec<&str> = parts
            .iter()
            .filter(|(text, _)| text.trim().is_empty())
            .map(|(_, name)| *name)
            .collect();
        let missing = empty.join(", ");
        report.warn(&ADDRESS_PARTS, "RCPT02", "/BuyerContact/Address", said![missing]);
    },
};

pub(super) const PF22: Rule = Rule {
    id: "PF22",
    title: "An invoice to a business carries its VAT number and address.",
    level: Level::Warn,
    needs: &[],
    only: Some(DocumentKind::Invoice),
    codes: &[],
    faults: &[NO_INPUT_TAX],
    check: |subject, report| {
        let buyer = subject.view.buyer;
        if buyer.tin.is_none() {
            return;
        }
        let missing = match (&buyer.vat_number, &buyer.address) {
            (Some(_), Some(_)) => return,
            (None, Some(_)) => "VAT number",
            (Some(_), None) => "address",
            (None, None) => "VAT number and no address",
        };
        report.warn(&NO_INPUT_TAX, None, "/BuyerContact", said![missing]);
    },
};

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    !name.is_empty()
        && host.contains('.')
        && !host.contains('@')
        && host.split('.').all(|part| !part.is_empty())
        && !text.contains(char::is_whitespace)
}

/// The name of a buyer without a TIN, marked as a cash customer's.
pub(super) fn as_cash_customer(name: &str) -> String {
    nameless(name).1
}

/// What is wrong with the name of a buyer without a TIN, and how it is marked as a cash customer's.
fn nameless(name: &str) -> (&'static Fault, String) {
    const WALK_INS: [&str; 14] = [
        "walk",
        "counter",
        "retail",
        "general",
        "customer",
        "client",
        "guest",
        "anonymous",
        "sundry",
        "over the",
        "casual",
        "passing",
        "n/a",
        "-",
    ];
    let lower = name.to_lowercase();
    if let Some(rest) = lower.strip_prefix("cash") {
        let rest = name.get(name.len() - rest.len()..).unwrap_or_default();
        let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let right = if rest.is_empty() { "Customer" } else { rest };
        return (&CASH_OTHERWISE, format!("Cash {}", shortened(right)));
    }
    let is_a_name = name.chars().any(char::is_alphabetic) && !lower.starts_with("n/a");
    let right = if is_a_name {
        shortened(name)
    } else {
        "Customer".to_owned()
    };
    let walk_in = WALK_INS.iter().any(|word| lower.starts_with(word));
    (if walk_in { &WALK_IN } else { &NO_TIN }, format!("Cash {right}"))
}

/// A text short enough to be shown.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
