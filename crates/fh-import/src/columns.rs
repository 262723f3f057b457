//! Which column is which field, in the words of a mapping.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    cell::{Cell, Row},
    field::{Field, bare},
    mapping::Mapping,
    problem::{Place, Problem},
};

/// Where columns are, and the constants.
pub(crate) struct Columns {
    at: BTreeMap<Field, usize>,
    constants: BTreeMap<Field, Cell>,
    pub(crate) headings: Arc<BTreeMap<Field, String>>,
}

impl Columns {
    pub(crate) fn find(header: &Row, mapping: &Mapping) -> Result<Self, Problem> {
        let there: Vec<String> = header.cells.iter().map(|cell| bare(&cell.shown())).collect();
        let mut at = BTreeMap::new();
        for (field, heading) in &mapping.columns {
            let mut found = there.iter().enumerate().filter(|(_, known)| **known == bare(heading));
            match (found.next(), found.next()) {
                (Some((column, _)), None) => at.insert(*field, column),
                (Some(_), Some(_)) => {
                    return Err(Problem::new(
                        header.place.in_column(heading),
                        "this heading is there twice; rename one of the columns",
                    ));
                }
                (None, _) => {
                    let known: Vec<_> = header
                        .cells
                        .iter()
                        .map(Cell::shown)
                        .filter(|name| !name.is_empty())
                        .collect();
                    return Err(Problem::new(
                        header.place.clone(),
                        format!(
                            "there is no column {heading:?}, which the mapping says is {}; there are {}. Mend [columns] in the mapping, or say with \
                             `header` in which row the headings are",
                            field.name(),
                            if known.is_empty() {
                                "none".to_owned()
                            } else {
                                known.join(", ")
                            }
                        ),
                    ));
                }
            };
        }
        let constants = mapping.constants.iter().map(|(field, value)| {
            let cell = match value {
                toml::Value::String(text) => Cell::text(text),
                toml::Value::Boolean(flag) => Cell::Flag(*flag),
                other => Cell::Number(other.to_string()),
            };
            (*field, cell)
        });
        Ok(Self {
            at,
            constants: constants.collect(),
            headings: Arc::new(mapping.columns.clone()),
        })
    }

    pub(crate) fn cell<'r>(&'r self, row: &'r Row, field: Field) -> &'r Cell {
        match self.at.get(&field) {
            Some(column) => row.cell(*column),
            None => self.constants.get(&field).unwrap_or(&Cell::Empty),
        }
    }

    pub(crate) fn place(&self, row: &Row, field: Field) -> Place {
        match self.headings.get(&field) {
            Some(heading) => row.place.in_column(heading),
            None => row.place.clone(),
        }
    }
}
