use bon::bon;
use fh_types::{CatDateTime, CurrencyCode};

use super::{
    Buyer, Document, DocumentError, DocumentKind, Line, PaymentMethod, View,
    build::{self, BuildError, Prices, text},
    json, retry_flag, to_bytes,
};
use crate::{Attempt, Frozen, wire};

/// A sale.
#[derive(Debug, Clone, PartialEq)]
pub struct Invoice(pub(super) wire::Invoice);

pub(super) const NUMBER: &str = "1 to 50 characters, unique for the taxpayer";
pub(super) const ID: &str = "a text that is unique in your system and never changes";

#[bon]
impl Invoice {
    /// Builds an invoice; the totals are computed.
    ///
    /// ```
    /// use fiscal_harmony::{Buyer, Invoice, Line, tax::Tax, types::{Amount, CurrencyCode, HsCode}};
    /// let bread = Line::builder()
    ///     .description("Bread")
    ///     .hs_code(HsCode::parse("19059000")?)
    ///     .quantity(Amount::from_units(2))
    ///     .unit_price(Amount::cents(125))
    ///     .tax(Tax::rated("VAT", "15.5".parse()?))
    ///     .build()?;
    /// let invoice = Invoice::builder()
    ///     .id("INV-2026-00042")
    ///     .date("2026-11-23T09:30:00+02:00".parse()?)
    ///     .currency(CurrencyCode::parse("USD")?)
    ///     .buyer(Buyer::cash("Walk-in")?)
    ///     .lines(vec![bread])
    ///     .build()?;
    /// assert_eq!(invoice.view().total, Some(Amount::cents(250)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a text is empty or too long, there are no lines, or the amounts are too large.
    #[builder(finish_fn = build)]
    pub fn builder(
        /// The invoice's id in your system: unique and stable, since credit notes refer to it and it is the key under
        /// which the invoice is fiscalised once.
        #[builder(into)]
        id: String,
        /// The number people see; the id, when not given. At most 50 characters, unique per taxpayer \[zimra\].
        #[builder(into)]
        number: Option<String>,
        /// When the sale was made.
        date: CatDateTime,
        /// The currency, by your code for it (the source code of a currency mapping).
        currency: CurrencyCode,
        /// Who buys.
        buyer: Buyer,
        /// Whether prices contain the tax.
        #[builder(default)]
        prices: Prices,
        /// What is sold.
        lines: Vec<Line>,
        /// An order number of the buyer's.
        #[builder(into)]
        reference: Option<String>,
        /// How it is paid.
        payment_method: Option<PaymentMethod>,
    ) -> Result<Self, BuildError> {
        let id = text("InvoiceId", id, 250, ID)?;
        let number = text("InvoiceNumber", number.unwrap_or_else(|| id.clone()), 50, NUMBER)?;
        let reference = reference
            .map(|reference| text("Reference", reference, 500, "1 to 500 characters"))
            .transpose()?;
        let sum = build::add_up(prices, lines)?;
        Ok(Self(wire::Invoice {
            invoice_id: id,
            invoice_number: number,
            reference,
            is_discounted: Some(sum.discounted),
            is_tax_inclusive: prices == Prices::TaxInclusive,
            buyer_contact: buyer.0,
            date,
            line_items: sum.lines,
            sub_total: Some(sum.sub_total),
            total_tax: Some(sum.total_tax),
            total: Some(sum.total),
            currency_code: currency.into(),
            payment_method,
            is_retry: None,
        }))
    }

    /// Reads an invoice from JSON; see [`Document::from_json`].
    ///
    /// # Errors
    ///
    /// When the text is not an invoice of the known form.
    pub fn from_json(json: &[u8]) -> Result<Self, DocumentError> {
        json::read_strictly(json).map(Self)
    }

    /// Its parts, borrowed.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        let wire = &self.0;
        View {
            kind: DocumentKind::Invoice,
            id: &wire.invoice_id,
            number: &wire.invoice_number,
            reference: wire.reference.as_deref(),
            original_invoice_id: None,
            date: wire.date,
            currency: &wire.currency_code,
            buyer: &wire.buyer_contact,
            tax_inclusive: wire.is_tax_inclusive,
            discounted: wire.is_discounted,
            lines: &wire.line_items,
            sub_total: wire.sub_total,
            total_tax: wire.total_tax,
            total: wire.total,
            payment_method: wire.payment_method,
            is_retry: wire.is_retry == Some(true),
        }
    }

    /// Serialises it, once; see [`Document::freeze`].
    ///
    /// # Errors
    ///
    /// When an amount has more digits than can be carried exactly.
    pub fn freeze(&self, attempt: Attempt) -> Result<Frozen, DocumentError> {
        let is_retry = retry_flag(attempt, self.0.is_retry);
        let bytes = if is_retry == self.0.is_retry {
            to_bytes(&self.0, self.0.line_items.len())?
        } else {
            to_bytes(
                &wire::Invoice {
                    is_retry,
                    ..self.0.clone()
                },
                self.0.line_items.len(),
            )?
        };
        Ok(Frozen::new(
            DocumentKind::Invoice,
            self.0.invoice_id.clone(),
            attempt,
            bytes,
        ))
    }
}

impl TryFrom<Document> for Invoice {
    type Error = Document;

    fn try_from(document: Document) -> Result<Self, Document> {
        match document {
            Document::Invoice(invoice) => Ok(invoice),
            other @ Document::CreditNote(_) => Err(other),
        }
    }
}
