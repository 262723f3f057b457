use std::collections::HashSet;

use fh_types::{Amount, CatDateTime};

use crate::{Attempt, Document, DocumentError, DocumentKind, View, catalogue::Catalogue, tax};

/// Why a journal could not answer.
pub type JournalError = Box<dyn std::error::Error + Send + Sync>;

/// What was handed in earlier, as far as this station knows. The outbox is one.
///
/// An error makes the rules that asked skip, with the error as the reason.
pub trait Journal {
    /// The document with that id (`InvoiceId` or `CreditNoteId`).
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    fn by_id(&self, id: &str) -> Result<Option<Earlier>, JournalError>;

    /// The document with that number (`InvoiceNumber` or `CreditNoteNumber`). Where there are several, the latest that was
    /// not rejected: a number is spent by what the authority keeps.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    fn by_number(&self, number: &str) -> Result<Option<Earlier>, JournalError>;

    /// Every credit note against the invoice with that id.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    fn credits_of(&self, invoice_id: &str) -> Result<Vec<Earlier>, JournalError>;

    /// The latest date among the documents of this station that were not rejected.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    fn last_date(&self) -> Result<Option<CatDateTime>, JournalError>;
}

/// A document that was handed in earlier.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Earlier {
    /// Invoice or credit note.
    pub kind: DocumentKind,
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// The invoice that it credits, on a credit note.
    pub original_invoice_id: Option<String>,
    /// SHA-256 of the body of its first attempt.
    pub sha256: [u8; 32],
    /// What became of it.
    pub state: EarlierState,
    /// Its date.
    pub date: CatDateTime,
    /// Its currency code.
    pub currency: String,
    /// The buyer's name.
    pub buyer_name: String,
    /// The buyer's TIN.
    pub buyer_tin: Option<String>,
    /// Its taxes, each once.
    pub taxes: Vec<EarlierTax>,
    /// Its total with tax, when it was given or could be computed.
    pub total: Option<Amount>,
}

/// What became of an earlier document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EarlierState {
    /// Not settled, or not known.
    Open,
    /// Fiscalised.
    Fiscalised,
    /// Rejected.
    Rejected {
        /// Whether the service takes it again.
        actionable: bool,
    },
}

/// A tax of an earlier document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EarlierTax {
    /// Your code.
    pub code: String,
    /// The authority's tax id and the rate that the code stood for at the time, when known. Codes get mapped anew when rates
    /// change, so the code alone proves less.
    pub resolved: Option<(i64, Option<Amount>)>,
}

impl EarlierTax {
    /// The taxes of a document, each once, in the order of its lines. `catalogue` is the one of the time, when there is one.
    #[must_use]
    pub fn of(view: &View<'_>, catalogue: Option<&Catalogue>) -> Vec<Self> {
        let mut taxes: Vec<Self> = Vec::new();
        let mut seen = HashSet::new();
        for line in view.lines {
            if seen.insert(line.tax_code.as_str()) {
                let tax = catalogue.and_then(|catalogue| catalogue.tax(&line.tax_code, view.date));
                taxes.push(Self {
                    code: line.tax_code.clone(),
                    resolved: tax.map(|tax| (tax.id, tax.percent)),
                });
            }
        }
        taxes
    }
}

impl Earlier {
    fn is_rejected(&self) -> bool {
        matches!(self.state, EarlierState::Rejected { .. })
    }

    /// What a journal keeps of a document that is handed in. `catalogue` is the one of the time, when there is one.
    ///
    /// # Errors
    ///
    /// When the document cannot be serialised.
    pub fn of(document: &Document, state: EarlierState, catalogue: Option<&Catalogue>) -> Result<Self, DocumentError> {
        let view = document.view();
        let taxes = EarlierTax::of(&view, catalogue);
        let resolved = |code: &str| taxes.iter().find(|tax| tax.code == code)?.resolved;
        let sum_of_lines = || {
            view.tax_inclusive
                .then(|| view.lines.iter().map(|line| line.line_amount).sum())
        };
        let total = view.total.or_else(sum_of_lines).or_else(|| {
            let lines: Option<Vec<_>> = view
                .lines
                .iter()
                .map(|line| {
                    let (id, percent) = resolved(&line.tax_code)?;
                    Some((id, percent, line.line_amount))
                })
                .collect();
            tax::totals(view.tax_inclusive, lines?).map(|totals| totals.total)
        });
        Ok(Self {
            kind: view.kind,
            id: view.id.to_owned(),
            number: view.number.to_owned(),
            original_invoice_id: view.original_invoice_id.map(str::to_owned),
            sha256: document.freeze(Attempt::First)?.sha256(),
            state,
            date: view.date,
            currency: view.currency.to_owned(),
            buyer_name: view.buyer.name.clone(),
            buyer_tin: view.buyer.tin.clone(),
            taxes,
            total,
        })
    }
}

/// A journal in memory, for tests and for checking a batch against itself.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal {
    entries: Vec<Earlier>,
}

impl MemoryJournal {
    /// Adds a document; one with the same id takes its place.
    pub fn add(&mut self, entry: Earlier) {
        self.entries.retain(|earlier| earlier.id != entry.id);
        self.entries.push(entry);
    }
}

impl Journal for MemoryJournal {
    fn by_id(&self, id: &str) -> Result<Option<Earlier>, JournalError> {
        Ok(self.entries.iter().rfind(|entry| entry.id == id).cloned())
    }

    fn by_number(&self, number: &str) -> Result<Option<Earlier>, JournalError> {
        let with_number = || self.entries.iter().rev().filter(|entry| entry.number == number);
        let kept = with_number().find(|entry| !entry.is_rejected());
        Ok(kept.or_else(|| with_number().next()).cloned())
    }

    fn credits_of(&self, invoice_id: &str) -> Result<Vec<Earlier>, JournalError> {
        let credits = |entry: &&Earlier| entry.original_invoice_id.as_deref() == Some(invoice_id);
        Ok(self.entries.iter().filter(credits).cloned().collect())
    }

    fn last_date(&self) -> Result<Option<CatDateTime>, JournalError> {
        let kept = self.entries.iter().filter(|entry| !entry.is_rejected());
        Ok(kept.map(|entry| entry.date).max())
    }
}
