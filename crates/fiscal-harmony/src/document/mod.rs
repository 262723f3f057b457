//! Invoices and credit notes: built, or read from JSON.
//!
//! The builders compute every amount exactly, so that what they make adds up: line amounts from price and quantity, the
//! tax once on the sum of each tax, the totals from these. A document read from JSON is taken as it is; whether it adds
//! up is for preflight to say.

mod build;
mod buyer;
mod credit_note;
mod invoice;
mod json;
mod line;

use std::fmt;

use bytes::Bytes;
use fh_types::{Amount, CatDateTime};

pub use build::{BuildError, Prices};
pub use buyer::{Address, Buyer};
pub use credit_note::CreditNote;
pub use invoice::Invoice;
pub use json::DocumentError;
pub use line::Line;

use crate::{
    Attempt, Frozen,
    wire::{self, BuyerContact, LineItem},
};

/// How a document is paid: one for the whole document \[third-party\]; the same set as the authority's \[zimra\].
pub use crate::wire::PaymentMethodType as PaymentMethod;

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A sale.
    Invoice,
    /// A sale taken back, in whole or in part.
    CreditNote,
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit note",
        })
    }
}

/// An invoice or a credit note.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A sale.
    Invoice(Invoice),
    /// A sale taken back.
    CreditNote(CreditNote),
}

impl From<Invoice> for Document {
    fn from(invoice: Invoice) -> Self {
        Self::Invoice(invoice)
    }
}

impl From<CreditNote> for Document {
    fn from(credit_note: CreditNote) -> Self {
        Self::CreditNote(credit_note)
    }
}

impl Document {
    /// Which of the two it is.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Invoice(_) => DocumentKind::Invoice,
            Self::CreditNote(_) => DocumentKind::CreditNote,
        }
    }

    /// Its id in the seller's system: the key under which it is fiscalised once.
    #[must_use]
    pub fn id(&self) -> &str {
        self.view().id
    }

    /// The number that people see.
    #[must_use]
    pub fn number(&self) -> &str {
        self.view().number
    }

    /// What both kinds have in common, borrowed.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        match self {
            Self::Invoice(invoice) => invoice.view(),
            Self::CreditNote(credit_note) => credit_note.view(),
        }
    }

    /// Serialises it, once, into the bytes that are journalled, signed and sent.
    ///
    /// # Errors
    ///
    /// When an amount has more digits than can be carried exactly.
    pub fn freeze(&self, attempt: Attempt) -> Result<Frozen, DocumentError> {
        match self {
            Self::Invoice(invoice) => invoice.freeze(attempt),
            Self::CreditNote(credit_note) => credit_note.freeze(attempt),
        }
    }
}

/// What an invoice and a credit note have in common, borrowed from either. Names follow the wire's \[vendor-code\].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct View<'a> {
    /// Which of the two.
    pub kind: DocumentKind,
    /// `InvoiceId` or `CreditNoteId`.
    pub id: &'a str,
    /// `InvoiceNumber` or `CreditNoteNumber`.
    pub number: &'a str,
    /// `Reference`: on an invoice an order number, on a credit note the reason.
    pub reference: Option<&'a str>,
    /// `OriginalInvoiceId`, on a credit note.
    pub original_invoice_id: Option<&'a str>,
    /// `Date`.
    pub date: CatDateTime,
    /// `CurrencyCode`.
    pub currency: &'a str,
    /// `BuyerContact`.
    pub buyer: &'a BuyerContact,
    /// `IsTaxInclusive`.
    pub tax_inclusive: bool,
    /// `IsDiscounted`, if given.
    pub discounted: Option<bool>,
    /// `LineItems`.
    pub lines: &'a [LineItem],
    /// `SubTotal`, if given.
    pub sub_total: Option<Amount>,
    /// `TotalTax`, if given.
    pub total_tax: Option<Amount>,
    /// `Total`, if given.
    pub total: Option<Amount>,
    /// `PaymentMethod`, if given.
    pub payment_method: Option<PaymentMethod>,
    /// `IsRetry`; false when not given.
    pub is_retry: bool,
}

/// What can be submitted: a document, or one that was frozen earlier.
pub trait Submit: sealed::Sealed {
    /// The bytes to send.
    ///
    /// # Errors
    ///
    /// When an amount has more digits than can be carried exactly.
    fn to_frozen(&self) -> Result<Frozen, DocumentError>;
}

impl Submit for Document {
    fn to_frozen(&self) -> Result<Frozen, DocumentError> {
        self.freeze(Attempt::First)
    }
}

impl Submit for Invoice {
    fn to_frozen(&self) -> Result<Frozen, DocumentError> {
        self.freeze(Attempt::First)
    }
}

impl Submit for CreditNote {
    fn to_frozen(&self) -> Result<Frozen, DocumentError> {
        self.freeze(Attempt::First)
    }
}

impl Submit for Frozen {
    fn to_frozen(&self) -> Result<Frozen, DocumentError> {
        Ok(self.clone())
    }
}

mod sealed {
    /// Keeps [`Submit`](super::Submit) to the types of this crate.
    pub trait Sealed {}
    impl Sealed for super::Document {}
    impl Sealed for super::Invoice {}
    impl Sealed for super::CreditNote {}
    impl Sealed for crate::Frozen {}
}

/// A line takes under 200 bytes on the wire, the rest of a document about as much as three.
fn to_bytes(wire: &impl serde::Serialize, lines: usize) -> Result<Bytes, DocumentError> {
    let mut bytes = Vec::with_capacity(200 * (lines + 3));
    serde_json::to_writer(&mut bytes, wire).map_err(|error| DocumentError::unwritable(&error))?;
    Ok(bytes.into())
}

/// `IsRetry` as the wire has it: sent when true, left out or kept when not.
fn retry_flag(attempt: Attempt, given: Option<bool>) -> Option<bool> {
    match attempt {
        Attempt::Retry => Some(true),
        Attempt::First => given,
    }
}

impl From<Invoice> for wire::Invoice {
    fn from(invoice: Invoice) -> Self {
        invoice.0
    }
}

impl From<CreditNote> for wire::CreditNote {
    fn from(credit_note: CreditNote) -> Self {
        credit_note.0
    }
}
