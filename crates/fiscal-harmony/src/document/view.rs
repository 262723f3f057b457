use fh_types::{Amount, CatDateTime};
use serde_json::{Map, Value};

use super::{
    kind::DocumentKind,
    types::{Buyer, LineItem, PaymentMethod},
};

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
    pub buyer: &'a Buyer,
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
    /// Fields that the specification does not know, given on purpose.
    pub extra: &'a Map<String, Value>,
}
