//! Receipts on paper: plain text, and the commands of a thermal printer.
//!
//! [`Slip`] lays a receipt out, with the document it is for when there is one, in 48 columns (80 mm paper) or 32 (58 mm).
//! Whatever comes from the network or a document is cleaned first: a control character in a buyer's name would otherwise
//! be obeyed by the printer.
//!
//! # Letters
//!
//! [`Slip::text`] keeps all letters and is UTF-8. Thermal printers have code pages of their own, which differ by make and
//! setting, so [`Slip::escpos`] sends ASCII, which all of them share: marks are dropped (`é` becomes `e`), some letters are
//! written in two (`ß`, `æ`), and what has no such form becomes `?`. Shona, Ndebele and English lose nothing but marks
//! of borrowed words; a name in another script is lost, and is better printed from the text through a driver.

mod escpos;
mod layout;
mod letters;
mod paper;

use std::{fmt, iter};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rust_decimal::Decimal;

pub use self::paper::Paper;
use self::{layout::Row, letters::Letters};
use crate::{Document, DocumentKind, LineItem, Receipt, View, receipt::Mismatch, types::Amount};

/// A receipt, laid out for paper.
///
/// ```
/// # fn example(receipt: &fiscal_harmony::Receipt, invoice: &fiscal_harmony::Document) -> Result<(), Box<dyn std::error::Error>> {
/// use fiscal_harmony::print::{Paper, Slip};
/// let slip = Slip::new(receipt)?.with_document(invoice).seller(["Corner Shop (Pvt) Ltd", "TIN 2000123456"]);
/// std::fs::write("receipt.txt", slip.text())?;
/// std::fs::write("/dev/usb/lp0", slip.paper(Paper::Narrow).escpos())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Slip<'a> {
    receipt: &'a Receipt,
    document: Option<&'a Document>,
    seller: Vec<String>,
    title: Option<String>,
    paper: Paper,
}

/// A receipt whose link contradicts its record must not be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedUp {
    mismatches: Vec<Mismatch>,
}

impl MixedUp {
    /// The points on which they disagree.
    #[must_use]
    pub fn mismatches(&self) -> &[Mismatch] {
        &self.mismatches
    }
}

impl fmt::Display for MixedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the receipt is not printed, since it is of two receipts")?;
        self.mismatches
            .iter()
            .try_for_each(|mismatch| write!(f, "; {mismatch}"))?;
        f.write_str("; ask for its status again, and report it")
    }
}

impl std::error::Error for MixedUp {}

impl<'a> Slip<'a> {
    /// The receipt alone.
    ///
    /// # Errors
    ///
    /// When its link and its record speak of different receipts; see [`Receipt::mismatches`].
    pub fn new(receipt: &'a Receipt) -> Result<Self, MixedUp> {
        let mismatches = receipt.mismatches();
        if !mismatches.is_empty() {
            return Err(MixedUp { mismatches });
        }
        Ok(Self {
            receipt,
            document: None,
            seller: Vec::new(),
            title: None,
            paper: Paper::Wide,
        })
    }

    /// The document it is the receipt of: its number, date, buyer, lines and totals go before.
    #[must_use]
    pub fn with_document(mut self, document: &'a Document) -> Self {
        self.document = Some(document);
        self
    }

    /// What stands at the top: name, address, TIN and VAT number of the seller, which documents do not hold.
    #[must_use]
    pub fn seller(mut self, lines: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.seller = lines.into_iter().map(Into::into).collect();
        self
    }

    /// Another title than `FISCAL INVOICE`, `FISCAL CREDIT NOTE` or, without a document, `FISCAL RECEIPT`: such as
    /// `FISCAL TAX INVOICE` for a seller who is registered for VAT.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Other paper than of 80 mm.
    #[must_use]
    pub fn paper(mut self, paper: Paper) -> Self {
        self.paper = paper;
        self
    }

    /// Plain text, each line ended by a line feed and none wider than the paper. In place of the QR code stands its address;
    /// [`Qr::text`](crate::Qr::text) draws it for a device that has block characters.
    #[must_use]
    pub fn text(&self) -> String {
        let width = self.paper.columns();
        let lines = self.rows().into_iter().flat_map(|row| row.lines(width, Letters::All));
        lines.fold(String::new(), |text, line| text + &line + "\n")
    }

    /// The bytes to send to a thermal printer that knows ESC/POS: text, the QR code drawn by the printer itself, feed and
    /// cut. A printer without `GS ( k` prints no code, so the address stands below it in any case.
    #[must_use]
    pub fn escpos(&self) -> Vec<u8> {
        escpos::job(&self.rows(), self.paper, &self.address())
    }

    /// The address behind the QR code, in characters that are allowed in one.
    fn address(&self) -> String {
        const ODD: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');
        utf8_percent_encode(&self.receipt.qr_url, ODD).to_string()
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.seller.iter().cloned().map(Row::Centre).collect();
        let view = self.document.map(Document::view);
        let title = self.title.as_deref().unwrap_or(match view.map(|view| view.kind) {
            Some(DocumentKind::Invoice) => "FISCAL INVOICE",
            Some(DocumentKind::CreditNote) => "FISCAL CREDIT NOTE",
            None => "FISCAL RECEIPT",
        });
        rows.push(Row::Title(title.to_owned()));
        rows.push(Row::Rule);
        if let Some(view) = view {
            head(&mut rows, &view);
            buyer(&mut rows, &view);
            rows.push(Row::Rule);
            view.lines.iter().for_each(|item| line(&mut rows, item));
            rows.push(Row::Rule);
            totals(&mut rows, &view);
            rows.push(Row::Rule);
        }
        let Receipt {
            device_id,
            fiscal_day,
            receipt_number,
            verification_code,
            ..
        } = self.receipt;
        rows.extend([
            pair("Fiscal device", device_id),
            pair("Fiscal day", fiscal_day),
            pair("Fiscal receipt no.", receipt_number),
            Row::Sum("Verification code".to_owned(), verification_code.clone()),
            Row::Qr,
            Row::Text("Verify this receipt at".to_owned()),
            Row::Text(self.address()),
        ]);
        rows
    }
}

fn pair(name: &str, value: impl ToString) -> Row {
    Row::Pair(name.to_owned(), value.to_string())
}

fn head(rows: &mut Vec<Row>, view: &View<'_>) {
    let is_credit_note = view.kind == DocumentKind::CreditNote;
    rows.push(pair(
        if is_credit_note { "Credit note" } else { "Invoice" },
        view.number,
    ));
    rows.push(pair("Date", view.date.civil().strftime("%Y-%m-%d %H:%M")));
    if let Some(original) = view.original_invoice_id {
        rows.push(pair("Credits invoice", original));
    }
    if let Some(reference) = view.reference {
        rows.push(pair(if is_credit_note { "Reason" } else { "Reference" }, reference));
    }
}

fn buyer(rows: &mut Vec<Row>, view: &View<'_>) {
    let buyer = view.buyer;
    rows.push(pair("Buyer", &buyer.name));
    let trade_name = buyer.trade_name.as_ref().filter(|name| **name != buyer.name);
    for (name, value) in [
        ("Trading as", trade_name),
        ("Buyer TIN", buyer.tin.as_ref()),
        ("Buyer VAT no.", buyer.vat_number.as_ref()),
    ] {
        rows.extend(value.map(|value| pair(name, value)));
    }
    if let Some(address) = &buyer.address {
        let parts = [&address.house_no, &address.street, &address.city, &address.province];
        let mut address: Vec<&str> = Vec::new();
        for part in parts {
            // A town is often its province's namesake.
            if address.last() != Some(&part.as_str()) {
                address.push(part);
            }
        }
        rows.push(pair("Address", address.join(", ")));
    }
}

fn line(rows: &mut Vec<Row>, item: &LineItem) {
    rows.push(Row::Text(item.description.clone()));
    let LineItem {
        quantity,
        unit_amount,
        tax_code,
        product_code,
        ..
    } = item;
    let how = format!(
        "{} x {} {tax_code} HS {product_code}",
        quantity.decimal().normalize(),
        money(*unit_amount)
    );
    rows.push(pair(&how, money(item.line_amount)));
    let discount = item.discount_amount.filter(|discount| !discount.is_zero());
    rows.extend(discount.map(|discount| Row::Text(format!("discount {}", money(discount)))));
}

fn totals(rows: &mut Vec<Row>, view: &View<'_>) {
    let total = match view.kind {
        DocumentKind::Invoice => "TOTAL",
        DocumentKind::CreditNote => "TOTAL CREDITED",
    };
    let amounts = [("Subtotal", view.sub_total), ("Tax", view.total_tax)];
    rows.extend(
        amounts
            .iter()
            .filter_map(|(name, amount)| Some(pair(name, money((*amount)?)))),
    );
    let sum = |amount| Row::Sum(format!("{total} {}", view.currency), money(amount));
    rows.extend(view.total.map(sum));
    rows.extend(
        view.payment_method
            .map(|method| pair("Paid by", words(&method.to_string()))),
    );
    let prices = if view.tax_inclusive {
        "Prices include tax."
    } else {
        "Prices are without tax."
    };
    rows.extend(iter::once(Row::Text(prices.to_owned())));
}

/// `MobileWallet` as people write it.
fn words(name: &str) -> String {
    let spaced = name.chars().enumerate().flat_map(|(at, c)| {
        let begins = at > 0 && c.is_ascii_uppercase();
        let letter = if begins { c.to_ascii_lowercase() } else { c };
        begins.then_some(' ').into_iter().chain([letter])
    });
    spaced.collect()
}

/// Two decimals, or as many more as there are: nothing is rounded on paper.
fn money(amount: Amount) -> String {
    let mut amount: Decimal = amount.decimal().normalize();
    amount.rescale(amount.scale().max(2));
    amount.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_and_has_two_decimals_at_least() {
        for (amount, printed) in [
            ("21", "21.00"),
            ("0.5", "0.50"),
            ("1.999", "1.999"),
            ("-3.10", "-3.10"),
            ("1.500000", "1.50"),
            ("999999999999.99", "999999999999.99"),
        ] {
            assert_eq!(money(amount.parse().unwrap()), printed);
        }
    }
}
