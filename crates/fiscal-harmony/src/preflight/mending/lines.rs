//! What mends single lines.

use fh_types::Amount;
use serde_json::Value;

use super::{
    super::Context,
    super::finding::Finding,
    totals::{sum_anew, without_minus},
};
use crate::{
    document::{
        mending::{discount_line, spread_over_lines},
        patch::{amount, number},
    },
    tax::{self, MONEY_DECIMALS, PRICE_DECIMALS},
};

/// Mends a document whose line has this finding.
pub(super) fn mend(document: &mut Value, finding: &Finding, context: &Context<'_>) -> Option<()> {
    let mut parts = finding.pointer.strip_prefix("/LineItems/")?.split('/');
    let at: usize = parts.next()?.parse().ok()?;
    let field = parts.next().unwrap_or_default();
    match (finding.rule, finding.fault) {
        ("PF04" | "PF05", "discount-line" | "rounding-line") => {
            let lines = lines(document)?;
            let off = line_amount(lines.get(at)?)?.abs();
            let before = (0..at).rfind(|at| line_amount(&lines[*at]).is_some_and(Amount::is_positive))?;
            discount_line(&mut lines[before], off)?;
            lines.remove(at);
            document.as_object_mut()?.insert("IsDiscounted".into(), true.into());
            sum_anew(document, context)
        }
        ("PF04" | "PF05", "discount-line-for-all") => {
            let gone = lines(document)?.remove(at);
            spread_over_lines(document, line_amount(&gone)?.abs())?;
            sum_anew(document, context)
        }
        ("PF04" | "PF05", "return-line" | "voucher-line" | "deposit-line") | ("PF04", "none") => {
            lines(document)?.remove(at);
            sum_anew(document, context)
        }
        ("PF04" | "PF05", "negative-on-credit-note") => without_minus(document),
        ("PF04" | "PF05", "too-fine") => {
            let line = lines(document)?.get_mut(at)?;
            let rounded = amount(line.get(field)?)?.rounded(PRICE_DECIMALS);
            line[field] = number(rounded);
            line["LineAmount"] = number(comes_to(line, context)?);
            sum_anew(document, context)
        }
        ("PF06", "discount-unsaid") => {
            let line = lines(document)?.get_mut(at)?;
            let off = product(line)? - line_amount(line)?;
            line["DiscountAmount"] = number(off);
            Some(())
        }
        ("PF06", "product") | ("PF07", "no-reading" | "other-reading") => {
            let line = lines(document)?.get_mut(at)?;
            line["LineAmount"] = number(comes_to(line, context)?);
            sum_anew(document, context)
        }
        ("PF08", "negative") => {
            let line = lines(document)?.get_mut(at)?;
            line["DiscountAmount"] = number(amount(&line["DiscountAmount"])?.abs());
            line["LineAmount"] = number(comes_to(line, context)?);
            document.as_object_mut()?.insert("IsDiscounted".into(), true.into());
            sum_anew(document, context)
        }
        ("PF09", "too-fine") => {
            let line = lines(document)?.get_mut(at)?;
            line[field] = number(amount(line.get(field)?)?.rounded(MONEY_DECIMALS));
            sum_anew(document, context)
        }
        ("PF10", "unmapped") => {
            let line = lines(document)?.get_mut(at)?;
            let plain = |code: &str| code.trim().to_lowercase();
            let wrong = plain(line["TaxCode"].as_str()?);
            let mut right = context
                .catalogue?
                .tax_mappings()
                .filter(|(code, _)| plain(code) == wrong);
            let (Some((code, _)), None) = (right.next(), right.next()) else {
                return None;
            };
            line["TaxCode"] = code.into();
            sum_anew(document, context)
        }
        ("PF37", "some-without") => {
            let code = code_of_the_others(document)?;
            lines(document)?.get_mut(at)?["TaxCode"] = code;
            sum_anew(document, context)
        }
        ("PF12", "separators") => {
            let line = lines(document)?.get_mut(at)?;
            let bare: String = line["ProductCode"]
                .as_str()?
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            line["ProductCode"] = bare.into();
            Some(())
        }
        _ => None,
    }
}

fn lines(document: &mut Value) -> Option<&mut Vec<Value>> {
    document.get_mut("LineItems")?.as_array_mut()
}

fn line_amount(line: &Value) -> Option<Amount> {
    amount(line.get("LineAmount")?)
}

fn product(line: &Value) -> Option<Amount> {
    let (price, quantity) = (amount(line.get("UnitAmount")?)?, amount(line.get("Quantity")?)?);
    Some(price.times(quantity, MONEY_DECIMALS)?.value)
}

/// What a line comes to from price, quantity and discount.
fn comes_to(line: &Value, context: &Context<'_>) -> Option<Amount> {
    let (price, quantity) = (amount(line.get("UnitAmount")?)?, amount(line.get("Quantity")?)?);
    let discount = line.get("DiscountAmount").and_then(amount);
    let discount = discount.filter(|discount| !discount.is_zero());
    Some(tax::line_amount(price, quantity, discount, context.settings.discounts)?.value)
}

/// The one tax code of all lines that have one.
fn code_of_the_others(document: &Value) -> Option<Value> {
    let codes = document["LineItems"].as_array()?.iter().map(|line| &line["TaxCode"]);
    let mut codes: Vec<&Value> = codes
        .filter(|code| code.as_str().is_some_and(|code| !code.trim().is_empty()))
        .collect();
    codes.dedup();
    let [only] = codes[..] else { return None };
    Some(only.clone())
}
