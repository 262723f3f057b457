//! Discounts. What a discount is on the wire is not settled: integrations of three kinds are in production
//! \[vendor-code\], so the reading is a setting and a finding says which readings would hold.

use fh_types::Amount;

use super::{
    Level, Rule,
    lines::{beyond_money, exact_and_rounded},
    subject::line_field,
};
use crate::{
    document::LineItem,
    tax::{self, DiscountPolicy, MONEY_DECIMALS},
};

pub(super) const PF07: Rule = Rule {
    id: "PF07",
    title: "With a discount, LineAmount follows from price, quantity and discount as configured.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT024", "RCPT019"],
    remedy: "Make LineAmount = UnitAmount × Quantity − DiscountAmount, or configure the reading that your system follows.",
    check: |subject, report| {
        for (at, line, discount) in subject
            .lines()
            .filter_map(|(at, line)| Some((at, line, discount(line)?)))
        {
            let configured = subject.context.settings.discounts;
            let comes_to = |policy| tax::line_amount(line.unit_amount, line.quantity, Some(discount), policy);
            let pointer = || line_field(at, "LineAmount");
            let Some(expected) = comes_to(configured) else {
                report.block("RCPT024", pointer(), beyond_money(line.unit_amount, line.quantity));
                continue;
            };
            if expected.value == line.line_amount {
                continue;
            }
            let holding: Vec<&str> = DiscountPolicy::ALL
                .into_iter()
                .filter(|policy| comes_to(*policy).is_some_and(|amount| amount.value == line.line_amount))
                .map(DiscountPolicy::formula)
                .collect();
            let arithmetic = arithmetic(line, discount, configured, expected.value);
            if holding.is_empty() {
                report.block(
                    "RCPT024",
                    pointer(),
                    format!(
                        "{arithmetic}, the line says {}; no known reading of discounts gives that",
                        line.line_amount
                    ),
                );
            } else {
                report.warn(
                    "RCPT024",
                    pointer(),
                    format!(
                        "{arithmetic}, the line says {}, which is right only if {}",
                        line.line_amount,
                        holding.join(" or ")
                    ),
                );
            }
        }
    },
};

pub(super) const PF08: Rule = Rule {
    id: "PF08",
    title: "A discount is neither negative nor more than the line comes to, and IsDiscounted says whether there is one.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT022", "RCPT040"],
    remedy: "Give discounts as positive amounts up to the line's price, and set IsDiscounted when there is one.",
    check: |subject, report| {
        let policy = subject.context.settings.discounts;
        let mut any = false;
        for (at, line, discount) in subject
            .lines()
            .filter_map(|(at, line)| Some((at, line, discount(line)?)))
        {
            let pointer = || line_field(at, "DiscountAmount");
            if discount.is_negative() {
                report.block(
                    "RCPT022",
                    pointer(),
                    format!("the discount is {discount}; it must be zero or more"),
                );
                continue;
            }
            any = true;
            let (Some(before), Some(after)) = (
                line.unit_amount.times(line.quantity, MONEY_DECIMALS),
                tax::line_amount(line.unit_amount, line.quantity, Some(discount), policy),
            ) else {
                continue;
            };
            // Where the price is already reduced, the discount may well be more than what is left.
            if after.value.is_negative() && before.value.is_positive() {
                report.block(
                    "RCPT022",
                    pointer(),
                    format!(
                        "{}: the discount is more than the line",
                        arithmetic(line, discount, policy, after.value)
                    ),
                );
            }
        }
        let said = subject.view.discounted.unwrap_or(false);
        // An IsDiscounted that is missing stands for false [example]; both are as good when there is no discount.
        if any != said {
            let message = if any {
                "a line has a discount, IsDiscounted does not say so"
            } else {
                "IsDiscounted is true, no line has a discount"
            };
            report.warn(None, "/IsDiscounted", message);
        }
    },
};

/// A line's discount, unless it is nothing.
fn discount(line: &LineItem) -> Option<Amount> {
    line.discount_amount.filter(|discount| !discount.is_zero())
}

fn arithmetic(line: &LineItem, discount: Amount, policy: DiscountPolicy, result: Amount) -> String {
    let (price, quantity) = (line.unit_amount, line.quantity);
    let rounding = price.times(quantity, MONEY_DECIMALS).map_or(String::new(), |product| {
        let shown = exact_and_rounded(price, quantity, product.value);
        // Said only where rounding had a part in it.
        if shown.contains('→') {
            format!(" ({shown})")
        } else {
            String::new()
        }
    });
    match policy {
        DiscountPolicy::NetOfDiscount => format!("{quantity} × {price}{rounding} − {discount} = {result}"),
        DiscountPolicy::NetOfUnitDiscount => {
            format!("{quantity} × {price}{rounding} − {quantity} × {discount} = {result}")
        }
        DiscountPolicy::UnitAfterDiscount => {
            format!("{quantity} × {price} = {}", exact_and_rounded(price, quantity, result))
        }
    }
}
