//! A document in the ledger, for lists and exports.

use fiscal_harmony::{
    DocumentKind,
    types::{Amount, CatDateTime, jiff::civil::Date},
};
use serde::Serialize;

use super::{rate::Rate, report::Standing};
use crate::entry::kind;

/// Which documents are asked for, with what they come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerQuery {
    /// The first day, by the documents' own `Date`.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// One lane only.
    pub lane: Option<String>,
    /// Only those after this one, for the next page.
    pub after: Option<LedgerPlace>,
    /// At most so many.
    pub limit: usize,
}

impl LedgerQuery {
    /// The first thousand of all lanes.
    #[must_use]
    pub fn new(from: Date, to: Date) -> Self {
        Self {
            from,
            to,
            lane: None,
            after: None,
            limit: 1_000,
        }
    }

    /// Of one lane.
    #[must_use]
    pub fn of_lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = Some(lane.into());
        self
    }

    /// Only those after this one.
    #[must_use]
    pub fn after(mut self, place: Option<LedgerPlace>) -> Self {
        self.after = place;
        self
    }
}

/// The place of a document in the ledger: by day, then as it was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LedgerPlace {
    pub(crate) day: i64,
    pub(crate) seq: i64,
}

/// A document with what it comes to. It stays when the document is pruned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LedgerEntry {
    /// Where it stands in the ledger.
    #[serde(skip)]
    pub place: LedgerPlace,
    /// `InvoiceId` or `CreditNoteId`.
    pub document: String,
    /// Invoice or credit note.
    #[serde(serialize_with = "kind")]
    pub kind: DocumentKind,
    /// `InvoiceNumber` or `CreditNoteNumber`.
    pub number: String,
    /// `OriginalInvoiceId` of a credit note.
    pub original: Option<String>,
    /// `Date`.
    pub date: CatDateTime,
    /// The lane.
    pub lane: String,
    /// The till, where that was said.
    pub station: Option<String>,
    /// The currency; `?` for a document that was pruned before amounts were kept.
    pub currency: String,
    /// The buyer's name.
    pub buyer: String,
    /// The buyer's TIN.
    pub tin: Option<String>,
    /// The payment method.
    pub payment: Option<String>,
    /// With the tax; none when it cannot be known. Amounts of credit notes are positive.
    pub gross: Option<Amount>,
    /// Without the tax; none as long as no table of taxes is known.
    pub net: Option<Amount>,
    /// The tax; none as long as no table of taxes is known.
    pub tax: Option<Amount>,
    /// What its lines say of discounts.
    pub discounts: Option<Amount>,
    /// Tax by tax.
    pub taxes: Vec<TaxShare>,
    /// How it stands if it is not fiscalised.
    pub standing: Option<Standing>,
    /// The device on its receipt.
    pub device: Option<i64>,
    /// The fiscal day on its receipt.
    pub fiscal_day: Option<i64>,
    /// The number of its receipt.
    pub receipt_number: Option<i64>,
}

/// The part of a document that falls under one tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TaxShare {
    /// The seller's code; the first one, where several stand for this tax.
    pub code: String,
    /// The authority's id, where it is known.
    pub tax_id: Option<i64>,
    /// Its rate.
    pub rate: Rate,
    /// Without the tax.
    pub net: Option<Amount>,
    /// The tax.
    pub tax: Option<Amount>,
    /// With the tax.
    pub gross: Option<Amount>,
}
