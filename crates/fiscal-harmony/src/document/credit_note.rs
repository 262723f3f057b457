use fh_types::{CatDateTime, CurrencyCode};
use serde_json::{Map, Value};

use super::{
    build::{BuildError, ID, NUMBER, Prices, REASON, text},
    extra,
    freeze::{retry_flag, to_bytes},
    frozen::{Attempt, Frozen},
    kind::DocumentKind,
    line::Line,
    problem::DocumentError,
    reader, sum,
    types::{Buyer, CreditNote, Invoice, PaymentMethod},
    view::View,
};

fh_raw::credit_note_builder! {
    {
        #[derive(bon::Builder)]
        #[builder(
            start_fn(name = start, vis = ""),
            finish_fn(name = parts, vis = ""),
            builder_type(name = CreditNoteBuilder, vis = "pub", doc {
                /// Builds a [`CreditNote`]: made by [`CreditNote::builder`], ended by [`CreditNoteBuilder::build`]. What is
                /// mandatory, the compiler demands; the totals are computed.
            }),
            state_mod(name = credit_note_builder, vis = "pub", doc {
                /// What is given to a [`CreditNoteBuilder`] so far, for the compiler.
            }),
        )]
        struct CreditNoteParts
    }
    {
        #[builder(field)]
        extra: Map<String, Value>,
        /// The credit note's id in your system: unique and stable.
        #[builder(into)]
        id: String,
        /// The number people see; the id, when not given. At most 50 characters, unique per taxpayer \[zimra\].
        #[builder(into)]
        number: Option<String>,
        /// The id under which the credited invoice was submitted; it must have been fiscalised \[kb\].
        #[builder(into)]
        original_invoice_id: String,
        /// Why; the authority wants a reason \[zimra\]. It travels as `Reference` \[vendor-code\].
        #[builder(into)]
        reason: String,
        /// When the sale was taken back.
        date: CatDateTime,
        /// The currency of the original.
        currency: CurrencyCode,
        /// The buyer of the original.
        buyer: Buyer,
        /// Whether prices contain the tax.
        #[builder(default)]
        prices: Prices,
        /// What is taken back, in positive amounts, under the taxes of the original.
        lines: Vec<Line>,
    }
}

impl<S: credit_note_builder::State> CreditNoteBuilder<S> {
    /// A field that this crate does not know yet, by its name on the wire. It is frozen and sent after the others; a name
    /// that is known is refused by [`build`](Self::build).
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }
}

impl<S: credit_note_builder::IsComplete> CreditNoteBuilder<S> {
    /// The credit note.
    ///
    /// # Errors
    ///
    /// When a text is empty or too long, there are no lines, the amounts are too large, or an extra field has the name of a
    /// known one.
    pub fn build(self) -> Result<CreditNote, BuildError> {
        let parts = self.parts();
        extra::check_names(&parts.extra, CreditNote::NAMES)?;
        let id = text("CreditNoteId", parts.id, 250, ID)?;
        let number = text(
            "CreditNoteNumber",
            parts.number.unwrap_or_else(|| id.clone()),
            50,
            NUMBER,
        )?;
        let sum = sum::add_up(parts.prices, parts.lines)?;
        Ok(fh_raw::new_credit_note! {
            parts;
            credit_note_id: id,
            credit_note_number: number,
            original_invoice_id: text("OriginalInvoiceId", parts.original_invoice_id, 250, "the id of the credited invoice")?,
            reference: text("Reference", parts.reason, 500, REASON)?,
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

impl CreditNote {
    /// Builds a credit note; the totals are computed.
    ///
    /// ```
    /// use fiscal_harmony::{Buyer, CreditNote, Line, tax::Tax, types::{Amount, CurrencyCode, HsCode}};
    /// # let bread = Line::builder().description("Bread").hs_code(HsCode::parse("19059000")?).quantity(Amount::from_units(1)).unit_price(Amount::cents(125)).tax(Tax::exempt("EX")).build()?;
    /// let credit_note = CreditNote::builder()
    ///     .id("CN-2026-00007")
    ///     .original_invoice_id("INV-2026-00042")
    ///     .reason("One loaf returned stale")
    ///     .date("2026-11-24T08:00:00+02:00".parse()?)
    ///     .currency(CurrencyCode::parse("USD")?)
    ///     .buyer(Buyer::cash("Walk-in")?)
    ///     .lines(vec![bread])
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> CreditNoteBuilder {
        CreditNoteParts::start()
    }

    /// A credit note for the whole of an invoice. For a part of one there is
    /// [`for_part_of`](Self::for_part_of).
    ///
    /// # Errors
    ///
    /// When the id or the reason is empty or too long.
    pub fn for_all_of(
        invoice: &Invoice,
        id: impl Into<String>,
        reason: impl Into<String>,
        date: CatDateTime,
    ) -> Result<Self, BuildError> {
        let id = text("CreditNoteId", id, 250, ID)?;
        Ok(fh_raw::credit_all! {
            invoice;
            credit_note_number: text("CreditNoteNumber", id.clone(), 50, NUMBER)?,
            credit_note_id: id,
            original_invoice_id: invoice.invoice_id.clone(),
            reference: text("Reference", reason, 500, REASON)?,
            is_discounted: invoice.is_discounted,
            is_tax_inclusive: invoice.is_tax_inclusive,
            buyer_contact: invoice.buyer_contact.clone(),
            date: date,
            line_items: invoice.line_items.clone(),
            sub_total: invoice.sub_total,
            total_tax: invoice.total_tax,
            total: invoice.total,
            currency_code: invoice.currency_code.clone(),
            is_retry: None,
        })
    }

    /// Reads a credit note from JSON; see [`Document::from_json`](super::Document::from_json).
    ///
    /// # Errors
    ///
    /// When the text is not a credit note of the known form.
    pub fn from_json(json: &[u8]) -> Result<Self, DocumentError> {
        reader::read_strictly(json)
    }

    /// Its parts, borrowed.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            kind: DocumentKind::CreditNote,
            id: &self.credit_note_id,
            number: &self.credit_note_number,
            reference: Some(&self.reference),
            original_invoice_id: Some(&self.original_invoice_id),
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
            DocumentKind::CreditNote,
            self.credit_note_id.clone(),
            attempt,
            bytes,
        ))
    }
}
