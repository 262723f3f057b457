use std::collections::BTreeMap;

use super::{codes::Colour, draft::Draft, findings::Findings};
use crate::{
    DiscountOf, DiscountPolicy, HeaderCheck, Leniency, Options, Ties, UnitPrice,
    document::Line,
    exact::{Exact, money, round_div, round_half_even},
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
        let cents = line_amount(number, line, options, findings);
        let tax = world.tax(*tax_id);
        line_tax(number, options, draft, tax, *tax_id, original, findings);
        hs_code(number, line, options, tax, findings);
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
                let tax = match options.ties {
                    Ties::HalfUp => round_div(sum * hundredths, 10_000),
                    Ties::HalfEven => round_half_even(sum * hundredths, 10_000),
                };
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
    let total = totals(options, draft, &rows, sum, findings);
    (rows, total)
}

/// The line's amount in cents, as it counts from here on.
fn line_amount(number: usize, line: &Line, options: &Options, findings: &mut Findings<'_>) -> i128 {
    let amount = line.line_amount.cents();
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
        return amount;
    };
    // Millionths of millionths to cents.
    let product = round_div(product, 10_i128.pow(10));
    let discount = match (line.discount_amount, options.discount_of) {
        (None, _) => 0,
        (Some(discount), DiscountOf::Line) => discount.cents(),
        // Millionths of millionths to cents, as above.
        (Some(discount), DiscountOf::Unit) => discount
            .millionths()
            .checked_mul(quantity)
            .map_or(0, |discount| round_div(discount, 10_i128.pow(10))),
    };
    if discount < 0 {
        findings.add("RCPT022", format!("line {number}: the discount is negative"));
    }
    let net = product - discount;
    match options.unit_price {
        UnitPrice::Checked => {}
        UnitPrice::Ignored => return amount,
        UnitPrice::Recomputed if options.discount == DiscountPolicy::UnitAfterDiscount => return product,
        UnitPrice::Recomputed => return net,
    }
    let agrees = match options.discount {
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
    amount
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
    let date = draft.date;
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

fn hs_code(number: usize, line: &Line, options: &Options, tax: Option<&Tax>, findings: &mut Findings<'_>) {
    let code = line.product_code.as_deref().unwrap_or_default();
    if code.is_empty() {
        if options.vat_payer && options.empty_hs_code != Leniency::Taken {
            findings.add("RCPT047", format!("line {number}: the HS code is missing"));
        }
        return;
    }
    let taxed = tax.and_then(|tax| tax.rate).is_some_and(|rate| rate > 0);
    let short_allowed = taxed || !options.vat_payer;
    let length_fits = match code.len() {
        8 => true,
        4 => short_allowed,
        6 => options.six_digit_hs_code == Leniency::Taken,
        9 | 10 => options.ten_digit_hs_code == Leniency::Taken,
        _ => false,
    };
    if !length_fits || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        let wanted = if short_allowed { "4 or 8 digits" } else { "8 digits" };
        findings.add(
            "RCPT048",
            format!("line {number}: the HS code {code:?} is not of {wanted}"),
        );
    }
}

/// A sum in the head, in cents, when it is looked at, and in which colour a wrong one is found.
fn looked_at(stated: Option<Exact>, check: HeaderCheck) -> Option<(i128, Colour)> {
    let colour = match check {
        HeaderCheck::Checked => Colour::Red,
        HeaderCheck::Remarked => Colour::Yellow,
        HeaderCheck::Ignored => return None,
    };
    Some((stated?.cents(), colour))
}

fn totals(options: &Options, draft: &Draft<'_>, rows: &[TaxRow], sum: i128, findings: &mut Findings<'_>) -> i128 {
    let document = draft.document;
    let gross: i128 = rows.iter().map(|row| row.gross).sum();
    let tax: i128 = rows.iter().map(|row| row.tax).sum();
    let (total, colour) = looked_at(document.total, options.header_total).unwrap_or((gross, Colour::Off));
    if total != gross {
        if document.is_tax_inclusive {
            findings.add_as(
                "RCPT019",
                colour,
                format!(
                    "the total {} differs from the line amounts {}",
                    money(total),
                    money(sum)
                ),
            );
        } else {
            findings.add_as(
                "RCPT037",
                colour,
                format!(
                    "the total {} differs from the line amounts {} plus tax {}",
                    money(total),
                    money(sum),
                    money(tax)
                ),
            );
        }
        findings.add_as(
            "RCPT038",
            colour,
            format!(
                "the total {} differs from the sales amounts with tax {}",
                money(total),
                money(gross)
            ),
        );
    }
    let total_tax = looked_at(document.total_tax, options.header_total_tax);
    if let Some((stated, colour)) = total_tax.filter(|(stated, _)| *stated != tax) {
        findings.add_as(
            "RCPT026",
            colour,
            format!(
                "the tax {} differs from the tax on the group sums {}",
                money(stated),
                money(tax)
            ),
        );
    }
    let sub_total = looked_at(document.sub_total, options.header_sub_total);
    if let Some((net, colour)) = sub_total.filter(|(net, _)| *net != gross - tax) {
        findings.add_as(
            "RCPT027",
            colour,
            format!("the net total {} differs from {}", money(net), money(gross - tax)),
        );
    }
    if total < 0 {
        findings.add("RCPT040", format!("the total {} is negative", money(total)));
    }
    total
}
