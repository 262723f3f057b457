//! What a table holds, before anybody knows what it means.

use fh_types::jiff::civil::DateTime;

use crate::problem::Place;

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Cell {
    #[default]
    Empty,
    Text(String),
    /// A number of a workbook, in digits: what came before its first digit is lost.
    Number(String),
    Date(DateTime),
    Flag(bool),
    /// What a formula came to that went wrong, such as `#N/A`.
    Broken(String),
}

impl Cell {
    pub(crate) fn text(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// A number of a workbook, which keeps doubles: 15 digits of it mean something.
    pub(crate) fn number(value: f64) -> Self {
        let plain = format!("{value}");
        let digits = plain.bytes().filter(u8::is_ascii_digit).count();
        if digits <= 15 {
            return Self::Number(plain);
        }
        let short: f64 = format!("{value:.14e}").parse().unwrap_or(value);
        Self::Number(format!("{short}"))
    }

    /// As it is shown to a person.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Number(text) | Self::Broken(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::Empty
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Row {
    pub(crate) place: Place,
    pub(crate) cells: Vec<Cell>,
}

impl Row {
    pub(crate) fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_is_what_a_spreadsheet_shows_of_it() {
        for (value, shown) in [
            (0.1 + 0.2, "0.3"),
            (19_059_000.0, "19059000"),
            (1.1 * 3.0, "3.3"),
            (-4.5, "-4.5"),
        ] {
            assert_eq!(Cell::number(value), Cell::Number(shown.to_owned()));
        }
    }
}
