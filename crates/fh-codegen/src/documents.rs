//! The documents as the facade owns them: from the schemas of what is submitted to the fields, setters and getters that need
//! no thought of a person.
//!
//! The facade writes by hand what has a rule or a type of its own: ids, dates, lines, totals ([`PARTS`] names these fields,
//! and nothing else does). All other fields of a document are *plain*: they are set, kept, frozen and read as the
//! specification says, and come from here. So a new optional field is written in the specification and nowhere else.
//!
//! What is generated is a set of macros, because the types must belong to the crate that promises them: `fh-raw`
//! generates and exports them, hidden, and the facade calls each once.

mod described;
mod fields;
mod macros;

use serde_json::Value;

pub use described::{json_schema, openapi_schemas};

use crate::Result;

/// A schema of which documents are made, and how the facade has it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Part {
    /// The component schema.
    pub schema: &'static str,
    /// The facade's type.
    pub name: &'static str,
    /// Who makes it.
    pub made: Made,
    /// The fields, by their names on the wire, that the facade handles by hand. All others are plain.
    pub by_hand: &'static [&'static str],
}

/// How a value of a part comes about in the facade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// By a builder whose members become fields nobody else can set.
    Document,
    /// By a builder; the fields are public.
    Line,
    /// By a constructor, with a setter for each plain field; the fields are public.
    Piece,
    /// It is one word of several.
    Word,
}

/// Every part of a document. The one list of fields that are handled by hand.
pub const PARTS: [Part; 6] = [
    Part {
        schema: "Address",
        name: "Address",
        made: Made::Piece,
        by_hand: &["City", "HouseNo", "Province", "Street"],
    },
    Part {
        schema: "BuyerContact",
        name: "Buyer",
        made: Made::Piece,
        by_hand: &["Address", "Email", "Name", "Phone", "Tin", "TradeName", "VatNumber"],
    },
    Part {
        schema: "CreditNote",
        name: "CreditNote",
        made: Made::Document,
        by_hand: &[
            "BuyerContact",
            "CreditNoteId",
            "CreditNoteNumber",
            "CurrencyCode",
            "Date",
            "IsDiscounted",
            "IsRetry",
            "IsTaxInclusive",
            "LineItems",
            "OriginalInvoiceId",
            "Reference",
            "SubTotal",
            "Total",
            "TotalTax",
        ],
    },
    Part {
        schema: "Invoice",
        name: "Invoice",
        made: Made::Document,
        by_hand: &[
            "BuyerContact",
            "CurrencyCode",
            "Date",
            "InvoiceId",
            "InvoiceNumber",
            "IsDiscounted",
            "IsRetry",
            "IsTaxInclusive",
            "LineItems",
            "Reference",
            "SubTotal",
            "Total",
            "TotalTax",
        ],
    },
    Part {
        schema: "LineItem",
        name: "LineItem",
        made: Made::Line,
        by_hand: &[
            "Description",
            "DiscountAmount",
            "LineAmount",
            "ProductCode",
            "Quantity",
            "TaxCode",
            "UnitAmount",
        ],
    },
    Part {
        schema: "PaymentMethodType",
        name: "PaymentMethod",
        made: Made::Word,
        by_hand: &[],
    },
];

/// The part that a component schema is.
fn part(schema: &str) -> Option<&'static Part> {
    PARTS.iter().find(|part| part.schema == schema)
}

/// The source of the macros that define the facade's documents, for a normalised document.
///
/// * `document_types!` defines every type of [`PARTS`], with getters and setters of plain fields;
/// * `invoice_builder!`, `credit_note_builder!` and `line_builder!` add the plain fields to a struct from which a builder is
///   derived; a mandatory one is demanded by the compiler, by its name;
/// * `new_…!` complete a literal with the plain fields, and `credit_all!` with those that an invoice shares with its credit note.
///
/// # Errors
///
/// When a schema of [`PARTS`] is missing, lacks a field that is handled by hand, or has a field of a type that documents do not
/// know.
pub fn documents(document: &Value) -> Result<String> {
    let mut source = String::new();
    let parts = PARTS
        .iter()
        .map(|part| fields::read(document, part))
        .collect::<Result<Vec<_>>>()?;
    macros::write(&parts, &mut source);
    Ok(source)
}

#[cfg(test)]
mod tests;
