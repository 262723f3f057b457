//! What is wrong with a file, and where.

use std::fmt;

use serde::Serialize;

/// Where something stands in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// `row` of a workbook, `line` of a text, counted from 1 as programs show them; 0 where there are no rows.
    pub row: u64,
    /// Whether rows are lines of a text.
    #[serde(skip)]
    pub(crate) is_line: bool,
    /// The heading of the column, or the path of the element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// Something wrong with a file or with a document in it: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}{message}", prefix(.place))]
#[non_exhaustive]
pub struct Problem {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What, and what to do.
    pub message: String,
}

fn prefix(place: &Place) -> String {
    let place = place.to_string();
    if place.is_empty() { place } else { format!("{place}: ") }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_line { "line" } else { "row" };
        match (self.row, &self.column) {
            (0, None) => Ok(()),
            (0, Some(column)) => f.write_str(column),
            (row, None) => write!(f, "{word} {row}"),
            (row, Some(column)) => write!(f, "{word} {row}, column {column:?}"),
        }
    }
}

impl Place {
    pub(crate) fn row(row: u64, is_line: bool) -> Self {
        Self {
            row,
            is_line,
            column: None,
        }
    }

    pub(crate) fn element(path: impl Into<String>) -> Self {
        Self {
            column: Some(path.into()),
            ..Self::default()
        }
    }

    pub(crate) fn in_column(&self, heading: &str) -> Self {
        Self {
            column: Some(heading.to_owned()),
            ..self.clone()
        }
    }
}

impl Problem {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
        }
    }

    /// Of the file as a whole.
    pub(crate) fn of_file(message: impl Into<String>) -> Self {
        Self::new(Place::default(), message)
    }
}
