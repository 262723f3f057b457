use fh_types::CatDateTime;

use super::{draft::Draft, findings::Findings};
use crate::{
    Leniency, Options,
    document::Kind,
    exact::money,
    receipt::{Receipt, TaxRow},
    world::World,
};

/// The receipt that a credit note credits, when the note names one that exists.
pub(super) fn original<'w>(
    world: &'w World,
    options: &Options,
    draft: &Draft<'_>,
    findings: &mut Findings<'_>,
) -> Option<&'w Receipt> {
    let document = draft.document;
    let needs_reason = options.empty_reference != Leniency::Taken;
    if needs_reason && document.reference.as_deref().unwrap_or_default().trim().is_empty() {
        findings.add("RCPT034", "Reference, the reason of the credit note, is empty");
    }
    let named = document.original_invoice_id.as_deref().unwrap_or_default();
    if named.trim().is_empty() {
        if options.empty_original != Leniency::Taken {
            findings.add("RCPT015", "OriginalInvoiceId is empty");
        }
        return None;
    }
    let original = world.receipt_of(named).filter(|receipt| receipt.kind == Kind::Invoice);
    if original.is_none() {
        findings.add("RCPT032", format!("no fiscalised invoice {named:?} is known"));
    }
    original
}

/// The checks that compare a credit note with its original.
pub(super) fn check(
    world: &World,
    draft: &Draft<'_>,
    original: &Receipt,
    rows: &[TaxRow],
    total: i128,
    findings: &mut Findings<'_>,
) {
    let date = draft.date;
    if twelve_months_after(original.date).is_some_and(|limit| date.civil() > limit) {
        findings.add(
            "RCPT033",
            format!(
                "the original was issued on {}, more than 12 months before",
                original.date
            ),
        );
    }
    let credited = world.credited(&original.document);
    if credited + total > original.total {
        findings.add(
            "RCPT035",
            format!(
                "the original's total is {}, {} of it is credited, and this note is over {}",
                money(original.total),
                money(credited),
                money(total)
            ),
        );
    }
    let foreign = |row: &&TaxRow| {
        !original
            .rows
            .iter()
            .any(|known| (known.tax_id, known.rate) == (row.tax_id, row.rate))
    };
    if let Some(row) = rows.iter().find(foreign) {
        findings.add("RCPT036", format!("tax {} is not on the original", row.tax_id));
    }
    if draft.currency != original.currency {
        findings.add(
            "RCPT042",
            format!(
                "the currency is {}, the original's is {}",
                draft.currency, original.currency
            ),
        );
    }
}

fn twelve_months_after(date: CatDateTime) -> Option<jiff::civil::DateTime> {
    date.civil().checked_add(jiff::Span::new().months(12)).ok()
}
