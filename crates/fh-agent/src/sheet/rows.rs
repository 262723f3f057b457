//! The rows of documents, taxes and lines, and of a report.

use fh_outbox::{LedgerEntry, Report, Sales};
use fiscal_harmony::{Document, DocumentKind, types::Amount};

use super::columns::{Column, OF_DOCUMENTS, OF_LINES, OF_TAXES};

/// What stands in a table of documents, of their taxes, or of their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rows {
    /// A row for each document.
    #[default]
    Documents,
    /// A row for each tax of each document.
    Taxes,
    /// A row for each line of each document that is still in the outbox.
    Lines,
}

impl Rows {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Documents, Self::Taxes, Self::Lines];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Taxes => "taxes",
            Self::Lines => "lines",
        }
    }

    /// That of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rows| rows.name() == name)
    }

    /// The columns.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Documents => &OF_DOCUMENTS,
            Self::Taxes => &OF_TAXES,
            Self::Lines => &OF_LINES,
        }
    }

    /// The rows of a document. `content` is the document itself, for its lines, where it is still there.
    #[must_use]
    pub fn of(self, entry: &LedgerEntry, content: Option<&Document>) -> Vec<Vec<Cell>> {
        match self {
            Self::Documents => vec![of_document(entry)],
            Self::Taxes => entry
                .taxes
                .iter()
                .map(|share| {
                    let mut cells = head(entry);
                    cells.extend([
                        text(&share.code),
                        number(share.tax_id),
                        Cell::Text(share.rate.to_string()),
                        money(share.net),
                        money(share.tax),
                        money(share.gross),
                    ]);
                    cells
                })
                .collect(),
            Self::Lines => {
                let lines = content.map(|content| content.view().lines).unwrap_or_default();
                let rows = lines.iter().zip(1_i64..).map(|(line, at)| {
                    let mut cells = head(entry);
                    cells.extend([
                        number(Some(at)),
                        text(&line.description),
                        text(&line.product_code),
                        Cell::Number(line.quantity.to_string()),
                        Cell::Number(line.unit_amount.to_string()),
                        money(line.discount_amount),
                        money(Some(line.line_amount)),
                        text(&line.tax_code),
                    ]);
                    cells
                });
                rows.collect()
            }
        }
    }
}

/// A cell: a number is written as one, a text is kept from being taken for a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A number as it is written in JSON.
    Number(String),
    /// A text.
    Text(String),
    /// Nothing.
    Empty,
}

impl Cell {
    /// As it is shown to people.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Number(text) | Self::Text(text) => text,
            Self::Empty => "",
        }
    }
}

fn text(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(text.to_owned())
    }
}

fn maybe(text: Option<&String>) -> Cell {
    text.map_or(Cell::Empty, |text| self::text(text))
}

fn number(number: Option<i64>) -> Cell {
    number.map_or(Cell::Empty, |number| Cell::Number(number.to_string()))
}

fn money(amount: Option<Amount>) -> Cell {
    amount.map_or(Cell::Empty, |amount| Cell::Number(amount.to_string()))
}

fn count(count: u64) -> Cell {
    Cell::Number(count.to_string())
}

fn kind(entry: &LedgerEntry) -> &'static str {
    match entry.kind {
        DocumentKind::CreditNote => "credit_note",
        _ => "invoice",
    }
}

fn standing(entry: &LedgerEntry) -> Cell {
    text(entry.standing.map_or("fiscalised", fh_outbox::Standing::name))
}

/// What rows of taxes and of lines begin with.
fn head(entry: &LedgerEntry) -> Vec<Cell> {
    vec![
        text(&entry.document),
        text(kind(entry)),
        text(&entry.number),
        Cell::Text(entry.date.to_string()),
        text(&entry.currency),
        standing(entry),
    ]
}

fn of_document(entry: &LedgerEntry) -> Vec<Cell> {
    let signed = entry.gross.map(|gross| match entry.kind {
        DocumentKind::CreditNote => -gross,
        _ => gross,
    });
    vec![
        text(&entry.document),
        text(kind(entry)),
        text(&entry.number),
        maybe(entry.original.as_ref()),
        Cell::Text(entry.date.to_string()),
        text(&entry.lane),
        maybe(entry.station.as_ref()),
        text(&entry.currency),
        text(&entry.buyer),
        maybe(entry.tin.as_ref()),
        maybe(entry.payment.as_ref()),
        money(entry.gross),
        money(entry.net),
        money(entry.tax),
        money(entry.discounts),
        standing(entry),
        number(entry.device),
        number(entry.fiscal_day),
        number(entry.receipt_number),
        money(signed),
    ]
}

/// The rows of a report's sales.
#[must_use]
pub fn rows_of(report: &Report) -> Vec<Vec<Cell>> {
    report.sales.iter().map(of_sales).collect()
}

fn of_sales(sales: &Sales) -> Vec<Cell> {
    let tax = sales.tax.as_ref();
    vec![
        text(&sales.part),
        number(tax.and_then(|tax| tax.id)),
        tax.map_or(Cell::Empty, |tax| Cell::Text(tax.rate.to_string())),
        text(&sales.currency),
        count(sales.invoices.documents),
        money(Some(sales.invoices.net)),
        money(Some(sales.invoices.tax)),
        money(Some(sales.invoices.gross)),
        count(sales.credit_notes.documents),
        money(Some(sales.credit_notes.gross)),
        money(Some(sales.net)),
        money(Some(sales.tax_amount)),
        money(Some(sales.gross)),
        count(sales.invoices.without_tax_table + sales.credit_notes.without_tax_table),
    ]
}
