//! What mends a text that is JSON and not yet a document, where that is certain.

use fh_types::Amount;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};

use super::{
    date_form,
    explain::{is_a_rate, right_name},
    number_form,
    patch::{Patch, amount, number},
    payment_form,
    problem::DocumentError,
    spread,
    types::{Address, Buyer, CreditNote, Invoice, LineItem},
};
use crate::tax::{MONEY_DECIMALS, PRICE_DECIMALS};

const MONEY: [&str; 5] = ["LineAmount", "DiscountAmount", "SubTotal", "TotalTax", "Total"];
const PRICES: [&str; 2] = ["UnitAmount", "Quantity"];

/// The patch for what the reader does not take.
pub(super) fn patch(json: &[u8], error: &DocumentError) -> Option<Patch> {
    let before: Value = serde_json::from_slice(json).ok()?;
    let mut after = before.clone();
    mend(&mut after, error)?;
    Patch::between(&before, &after)
}

fn mend(document: &mut Value, error: &DocumentError) -> Option<()> {
    let pointer = error.pointer();
    let fault = error.fault();
    match (fault.rule, fault.name) {
        ("PF00", "list") => {
            let [only] = document.as_array()?.as_slice() else {
                return None;
            };
            *document = only.clone();
        }
        ("PF00", "both-ids") => {
            let members = document.as_object_mut()?;
            let has = |name: &str| members.contains_key(name);
            let wrong = match (
                has("OriginalInvoiceId") || has("CreditNoteNumber"),
                has("InvoiceNumber"),
            ) {
                (true, false) => "InvoiceId",
                (false, true) => "CreditNoteId",
                _ => return None,
            };
            members.remove(wrong);
        }
        ("PF00", "no-id-wrapped") => {
            let is_document = |value: &&Value| value.get("InvoiceId").is_some() != value.get("CreditNoteId").is_some();
            let within = document.as_object()?.values().find(is_document)?.clone();
            *document = within;
        }
        ("PF00", "no-id-capitals" | "unknown-field-capitals" | "unknown-field-near") => rename_all(document)?,
        ("PF00", "unknown-field") => drop(take_out(document, pointer)?),
        ("PF00", "bill-discount-field") => {
            if is_a_rate(pointer) {
                return None;
            }
            let discount = amount(&take_out(document, pointer)?)?;
            spread_over_lines(document, discount)?;
            // What the totals would be otherwise is known once there are lines to take the taxes of.
            let lines = document.get("LineItems")?.as_array()?;
            let amounts: Option<Vec<Amount>> = lines.iter().map(|line| amount(line.get("LineAmount")?)).collect();
            let sum = Amount::checked_sum(amounts?)?;
            if document.get("Total").and_then(amount).is_some_and(|total| total != sum) {
                return None;
            }
        }
        ("PF00", "missing-field") => {
            let line = pointer.strip_suffix("/LineAmount")?;
            let line = document.pointer_mut(line)?.as_object_mut()?;
            let stated = |name: &str| line.get(name).and_then(amount);
            let product = stated("UnitAmount")?.times(stated("Quantity")?, MONEY_DECIMALS)?;
            let discount = stated("DiscountAmount").unwrap_or(Amount::ZERO);
            line.insert("LineAmount".into(), number(product.value - discount));
        }
        ("PF00", "text-without-quotes") | ("PF12", "number") => {
            let value = document.pointer_mut(pointer).filter(|value| value.is_number())?;
            *value = value.to_string().into();
        }
        ("PF00", "true-in-quotes") => {
            let value = document.pointer_mut(pointer)?;
            *value = match value.as_str()?.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" | "y" => true,
                "false" | "no" | "0" | "n" => false,
                _ => return None,
            }
            .into();
        }
        ("PF00", "one-not-a-list") => {
            let value = document.pointer_mut(pointer)?;
            *value = Value::Array(vec![value.take()]);
        }
        ("PF00", "digits") => round_all(document),
        ("PF00", "decimal-comma" | "thousands" | "currency-sign" | "number-form") => {
            let value = document.pointer_mut(pointer)?;
            let form = number_form::judge(value.as_str()?).filter(|form| form.other.is_empty())?;
            *value = serde_json::from_str(&form.right).ok()?;
        }
        ("PF00", "date-order") => {
            let value = document.pointer_mut(pointer)?;
            *value = date_form::judge_text(value.as_str()?).right.into();
        }
        ("PF00", "date-serial" | "date-epoch") => {
            let value = document.pointer_mut(pointer)?;
            *value = date_form::judge_number(&value.to_string())?.right.into();
        }
        ("PF18", "null") => *document.pointer_mut(pointer)? = cash_customer(),
        ("PF18", "nameless") => {
            let buyer = document.pointer_mut("/BuyerContact")?;
            if !buyer.as_object()?.is_empty() {
                return None;
            }
            *buyer = cash_customer();
        }
        ("PF28", "other-word") => {
            let value = document.pointer_mut(pointer)?;
            *value = payment_form::meant(value.as_str()?)?.name().into();
        }
        ("PF28", "several" | "unknown") => *document.pointer_mut(pointer)? = "Other".into(),
        ("PF28", "payments-field") => {
            take_out(document, pointer)?;
            document.as_object_mut()?.insert("PaymentMethod".into(), "Other".into());
        }
        _ => return None,
    }
    Some(())
}

fn cash_customer() -> Value {
    serde_json::json!({"Name": "Cash Customer"})
}

/// Takes a member out of its object.
pub(crate) fn take_out(document: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    document.pointer_mut(parent)?.as_object_mut()?.remove(&name)
}

/// Spreads a discount over all lines, with what goes with it.
pub(crate) fn spread_over_lines(document: &mut Value, discount: Amount) -> Option<()> {
    let lines = document.get_mut("LineItems")?.as_array_mut()?;
    let amounts: Option<Vec<Amount>> = lines.iter().map(|line| amount(&line["LineAmount"])).collect();
    let shares = spread::spread(discount, &amounts?)?;
    for (line, share) in lines.iter_mut().zip(shares) {
        discount_line(line, share)?;
    }
    document.as_object_mut()?.insert("IsDiscounted".into(), true.into());
    Some(())
}

/// Takes a discount off a line.
pub(crate) fn discount_line(line: &mut Value, discount: Amount) -> Option<()> {
    if discount.is_zero() {
        return Some(());
    }
    let line = line.as_object_mut()?;
    let before = line.get("DiscountAmount").and_then(amount).unwrap_or(Amount::ZERO);
    let left = line.get("LineAmount").and_then(amount)? - discount;
    line.insert("DiscountAmount".into(), number(before + discount));
    line.insert("LineAmount".into(), number(left));
    Some(())
}

/// Writes every name as it is known, where that is certain and the place is free.
fn rename_all(document: &mut Value) -> Option<()> {
    let is_credit_note = document
        .as_object()?
        .keys()
        .any(|name| name.to_ascii_lowercase().starts_with("creditnote"));
    let names = if is_credit_note {
        CreditNote::NAMES
    } else {
        Invoice::NAMES
    };
    let members = document.as_object_mut()?;
    rename(members, names);
    if let Some(Value::Object(buyer)) = members.get_mut("BuyerContact") {
        rename(buyer, Buyer::NAMES);
        if let Some(Value::Object(address)) = buyer.get_mut("Address") {
            rename(address, Address::NAMES);
        }
    }
    for line in members
        .get_mut("LineItems")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Value::Object(line) = line {
            rename(line, LineItem::NAMES);
        }
    }
    Some(())
}

fn rename(members: &mut Map<String, Value>, names: &[&'static str]) {
    let wrong: Vec<String> = members
        .keys()
        .filter(|name| !names.contains(&name.as_str()))
        .cloned()
        .collect();
    for name in wrong {
        if let Some(right) = right_name(&name, names.iter().copied())
            && !members.contains_key(right)
            && let Some(value) = members.remove(&name)
        {
            members.insert(right.to_owned(), value);
        }
    }
}

/// Rounds what is too long to be carried exactly: money to the cent, prices and quantities to six places.
fn round_all(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let places = if MONEY.contains(&name.as_str()) {
                    MONEY_DECIMALS
                } else if PRICES.contains(&name.as_str()) {
                    PRICE_DECIMALS
                } else {
                    round_all(value);
                    continue;
                };
                // By the digits, since a binary fraction of 2.675 lies below the middle.
                let exact = value
                    .is_number()
                    .then(|| value.to_string().parse::<Decimal>().ok())
                    .flatten();
                let rounded = exact.map(|exact| {
                    exact
                        .round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
                        .normalize()
                        .to_string()
                });
                if let Some(rounded) = rounded.and_then(|text| serde_json::from_str(&text).ok()) {
                    *value = rounded;
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(round_all),
        _ => {}
    }
}
