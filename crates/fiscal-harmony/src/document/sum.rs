//! What the lines of a document come to.

use fh_types::Amount;

use super::{
    build::{BuildError, Prices},
    line::Line,
    types::LineItem,
};
use crate::tax;

/// What the lines of a document come to.
pub(super) struct Sum {
    pub(super) lines: Vec<LineItem>,
    pub(super) discounted: bool,
    pub(super) sub_total: Amount,
    pub(super) total_tax: Amount,
    pub(super) total: Amount,
}

/// Adds lines up.
pub(super) fn add_up(prices: Prices, lines: Vec<Line>) -> Result<Sum, BuildError> {
    if lines.is_empty() {
        return Err(BuildError::NoLines);
    }
    for line in &lines {
        let code = line.tax.code();
        if lines
            .iter()
            .any(|other| other.tax.code() == code && other.tax.percent() != line.tax.percent())
        {
            return Err(BuildError::TaxCodeConflict { code: code.to_owned() });
        }
    }
    let taxed = lines
        .iter()
        .map(|line| (line.tax.code(), line.tax.percent(), line.item.line_amount));
    let totals = tax::totals(prices == Prices::TaxInclusive, taxed).ok_or(BuildError::TooLarge)?;
    let (sub_total, total_tax, total) = (totals.sub_total, totals.total_tax, totals.total);
    let discounted = lines.iter().any(|line| line.item.discount_amount.is_some());
    let lines = lines.into_iter().map(|line| line.item).collect();
    Ok(Sum {
        lines,
        discounted,
        sub_total,
        total_tax,
        total,
    })
}
