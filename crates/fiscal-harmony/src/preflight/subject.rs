use std::cell::OnceCell;

use fh_types::Amount;

use super::{Context, Earlier, EarlierState, finding::Report, journal::JournalError};
use crate::{
    device::ApplicableTax,
    document::{Document, DocumentKind, LineItem, View},
    tax::{self, Totals},
};

/// A document on the bench, with what several rules need of it worked out at most once.
pub(super) struct Subject<'a> {
    pub(super) document: &'a Document,
    pub(super) view: View<'a>,
    pub(super) context: &'a Context<'a>,
    taxes: OnceCell<Vec<LineTax<'a>>>,
    totals: OnceCell<Option<Totals<i64>>>,
    original: OnceCell<Result<Option<Earlier>, String>>,
}

/// What a line's tax code stands for at the authority.
#[derive(Clone, Copy)]
pub(super) enum LineTax<'a> {
    /// No mapping has the code.
    Unmapped,
    /// It is mapped to an id that the device's table does not have.
    Unlisted(i64),
    /// It is mapped to this tax, which may or may not apply on the document's date.
    Known(&'a ApplicableTax),
}

impl<'a> LineTax<'a> {
    pub(super) fn known(self) -> Option<&'a ApplicableTax> {
        match self {
            Self::Known(tax) => Some(tax),
            Self::Unmapped | Self::Unlisted(_) => None,
        }
    }
}

impl<'a> Subject<'a> {
    pub(super) fn new(document: &'a Document, context: &'a Context<'a>) -> Self {
        Self {
            document,
            view: document.view(),
            context,
            taxes: OnceCell::new(),
            totals: OnceCell::new(),
            original: OnceCell::new(),
        }
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &'a LineItem)> + use<'a> {
        self.view.lines.iter().enumerate()
    }

    pub(super) fn is_credit_note(&self) -> bool {
        self.view.kind == DocumentKind::CreditNote
    }

    /// What each line's tax code stands for; unmapped throughout when the device is not known.
    pub(super) fn taxes(&self) -> &[LineTax<'a>] {
        self.taxes.get_or_init(|| {
            let look_up = |code: &str| {
                let Some(catalogue) = self.context.catalogue else {
                    return LineTax::Unmapped;
                };
                match (catalogue.tax_id(code), catalogue.tax(code, self.view.date)) {
                    (None, _) => LineTax::Unmapped,
                    (Some(id), None) => LineTax::Unlisted(id),
                    (Some(_), Some(tax)) => LineTax::Known(tax),
                }
            };
            let mut taxes = Vec::with_capacity(self.view.lines.len());
            let mut last: Option<(&str, LineTax<'a>)> = None;
            for line in self.view.lines {
                let tax = match last {
                    // Neighbours mostly share their tax.
                    Some((code, tax)) if code == line.tax_code => tax,
                    _ => look_up(&line.tax_code),
                };
                last = Some((&line.tax_code, tax));
                taxes.push(tax);
            }
            taxes
        })
    }

    /// The totals, when the tax of every line is known.
    pub(super) fn totals(&self) -> Option<&Totals<i64>> {
        self.totals
            .get_or_init(|| {
                if self.taxes().iter().any(|tax| tax.known().is_none()) {
                    return None;
                }
                let lines = self.view.lines.iter().zip(self.taxes()).filter_map(|(line, tax)| {
                    let tax = tax.known()?;
                    Some((tax.id, tax.percent, line.line_amount))
                });
                tax::totals(self.view.tax_inclusive, lines)
            })
            .as_ref()
    }

    /// The document's total with tax: as it says, else as it comes to, if that can be known.
    pub(super) fn total(&self) -> Option<Amount> {
        let sum_of_lines = || {
            self.view
                .tax_inclusive
                .then(|| self.view.lines.iter().map(|line| line.line_amount).sum::<Amount>())
        };
        self.view
            .total
            .or_else(sum_of_lines)
            .or_else(|| self.totals().map(|totals| totals.total))
    }

    /// Asks the journal; where it cannot answer, the rule is skipped and says so.
    pub(super) fn ask<T>(
        &self,
        report: &mut Report<'_>,
        question: impl FnOnce(&dyn super::Journal) -> Result<T, JournalError>,
    ) -> Option<T> {
        question(self.context.journal?)
            .map_err(|error| report.skip(unread(&error.to_string())))
            .ok()
    }

    /// The invoice that a credit note credits: `Some(None)` when the journal does not have it. The journal is asked once;
    /// where it cannot answer, the rule is skipped and says so.
    pub(super) fn look_up_original(&self, report: &mut Report<'_>) -> Option<Option<&Earlier>> {
        let answer = self
            .original
            .get_or_init(|| match (self.context.journal, self.view.original_invoice_id) {
                (Some(journal), Some(id)) => journal.by_id(id).map_err(|error| error.to_string()),
                _ => Ok(None),
            });
        answer
            .as_ref()
            .map(Option::as_ref)
            .map_err(|error| report.skip(unread(error)))
            .ok()
    }

    /// The invoice that a credit note credits; where there is none to compare with, the rule is skipped and says so.
    pub(super) fn original(&self, report: &mut Report<'_>) -> Option<&Earlier> {
        let reason = match self.look_up_original(report)? {
            None => "the credited invoice is not in the journal",
            Some(Earlier {
                kind: DocumentKind::CreditNote,
                ..
            }) => "what is credited is no invoice",
            Some(Earlier {
                state: EarlierState::Rejected { .. },
                ..
            }) => "the credited invoice was rejected",
            original => return original,
        };
        report.skip(reason);
        None
    }
}

fn unread(error: &str) -> String {
    format!("the journal could not be read: {error}")
}

/// The pointer of a line's field.
pub(super) fn line_field(at: usize, field: &str) -> String {
    format!("/LineItems/{at}/{field}")
}
