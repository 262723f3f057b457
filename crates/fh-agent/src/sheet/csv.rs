//! CSV that a spreadsheet opens without running anything in it.

use super::{columns::Column, rows::Cell};

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

/// A text of a CSV file without the mark, where it has one.
///
/// ```
/// use fh_agent::sheet::unmarked;
/// assert_eq!((unmarked("'=1+1"), unmarked("''quoted"), unmarked("plain")), ("=1+1", "'quoted", "plain"));
/// ```
#[must_use]
pub fn unmarked(text: &str) -> &str {
    match text.strip_prefix(MARK) {
        Some(rest) if rest.starts_with(FORMULAS) => rest,
        _ => text,
    }
}

/// The header of a table as a line of CSV.
#[must_use]
pub fn csv_header(columns: &[Column]) -> String {
    let cells: Vec<_> = columns
        .iter()
        .map(|column| Cell::Text(column.name.to_owned()))
        .collect();
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
}
