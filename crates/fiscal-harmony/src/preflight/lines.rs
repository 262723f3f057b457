//! Single lines: quantity, price, product, description, tax code.

use fh_types::Amount;

use super::{Level, Rule, header::characters, subject::line_field};
use crate::tax::{MONEY_DECIMALS, PRICE_DECIMALS};

pub(super) const PF04: Rule = Rule {
    id: "PF04",
    title: "Every quantity is above zero with at most 6 decimal places.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT023", "RCPT02"],
    remedy: "Give a positive quantity, on credit notes too; round it to 6 decimal places.",
    check: |subject, report| {
        for (at, line) in subject.lines() {
            let quantity = line.quantity;
            if !quantity.is_positive() {
                report.block(
                    "RCPT023",
                    line_field(at, "Quantity"),
                    format!("the quantity is {quantity}; it must be above zero"),
                );
            } else if too_fine(quantity, PRICE_DECIMALS) {
                report.block("RCPT02", line_field(at, "Quantity"), fineness(quantity, PRICE_DECIMALS));
            }
        }
    },
};

pub(super) const PF05: Rule = Rule {
    id: "PF05",
    title: "Every unit price is above zero with at most 6 decimal places.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT022", "RCPT02"],
    remedy: "Give a positive unit price (the service turns the signs of credit notes itself); round it to 6 decimal places.",
    check: |subject, report| {
        for (at, line) in subject.lines() {
            let price = line.unit_amount;
            if !price.is_positive() {
                report.block(
                    "RCPT022",
                    line_field(at, "UnitAmount"),
                    format!("the unit price is {price}; it must be above zero"),
                );
            } else if too_fine(price, PRICE_DECIMALS) {
                report.block("RCPT02", line_field(at, "UnitAmount"), fineness(price, PRICE_DECIMALS));
            }
        }
    },
};

pub(super) const PF06: Rule = Rule {
    id: "PF06",
    title: "Without a discount, LineAmount is UnitAmount × Quantity, rounded to the cent.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT024"],
    remedy: "Compute LineAmount from price and quantity in decimals, or give the unit price more decimal places (up to 6).",
    check: |subject, report| {
        for (at, line) in subject.lines() {
            if line.discount_amount.is_some_and(|discount| !discount.is_zero()) {
                continue;
            }
            let Some(product) = line.unit_amount.times(line.quantity, MONEY_DECIMALS) else {
                report.block(
                    "RCPT024",
                    line_field(at, "LineAmount"),
                    beyond_money(line.unit_amount, line.quantity),
                );
                continue;
            };
            if product.value != line.line_amount {
                report.block(
                    "RCPT024",
                    line_field(at, "LineAmount"),
                    format!(
                        "{} × {} = {}, the line says {}",
                        line.quantity,
                        line.unit_amount,
                        exact_and_rounded(line.unit_amount, line.quantity, product.value),
                        line.line_amount
                    ),
                );
            }
        }
    },
};

pub(super) const PF09: Rule = Rule {
    id: "PF09",
    title: "LineAmount, DiscountAmount, SubTotal, TotalTax and Total have at most 2 decimal places.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    remedy: "Round money to the cent, half up, before it goes into the document.",
    check: |subject, report| {
        let mut check = |amount: Amount, pointer: &dyn Fn() -> String| {
            if too_fine(amount, MONEY_DECIMALS) {
                report.block("RCPT02", pointer(), fineness(amount, MONEY_DECIMALS));
            }
        };
        for (at, line) in subject.lines() {
            check(line.line_amount, &|| line_field(at, "LineAmount"));
            if let Some(discount) = line.discount_amount {
                check(discount, &|| line_field(at, "DiscountAmount"));
            }
        }
        let view = &subject.view;
        for (amount, pointer) in [
            (view.sub_total, "/SubTotal"),
            (view.total_tax, "/TotalTax"),
            (view.total, "/Total"),
        ] {
            if let Some(amount) = amount {
                check(amount, &|| pointer.to_owned());
            }
        }
    },
};

/// The longest description that the authority takes \[zimra\].
const DESCRIPTION_CHARACTERS: usize = 200;

pub(super) const PF23: Rule = Rule {
    id: "PF23",
    title: "Every description is 1 to 200 characters.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    remedy: "Say in a few words what is sold.",
    check: |subject, report| {
        for (at, line) in subject.lines() {
            let description = line.description.trim();
            if description.is_empty() {
                report.block("RCPT02", line_field(at, "Description"), "the description is empty");
            } else if description.len() > DESCRIPTION_CHARACTERS && characters(description) > DESCRIPTION_CHARACTERS {
                let length = characters(description);
                report.block(
                    "RCPT02",
                    line_field(at, "Description"),
                    format!("the description has {length} characters, the authority takes {DESCRIPTION_CHARACTERS}"),
                );
            }
        }
    },
};

pub(super) const PF37: Rule = Rule {
    id: "PF37",
    title: "Either every line has a tax code or none has.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT025"],
    remedy: "Give every line its tax code, as it stands in a tax mapping.",
    check: |subject, report| {
        let without = || subject.lines().filter(|(_, line)| line.tax_code.trim().is_empty());
        let missing = without().count();
        let lines = subject.view.lines.len();
        if missing == 0 || missing == lines {
            return;
        }
        for (at, _) in without() {
            report.block(
                "RCPT025",
                line_field(at, "TaxCode"),
                format!("{missing} of {lines} lines have no tax code, the others have one"),
            );
        }
    },
};

/// True when an amount needs more decimal places than `decimals`.
pub(super) fn too_fine(amount: Amount, decimals: u32) -> bool {
    // Only trailing noughts make the two differ, and they are rare.
    amount.scale() > decimals && amount.needed_scale() > decimals
}

fn fineness(amount: Amount, decimals: u32) -> String {
    format!(
        "{amount} has {} decimal places, at most {decimals} are taken",
        amount.needed_scale()
    )
}

pub(super) fn beyond_money(price: Amount, quantity: Amount) -> String {
    format!("{quantity} × {price} is too large to be an amount of money")
}

/// The rounded product, and the exact one before it where rounding had a part in it: `51.435 → 51.44`.
pub(super) fn exact_and_rounded(price: Amount, quantity: Amount, rounded: Amount) -> String {
    match price.times(quantity, price.needed_scale() + quantity.needed_scale()) {
        Some(exact) if exact.value != rounded => format!("{} → {rounded}", trimmed(exact.value)),
        _ => rounded.to_string(),
    }
}

/// An amount without noughts at its end.
fn trimmed(amount: Amount) -> String {
    amount.decimal().normalize().to_string()
}
