//! Why a file could not be written.

use std::io;

use fh_outbox::OutboxError;

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The outbox does not say.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// A line of JSON holds a document with its taxes, so that there are no rows of it.
    #[error(
        "a line of JSON holds a document with its taxes; taxes and lines as rows are had as CSV, a workbook or Parquet"
    )]
    NoRows,
    /// A sheet has no room for more.
    #[error("a sheet holds at most 1,048,576 rows, and {0} would have more: ask for fewer days, or for CSV or Parquet")]
    TooMany(&'static str),
    /// A number has more digits than the column.
    #[error(
        "{column} of {document} is {value}, which has more digits than DECIMAL(38, 10) holds: ask for CSV, which has them all"
    )]
    TooFine {
        /// The column.
        column: &'static str,
        /// The document.
        document: String,
        /// The number.
        value: String,
    },
    /// The file cannot be made.
    #[error("the file cannot be made: {0}")]
    Format(String),
}
