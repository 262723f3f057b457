//! What is said of sums, on paper, on the screen and on the page.

use fh_outbox::{Divide, Rate, Report, Unsettled};
use fiscal_harmony::DocumentKind;

/// What people read above the sums of a report, after what it is divided by.
pub const SUMS: [&str; 6] = ["Currency", "Invoices", "Credit notes", "Without tax", "Tax", "Sold"];

/// What is said of a time without sales.
pub const NOTHING_SOLD: &str = "Nothing that was fiscalised is of that time.";

/// Documents that are not among the sums of a report, such as `1 invoice open, USD 4.95`.
#[must_use]
pub fn unsettled(of: &Unsettled) -> String {
    let kind = match of.kind {
        DocumentKind::CreditNote => "credit note",
        _ => "invoice",
    };
    let many = if of.documents == 1 { "" } else { "s" };
    let standing = of.standing.name().replace('_', " ");
    format!("{} {kind}{many} {standing}, {} {}", of.documents, of.currency, of.gross)
}

/// What is said of documents whose tax is not known, where a report has any.
#[must_use]
pub fn untaxed(report: &Report) -> Option<String> {
    let sums = report
        .sales
        .iter()
        .flat_map(|sales| [sales.invoices, sales.credit_notes]);
    let count: u64 = sums.map(|sums| sums.without_tax_table).sum();
    // Under the tax itself it says so.
    (count > 0 && report.by != Divide::Tax).then(|| {
        format!(
            "Of {count} documents the tax is not known yet: they were taken in before the taxes of the account were known. The sums of tax are \
             without them; the next answer of the service brings it."
        )
    })
}

/// A tax as people read it, such as `15.5 %`.
#[must_use]
pub fn rate(rate: Rate) -> String {
    match rate {
        Rate::Percent(_) => format!("{rate} %"),
        other => other.to_string(),
    }
}
