//! Everything that a receipt says, worked out once. Text, the bytes for a printer and the PDF are laid out from this and nothing else.

use super::{
    seller::Seller,
    taxes::{Computed, KnownTax, TaxTable, WhyNotKnown, compute},
};
use crate::{
    Buyer, Document, DocumentKind, LineItem, PaymentMethod, Receipt, View,
    device::{DeviceConfig, VatStatus},
    types::{Amount, CatDateTime},
};

/// What a receipt says, in the words of no language and for no paper yet. What is not known is left out.
///
/// Each part names the field of the authority's own list of what a receipt shows \[zimra, 10.3\]; `docs/printing.md` has them all.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Content {
    /// Whether it is the receipt, a copy of it, or a slip before it.
    pub standing: Standing,
    /// The title by the kind of the document \[9\].
    pub title: String,
    /// The seller's block, line by line \[2 to 8\].
    pub seller: Vec<String>,
    /// What was sold; none when the document is not there any more.
    pub sale: Option<Sale>,
    /// The table of taxes \[40 to 44\].
    pub taxes: TaxTable,
    /// What the authority gave; none on a provisional slip.
    pub fiscal: Option<Fiscal>,
    /// Where the customer finds the receipt later, on a provisional slip.
    pub found_at: Option<String>,
}

/// What a print is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Standing {
    /// The receipt.
    #[default]
    Original,
    /// A copy of it: the first copy is 1, and 0 is one that nobody counts. It says COPY.
    Copy(u32),
    /// A slip for a sale that is not fiscalised yet. It says that it is no fiscal receipt.
    Provisional,
}

/// What the authority's system gave the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fiscal {
    /// The fiscal device \[22\].
    pub device_id: i64,
    /// Its serial number \[21\], where the device's configuration is known.
    pub serial_number: Option<String>,
    /// The fiscal day \[19\]; none on a receipt that was found by its address alone, which does not say it.
    pub fiscal_day: Option<i64>,
    /// The authority's number of the receipt \[18\].
    pub receipt_number: i64,
    /// The verification code \[46\].
    pub verification_code: String,
    /// The address behind the QR code \[45, 48\].
    pub url: String,
}

/// What was sold, to whom, and what it comes to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Sale {
    /// Invoice or credit note.
    pub kind: DocumentKind,
    /// The seller's number \[20\].
    pub number: String,
    /// On an invoice an order number, on a credit note the reason \[49\].
    pub reference: Option<String>,
    /// Date and time \[23\].
    pub date: CatDateTime,
    /// The buyer, as handed in \[11 to 16, 51\].
    pub buyer: Buyer,
    /// On a credit note, the invoice it credits \[24 to 28\].
    pub original: Option<Original>,
    /// The currency \[36\].
    pub currency: String,
    /// Whether prices and amounts of lines have the tax in them.
    pub tax_inclusive: bool,
    /// The lines.
    pub items: Vec<Item>,
    /// All quantities together \[39\].
    pub number_of_items: Amount,
    /// The sum of the lines' amounts.
    pub sum_of_lines: Amount,
    /// The total without tax: the document's own word, or computed where it has none and the taxes are known.
    pub sub_total: Option<Amount>,
    /// The tax, in the same way.
    pub total_tax: Option<Amount>,
    /// The total \[35\], in the same way.
    pub total: Option<Amount>,
    /// How it was paid \[37\].
    pub payment: Option<PaymentMethod>,
    /// The document's own tax, where the table comes to another.
    pub other_tax: Option<Amount>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// What \[30\].
    pub description: String,
    /// The HS code \[29\].
    pub hs_code: String,
    /// How many \[31\].
    pub quantity: Amount,
    /// The price of one \[32\].
    pub unit_price: Amount,
    /// The discount, as the document has it.
    pub discount: Option<Amount>,
    /// The line's amount \[33\].
    pub amount: Amount,
    /// The letter of its tax in the table \[34\]; the seller's own code where the table is not known.
    pub tax_mark: String,
    /// The rate of its tax, where it is known and there is one.
    pub percent: Option<Amount>,
    /// The tax of the line alone \[34.1, 34.2\], for the eye: these need not add up to the table's.
    pub tax: Option<Amount>,
    /// Its amount with tax \[33.1, 33.2\], where it is known.
    pub gross: Option<Amount>,
}

/// The invoice that a credit note credits. What the credit note does not say comes from whoever still has the invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Original {
    /// `OriginalInvoiceId` of the credit note.
    pub id: String,
    /// The seller's number of it \[28\].
    pub number: Option<String>,
    /// Its date \[27\].
    pub date: Option<CatDateTime>,
    /// The authority's number of its receipt \[26\].
    pub receipt_number: Option<i64>,
    /// The fiscal device of its receipt.
    pub device_id: Option<i64>,
    /// The serial number of that device \[25\].
    pub serial_number: Option<String>,
}

impl Original {
    /// An invoice of which only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            number: None,
            date: None,
            receipt_number: None,
            device_id: None,
            serial_number: None,
        }
    }

    /// With the seller's number and the date.
    #[must_use]
    pub fn dated(mut self, number: impl Into<String>, date: CatDateTime) -> Self {
        (self.number, self.date) = (Some(number.into()), Some(date));
        self
    }

    /// With what its receipt says.
    #[must_use]
    pub fn with_receipt(mut self, receipt: &Receipt) -> Self {
        (self.receipt_number, self.device_id) = (Some(receipt.receipt_number), Some(receipt.device_id));
        self
    }
}

/// What it is worked out from.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources<'a> {
    pub(super) receipt: Option<&'a Receipt>,
    pub(super) document: Option<&'a Document>,
    pub(super) taxes: Vec<KnownTax>,
    pub(super) device: Option<&'a DeviceConfig>,
    pub(super) seller: Seller,
    pub(super) original: Option<Original>,
    pub(super) title: Option<String>,
    pub(super) copy: Option<u32>,
}

impl Sources<'_> {
    pub(super) fn content(&self, url: &str) -> Content {
        let seller = match self.device {
            Some(device) => self.seller.or_of_the_device(device),
            None => self.seller.clone(),
        };
        let vat = match (&seller.vat_number, self.device) {
            (Some(number), _) => VatStatus::Registered(number.clone()),
            (None, Some(device)) => device.vat.clone(),
            (None, None) => VatStatus::Unknown,
        };
        let view = self.document.map(Document::view);
        let computed = view.as_ref().map(|view| compute(view, &self.taxes, &vat));
        let (sale, taxes) = match (&view, computed) {
            (Some(view), Some(computed)) => (Some(self.sale(view, &computed)), computed.table),
            _ => (None, TaxTable::NotKnown(WhyNotKnown::NoTable)),
        };
        let standing = match (self.receipt, self.copy) {
            (None, _) => Standing::Provisional,
            (Some(_), Some(number)) => Standing::Copy(number),
            (Some(_), None) => Standing::Original,
        };
        // The words are the authority's [zimra, 10.3, field 9].
        let title = match view.map(|view| view.kind) {
            Some(DocumentKind::Invoice) if matches!(vat, VatStatus::Registered(_)) => "FISCAL TAX INVOICE",
            Some(DocumentKind::Invoice) => "FISCAL INVOICE",
            Some(DocumentKind::CreditNote) => "CREDIT NOTE",
            None => "FISCAL RECEIPT",
        };
        Content {
            standing,
            title: self.title.clone().unwrap_or_else(|| title.to_owned()),
            seller: seller.printed(),
            sale,
            taxes,
            fiscal: self.receipt.map(|receipt| Fiscal {
                device_id: receipt.device_id,
                serial_number: self.device.and_then(|device| device.serial_number.clone()),
                fiscal_day: Some(receipt.fiscal_day).filter(|day| *day > 0),
                receipt_number: receipt.receipt_number,
                verification_code: receipt.verification_code.clone(),
                url: url.to_owned(),
            }),
            found_at: None,
        }
    }

    fn sale(&self, view: &View<'_>, computed: &Computed) -> Sale {
        let known = |original: &Original| Some(original.id.as_str()) == view.original_invoice_id;
        let other_tax = match (&computed.table, view.total_tax, computed.total_tax) {
            (TaxTable::Rows(_), Some(said), Some(by_rule)) if said != by_rule => Some(said),
            _ => None,
        };
        let lines = view.lines.iter().zip(&computed.lines);
        Sale {
            kind: view.kind,
            number: view.number.to_owned(),
            reference: view.reference.map(str::to_owned),
            date: view.date,
            buyer: view.buyer.clone(),
            original: self
                .original
                .clone()
                .filter(known)
                .or_else(|| view.original_invoice_id.map(Original::new)),
            currency: view.currency.to_owned(),
            tax_inclusive: view.tax_inclusive,
            items: lines
                .map(|(line, tax)| item(line, tax.as_ref(), view.tax_inclusive))
                .collect(),
            number_of_items: view.lines.iter().map(|line| line.quantity).sum(),
            sum_of_lines: view.lines.iter().map(|line| line.line_amount).sum(),
            sub_total: view.sub_total.or(computed.sub_total),
            total_tax: view.total_tax.or(computed.total_tax),
            total: view.total.or(computed.total),
            payment: view.payment_method,
            other_tax,
        }
    }
}

fn item(line: &LineItem, tax: Option<&super::taxes::LineTax>, tax_inclusive: bool) -> Item {
    Item {
        description: line.description.clone(),
        hs_code: line.product_code.clone(),
        quantity: line.quantity,
        unit_price: line.unit_amount,
        discount: line.discount_amount.filter(|discount| !discount.is_zero()),
        amount: line.line_amount,
        tax_mark: tax.map_or_else(|| line.tax_code.clone(), |tax| tax.letter.clone()),
        percent: tax.and_then(|tax| tax.percent),
        tax: tax.and_then(|tax| tax.tax),
        gross: tax
            .and_then(|tax| tax.gross)
            .or_else(|| tax_inclusive.then_some(line.line_amount)),
    }
}
