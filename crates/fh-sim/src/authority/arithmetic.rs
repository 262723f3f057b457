use std::collections::BTreeMap;

use super::{draft::Draft, findings::Findings};
use crate::{
    DiscountPolicy, Options,
    document::Line,
    exact::{money, round_div},
    receipt::{Receipt, TaxRow},
    world::{Tax, World},
};

/// Checks lines, taxes and totals; returns the tax rows and the total, in cents.
pub(super) fn check(
    world: &World,
    options: &Options,
    draft: &Draft<'_>,
    original: Option<&Receipt>,
    findings: &mut Findings<'_>,
) -> (Vec<TaxRow>, i128) {
    let document = draft.document;
    if document.line_items.is_empty() {
        findings.add("RCPT016", "there are no lines");
    }
    let mut groups: BTreeMap<i64, i128> = BTreeMap::new();
    let mut sum = 0;
    for (index, (line, tax_id)) in document.line_items.iter().zip(&draft.tax_ids).enumerate() {
        let number = index + 1;
        line_amount(number, line, options.discount, findings);
        let tax = world.tax(*tax_id);
        line_tax(number, options, draft, tax, *tax_id, original, findings);
        hs_code(number, line, options.vat_payer, tax, findings);
        let cents = line.line_amount.cents();
        *groups.entry(*tax_id).or_default() += cents;
        sum += cents;
    }
    let rows: Vec<TaxRow> = groups
        .into_iter()
        .map(|(tax_id, sum)| {
            let rate = world.tax(tax_id).and_then(|tax| tax.rate);
            let hundredths = i128::from(rate.unwrap_or(0));
            // The tax is on the sum of the group, never the sum of per-line taxes.
            let (tax, gross) = if document.is_tax_inclusive {
                (round_div(sum * hundredths, 10_000 + hundredths), sum)
            } else {
                let tax = round_div(sum * hundredths, 10_000);
                (tax, sum + tax)
            };
            TaxRow {
                tax_id,
                rate,
                tax,
                gross,
            }
        })
        .collect();
    let total = totals(draft, &rows, sum, findings);
    (rows, total)
}

fn line_amount(number: usize, line: &Line, policy: DiscountPolicy, findings: &mut Findings<'_>) {
    let (price, quantity) = (line.unit_amount.millionths(), line.quantity.millionths());
    if price <= 0 {
        findings.add("RCPT022", format!("line {number}: the price is not greater than zero"));
    }
    if quantity <= 0 {
        findings.add(
            "RCPT023",
            format!("line {number}: the quantity is not greater than zero"),
        );
    }
    let Some(product) = price.checked_mul(quantity) else {
        findings.add(
            "RCPT024",
            format!("line {number}: price times quantity is beyond any amount"),
        );
        return;
    };
    // Millionths of millionths to cents.
    let product = round_div(product, 10_i128.pow(10));
    let amount = line.line_amount.cents();
    let discount = line.discount_amount.map_or(0, |discount| discount.cents());
    if discount < 0 {
        findings.add("RCPT022", format!("line {number}: the discount is negative"));
    }
    let net = product - discount;
    let agrees = match policy {
        DiscountPolicy::NetOfDiscount => amount == net,
        DiscountPolicy::UnitAfterDiscount => amount == product,
        DiscountPolicy::Either => amount == net || amount == product,
    };
    if !agrees {
        findings.add(
            "RCPT024",
            format!(
                "line {number}: price times quantity is {}, the discount {}, the line amount {}",
                money(product),
                money(discount),
                money(amount)
            ),
        );
    }
}

fn line_tax(
    number: usize,
    options: &Options,
    draft: &Draft<'_>,
    tax: Option<&Tax>,
    tax_id: i64,
    original: Option<&Receipt>,
    findings: &mut Findings<'_>,
) {
    let Some(tax) = tax else {
        findings.add(
            "RCPT025",
            format!("line {number}: tax {tax_id} is not in the tax table"),
        );
        return;
    };
    let date = draft.document.date;
    // A credit note must carry the taxes of its original (RCPT036), so a tax that was valid then is taken.
    let valid = tax.valid_at(date) || original.is_some_and(|original| tax.valid_at(original.date));
    if !valid {
        findings.add("RCPT025", format!("line {number}: tax {tax_id} is not valid at {date}"));
    }
    if !options.vat_payer && tax.is_vat && tax.rate.is_some_and(|rate| rate > 0) {
        findings.add(
            "RCPT021",
            format!("line {number}: tax {tax_id} is VAT, and the taxpayer is not registered for it"),
        );
    }
}

fn hs_code(number: usize, line: &Line, vat_payer: bool, tax: Option<&Tax>, findings: &mut Findings<'_>) {
    let code = line.product_code.as_deref().unwrap_or_default();
    if code.is_empty() {
        if vat_payer {
            findings.add("RCPT047", format!("line {number}: the HS code is missing"));
        }
        return;
    }
    let taxed = tax.and_then(|tax| tax.rate).is_some_and(|rate| rate > 0);
    let short_allowed = taxed || !vat_payer;
    let length_fits = code.len() == 8 || (short_allowed && code.len() == 4);
    if !length_fits || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        let wanted = if short_allowed { "4 or 8 digits" } else { "8 digits" };
        findings.add(
            "RCPT048",
            format!("line {number}: the HS code {code:?} is not of {wanted}"),
        );
    }
}

fn totals(draft: &Draft<'_>, rows: &[TaxRow], sum: i128, findings: &mut Findings<'_>) -> i128 {
    let document = draft.document;
    let gross: i128 = rows.iter().map(|row| row.gross).sum();
    let tax: i128 = rows.iter().map(|row| row.tax).sum();
    let total = document.total.map_or(gross, |total| total.cents());
    if total != gross {
        if document.is_tax_inclusive {
            findings.add(
                "RCPT019",
                format!(
                    "the total {} differs from the line amounts {}",
                    money(total),
                    money(sum)
                ),
            );
        } else {
            findings.add(
                "RCPT037",
                format!(
                    "the total {} differs from the line amounts {} plus tax {}",
                    money(total),
                    money(sum),
                    money(tax)
                ),
            );
        }
        findings.add(
            "RCPT038",
            format!(
                "the total {} differs from the sales amounts with tax {}",
                money(total),
                money(gross)
            ),
        );
    }
    if let Some(stated) = document
        .total_tax
        .map(|stated| stated.cents())
        .filter(|stated| *stated != tax)
    {
        findings.add(
            "RCPT026",
            format!(
                "the tax {} differs from the tax on the group sums {}",
                money(stated),
                money(tax)
            ),
        );
    }
    if let Some(net) = document
        .sub_total
        .map(|net| net.cents())
        .filter(|net| *net != gross - tax)
    {
        findings.add(
            "RCPT027",
            format!("the net total {} differs from {}", money(net), money(gross - tax)),
        );
    }
    if total < 0 {
        findings.add("RCPT040", format!("the total {} is negative", money(total)));
    }
    total
}
