//! Red: which sums are checked, and what a discount means.

use super::documents::{invoice, one};
use crate::{
    bench::{Bench, Halt},
    sample::{money, tie},
};

/// 10.00 each, two of them, 1.00 off: what the line comes to by each meaning.
pub(super) async fn discounts(bench: &mut Bench<'_>) -> Result<(), Halt> {
    for (variant, price, discount, amount) in [
        // The line's discount is taken off the line.
        ("discounts/net", 1000, 100, 1900),
        // The discount is of each unit.
        ("discounts/per-unit", 1000, 100, 1800),
        // The line amount is before the discount, or the price after it.
        ("discounts/for-information", 1000, 100, 2000),
    ] {
        bench
            .document(variant, |facts, id, date| {
                invoice(facts, id, date).priced(facts, price, 2, Some(discount), amount)
            })
            .await?;
    }
    Ok(())
}

pub(super) async fn totals(bench: &mut Bench<'_>) -> Result<(), Halt> {
    // A cent more would be right for nobody's way of rounding; a dollar is surely wrong.
    one(bench, "totals/total", |sample, _| sample.with("Total", money(1255))).await?;
    one(bench, "totals/total-tax", |sample, _| {
        sample.with("TotalTax", money(999))
    })
    .await?;
    one(bench, "totals/sub-total", |sample, _| {
        sample.with("SubTotal", money(111))
    })
    .await
}

pub(super) async fn line_amount(bench: &mut Bench<'_>) -> Result<(), Halt> {
    bench
        .document("line-amount/wrong", |facts, id, date| {
            invoice(facts, id, date).priced(facts, 1000, 2, None, 1955)
        })
        .await?;
    Ok(())
}

pub(super) async fn ties(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let Some((net, up, even)) = tie(bench.facts()?.rate) else {
        return Ok(());
    };
    bench
        .document("ties/up", |facts, id, date| invoice(facts, id, date).exclusive(net, up))
        .await?;
    bench
        .document("ties/even", |facts, id, date| {
            invoice(facts, id, date).exclusive(net, even)
        })
        .await?;
    Ok(())
}
