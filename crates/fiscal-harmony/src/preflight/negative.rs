//! Negative and free lines: what they are meant for, and how that is said to the service.
//!
//! A line below zero is always refused. What its writer meant is read from its description, and advice that turned the sign
//! would bill what was to be taken off.

use fh_types::Amount;

use crate::document::{Fault, LineItem, said, spread};

use super::{
    finding::Report,
    subject::{Subject, line_field},
};

/// The faults of one number of a line, its price or its quantity.
pub(super) struct Faults {
    /// All of them.
    pub(super) all: [Fault; 8],
}

const DISCOUNT: usize = 0;
const LARGE_DISCOUNT: usize = 1;
const RETURN: usize = 2;
const VOUCHER: usize = 3;
const DEPOSIT: usize = 4;
const ROUNDING: usize = 5;
const OTHER: usize = 6;
const CREDIT_NOTE: usize = 7;

impl Faults {
    pub(super) const fn of(rule: &'static str) -> Self {
        Self {
            all: [
                Fault::of(
                    rule,
                    "discount-line",
                    "the {what} is {value}; it must be above zero. Line {line}, {description}, looks like a discount",
                    "Take line {line} out and write the discount into the line before it, {before}: DiscountAmount {amount}, LineAmount {old} − {amount} = {new}, and IsDiscounted true. Total stays.",
                ),
                Fault::of(
                    rule,
                    "discount-line-for-all",
                    "the {what} is {value}; it must be above zero. Line {line}, {description}, looks like a discount on the whole bill",
                    "Take line {line} out and spread the discount over the lines, in DiscountAmount and less in LineAmount, with IsDiscounted true{spread}.",
                ),
                Fault::of(
                    rule,
                    "return-line",
                    "the {what} is {value}; it must be above zero. Line {line}, {description}, looks like goods that came back",
                    "Take line {line} out: a return is a credit note of its own, with positive amounts, which names the first invoice in OriginalInvoiceId. What is sold now is this invoice.",
                ),
                Fault::of(
                    rule,
                    "voucher-line",
                    "the {what} is {value}; it must be above zero. Line {line}, {description}, looks like a voucher",
                    "Take line {line} out. A voucher that pays the whole bill is PaymentMethod \"Coupon\"; a part payment by voucher cannot be said: choose the method of the larger part. One that lowers the price is a DiscountAmount on a line.",
                ),
                Fault::of(
                    rule,
                    "deposit-line",
                    "the {what} is {value}; it must be above zero. Line {line}, {description}, looks like a deposit that was paid before",
                    "Take line {line} out and invoice the full price: a deposit is a payment, not a line. If it had an invoice of its own, take that back with a credit note that names it.",
                ),
                Fault::of(
                    rule,
                    "rounding-line",
                    "the {what} is {value}; it must be above zero. Line {line}, {description}, looks like cash rounding",
                    "Take line {line} out and round down with a discount: DiscountAmount {amount} on {before}, LineAmount {old} − {amount} = {new}, and IsDiscounted true. Total stays.",
                ),
                Fault::of(
                    rule,
                    "negative-line",
                    "the {what} is {value}; it must be above zero. Line {line}, {description}, takes something off",
                    "Take line {line} out. A discount of {amount} goes into DiscountAmount of a line; goods that came back are a credit note of their own, which names their invoice; a voucher is PaymentMethod \"Coupon\"; a deposit is a payment and no line.",
                ),
                Fault::of(
                    rule,
                    "negative-on-credit-note",
                    "the {what} is {value}; it must be above zero, on credit notes too",
                    "Write {positive}, and LineAmount and totals without minus: the service turns the signs of credit notes itself.",
                ),
            ],
        }
    }

    /// Tells what is wrong with a line of which this number is below zero.
    pub(super) fn tell(
        &'static self,
        subject: &Subject<'_>,
        report: &mut Report<'_>,
        code: &'static str,
        at: usize,
        field: &'static str,
    ) {
        let lines = subject.view.lines;
        let line = &lines[at];
        let (what, value) = match field {
            "Quantity" => ("quantity", line.quantity),
            _ => ("unit price", line.unit_amount),
        };
        let pointer = line_field(at, field);
        if subject.is_credit_note() {
            let positive = value.abs();
            return report.block(&self.all[CREDIT_NOTE], code, pointer, said![what, value, positive]);
        }
        let amount = line.line_amount.abs();
        let before = before(lines, at).filter(|before| before.line_amount >= amount);
        let meant = match (meaning(&line.description), before) {
            (DISCOUNT | ROUNDING, None) => LARGE_DISCOUNT,
            (meant, _) => meant,
        };
        let rest: Vec<Amount> = lines
            .iter()
            .map(|line| line.line_amount)
            .filter(|amount| amount.is_positive())
            .collect();
        // With several of them the lines that stay have other numbers, and no spread is certain.
        let spread = if meant == LARGE_DISCOUNT && rest.len() + 1 == lines.len() && at == rest.len() {
            spread::spread(amount, &rest).map_or_else(String::new, |shares| format!(": {}", spread::shares(&shares)))
        } else {
            String::new()
        };
        let description = shown(&line.description);
        let old = before.map_or(Amount::ZERO, |before| before.line_amount);
        let before = before.map_or_else(String::new, |before| shown(&before.description));
        report.block(
            &self.all[meant],
            code,
            pointer,
            said![
                what,
                value,
                line = at + 1,
                description,
                amount,
                before,
                old,
                new = old - amount,
                spread
            ],
        );
    }
}

/// The nearest line before that is no deduction itself.
fn before(lines: &[LineItem], at: usize) -> Option<&LineItem> {
    lines[..at].iter().rfind(|line| line.line_amount.is_positive())
}

/// What a line below zero is, by the words of its description.
fn meaning(description: &str) -> usize {
    const WORDS: [(usize, &[&str]); 5] = [
        (VOUCHER, &["voucher", "coupon", "gift card", "giftcard", "token"]),
        (
            DEPOSIT,
            &[
                "deposit",
                "prepaid",
                "prepayment",
                "advance",
                "down payment",
                "downpayment",
                "lay-by",
                "layby",
                "part payment",
            ],
        ),
        (
            RETURN,
            &[
                "return",
                "refund",
                "exchange",
                "brought back",
                "came back",
                "taken back",
                "credit",
            ],
        ),
        (ROUNDING, &["round"]),
        (
            DISCOUNT,
            &[
                "discount", "rebate", "promo", "% off", "markdown", "special", "loyalty", "less", "disc.",
            ],
        ),
    ];
    let text = description.to_lowercase();
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|word| text.contains(word)))
        .map_or(OTHER, |(meaning, _)| *meaning)
}

/// A description in quotes, short enough to be shown.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}
