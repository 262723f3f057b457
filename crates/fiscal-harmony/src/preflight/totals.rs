//! The document's totals against its lines and taxes.

use fh_types::Amount;

use super::{Level, Need, Rule, subject::Subject};
use crate::{
    document::{Fault, said, spread},
    tax::{self, Group, Totals},
};

const SUM: Fault = Fault::of(
    "PF13",
    "sum",
    "{addends} = {sum}, the document says {total}",
    "Make Total the exact sum of LineAmount.",
);
const WITHOUT_TAX: Fault = Fault::of(
    "PF13",
    "prices-without-tax",
    "{addends} = {sum}, the document says {total}, which is {sum} and the taxes on it: these look like prices without tax, and IsTaxInclusive says that they include it",
    "If they are without tax, set IsTaxInclusive to false; nothing else changes.",
);
const SWAPPED: Fault = Fault::of(
    "PF13",
    "swapped",
    "{addends} = {sum}, the document says {total}, and SubTotal says {sub_total}: the two look swapped",
    "Write Total {sub_total} and SubTotal {total}.",
);
const CASH_ROUNDED_DOWN: Fault = Fault::of(
    "PF13",
    "cash-rounded-down",
    "{addends} = {sum}, the document says {total}, which looks like cash rounding",
    "Leave Total at {sum}; or round down with a discount: DiscountAmount {off} on a line, LineAmount less by as much, IsDiscounted true, and the taxes anew.",
);
const CASH_ROUNDED_UP: Fault = Fault::of(
    "PF13",
    "cash-rounded-up",
    "{addends} = {sum}, the document says {total}, which looks like cash rounding",
    "Leave Total at {sum}; or round up with a line of its own, \"Rounding\", UnitAmount {off}, under an exempt tax code.",
);
const BILL_DISCOUNT: Fault = Fault::of(
    "PF13",
    "bill-discount",
    "{addends} = {sum}, the document says {total}, which is {off} less: a discount on the whole bill belongs to its lines",
    "Spread it over the lines as DiscountAmount, less in each LineAmount, with IsDiscounted true and the taxes anew: {spread}. If it is no discount, Total is {sum}.",
);
const TIE: Fault = Fault::of(
    "PF14",
    "half-a-cent",
    "{percent} % of {sum} lies on half a cent: {up} rounded up, {half_even} rounded to even; the authority does not say which it takes",
    "It may be sent. Prices that contain the tax have no such doubt.",
);
const EXCLUSIVE_SUM: Fault = Fault::of(
    "PF14",
    "sum",
    "{sum} = {computed}, the document says {total}",
    "Take each tax on the sum of its lines, round once, half up, and add it.",
);
const WITH_TAX: Fault = Fault::of(
    "PF14",
    "prices-with-tax",
    "{sum} = {computed}, the document says {total}, which is the sum of the lines: these look like prices that contain the tax, and IsTaxInclusive says that they do not",
    "If they contain it, set IsTaxInclusive to true, and take SubTotal and TotalTax out of the sum; if not, Total is {computed}.",
);
const EXCLUSIVE_SWAPPED: Fault = Fault::of(
    "PF14",
    "swapped",
    "{sum} = {computed}, the document says {total}, and SubTotal says {computed}: the two look swapped",
    "Write Total {computed} and SubTotal {total}.",
);
const EXCLUSIVE_LINE_BY_LINE: Fault = Fault::of(
    "PF14",
    "line-by-line",
    "{sum} = {computed}, the document says {total}; that is the sum of taxes rounded line by line",
    "Take each tax once, on the sum of its lines: Total is {computed}.",
);
const EXCLUSIVE_OLD_RATE: Fault = Fault::of(
    "PF14",
    "old-rate",
    "{sum} = {computed}, the document says {total}; that is the total with 15 %, the rate until 2025",
    "Have the program that computes it take 15.5 %: Total is {computed}.",
);
const TAX: Fault = Fault::of(
    "PF15",
    "tax",
    "{arithmetic}, the document says {total_tax}",
    "Take each tax on the sum of its lines and round once.",
);
const TAX_LINE_BY_LINE: Fault = Fault::of(
    "PF15",
    "line-by-line",
    "{arithmetic}, the document says {total_tax}; that is the sum of taxes rounded line by line",
    "Take each tax once, on the sum of its lines: TotalTax is {computed}.",
);
const TAX_OF_OTHER_BASIS: Fault = Fault::of(
    "PF15",
    "other-basis",
    "{arithmetic}, the document says {total_tax}; that is the tax on prices {other}",
    "Look at IsTaxInclusive: if it is right, TotalTax is {computed}.",
);
const TAX_AT_OLD_RATE: Fault = Fault::of(
    "PF15",
    "old-rate",
    "{arithmetic}, the document says {total_tax}; that is the tax at 15 %, the rate until 2025",
    "Have the program that computes it take 15.5 %: TotalTax is {computed}.",
);
const THREE: Fault = Fault::of(
    "PF16",
    "sum",
    "{sub_total} + {total_tax} = {sum}, Total is {total}",
    "Make the three agree; people read them.",
);
const THREE_SWAPPED: Fault = Fault::of(
    "PF16",
    "swapped",
    "{sub_total} + {total_tax} = {sum}, Total is {total}; SubTotal and Total look swapped",
    "Write SubTotal {total} and Total {sub_total}.",
);
const NEGATIVE: Fault = Fault::of(
    "PF17",
    "negative",
    "the total is {total}; it must not be negative",
    "What is given back is a credit note, which names its invoice and has positive amounts.",
);
const NEGATIVE_CREDIT_NOTE: Fault = Fault::of(
    "PF17",
    "negative-credit-note",
    "the total is {total}; it must not be negative, on credit notes too",
    "Write all amounts without minus: the service turns the signs of credit notes itself.",
);
const ZERO: Fault = Fault::of(
    "PF17",
    "zero",
    "the total is zero; is that meant?",
    "It may be sent as it is, if it is meant: goods that are given away whole. Else look at prices and discounts.",
);

pub(super) const PF13: Rule = Rule {
    id: "PF13",
    title: "With prices that contain the tax, Total is the sum of the lines.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT019", "RCPT038"],
    faults: &[
        SUM,
        WITHOUT_TAX,
        SWAPPED,
        CASH_ROUNDED_DOWN,
        CASH_ROUNDED_UP,
        BILL_DISCOUNT,
    ],
    check: |subject, report| {
        let Some(total) = subject
            .view
            .total
            .filter(|_| subject.view.tax_inclusive && !subject.view.lines.is_empty())
        else {
            return;
        };
        let sum: Amount = subject.view.lines.iter().map(|line| line.line_amount).sum();
        if sum != total {
            let (fault, spread) = other_total(subject, sum, total);
            let values = said![
                addends = addends(subject),
                sum,
                total,
                sub_total = subject.view.sub_total.unwrap_or(Amount::ZERO),
                off = (sum - total).abs(),
                spread
            ];
            report.block(fault, "RCPT019", "/Total", values);
        }
    },
};

pub(super) const PF14: Rule = Rule {
    id: "PF14",
    title: "With prices without tax, Total is the sum of the lines plus each tax, taken once on its group.",
    level: Level::Block,
    needs: &[Need::Device],
    only: None,
    codes: &["RCPT037", "RCPT038", "RCPT026", "RCPT027"],
    faults: &[
        TIE,
        EXCLUSIVE_SUM,
        WITH_TAX,
        EXCLUSIVE_SWAPPED,
        EXCLUSIVE_LINE_BY_LINE,
        EXCLUSIVE_OLD_RATE,
    ],
    check: |subject, report| {
        if subject.view.tax_inclusive || subject.view.lines.is_empty() {
            return;
        }
        let Some(totals) = subject.totals() else {
            return report.skip("the tax of a line is not known");
        };
        let open = totals
            .groups
            .iter()
            .filter_map(|group| Some((group, group.tax_half_even()?)));
        for (group, half_even) in open {
            let values = said![
                percent = percent(group),
                sum = group.lines_sum,
                up = group.tax,
                half_even
            ];
            report.warn(&TIE, "RCPT026", "/Total", values);
        }
        let Some(total) = subject.view.total else { return };
        if !within_ties(total, totals.total, totals.open_ties()) {
            let groups: Vec<String> = totals.groups.iter().take(SHOWN).map(exclusive_group).collect();
            let more = if totals.groups.len() > SHOWN { " + …" } else { "" };
            let fault = if subject.view.sub_total == Some(totals.total) && total == totals.sub_total {
                &EXCLUSIVE_SWAPPED
            } else if total == totals.sub_total {
                &WITH_TAX
            } else if total_by_line(subject) == Some(total) {
                &EXCLUSIVE_LINE_BY_LINE
            } else if at_old_rate(subject).is_some_and(|old| old.total == total) {
                &EXCLUSIVE_OLD_RATE
            } else {
                &EXCLUSIVE_SUM
            };
            let sum = format!("{}{more}", groups.join(" + "));
            let values = said![sum, computed = totals.total, total];
            report.block(fault, "RCPT037", "/Total", values);
        }
    },
};

pub(super) const PF15: Rule = Rule {
    id: "PF15",
    title: "TotalTax is the sum of the taxes, each taken once on its group.",
    // It will block once it is known that the service uses TotalTax instead of computing it.
    level: Level::Warn,
    needs: &[Need::Device],
    only: None,
    codes: &["RCPT026"],
    faults: &[TAX, TAX_LINE_BY_LINE, TAX_OF_OTHER_BASIS, TAX_AT_OLD_RATE],
    check: |subject, report| {
        let Some(total_tax) = subject.view.total_tax.filter(|_| !subject.view.lines.is_empty()) else {
            return;
        };
        let Some(totals) = subject.totals() else {
            return report.skip("the tax of a line is not known");
        };
        if within_ties(total_tax, totals.total_tax, totals.open_ties()) {
            return;
        }
        let inclusive = subject.view.tax_inclusive;
        let groups: Vec<String> = totals
            .groups
            .iter()
            .take(SHOWN)
            .map(|group| tax_arithmetic(group, inclusive))
            .collect();
        let more = if totals.groups.len() > SHOWN { " + …" } else { "" };
        let sum = if totals.groups.len() > 1 {
            format!(" = {}", totals.total_tax)
        } else {
            String::new()
        };
        let fault = if tax_by_line(subject) == Some(total_tax) {
            &TAX_LINE_BY_LINE
        } else if totals_of(subject, !inclusive, None).is_some_and(|other| other.total_tax == total_tax) {
            &TAX_OF_OTHER_BASIS
        } else if at_old_rate(subject).is_some_and(|old| old.total_tax == total_tax) {
            &TAX_AT_OLD_RATE
        } else {
            &TAX
        };
        let values = said![
            arithmetic = format!("{}{more}{sum}", groups.join(" + ")),
            total_tax,
            computed = totals.total_tax,
            other = if inclusive {
                "without tax"
            } else {
                "that contain the tax"
            }
        ];
        report.warn(fault, "RCPT026", "/TotalTax", values);
    },
};

pub(super) const PF16: Rule = Rule {
    id: "PF16",
    title: "SubTotal plus TotalTax is Total.",
    level: Level::Warn,
    needs: &[],
    only: None,
    codes: &[],
    faults: &[THREE, THREE_SWAPPED],
    check: |subject, report| {
        let view = &subject.view;
        let (Some(sub_total), Some(total_tax), Some(total)) = (view.sub_total, view.total_tax, view.total) else {
            return;
        };
        let sum = sub_total + total_tax;
        if sum != total {
            let swapped = total_tax.is_positive() && total + total_tax == sub_total;
            let fault = if swapped { &THREE_SWAPPED } else { &THREE };
            report.warn(fault, None, "/SubTotal", said![sub_total, total_tax, sum, total]);
        }
    },
};

pub(super) const PF17: Rule = Rule {
    id: "PF17",
    title: "Total is above zero.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT040"],
    faults: &[NEGATIVE, NEGATIVE_CREDIT_NOTE, ZERO],
    check: |subject, report| {
        let Some(total) = subject.view.total else { return };
        if total.is_negative() {
            let fault = if subject.is_credit_note() {
                &NEGATIVE_CREDIT_NOTE
            } else {
                &NEGATIVE
            };
            report.block(fault, "RCPT040", "/Total", said![total]);
        } else if total.is_zero() && !subject.context.settings.zero_totals {
            report.warn(&ZERO, "RCPT040", "/Total", &[]);
        }
    },
};

/// What a total that is not the sum of the lines most likely is, and for a discount on the bill its spread.
fn other_total(subject: &Subject<'_>, sum: Amount, total: Amount) -> (&'static Fault, String) {
    let nothing = String::new();
    let off = sum - total;
    let by_the_cent = !super::lines::too_fine(total, tax::MONEY_DECIMALS);
    // Nobody pays in less than five cents, and rounds by less than that.
    let whole_coins = total
        .portion(Amount::from_units(20), Amount::from_units(1), 2)
        .is_some_and(|coins| coins.value.needed_scale() == 0);
    if subject.view.sub_total == Some(sum) && off.is_positive() && subject.view.total_tax == Some(off) {
        (&SWAPPED, nothing)
    } else if totals_of(subject, false, None).is_some_and(|without| without.total == total) {
        (&WITHOUT_TAX, nothing)
    } else if by_the_cent && whole_coins && off.abs() < Amount::cents(5) {
        let fault = if off.is_positive() {
            &CASH_ROUNDED_DOWN
        } else {
            &CASH_ROUNDED_UP
        };
        (fault, nothing)
    } else if by_the_cent && total.is_positive() && off > Amount::cents(4) {
        let amounts: Vec<Amount> = subject.view.lines.iter().map(|line| line.line_amount).collect();
        match spread::spread(off, &amounts) {
            Some(shares) => (&BILL_DISCOUNT, spread::shares(&shares)),
            None => (&SUM, nothing),
        }
    } else {
        (&SUM, nothing)
    }
}

/// The totals on another basis, or with another rate in the place of 15.5 %; `None` where a tax is not known.
fn totals_of(subject: &Subject<'_>, inclusive: bool, rate: Option<Amount>) -> Option<Totals<i64>> {
    if subject.taxes().iter().any(|tax| tax.known().is_none()) {
        return None;
    }
    let lines = subject
        .view
        .lines
        .iter()
        .zip(subject.taxes())
        .filter_map(|(line, tax)| {
            let tax = tax.known()?;
            let percent = match (tax.percent, rate) {
                (Some(percent), Some(rate)) if percent == Amount::cents(1550) => Some(rate),
                (percent, _) => percent,
            };
            Some((tax.id, percent, line.line_amount))
        });
    tax::totals(inclusive, lines)
}

/// The totals as a program makes them that was not told of the rate of 2026.
fn at_old_rate(subject: &Subject<'_>) -> Option<Totals<i64>> {
    totals_of(subject, subject.view.tax_inclusive, Some(Amount::from_units(15)))
}

/// How many lines or groups a message spells out.
const SHOWN: usize = 6;

/// True when `said` is `computed`, or less by as many cents as there are half cents that could be rounded down.
fn within_ties(said: Amount, computed: Amount, open_ties: usize) -> bool {
    said == computed
        || (open_ties > 0 && {
            let lowest = computed - Amount::cents(i64::try_from(open_ties).unwrap_or(i64::MAX));
            !super::lines::too_fine(said, tax::MONEY_DECIMALS) && lowest <= said && said < computed
        })
}

fn addends(subject: &Subject<'_>) -> String {
    let lines = subject.view.lines;
    if lines.len() > SHOWN {
        return format!("the sum of the {} lines", lines.len());
    }
    lines
        .iter()
        .map(|line| line.line_amount.to_string())
        .collect::<Vec<_>>()
        .join(" + ")
}

fn percent<K>(group: &Group<K>) -> Amount {
    group.percent.unwrap_or(Amount::ZERO)
}

fn exclusive_group<K>(group: &Group<K>) -> String {
    format!("{} + {} ({} %)", group.lines_sum, group.tax, percent(group))
}

fn tax_arithmetic<K>(group: &Group<K>, inclusive: bool) -> String {
    let (sum, tax, percent) = (group.lines_sum, group.tax, percent(group));
    if inclusive {
        format!("{sum} × {percent} / {} = {tax}", Amount::from_units(100) + percent)
    } else {
        format!("{sum} × {percent} / 100 = {tax}")
    }
}

/// The tax as many add it up wrongly: rounded on each line.
fn tax_by_line(subject: &Subject<'_>) -> Option<Amount> {
    subject
        .view
        .lines
        .iter()
        .zip(subject.taxes())
        .map(|(line, tax)| Some(tax::tax_on(line.line_amount, tax.known()?.percent, subject.view.tax_inclusive)?.value))
        .sum()
}

fn total_by_line(subject: &Subject<'_>) -> Option<Amount> {
    let lines: Amount = subject.view.lines.iter().map(|line| line.line_amount).sum();
    Some(lines + tax_by_line(subject)?)
}
