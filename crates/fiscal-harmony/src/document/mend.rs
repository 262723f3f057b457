//! What is changed about a document to mend it: the rest stays as it was handed in.

use fh_types::CatDateTime;

use super::{
    any::Document,
    types::{Buyer, LineItem, PaymentMethod},
};

impl Document {
    /// Its buyer, to be mended.
    pub fn buyer_mut(&mut self) -> &mut Buyer {
        match self {
            Self::Invoice(invoice) => &mut invoice.buyer_contact,
            Self::CreditNote(credit_note) => &mut credit_note.buyer_contact,
        }
    }

    /// Its lines, to be mended. Amounts that are changed here are not summed anew; preflight finds what does not add up.
    pub fn lines_mut(&mut self) -> &mut [LineItem] {
        match self {
            Self::Invoice(invoice) => &mut invoice.line_items,
            Self::CreditNote(credit_note) => &mut credit_note.line_items,
        }
    }

    /// How it was paid.
    pub fn set_payment_method(&mut self, method: Option<PaymentMethod>) {
        match self {
            Self::Invoice(invoice) => invoice.payment_method = method,
            Self::CreditNote(credit_note) => credit_note.payment_method = method,
        }
    }

    /// When the sale was made, or taken back.
    pub fn set_date(&mut self, date: CatDateTime) {
        match self {
            Self::Invoice(invoice) => invoice.date = date,
            Self::CreditNote(credit_note) => credit_note.date = date,
        }
    }

    /// The same without its `IsRetry`: whether a sending is a repetition is for whoever sends it.
    #[must_use]
    pub fn without_retry(mut self) -> Self {
        match &mut self {
            Self::Invoice(invoice) => invoice.is_retry = None,
            Self::CreditNote(credit_note) => credit_note.is_retry = None,
        }
        self
    }
}
