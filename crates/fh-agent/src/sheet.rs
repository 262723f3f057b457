//! Reports and documents as tables: the columns, their meaning, and CSV that a spreadsheet opens without running anything in it.

use fh_outbox::{Divide, LedgerEntry, Rate, Report, Sales, Unsettled};
use fiscal_harmony::{Document, DocumentKind, types::Amount};

/// A column: its name, and what stands in it.
pub type Column = (&'static str, &'static str);

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

const OF_DOCUMENTS: [Column; 20] = [
    ("document", "InvoiceId or CreditNoteId"),
    ("kind", "invoice or credit_note"),
    ("number", "InvoiceNumber or CreditNoteNumber"),
    ("original", "OriginalInvoiceId of a credit note"),
    ("date", "the document's own Date, in Central Africa Time"),
    ("lane", "the lane, a fiscal device"),
    ("station", "the till, where it was said"),
    (
        "currency",
        "the document's currency; ? where it was pruned before amounts were kept",
    ),
    ("buyer", "the buyer's name"),
    ("tin", "the buyer's TIN"),
    ("payment", "the payment method"),
    ("gross", "with the tax; positive on credit notes too"),
    ("net", "without the tax; empty while no table of taxes is known"),
    ("tax", "the tax; empty while no table of taxes is known"),
    ("discounts", "what its lines say of discounts"),
    (
        "standing",
        "fiscalised, open, in_doubt, red, rejected, expired or skipped",
    ),
    ("device", "the device on the receipt"),
    ("fiscal_day", "the fiscal day on the receipt"),
    ("receipt_number", "the number of the receipt"),
    (
        "signed_gross",
        "gross, below zero on credit notes: what adds up to sales",
    ),
];

const OF_TAXES: [Column; 12] = [
    ("document", "InvoiceId or CreditNoteId"),
    ("kind", "invoice or credit_note"),
    ("number", "InvoiceNumber or CreditNoteNumber"),
    ("date", "the document's own Date, in Central Africa Time"),
    ("currency", "the document's currency"),
    ("standing", "as of documents"),
    ("code", "your tax code; the first, where several stand for this tax"),
    ("tax_id", "the authority's id of the tax"),
    ("rate", "in per cent; exempt; unknown while no table of taxes is known"),
    ("net", "the sum of its lines without the tax"),
    ("tax", "the tax, taken once on that sum"),
    ("gross", "the sum with the tax"),
];

const OF_LINES: [Column; 14] = [
    ("document", "InvoiceId or CreditNoteId"),
    ("kind", "invoice or credit_note"),
    ("number", "InvoiceNumber or CreditNoteNumber"),
    ("date", "the document's own Date, in Central Africa Time"),
    ("currency", "the document's currency"),
    ("standing", "as of documents"),
    ("line", "the line, counted from 1"),
    ("description", "Description"),
    ("hs_code", "ProductCode"),
    ("quantity", "Quantity"),
    ("unit_amount", "UnitAmount"),
    ("discount", "DiscountAmount"),
    ("line_amount", "LineAmount"),
    ("tax_code", "TaxCode"),
];

const OF_A_REPORT: [Column; 14] = [
    (
        "part",
        "the day, lane, till, payment method or hour; empty for all together",
    ),
    ("tax_id", "the authority's id of the tax, in a report by tax"),
    ("rate", "its rate, in a report by tax"),
    ("currency", "the currency; sums of two currencies are never added"),
    ("invoices", "how many invoices are fiscalised"),
    ("invoiced_net", "without the tax"),
    ("invoiced_tax", "the tax"),
    ("invoiced", "with the tax"),
    ("credit_notes", "how many credit notes are fiscalised"),
    ("credited", "what was credited, with the tax; positive"),
    ("net", "invoices less credit notes, without the tax"),
    ("tax", "invoices less credit notes: the tax"),
    ("gross", "invoices less credit notes, with the tax"),
    (
        "without_tax_table",
        "how many of the documents have no known tax; net and tax are without them",
    ),
];

/// The columns of a report.
#[must_use]
pub fn of_a_report() -> &'static [Column] {
    &OF_A_REPORT
}

impl Rows {
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
        [Self::Documents, Self::Taxes, Self::Lines]
            .into_iter()
            .find(|rows| rows.name() == name)
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

/// What people read above the sums of a report, after what it is divided by.
pub const SUMS: [&str; 6] = ["Currency", "Invoices", "Credit notes", "Without tax", "Tax", "Sold"];

/// What is said of a time without sales.
pub const NOTHING_SOLD: &str = "Nothing that was fiscalised is of that time.";

/// Documents that are not among the sums of a report, such as `1 invoice open, USD 4.95`.
#[must_use]
pub fn unsettled(of: &Unsettled) -> String {
    let kind = match of.kind {
        DocumentKind::CreditNote => "credit note",
        _ => "invoice",
    };
    let many = if of.documents == 1 { "" } else { "s" };
    let standing = of.standing.name().replace('_', " ");
    format!("{} {kind}{many} {standing}, {} {}", of.documents, of.currency, of.gross)
}

/// What is said of documents whose tax is not known, where a report has any.
#[must_use]
pub fn untaxed(report: &Report) -> Option<String> {
    let sums = report
        .sales
        .iter()
        .flat_map(|sales| [sales.invoices, sales.credit_notes]);
    let count: u64 = sums.map(|sums| sums.without_tax_table).sum();
    // Under the tax itself it says so.
    (count > 0 && report.by != Divide::Tax).then(|| {
        format!(
            "Of {count} documents the tax is not known yet: they were taken in before the taxes of the account were known. The sums of tax are \
             without them; the next answer of the service brings it."
        )
    })
}

/// A tax as people read it, such as `15.5 %`.
#[must_use]
pub fn rate(rate: Rate) -> String {
    match rate {
        Rate::Percent(_) => format!("{rate} %"),
        other => other.to_string(),
    }
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

/// What a text must not begin with, or a spreadsheet takes it for a formula; and the mark itself, so that taking it off gives back what
/// was there.
const FORMULAS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', MARK];

/// The mark before such a text. One of them is taken off when it is read back.
pub const MARK: char = '\'';

/// One line of CSV (RFC 4180), with its end.
///
/// ```
/// use fh_agent::sheet::{Cell, csv_line};
/// let cells = [Cell::Text("=cmd|' /C calc'!A0".to_owned()), Cell::Number("-4.20".to_owned()), Cell::Text("Soap, 2 bars".to_owned())];
/// assert_eq!(csv_line(&cells), "'=cmd|' /C calc'!A0,-4.20,\"Soap, 2 bars\"\r\n");
/// ```
#[must_use]
pub fn csv_line(cells: &[Cell]) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let fields = cells.iter().map(|cell| match cell {
        Cell::Text(text) if text.starts_with(FORMULAS) => format!("{MARK}{text}"),
        other => other.shown().to_owned(),
    });
    // Into memory nothing can fail.
    let _ = writer.write_record(fields);
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The header of a table as a line of CSV.
#[must_use]
pub fn csv_header(columns: &[Column]) -> String {
    let cells: Vec<_> = columns.iter().map(|(name, _)| Cell::Text((*name).to_owned())).collect();
    csv_line(&cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_marked_and_numbers_stay_numbers() {
        let line = |text: &str| csv_line(&[Cell::Text(text.to_owned()), Cell::Empty]);
        for (text, wanted) in [
            ("+263 77 200 0000", "'+263 77 200 0000,\r\n"),
            ("'quoted", "''quoted,\r\n"),
            ("plain", "plain,\r\n"),
            ("two\nlines", "\"two\nlines\",\r\n"),
        ] {
            assert_eq!(line(text), wanted);
        }
        assert_eq!(csv_line(&[Cell::Number("-0.10".to_owned())]), "-0.10\r\n");
    }

    /// `FH_UPDATE_DOCS=1` writes the tables into the page.
    #[test]
    fn the_page_says_what_stands_in_each_column() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reports.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let marker = "<!-- From here on: the columns, written by a test. -->\n";
        let (prose, _) = page.split_once(marker).unwrap();
        let mut expected = format!("{prose}{marker}");
        for (title, columns) in [
            ("`fh report --csv`, `/v1/reports?format=csv`", of_a_report()),
            ("Documents", Rows::Documents.columns()),
            ("Taxes", Rows::Taxes.columns()),
            ("Lines", Rows::Lines.columns()),
        ] {
            expected.push_str(&format!(
                "\n### {title}\n\n| column | what stands in it |\n| --- | --- |\n"
            ));
            for (name, meaning) in columns {
                expected.push_str(&format!("| `{name}` | {meaning} |\n"));
            }
        }
        if std::env::var_os("FH_UPDATE_DOCS").is_some() {
            std::fs::write(&path, &expected).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn each_row_is_as_wide_as_its_header() {
        for columns in [&OF_DOCUMENTS[..], &OF_TAXES, &OF_LINES, &OF_A_REPORT] {
            let names: std::collections::BTreeSet<_> = columns.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), columns.len(), "no name twice");
        }
    }
}
