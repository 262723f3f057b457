//! A document that was read, and where in its file what it says stood.

use std::{collections::BTreeMap, sync::Arc};

use fiscal_harmony::Document;

use crate::{
    field::{Field, line_of},
    problem::{Place, Problem},
    wire::WireDocument,
};

/// A document that was read, and where it stood.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Imported {
    /// The document.
    pub document: Document,
    /// Where each of its lines stood; the first for the document as a whole.
    pub(crate) rows: Vec<Place>,
    pub(crate) headings: Arc<BTreeMap<Field, String>>,
}

impl Imported {
    /// Where what a JSON pointer into the document names stood in the file; the document's first row for an empty one.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        place_of(&self.rows, &self.headings, pointer)
    }
}

fn place_of(rows: &[Place], headings: &BTreeMap<Field, String>, pointer: &str) -> Place {
    let (_, line) = line_of(pointer);
    let row = rows
        .get(line.unwrap_or(0))
        .or(rows.first())
        .cloned()
        .unwrap_or_default();
    match Field::at(pointer).and_then(|field| headings.get(&field)) {
        Some(heading) => row.in_column(heading),
        None if row.row == 0 && !pointer.is_empty() => Place::element(pointer),
        None => row,
    }
}

/// Reads the document as the client does, and says where in the file it stumbled.
pub(crate) fn read_back(
    wire: &WireDocument,
    places: &[Place],
    headings: &Arc<BTreeMap<Field, String>>,
) -> Result<Imported, Problem> {
    match Document::from_json(&wire.body()) {
        Ok(document) => Ok(Imported {
            document,
            rows: places.to_vec(),
            headings: headings.clone(),
        }),
        Err(error) => {
            let place = place_of(places, headings, error.pointer());
            let field = Field::at(error.pointer()).map_or_else(String::new, |field| format!("{}: ", field.name()));
            Err(Problem::new(place, format!("{field}{}", error.message())))
        }
    }
}
