//! Discounts. What a discount is on the wire is not settled: integrations of three kinds are in production
//! \[vendor-code\], so the reading is a setting and a finding says which readings would hold.

use fh_types::Amount;

use super::{Level, Rule, lines::exact_and_rounded, subject::line_field};
use crate::{
    document::{Fault, LineItem, said},
    tax::{self, DiscountPolicy, MONEY_DECIMALS},
};

const NO_READING: Fault = Fault::of(
    "PF07",
    "no-reading",
    "{arithmetic}, the line says {amount}; no known reading of discounts gives that",
    "Make LineAmount what price, quantity and discount come to: {expected}.",
);
const OTHER_READING: Fault = Fault::of(
    "PF07",
    "other-reading",
    "{arithmetic}, the line says {amount}, which is right only if {formulas}",
    "Write LineAmount {expected}, or, if your system means all discounts so, set its reading: {policies} (on the command line --discounts).",
);
const TOO_LARGE: Fault = Fault::of(
    "PF07",
    "too-large",
    "{quantity} × {price} is too large to be an amount of money",
    "Look at price and quantity: one of them is wrong.",
);
const NEGATIVE: Fault = Fault::of(
    "PF08",
    "negative",
    "the discount is {discount}; it must be zero or more",
    "Write it without the minus, {positive}: a discount is always taken off. What is put on top is part of the price.",
);
const MORE_THAN_THE_LINE: Fault = Fault::of(
    "PF08",
    "more-than-the-line",
    "{arithmetic}: the discount is more than the line",
    "Give at most {most}, the price of the line. What is over belongs to other lines, each up to its price.",
);
const UNSAID: Fault = Fault::of(
    "PF08",
    "unsaid",
    "a line has a discount, IsDiscounted does not say so",
    "Set IsDiscounted to true.",
);
const SAID_AND_NOT_THERE: Fault = Fault::of(
    "PF08",
    "said-and-not-there",
    "IsDiscounted is true, no line has a discount",
    "Set IsDiscounted to false; or give the discount, in DiscountAmount of the lines that it is for.",
);

pub(super) const PF07: Rule = Rule {
    id: "PF07",
    title: "With a discount, LineAmount follows from price, quantity and discount as configured.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT024", "RCPT019"],
    faults: &[NO_READING, OTHER_READING, TOO_LARGE],
    check: |subject, report| {
        for (at, line, discount) in subject
            .lines()
            .filter_map(|(at, line)| Some((at, line, discount(line)?)))
        {
            let configured = subject.context.settings.discounts;
            let comes_to = |policy| tax::line_amount(line.unit_amount, line.quantity, Some(discount), policy);
            let pointer = || line_field(at, "LineAmount");
            let Some(expected) = comes_to(configured) else {
                let values = said![quantity = line.quantity, price = line.unit_amount];
                report.block(&TOO_LARGE, "RCPT024", pointer(), values);
                continue;
            };
            if expected.value == line.line_amount {
                continue;
            }
            let holding: Vec<DiscountPolicy> = DiscountPolicy::ALL
                .into_iter()
                .filter(|policy| comes_to(*policy).is_some_and(|amount| amount.value == line.line_amount))
                .collect();
            let arithmetic = arithmetic(line, discount, configured, expected.value);
            let all = |shown: fn(DiscountPolicy) -> &'static str| {
                holding.iter().copied().map(shown).collect::<Vec<_>>().join(" or ")
            };
            let values = said![
                arithmetic,
                amount = line.line_amount,
                expected = expected.value,
                formulas = all(DiscountPolicy::formula),
                policies = all(DiscountPolicy::name)
            ];
            if holding.is_empty() {
                report.block(&NO_READING, "RCPT024", pointer(), values);
            } else {
                report.warn(&OTHER_READING, "RCPT024", pointer(), values);
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
    faults: &[NEGATIVE, MORE_THAN_THE_LINE, UNSAID, SAID_AND_NOT_THERE],
    check: |subject, report| {
        let policy = subject.context.settings.discounts;
        let mut any = false;
        for (at, line, discount) in subject
            .lines()
            .filter_map(|(at, line)| Some((at, line, discount(line)?)))
        {
            let pointer = || line_field(at, "DiscountAmount");
            if discount.is_negative() {
                let values = said![discount, positive = discount.abs()];
                report.block(&NEGATIVE, "RCPT022", pointer(), values);
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
                let values = said![
                    arithmetic = arithmetic(line, discount, policy, after.value),
                    most = before.value
                ];
                report.block(&MORE_THAN_THE_LINE, "RCPT022", pointer(), values);
            }
        }
        let said = subject.view.discounted.unwrap_or(false);
        // An IsDiscounted that is missing stands for false [example]; both are as good when there is no discount.
        if any != said {
            let fault = if any { &UNSAID } else { &SAID_AND_NOT_THERE };
            report.warn(fault, None, "/IsDiscounted", &[]);
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
