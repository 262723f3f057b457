use bon::bon;
use fh_types::{CatDateTime, CurrencyCode};

use super::{
    Buyer, DocumentError, DocumentKind, Invoice, Line, PaymentMethod, View,
    build::{self, BuildError, Prices, text},
    invoice::{ID, NUMBER},
    json, retry_flag, to_bytes,
};
use crate::{Attempt, Frozen, wire};

/// A sale taken back, in whole or in part. **All its amounts and quantities are positive**: the service turns the signs
/// around for the authority \[vendor-code\]\[inferred\].
#[derive(Debug, Clone, PartialEq)]
pub struct CreditNote(pub(super) wire::CreditNote);

const REASON: &str = "the reason of the return, 1 to 500 characters (RCPT034)";

#[bon]
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
    ///
    /// # Errors
    ///
    /// When a text is empty or too long, there are no lines, or the amounts are too large.
    #[builder(finish_fn = build)]
    pub fn builder(
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
        /// How it is paid back.
        payment_method: Option<PaymentMethod>,
    ) -> Result<Self, BuildError> {
        let id = text("CreditNoteId", id, 250, ID)?;
        let number = text("CreditNoteNumber", number.unwrap_or_else(|| id.clone()), 50, NUMBER)?;
        let sum = build::add_up(prices, lines)?;
        Ok(Self(wire::CreditNote {
            credit_note_id: id,
            credit_note_number: number,
            original_invoice_id: text(
                "OriginalInvoiceId",
                original_invoice_id,
                250,
                "the id of the credited invoice",
            )?,
            reference: text("Reference", reason, 500, REASON)?,
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

    /// A credit note for the whole of an invoice.
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
        let original = invoice.0.clone();
        let id = text("CreditNoteId", id, 250, ID)?;
        Ok(Self(wire::CreditNote {
            credit_note_number: text("CreditNoteNumber", id.clone(), 50, NUMBER)?,
            credit_note_id: id,
            original_invoice_id: original.invoice_id,
            reference: text("Reference", reason, 500, REASON)?,
            is_discounted: original.is_discounted,
            is_tax_inclusive: original.is_tax_inclusive,
            buyer_contact: original.buyer_contact,
            date,
            line_items: original.line_items,
            sub_total: original.sub_total,
            total_tax: original.total_tax,
            total: original.total,
            currency_code: original.currency_code,
            payment_method: original.payment_method,
            is_retry: None,
        }))
    }

    /// Reads a credit note from JSON; see [`Document::from_json`](super::Document::from_json).
    ///
    /// # Errors
    ///
    /// When the text is not a credit note of the known form.
    pub fn from_json(json: &[u8]) -> Result<Self, DocumentError> {
        json::read_strictly(json).map(Self)
    }

    /// Its parts, borrowed.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        let wire = &self.0;
        View {
            kind: DocumentKind::CreditNote,
            id: &wire.credit_note_id,
            number: &wire.credit_note_number,
            reference: Some(&wire.reference),
            original_invoice_id: Some(&wire.original_invoice_id),
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

    /// Serialises it, once; see [`Document::freeze`](super::Document::freeze).
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
                &wire::CreditNote {
                    is_retry,
                    ..self.0.clone()
                },
                self.0.line_items.len(),
            )?
        };
        Ok(Frozen::new(
            DocumentKind::CreditNote,
            self.0.credit_note_id.clone(),
            attempt,
            bytes,
        ))
    }
}
