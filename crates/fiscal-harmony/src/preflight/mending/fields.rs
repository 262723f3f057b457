//! What mends the fields of the document and its buyer.

use serde_json::Value;

use super::super::{Context, finding::Finding};
use crate::document::mending::take_out;

/// Mends a document with this finding.
pub(super) fn mend(document: &mut Value, finding: &Finding, context: &Context<'_>) -> Option<()> {
    let pointer = finding.pointer.as_str();
    match (finding.rule, finding.fault) {
        ("PF02", "number-blanks") => rewrite(document, pointer, |text| Some(text.trim().to_owned())),
        ("PF02", "number-control") => rewrite(document, pointer, |text| {
            Some(text.chars().filter(|c| !c.is_control()).collect())
        }),
        ("PF08", "unsaid") => set(document, pointer, true),
        ("PF08", "said-and-not-there") => set(document, pointer, false),
        ("PF18", "no-name") if document.pointer("/BuyerContact/Tin").is_none() => {
            set(document, pointer, "Cash Customer")
        }
        ("PF18", "empty-tin") => {
            take_out(document, pointer)?;
            rewrite(document, "/BuyerContact/Name", |name| {
                Some(if name.starts_with("Cash ") {
                    name.to_owned()
                } else {
                    as_cash_customer(name)
                })
            })
        }
        ("PF18", "tin-separators") => rewrite(document, pointer, |tin| {
            Some(tin.chars().filter(char::is_ascii_digit).collect())
        }),
        ("PF18", "cash-otherwise" | "walk-in") => {
            rewrite(document, "/BuyerContact/Name", |name| Some(as_cash_customer(name)))
        }
        ("PF19", "empty" | "form") | ("PF20", "empty" | "too-long" | "e-mail-form") | ("PF40", "unknown-field") => {
            take_out(document, pointer).map(drop)
        }
        ("PF21", "parts") => take_out(document, pointer).map(drop),
        ("PF19", "tin-for-vat-number") => {
            let number = take_out(document, pointer)?;
            let buyer = document.get_mut("BuyerContact")?.as_object_mut()?;
            match buyer.get("Tin") {
                Some(tin) if *tin != number => return None,
                _ => drop(buyer.insert("Tin".into(), number)),
            }
            Some(())
        }
        ("PF24", "capitals") => rewrite(document, pointer, |code| Some(code.trim().to_ascii_uppercase())),
        ("PF24", "zig") => set(document, pointer, "ZWG"),
        ("PF24", "sign") => rewrite(document, pointer, |sign| {
            let right = match sign.trim().to_ascii_uppercase().as_str() {
                "R" | "RAND" => "ZAR",
                "€" | "EURO" => "EUR",
                "£" => "GBP",
                _ => "USD",
            };
            Some(right.to_owned())
        }),
        ("PF25", "local-time-as-utc") => rewrite(document, pointer, |date| {
            let date: fh_types::CatDateTime = date.parse().ok()?;
            let on_the_wall = date.timestamp() - fh_types::jiff::SignedDuration::from_hours(2);
            Some(fh_types::CatDateTime::from_timestamp(on_the_wall).to_string())
        }),
        ("PF30", "number-for-id") => {
            let number = document.pointer(pointer)?.as_str()?;
            let right = context.journal?.by_number(number).ok()??.id;
            set(document, pointer, right)
        }
        ("PF36", "retry-of-nothing") => take_out(document, pointer).map(drop),
        ("PF36", "retry-unsaid") => set(document, pointer, true),
        ("PF41", _) => rewrite(document, pointer, |name| {
            let seen: String = name.chars().filter(|c| super::super::naming::is_visible(*c)).collect();
            Some(seen.split_whitespace().collect::<Vec<_>>().join(" "))
        }),
        _ => None,
    }
}

fn set(document: &mut Value, pointer: &str, value: impl Into<Value>) -> Option<()> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let parent = document.pointer_mut(parent)?.as_object_mut()?;
    parent.insert(name.to_owned(), value.into());
    Some(())
}

fn rewrite(document: &mut Value, pointer: &str, rewritten: impl Fn(&str) -> Option<String>) -> Option<()> {
    let value = document.pointer_mut(pointer)?;
    *value = rewritten(value.as_str()?)?.into();
    Some(())
}

/// The name of a buyer without a TIN.
fn as_cash_customer(name: &str) -> String {
    super::super::buyer::as_cash_customer(name.trim())
}
