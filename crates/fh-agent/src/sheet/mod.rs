//! Reports and documents as tables: the columns, their meaning, and files that other programs open.

mod columns;
mod csv;
mod error;
mod export;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod words;
#[cfg(feature = "xlsx")]
mod workbook;

pub use columns::{Column, Holds, of_a_report};
pub use csv::{MARK, csv_header, csv_line, unmarked};
pub use error::ExportError;
pub use export::{Export, Exported, Format};
pub use rows::{Cell, Rows, rows_of};
pub use words::{NOTHING_SOLD, SUMS, rate, unsettled, untaxed};

#[cfg(test)]
mod tests {
    use super::*;

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
            for column in columns {
                expected.push_str(&format!("| `{}` | {} |\n", column.name, column.meaning));
            }
        }
        if std::env::var_os("FH_UPDATE_DOCS").is_some() {
            std::fs::write(&path, &expected).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn each_row_is_as_wide_as_its_header() {
        let tables = Rows::ALL.map(Rows::columns).into_iter().chain([of_a_report()]);
        for columns in tables {
            let names: std::collections::BTreeSet<_> = columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), columns.len(), "no name twice");
        }
    }
}
