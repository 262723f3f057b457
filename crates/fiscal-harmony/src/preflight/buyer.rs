//! Who buys.

use super::{Level, Rule, header::characters};
use crate::DocumentKind;

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
    remedy: "Give the registered name and the ten-digit TIN, or begin the name with \"Cash \" and leave the TIN out.",
    check: |subject, report| {
        let buyer = subject.view.buyer;
        let length = characters(&buyer.name);
        if buyer.name.trim().is_empty() {
            report.block("RCPT043", "/BuyerContact/Name", "the buyer has no name");
        } else if length > NAME_CHARACTERS {
            report.block(
                "RCPT02",
                "/BuyerContact/Name",
                too_long("the name", length, NAME_CHARACTERS),
            );
        }
        match buyer.tin.as_deref() {
            Some(tin) if is_digits(tin, 10) => {}
            Some("") => report.block(
                "RCPT02",
                "/BuyerContact/Tin",
                "the TIN is empty; leave it out or give its ten digits",
            ),
            Some(tin) => {
                let swapped = if is_digits(tin, 9) {
                    "; nine digits are a VAT number"
                } else {
                    ""
                };
                report.block(
                    "RCPT02",
                    "/BuyerContact/Tin",
                    format!("{tin:?} is not ten digits{swapped}"),
                );
            }
            None if buyer.name.starts_with(CASH) => {}
            None if buyer.name.trim().is_empty() => {}
            None => report.block(
                "RCPT043",
                "/BuyerContact",
                format!(
                    "{:?} has no TIN and is not marked as a cash customer",
                    shortened(&buyer.name)
                ),
            ),
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
    remedy: "Give the buyer's nine-digit VAT number together with the TIN, or leave it out.",
    check: |subject, report| {
        const VAT: &str = "/BuyerContact/VatNumber";
        let buyer = subject.view.buyer;
        match buyer.vat_number.as_deref() {
            None => {}
            Some("") => report.block(
                "RCPT02",
                VAT,
                "the VAT number is empty; leave it out or give its nine digits",
            ),
            Some(number) if !is_digits(number, 9) => {
                let swapped = if is_digits(number, 10) {
                    "; ten digits are a TIN"
                } else {
                    ""
                };
                report.block("RCPT02", VAT, format!("{number:?} is not nine digits{swapped}"));
            }
            Some(number) if buyer.tin.is_none() => {
                report.warn(None, VAT, format!("there is a VAT number, {number}, and no TIN"));
            }
            Some(_) => {}
        }
        let seller = subject.context.catalogue.and_then(|catalogue| catalogue.device());
        let seller = seller.and_then(|device| device.taxpayer_tin.as_deref());
        if let (Some(tin), Some(seller)) = (buyer.tin.as_deref(), seller)
            && tin == seller
        {
            report.warn(None, "/BuyerContact/Tin", format!("{tin} is the seller's own TIN"));
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
    remedy: "Shorten the text, or leave the field out.",
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
                report.block("RCPT02", pointer, too_long(name, length, limit));
            } else if text.trim().is_empty() {
                report.warn(None, pointer, format!("{name} is empty; leave it out"));
            }
        }
        if let Some(email) = buyer
            .email
            .as_deref()
            .filter(|email| !email.trim().is_empty() && characters(email) <= 100)
            && !is_email(email)
        {
            report.warn(
                "RCPT02",
                "/BuyerContact/Email",
                format!("{email:?} is not of the form name@host.domain"),
            );
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
                report.block("RCPT02", pointer, too_long(name, length, 100));
            }
        }
        // One edition of the authority's interface says 100, another 250.
        let length = characters(&address.house_no);
        if length > 250 {
            report.block(
                "RCPT02",
                "/BuyerContact/Address/HouseNo",
                too_long("the house number", length, 250),
            );
        } else if length > 100 {
            report.warn(
                "RCPT02",
                "/BuyerContact/Address/HouseNo",
                too_long("the house number", length, 100),
            );
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
    remedy: "Give province, city, street and house number, or leave the address out.",
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
        report.warn(
            "RCPT02",
            "/BuyerContact/Address",
            format!("the address lacks {}", empty.join(", ")),
        );
    },
};

pub(super) const PF22: Rule = Rule {
    id: "PF22",
    title: "An invoice to a business carries its VAT number and address.",
    level: Level::Warn,
    needs: &[],
    only: Some(DocumentKind::Invoice),
    codes: &[],
    remedy: "Give the buyer's VAT number and address; without them the buyer cannot claim the input tax.",
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
        report.warn(None, "/BuyerContact", format!("the buyer has a TIN and no {missing}"));
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

fn too_long(name: &str, length: usize, limit: usize) -> String {
    format!("{name} has {length} characters, {limit} are taken")
}

/// A text short enough to be shown.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
