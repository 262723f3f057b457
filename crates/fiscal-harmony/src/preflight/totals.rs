//! The document's totals against its lines and taxes.

use fh_types::Amount;

use super::{Level, Need, Rule, subject::Subject};
use crate::tax::{self, Group};

pub(super) const PF13: Rule = Rule {
    id: "PF13",
    title: "With prices that contain the tax, Total is the sum of the lines.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT019", "RCPT038"],
    remedy: "Make Total the exact sum of LineAmount.",
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
            report.block(
                "RCPT019",
                "/Total",
                format!("{} = {sum}, the document says {total}", addends(subject)),
            );
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
    remedy: "Take each tax on the sum of its lines, round once, half up, and add it; prices that contain the tax have no such doubt.",
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
            report.warn(
                "RCPT026",
                "/Total",
                format!(
                    "{} % of {} lies on half a cent: {} rounded up, {half_even} rounded to even; the authority does not say which it takes",
                    percent(group), group.lines_sum, group.tax
                ),
            );
        }
        let Some(total) = subject.view.total else { return };
        if !within_ties(total, totals.total, totals.open_ties()) {
            let groups: Vec<String> = totals.groups.iter().take(SHOWN).map(exclusive_group).collect();
            let more = if totals.groups.len() > SHOWN { " + …" } else { "" };
            let line_by_line = total_by_line(subject).is_some_and(|by_line| by_line == total);
            let note = if line_by_line {
                "; that is the sum of taxes rounded line by line"
            } else {
                ""
            };
            report.block(
                "RCPT037",
                "/Total",
                format!(
                    "{}{more} = {}, the document says {total}{note}",
                    groups.join(" + "),
                    totals.total
                ),
            );
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
    remedy: "Take each tax on the sum of its lines and round once; never add up taxes that were rounded line by line.",
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
        let line_by_line = tax_by_line(subject).is_some_and(|by_line| by_line == total_tax);
        let note = if line_by_line {
            "; that is the sum of taxes rounded line by line"
        } else {
            ""
        };
        report.warn(
            "RCPT026",
            "/TotalTax",
            format!("{}{more}{sum}, the document says {total_tax}{note}", groups.join(" + ")),
        );
    },
};

pub(super) const PF16: Rule = Rule {
    id: "PF16",
    title: "SubTotal plus TotalTax is Total.",
    level: Level::Warn,
    needs: &[],
    only: None,
    codes: &[],
    remedy: "Make the three agree; people read them.",
    check: |subject, report| {
        let view = &subject.view;
        let (Some(sub_total), Some(total_tax), Some(total)) = (view.sub_total, view.total_tax, view.total) else {
            return;
        };
        let sum = sub_total + total_tax;
        if sum != total {
            report.warn(
                None,
                "/SubTotal",
                format!("{sub_total} + {total_tax} = {sum}, Total is {total}"),
            );
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
    remedy: "Give positive amounts, on credit notes too; allow totals of zero in the settings where they are meant.",
    check: |subject, report| {
        let Some(total) = subject.view.total else { return };
        if total.is_negative() {
            report.block(
                "RCPT040",
                "/Total",
                format!("the total is {total}; it must not be negative"),
            );
        } else if total.is_zero() && !subject.context.settings.zero_totals {
            report.warn("RCPT040", "/Total", "the total is zero; is that meant?");
        }
    },
};

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
