//! The columns of each table, and what they hold.

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name, at its head.
    pub name: &'static str,
    /// What stands in it.
    pub meaning: &'static str,
    /// What its cells are.
    pub holds: Holds,
}

/// What the cells of a column are, in formats that tell one from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holds {
    /// A text. Parquet: UTF-8.
    Text,
    /// A time. Parquet: a timestamp in UTC; workbooks: date and time in Central Africa Time; CSV: as documents write it.
    Moment,
    /// A whole number. Parquet: 64 bits.
    Count,
    /// Money in whole cents. Parquet: DECIMAL(18, 2).
    Money,
    /// A number that may be finer than cents. Parquet: DECIMAL(38, 10).
    Number,
}

const fn column(name: &'static str, meaning: &'static str, holds: Holds) -> Column {
    Column { name, meaning, holds }
}

const fn text(name: &'static str, meaning: &'static str) -> Column {
    column(name, meaning, Holds::Text)
}

const fn moment(name: &'static str, meaning: &'static str) -> Column {
    column(name, meaning, Holds::Moment)
}

const fn count(name: &'static str, meaning: &'static str) -> Column {
    column(name, meaning, Holds::Count)
}

const fn money(name: &'static str, meaning: &'static str) -> Column {
    column(name, meaning, Holds::Money)
}

const fn number(name: &'static str, meaning: &'static str) -> Column {
    column(name, meaning, Holds::Number)
}

pub(super) const OF_DOCUMENTS: [Column; 20] = [
    text("document", "InvoiceId or CreditNoteId"),
    text("kind", "invoice or credit_note"),
    text("number", "InvoiceNumber or CreditNoteNumber"),
    text("original", "OriginalInvoiceId of a credit note"),
    moment("date", "the document's own Date, in Central Africa Time"),
    text("lane", "the lane, a fiscal device"),
    text("station", "the till, where it was said"),
    text(
        "currency",
        "the document's currency; ? where it was pruned before amounts were kept",
    ),
    text("buyer", "the buyer's name"),
    text("tin", "the buyer's TIN"),
    text("payment", "the payment method"),
    money("gross", "with the tax; positive on credit notes too"),
    money("net", "without the tax; empty while no table of taxes is known"),
    money("tax", "the tax; empty while no table of taxes is known"),
    money("discounts", "what its lines say of discounts"),
    text(
        "standing",
        "fiscalised, open, in_doubt, red, rejected, expired or skipped",
    ),
    count("device", "the device on the receipt"),
    count("fiscal_day", "the fiscal day on the receipt"),
    count("receipt_number", "the number of the receipt"),
    money(
        "signed_gross",
        "gross, below zero on credit notes: what adds up to sales",
    ),
];

pub(super) const OF_TAXES: [Column; 12] = [
    text("document", "InvoiceId or CreditNoteId"),
    text("kind", "invoice or credit_note"),
    text("number", "InvoiceNumber or CreditNoteNumber"),
    moment("date", "the document's own Date, in Central Africa Time"),
    text("currency", "the document's currency"),
    text("standing", "as of documents"),
    text("code", "your tax code; the first, where several stand for this tax"),
    count("tax_id", "the authority's id of the tax"),
    text("rate", "in per cent; exempt; unknown while no table of taxes is known"),
    money("net", "the sum of its lines without the tax"),
    money("tax", "the tax, taken once on that sum"),
    money("gross", "the sum with the tax"),
];

pub(super) const OF_LINES: [Column; 14] = [
    text("document", "InvoiceId or CreditNoteId"),
    text("kind", "invoice or credit_note"),
    text("number", "InvoiceNumber or CreditNoteNumber"),
    moment("date", "the document's own Date, in Central Africa Time"),
    text("currency", "the document's currency"),
    text("standing", "as of documents"),
    count("line", "the line, counted from 1"),
    text("description", "Description"),
    text("hs_code", "ProductCode"),
    number("quantity", "Quantity"),
    number("unit_amount", "UnitAmount"),
    number("discount", "DiscountAmount"),
    number("line_amount", "LineAmount"),
    text("tax_code", "TaxCode"),
];

pub(super) const OF_A_REPORT: [Column; 14] = [
    text(
        "part",
        "the day, lane, till, payment method or hour; empty for all together",
    ),
    count("tax_id", "the authority's id of the tax, in a report by tax"),
    text("rate", "its rate, in a report by tax"),
    text("currency", "the currency; sums of two currencies are never added"),
    count("invoices", "how many invoices are fiscalised"),
    money("invoiced_net", "without the tax"),
    money("invoiced_tax", "the tax"),
    money("invoiced", "with the tax"),
    count("credit_notes", "how many credit notes are fiscalised"),
    money("credited", "what was credited, with the tax; positive"),
    money("net", "invoices less credit notes, without the tax"),
    money("tax", "invoices less credit notes: the tax"),
    money("gross", "invoices less credit notes, with the tax"),
    count(
        "without_tax_table",
        "how many of the documents have no known tax; net and tax are without them",
    ),
];

/// The columns of a report.
#[must_use]
pub fn of_a_report() -> &'static [Column] {
    &OF_A_REPORT
}
