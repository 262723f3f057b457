use fh_types::{CatDateTime, CurrencyCode};
use serde_json::{Map, Value};

use super::{
    build::{BuildError, ID, NUMBER, Prices, text},
    extra,
    freeze::{retry_flag, to_bytes},
    frozen::{Attempt, Frozen},
    kind::DocumentKind,
    line::Line,
    problem::DocumentError,
    reader, sum,
    types::{Buyer, Invoice, PaymentMethod},
    view::View,
};

fh_raw::invoice_builder! {
    {
        #[derive(bon::Builder)]
        #[builder(
            start_fn(name = start, vis = ""),
            finish_fn(name = parts, vis = ""),
            builder_type(name = InvoiceBuilder, vis = "pub", doc {
                /// Builds an [`Invoice`]: made by [`Invoice::builder`], ended by [`InvoiceBuilder::build`]. What is mandatory,
                /// the compiler demands; the totals are computed.
            }),
            state_mod(name = invoice_builder, vis = "pub", doc {
                /// What is given to an [`InvoiceBuilder`] so far, for the compiler.
            }),
        )]
        struct InvoiceParts
    }
    {
        #[builder(field)]
        extra: Map<String, Value>,
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
    }
}

impl<S: invoice_builder::State> InvoiceBuilder<S> {
    /// A field that this crate does not know yet, by its name on the wire. It is frozen and sent after the others; a name
    /// that is known is refused by [`build`](Self::build).
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }
}

impl<S: invoice_builder::IsComplete> InvoiceBuilder<S> {
    /// The invoice.
    ///
    /// # Errors
    ///
    /// When a text is empty or too long, there are no lines, the amounts are too large, or an extra field has the name of a
    /// known one.
    pub fn build(self) -> Result<Invoice, BuildError> {
        let parts = self.parts();
        extra::check_names(&parts.extra, Invoice::NAMES)?;
        let id = text("InvoiceId", parts.id, 250, ID)?;
        let number = text("InvoiceNumber", parts.number.unwrap_or_else(|| id.clone()), 50, NUMBER)?;
        let reference = parts
            .reference
            .map(|reference| text("Reference", reference, 500, "1 to 500 characters"))
            .transpose()?;
        let sum = sum::add_up(parts.prices, parts.lines)?;
        Ok(fh_raw::new_invoice! {
            parts;
            invoice_id: id,
            invoice_number: number,
            reference: reference,
            is_discounted: Some(sum.discounted),
            is_tax_inclusive: parts.prices == Prices::TaxInclusive,
            buyer_contact: parts.buyer,
            date: parts.date,
            line_items: sum.lines,
            sub_total: Some(sum.sub_total),
            total_tax: Some(sum.total_tax),
            total: Some(sum.total),
            currency_code: parts.currency.into(),
            is_retry: None,
        })
    }
}

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
    pub fn builder() -> InvoiceBuilder {
        InvoiceParts::start()
    }

    /// Reads an invoice from JSON; see [`Document::from_json`](super::Document::from_json).
    ///
    /// # Errors
    ///
    /// When the text is not an invoice of the known form.
    pub fn from_json(json: &[u8]) -> Result<Self, DocumentError> {
        reader::read_strictly(json)
    }

    /// Its parts, borrowed.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            kind: DocumentKind::Invoice,
            id: &self.invoice_id,
            number: &self.invoice_number,
            reference: self.reference.as_deref(),
            original_invoice_id: None,
            date: self.date,
            currency: &self.currency_code,
            buyer: &self.buyer_contact,
            tax_inclusive: self.is_tax_inclusive,
            discounted: self.is_discounted,
            lines: &self.line_items,
            sub_total: self.sub_total,
            total_tax: self.total_tax,
            total: self.total,
            payment_method: self.payment_method,
            is_retry: self.is_retry == Some(true),
            extra: &self.extra,
        }
    }

    /// Serialises it, once; see [`Document::freeze`](super::Document::freeze).
    ///
    /// # Errors
    ///
    /// When an amount has more digits than can be carried exactly, or an extra field has the name of a known one.
    pub fn freeze(&self, attempt: Attempt) -> Result<Frozen, DocumentError> {
        let is_retry = retry_flag(attempt, self.is_retry);
        let bytes = if is_retry == self.is_retry {
            to_bytes(self, Self::NAMES, &self.view())?
        } else {
            to_bytes(
                &Self {
                    is_retry,
                    ..self.clone()
                },
                Self::NAMES,
                &self.view(),
            )?
        };
        Ok(Frozen::new(
            DocumentKind::Invoice,
            self.invoice_id.clone(),
            attempt,
            bytes,
        ))
    }
}
