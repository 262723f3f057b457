//! Single lines: quantity, price, product, description, tax code.

use fh_types::Amount;

use super::{Level, Rule, header::characters, negative, subject::line_field};
use crate::{
    document::{Fault, said},
    tax::{MONEY_DECIMALS, PRICE_DECIMALS},
};

static QUANTITY: negative::Faults = negative::Faults::of("PF04");
const NO_QUANTITY: Fault = Fault::of(
    "PF04",
    "none",
    "the quantity is {quantity}; it must be above zero",
    "Give the quantity that was sold, or leave the line out.",
);
const FINE_QUANTITY: Fault = Fault::of(
    "PF04",
    "too-fine",
    "{amount} has {places} decimal places, at most {limit} are taken",
    "Round the quantity to 6 decimal places.",
);
static PRICE: negative::Faults = negative::Faults::of("PF05");
const FREE_ARTICLE: Fault = Fault::of(
    "PF05",
    "free-article",
    "the unit price is {price}; it must be above zero",
    "Give a free article its usual price and a DiscountAmount of the same sum: LineAmount is then 0.00, and IsDiscounted true.",
);
const FINE_PRICE: Fault = Fault::of(
    "PF05",
    "too-fine",
    "{amount} has {places} decimal places, at most {limit} are taken",
    "Round the unit price to 6 decimal places.",
);
const PRODUCT: Fault = Fault::of(
    "PF06",
    "product",
    "{quantity} × {price} = {product}, the line says {amount}",
    "Compute LineAmount from price and quantity in decimals, or give the unit price more decimal places (up to 6).",
);
const UNIT_FOR_LINE: Fault = Fault::of(
    "PF06",
    "discount-unsaid",
    "{quantity} × {price} = {product}, the line says {amount}, which is {off} less, and IsDiscounted is true",
    "Say the discount: DiscountAmount {off} on this line.",
);
const TOO_LARGE: Fault = Fault::of(
    "PF06",
    "too-large",
    "{quantity} × {price} is too large to be an amount of money",
    "Look at price and quantity: one of them is wrong.",
);
const FINE_MONEY: Fault = Fault::of(
    "PF09",
    "too-fine",
    "{amount} has {places} decimal places, at most {limit} are taken",
    "Round money to the cent, half up, before it goes into the document.",
);
const NO_DESCRIPTION: Fault = Fault::of(
    "PF23",
    "empty",
    "the description is empty",
    "Say in a few words what is sold.",
);
const LONG_DESCRIPTION: Fault = Fault::of(
    "PF23",
    "too-long",
    "the description has {length} characters, the authority takes {limit}",
    "Shorten it to what is sold.",
);
const TAX_CODE_MISSING: Fault = Fault::of(
    "PF37",
    "some-without",
    "{missing} of {lines} lines have no tax code, the others have one",
    "Give every line its tax code, as it stands in a tax mapping.",
);

pub(super) const PF04: Rule = Rule {
    id: "PF04",
    title: "Every quantity is above zero with at most 6 decimal places.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT023", "RCPT02"],
    faults: &{
        let [a, b, c, d, e, f, g, h] = negative::Faults::of("PF04").all;
        [a, b, c, d, e, f, g, h, NO_QUANTITY, FINE_QUANTITY]
    },
    check: |subject, report| {
        for (at, line) in subject.lines() {
            let quantity = line.quantity;
            if quantity.is_negative() {
                QUANTITY.tell(subject, report, "RCPT023", at, "Quantity");
            } else if quantity.is_zero() {
                report.block(&NO_QUANTITY, "RCPT023", line_field(at, "Quantity"), said![quantity]);
            } else if too_fine(quantity, PRICE_DECIMALS) {
                let values = said![
                    amount = quantity,
                    places = quantity.needed_scale(),
                    limit = PRICE_DECIMALS
                ];
                report.block(&FINE_QUANTITY, "RCPT02", line_field(at, "Quantity"), values);
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
    faults: &{
        let [a, b, c, d, e, f, g, h] = negative::Faults::of("PF05").all;
        [a, b, c, d, e, f, g, h, FREE_ARTICLE, FINE_PRICE]
    },
    check: |subject, report| {
        for (at, line) in subject.lines() {
            let price = line.unit_amount;
            if price.is_negative() {
                PRICE.tell(subject, report, "RCPT022", at, "UnitAmount");
            } else if price.is_zero() {
                report.block(&FREE_ARTICLE, "RCPT022", line_field(at, "UnitAmount"), said![price]);
            } else if too_fine(price, PRICE_DECIMALS) {
                let values = said![amount = price, places = price.needed_scale(), limit = PRICE_DECIMALS];
                report.block(&FINE_PRICE, "RCPT02", line_field(at, "UnitAmount"), values);
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
    faults: &[PRODUCT, UNIT_FOR_LINE, TOO_LARGE],
    check: |subject, report| {
        for (at, line) in subject.lines() {
            if line.discount_amount.is_some_and(|discount| !discount.is_zero()) {
                continue;
            }
            let Some(product) = line.unit_amount.times(line.quantity, MONEY_DECIMALS) else {
                let values = said![quantity = line.quantity, price = line.unit_amount];
                report.block(&TOO_LARGE, "RCPT024", line_field(at, "LineAmount"), values);
                continue;
            };
            if product.value != line.line_amount {
                let off = product.value - line.line_amount;
                let discounted =
                    subject.view.discounted == Some(true) && off.is_positive() && !line.line_amount.is_negative();
                let fault = if discounted { &UNIT_FOR_LINE } else { &PRODUCT };
                let values = said![
                    quantity = line.quantity,
                    price = line.unit_amount,
                    product = exact_and_rounded(line.unit_amount, line.quantity, product.value),
                    amount = line.line_amount,
                    off
                ];
                report.block(fault, "RCPT024", line_field(at, "LineAmount"), values);
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
    faults: &[FINE_MONEY],
    check: |subject, report| {
        let mut check = |amount: Amount, pointer: &dyn Fn() -> String| {
            if too_fine(amount, MONEY_DECIMALS) {
                let values = said![amount, places = amount.needed_scale(), limit = MONEY_DECIMALS];
                report.block(&FINE_MONEY, "RCPT02", pointer(), values);
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
    faults: &[NO_DESCRIPTION, LONG_DESCRIPTION],
    check: |subject, report| {
        for (at, line) in subject.lines() {
            let description = line.description.trim();
            if description.is_empty() {
                report.block(&NO_DESCRIPTION, "RCPT02", line_field(at, "Description"), &[]);
            } else if description.len() > DESCRIPTION_CHARACTERS && characters(description) > DESCRIPTION_CHARACTERS {
                let values = said![length = characters(description), limit = DESCRIPTION_CHARACTERS];
                report.block(&LONG_DESCRIPTION, "RCPT02", line_field(at, "Description"), values);
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
    faults: &[TAX_CODE_MISSING],
    check: |subject, report| {
        let without = || subject.lines().filter(|(_, line)| line.tax_code.trim().is_empty());
        let missing = without().count();
        let lines = subject.view.lines.len();
        if missing == 0 || missing == lines {
            return;
        }
        for (at, _) in without() {
            report.block(
                &TAX_CODE_MISSING,
                "RCPT025",
                line_field(at, "TaxCode"),
                said![missing, lines],
            );
        }
    },
};

/// True when an amount needs more decimal places than `decimals`.
pub(super) fn too_fine(amount: Amount, decimals: u32) -> bool {
    // Only trailing noughts make the two differ, and they are rare.
    amount.scale() > decimals && amount.needed_scale() > decimals
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
