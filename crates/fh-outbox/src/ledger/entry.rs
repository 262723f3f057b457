//! A document in the ledger, for lists and exports.

use std::{fmt, str::FromStr};

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
    /// Only receipts of this fiscal day; each device counts its own.
    pub fiscal_day: Option<i64>,
    /// Only receipts of this device, by the authority's id.
    pub device: Option<i64>,
    /// Only those in whose id, number, buyer, TIN, gross amount, receipt number or verification code this stands, in any case.
    pub search: Option<String>,
    /// Only those that stand so, or are fiscalised (`None`). Empty for all.
    pub standings: Vec<Option<Standing>>,
    /// The latest day first, and in a day what was taken in last. Otherwise the other way round.
    pub newest_first: bool,
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
            fiscal_day: None,
            device: None,
            search: None,
            standings: Vec::new(),
            newest_first: false,
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

    /// With this text in them.
    #[must_use]
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into()).filter(|text: &String| !text.trim().is_empty());
        self
    }

    /// That stand so; `None` is fiscalised.
    #[must_use]
    pub fn standing(mut self, standings: impl IntoIterator<Item = Option<Standing>>) -> Self {
        self.standings = standings.into_iter().collect();
        self
    }

    /// The latest first.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Only those after this one, in the order that is asked for.
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

/// As in an address, such as `20784.1041`.
impl fmt::Display for LedgerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.day, self.seq)
    }
}

/// A text that is no place in a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no place in the ledger")]
pub struct NoPlace;

impl FromStr for LedgerPlace {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (day, seq) = text.split_once('.').ok_or(NoPlace)?;
        match (day.parse(), seq.parse()) {
            (Ok(day), Ok(seq)) => Ok(Self { day, seq }),
            _ => Err(NoPlace),
        }
    }
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
    /// The verification code of its receipt, as long as the document is not pruned.
    pub verification_code: Option<String>,
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
