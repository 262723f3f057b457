//! What mends totals.

use fh_types::Amount;
use serde_json::Value;

use super::super::{Context, finding::Finding, subject::Subject};
use crate::{
    Document,
    document::{
        AllowedFields,
        mending::{discount_line, spread_over_lines},
        patch::{amount, number},
    },
};

/// Mends a document whose totals have this finding.
pub(super) fn mend(document: &mut Value, finding: &Finding, context: &Context<'_>) -> Option<()> {
    match (finding.rule, finding.fault) {
        ("PF09", "too-fine") | ("PF13", "sum" | "cash-rounded-up") | ("PF15", _) | ("PF16", "sum") => {
            sum_anew(document, context)
        }
        ("PF14", "sum" | "line-by-line" | "old-rate" | "swapped") => sum_anew(document, context),
        ("PF13", "prices-without-tax") => {
            document["IsTaxInclusive"] = false.into();
            Some(())
        }
        ("PF14", "prices-with-tax") => {
            document["IsTaxInclusive"] = true.into();
            sum_anew(document, context)
        }
        ("PF13" | "PF16", "swapped") => {
            let members = document.as_object_mut()?;
            let (total, sub_total) = (members.get("Total")?.clone(), members.get("SubTotal")?.clone());
            members.insert("Total".into(), sub_total);
            members.insert("SubTotal".into(), total);
            Some(())
        }
        ("PF13", "cash-rounded-down") => {
            let off = sum_of_lines(document)? - amount(document.get("Total")?)?;
            let lines = document.get_mut("LineItems")?.as_array_mut()?;
            let largest = lines
                .iter_mut()
                .max_by_key(|line| line.get("LineAmount").and_then(amount))?;
            discount_line(largest, off)?;
            document.as_object_mut()?.insert("IsDiscounted".into(), true.into());
            sum_anew(document, context)
        }
        ("PF13", "bill-discount") => {
            let off = sum_of_lines(document)? - amount(document.get("Total")?)?;
            spread_over_lines(document, off)?;
            sum_anew(document, context)
        }
        ("PF17", "negative-credit-note") => without_minus(document),
        _ => None,
    }
}

fn sum_of_lines(document: &Value) -> Option<Amount> {
    let lines = document.get("LineItems")?.as_array()?;
    let amounts: Option<Vec<Amount>> = lines.iter().map(|line| amount(line.get("LineAmount")?)).collect();
    Amount::checked_sum(amounts?)
}

/// Gives the totals that the document states the values that its lines come to. Without the tax table only a total of prices that
/// contain the tax is known, and only where no tax is stated that would be another.
pub(super) fn sum_anew(document: &mut Value, context: &Context<'_>) -> Option<()> {
    let as_document = Document::from_json_allowing(document.to_string().as_bytes(), &AllowedFields::any()).ok()?;
    let subject = Subject::new(&as_document, context);
    let known = if context.catalogue.is_some_and(|catalogue| catalogue.knows_taxes()) {
        subject.totals()
    } else {
        None
    };
    let members = document.as_object_mut()?;
    let mut state = |name: &str, value: Amount| {
        if let Some(stated) = members.get_mut(name)
            && amount(stated) != Some(value)
        {
            *stated = number(value);
        }
    };
    if let Some(totals) = known {
        state("SubTotal", totals.sub_total);
        state("TotalTax", totals.total_tax);
        state("Total", totals.total);
        return Some(());
    }
    let sum = subject.view.lines.iter().map(|line| line.line_amount).sum::<Amount>();
    let is_other = subject.view.total.is_some_and(|total| total != sum);
    let states_tax = subject.view.total_tax.is_some() || subject.view.sub_total.is_some();
    if !subject.view.tax_inclusive || (is_other && states_tax) {
        return None;
    }
    state("Total", sum);
    Some(())
}

/// All amounts of a credit note without their minus.
pub(super) fn without_minus(document: &mut Value) -> Option<()> {
    let members = document.as_object_mut()?;
    let positive = |value: &mut Value| {
        if let Some(amount) = amount(value).filter(|amount| amount.is_negative()) {
            *value = number(amount.abs());
        }
    };
    for name in ["SubTotal", "TotalTax", "Total"] {
        members.get_mut(name).map(positive);
    }
    for line in members.get_mut("LineItems")?.as_array_mut()? {
        for name in ["UnitAmount", "Quantity", "LineAmount", "DiscountAmount"] {
            line.get_mut(name).map(positive);
        }
    }
    Some(())
}
