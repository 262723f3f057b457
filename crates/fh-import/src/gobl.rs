//! GOBL invoices (<https://gobl.org>): JSON with a `$schema`, by itself or in an envelope.
//!
//! What has no place in a document of the service is not dropped silently: charges, discounts on the whole document and rounding are refused.

use std::{collections::BTreeMap, sync::Arc};

use fh_types::Amount;
use fiscal_harmony::tax::totals;
use serde_json::Value;

use crate::{
    gather::{Imported, read_back},
    problem::{Place, Problem},
    wire::{WireAddress, WireBuyer, WireDocument, WireLine},
};

fn at(path: &str, why: impl Into<String>) -> Problem {
    Problem::new(Place::element(path), why)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value
        .get(name)?
        .as_str()
        .map(str::to_owned)
        .filter(|text| !text.trim().is_empty())
}

fn amount(value: &Value, name: &str, path: &str) -> Result<Option<Amount>, Problem> {
    let said = match value.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    said.parse()
        .map(Some)
        .map_err(|error| at(&format!("{path}.{name}"), format!("{error}")))
}

pub(crate) fn read(bytes: &[u8]) -> Result<Imported, Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let whole: Value =
        serde_json::from_slice(bytes).map_err(|error| Problem::of_file(format!("it is no JSON: {error}")))?;
    let invoice = match whole.get("doc") {
        Some(document) => document,
        None => &whole,
    };
    let schema = text(invoice, "$schema").unwrap_or_default();
    if !schema.contains("gobl.org/") || !schema.ends_with("/bill/invoice") {
        return Err(at("$schema", format!("{schema:?} is no invoice of GOBL")));
    }
    let kind = text(invoice, "type").unwrap_or_else(|| "standard".to_owned());
    let is_credit = match kind.as_str() {
        "standard" => false,
        "credit-note" => true,
        other => {
            return Err(at(
                "type",
                format!(
                    "{other:?} is neither \"standard\" nor \"credit-note\"; the service takes invoices and credit notes alone"
                ),
            ));
        }
    };
    for absent in ["charges", "discounts"] {
        if invoice
            .get(absent)
            .and_then(Value::as_array)
            .is_some_and(|all| !all.is_empty())
        {
            return Err(at(
                absent,
                "what is added to or taken off the whole document has no place; spread it over the lines",
            ));
        }
    }
    let (lines, taxed) = lines(invoice)?;
    let inclusive = text(invoice.get("tax").unwrap_or(&Value::Null), "prices_include").is_some();
    let all = lines
        .iter()
        .zip(&taxed)
        .map(|(line, percent)| (line.tax_code.as_deref().unwrap_or_default(), *percent, line.line_amount));
    let computed = totals(inclusive, all).ok_or_else(|| at("lines", "they come to more than can be money"))?;
    let said = invoice.get("totals").unwrap_or(&Value::Null);
    if amount(said, "rounding", "totals")?.is_some_and(|rounding| !rounding.is_zero()) {
        return Err(at(
            "totals.rounding",
            "a document that is rounded as a whole has no place; sell the difference as a line, or leave it out",
        ));
    }
    let total_tax = amount(said, "tax", "totals")?.unwrap_or(computed.total_tax);
    let total = match amount(said, "total_with_tax", "totals")? {
        Some(total) => total,
        None => computed.total,
    };
    let code = text(invoice, "code").ok_or_else(|| at("code", "there is none; each document needs one"))?;
    let number = match text(invoice, "series") {
        Some(series) => format!("{series}-{code}"),
        None => code,
    };
    let (invoice_id, credit_note_id) = if is_credit {
        (None, Some(number.clone()))
    } else {
        (Some(number.clone()), None)
    };
    let original = preceding(invoice, is_credit)?;
    let reference = invoice
        .pointer("/preceding/0")
        .and_then(|preceding| text(preceding, "reason"))
        .or_else(|| invoice.pointer("/ordering").and_then(|ordering| text(ordering, "code")));
    let date = text(invoice, "issue_date").ok_or_else(|| at("issue_date", "there is none"))?;
    let time = text(invoice, "issue_time").ok_or_else(|| {
        at(
            "issue_time",
            "there is none, and a document of the service has a time; GOBL has had `issue_time` since 2025",
        )
    })?;
    let date = format!("{date}T{time}")
        .parse()
        .map_err(|error| at("issue_date", format!("{error}")))?;
    let is_discounted = lines.iter().any(|line| line.discount_amount.is_some());
    let wire = WireDocument {
        invoice_number: invoice_id.clone(),
        invoice_id,
        credit_note_number: credit_note_id.clone(),
        credit_note_id,
        original_invoice_id: original,
        reference,
        is_discounted: is_discounted.then_some(true),
        is_tax_inclusive: inclusive,
        buyer_contact: buyer(invoice.get("customer")),
        date: Some(date),
        line_items: lines,
        sub_total: total - total_tax,
        total_tax,
        total,
        currency_code: Some(text(invoice, "currency").ok_or_else(|| {
            at(
                "currency",
                "there is none; a document of the service names its currency",
            )
        })?),
        payment_method: invoice
            .pointer("/payment/instructions/key")
            .or_else(|| invoice.pointer("/payment/advances/0/key"))
            .and_then(Value::as_str)
            .and_then(payment)
            .map(str::to_owned),
    };
    read_back(&wire, &[Place::default()], &Arc::new(BTreeMap::new()))
}

fn preceding(invoice: &Value, is_credit: bool) -> Result<Option<String>, Problem> {
    let Some(first) = invoice.pointer("/preceding/0").filter(|_| is_credit) else {
        return if is_credit {
            Err(at("preceding", "a credit note names the invoice that it credits here"))
        } else {
            Ok(None)
        };
    };
    let code = text(first, "code").ok_or_else(|| at("preceding[0].code", "there is none"))?;
    Ok(Some(match text(first, "series") {
        Some(series) => format!("{series}-{code}"),
        None => code,
    }))
}

/// A line, and the rate of its tax.
type Lines = (Vec<WireLine>, Vec<Option<Amount>>);

fn lines(invoice: &Value) -> Result<Lines, Problem> {
    let (mut lines, mut taxed) = (Vec::new(), Vec::new());
    let none = Vec::new();
    for (number, line) in invoice
        .get("lines")
        .and_then(Value::as_array)
        .unwrap_or(&none)
        .iter()
        .enumerate()
    {
        let path = format!("lines[{number}]");
        if line
            .get("charges")
            .and_then(Value::as_array)
            .is_some_and(|all| !all.is_empty())
        {
            return Err(at(
                &format!("{path}.charges"),
                "charges on a line have no place; make them lines of their own",
            ));
        }
        let item = line.get("item").unwrap_or(&Value::Null);
        let quantity = amount(line, "quantity", &path)?.unwrap_or(Amount::from_units(1));
        let unit_amount = amount(item, "price", &format!("{path}.item"))?
            .ok_or_else(|| at(&format!("{path}.item.price"), "there is none"))?;
        let mut discount = Amount::ZERO;
        for (place, off) in line
            .get("discounts")
            .and_then(Value::as_array)
            .unwrap_or(&none)
            .iter()
            .enumerate()
        {
            discount += amount(off, "amount", &format!("{path}.discounts[{place}]"))?.ok_or_else(|| {
                at(
                    &format!("{path}.discounts[{place}].amount"),
                    "there is none; `gobl build` computes it from the percentage",
                )
            })?;
        }
        let line_amount = amount(line, "total", &path)?
            .ok_or_else(|| at(&format!("{path}.total"), "there is none; `gobl build` computes it"))?;
        let (code, percent) = tax(line, &path)?;
        let hs = item
            .pointer("/ext")
            .and_then(Value::as_object)
            .and_then(|all| all.iter().find(|(key, _)| key.contains("hs")))
            .and_then(|(_, value)| value.as_str().map(str::to_owned))
            .or_else(|| identity(item, "HS"));
        lines.push(WireLine {
            description: text(item, "name"),
            product_code: hs,
            unit_amount,
            quantity,
            discount_amount: (!discount.is_zero()).then_some(discount),
            line_amount,
            tax_code: Some(code),
        });
        taxed.push(percent);
    }
    Ok((lines, taxed))
}

/// An identity of a type, such as the HS code of an item.
fn identity(value: &Value, kind: &str) -> Option<String> {
    let all = value.get("identities")?.as_array()?;
    all.iter()
        .find(|one| text(one, "type").is_some_and(|known| known.eq_ignore_ascii_case(kind)))
        .and_then(|one| text(one, "code"))
}

/// The code that is mapped in the account: category and key of GOBL, such as `VAT-standard`, or category and rate.
fn tax(line: &Value, path: &str) -> Result<(String, Option<Amount>), Problem> {
    let taxes = line.get("taxes").and_then(Value::as_array);
    let Some([tax]) = taxes.map(Vec::as_slice) else {
        return Err(at(
            &format!("{path}.taxes"),
            "a line of the service has exactly one tax",
        ));
    };
    let category = text(tax, "cat").unwrap_or_else(|| "VAT".to_owned());
    let key = text(tax, "key").filter(|key| key != "standard");
    let percent = match text(tax, "percent") {
        Some(percent) => Some(
            percent
                .trim_end_matches('%')
                .trim()
                .parse::<Amount>()
                .map_err(|error| at(&format!("{path}.taxes[0].percent"), format!("{error}")))?,
        ),
        None => None,
    };
    let is_exempt = key.as_deref() == Some("exempt") || text(tax, "rate").as_deref() == Some("exempt");
    let code = match (is_exempt, percent) {
        (true, _) => format!("{category}-exempt"),
        (false, Some(percent)) => format!("{category}-{}", plain(percent)),
        (false, None) => {
            return Err(at(
                &format!("{path}.taxes[0].percent"),
                "there is none, and the tax is not exempt; `gobl build` computes it",
            ));
        }
    };
    Ok((code, percent.filter(|_| !is_exempt)))
}

/// `15.50` as `15.5`.
fn plain(percent: Amount) -> String {
    let text = percent.to_string();
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn buyer(customer: Option<&Value>) -> Option<WireBuyer> {
    let customer = customer?;
    let address = customer.pointer("/addresses/0").map(|address| WireAddress {
        province: text(address, "region"),
        city: text(address, "locality"),
        street: text(address, "street"),
        house_no: text(address, "num"),
    });
    Some(WireBuyer {
        name: text(customer, "name"),
        trade_name: text(customer, "alias"),
        tin: customer
            .pointer("/tax_id/code")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| identity(customer, "TIN")),
        vat_number: identity(customer, "VAT"),
        phone: customer.pointer("/telephones/0").and_then(|phone| text(phone, "num")),
        email: customer.pointer("/emails/0").and_then(|email| text(email, "addr")),
        address: address.filter(|address| *address != WireAddress::default()),
    })
}

/// How GOBL's means of payment are called at the service.
fn payment(key: &str) -> Option<&'static str> {
    match key.split('+').next()? {
        "cash" => Some("Cash"),
        "card" => Some("Card"),
        "credit-transfer" | "debit-transfer" | "direct-debit" => Some("BankTransfer"),
        "online" => Some("MobileWallet"),
        "other" | "cheque" => Some("Other"),
        _ => None,
    }
}
