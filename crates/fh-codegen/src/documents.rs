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
mod parts;

use serde_json::Value;

pub use described::{json_schema, openapi_schemas};
pub use parts::{Made, PARTS, Part};

use crate::Result;
use crate::lower::lower;

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
    let lowered = lower(document)?;
    let parts = PARTS
        .iter()
        .map(|part| fields::read(&lowered, part))
        .collect::<Result<Vec<_>>>()?;
    macros::write(&parts, &mut source);
    Ok(source)
}

#[cfg(test)]
mod tests;
