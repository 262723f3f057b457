//! Writing the documents of a time into a file, in one of several formats.

use std::io::{self, Write};

use fh_outbox::{LedgerEntry, LedgerQuery, Outbox};
use fiscal_harmony::Document;

#[cfg(feature = "parquet")]
use super::parquet::Parquet;
#[cfg(feature = "xlsx")]
use super::workbook::Book;
use super::{
    csv::{csv_header, csv_line},
    error::ExportError,
    rows::Rows,
};

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Format {
    /// CSV, for spreadsheets: one table.
    #[default]
    Csv,
    /// A line of JSON for each document, with its taxes.
    JsonLines,
    /// A workbook with a sheet for each table.
    #[cfg(feature = "xlsx")]
    Workbook,
    /// Parquet, for DuckDB, pandas and their like: one table. Amounts are decimals, never floating point.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// Those that this build knows.
    pub const ALL: &'static [Self] = &[
        Self::Csv,
        Self::JsonLines,
        #[cfg(feature = "xlsx")]
        Self::Workbook,
        #[cfg(feature = "parquet")]
        Self::Parquet,
    ];

    /// Its name, which is also the ending of its files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            #[cfg(feature = "xlsx")]
            Self::Workbook => "xlsx",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }

    /// That of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// What it is called between programs.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::JsonLines => "application/jsonl",
            #[cfg(feature = "xlsx")]
            Self::Workbook => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            #[cfg(feature = "parquet")]
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Whether a person can read it as it is.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::JsonLines)
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Exported {
    /// How many documents.
    pub documents: u64,
    /// Of how many the lines are not here any more, where lines were wanted.
    pub without_lines: u64,
}

/// A file of documents that is being written.
pub struct Export<W: Write + Send> {
    writing: Writing<W>,
    exported: Exported,
}

enum Writing<W: Write + Send> {
    Csv(W, Rows),
    JsonLines(W),
    #[cfg(feature = "xlsx")]
    Book(Box<Book>, W),
    #[cfg(feature = "parquet")]
    Parquet(Box<Parquet<W>>),
}

impl<W: Write + Send> Export<W> {
    /// Begins. Without `rows` a workbook has all three tables, and every other format the documents.
    ///
    /// # Errors
    ///
    /// When nothing can be written, or when rows are wanted of a format that has none.
    pub fn new(format: Format, rows: Option<Rows>, mut sink: W) -> Result<Self, ExportError> {
        let table = rows.unwrap_or_default();
        let writing = match format {
            Format::Csv => {
                sink.write_all(csv_header(table.columns()).as_bytes())?;
                Writing::Csv(sink, table)
            }
            Format::JsonLines if table != Rows::Documents => return Err(ExportError::NoRows),
            Format::JsonLines => Writing::JsonLines(sink),
            #[cfg(feature = "xlsx")]
            Format::Workbook => {
                let tables = rows.map_or_else(|| Rows::ALL.to_vec(), |rows| vec![rows]);
                Writing::Book(Box::new(Book::new(&tables)?), sink)
            }
            #[cfg(feature = "parquet")]
            Format::Parquet => Writing::Parquet(Box::new(Parquet::new(table, sink)?)),
        };
        Ok(Self {
            writing,
            exported: Exported::default(),
        })
    }

    /// Whether the documents themselves are needed, for their lines.
    fn needs_lines(&self) -> bool {
        match &self.writing {
            Writing::Csv(_, rows) => *rows == Rows::Lines,
            Writing::JsonLines(_) => false,
            #[cfg(feature = "xlsx")]
            Writing::Book(book, _) => book.has(Rows::Lines),
            #[cfg(feature = "parquet")]
            Writing::Parquet(parquet) => parquet.rows() == Rows::Lines,
        }
    }

    /// Writes a page of documents, and says what comes after it: nothing, when it was the last.
    ///
    /// # Errors
    ///
    /// When they cannot be read or written.
    pub async fn page(&mut self, outbox: &Outbox, query: LedgerQuery) -> Result<Option<LedgerQuery>, ExportError> {
        let entries = outbox.ledger(query.clone()).await?;
        for entry in &entries {
            let content = if self.needs_lines() {
                outbox.document(&entry.document).await.ok()
            } else {
                None
            };
            self.exported.documents += 1;
            self.exported.without_lines += u64::from(self.needs_lines() && content.is_none());
            self.push(entry, content.as_ref())?;
        }
        let last = entries.last().map(|entry| entry.place);
        Ok((entries.len() >= query.limit).then(|| query.after(last)))
    }

    fn push(&mut self, entry: &LedgerEntry, content: Option<&Document>) -> Result<(), ExportError> {
        match &mut self.writing {
            Writing::Csv(sink, rows) => {
                for row in rows.of(entry, content) {
                    sink.write_all(csv_line(&row).as_bytes())?;
                }
            }
            Writing::JsonLines(sink) => {
                let line = serde_json::to_string(entry).map_err(io::Error::from)?;
                writeln!(sink, "{line}")?;
            }
            #[cfg(feature = "xlsx")]
            Writing::Book(book, _) => book.push(entry, content)?,
            #[cfg(feature = "parquet")]
            Writing::Parquet(parquet) => parquet.push(entry, content)?,
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(self) -> Result<(W, Exported), ExportError> {
        let sink = match self.writing {
            Writing::Csv(mut sink, _) | Writing::JsonLines(mut sink) => {
                sink.flush()?;
                sink
            }
            #[cfg(feature = "xlsx")]
            Writing::Book(book, mut sink) => {
                sink.write_all(&book.finish()?)?;
                sink.flush()?;
                sink
            }
            #[cfg(feature = "parquet")]
            Writing::Parquet(parquet) => parquet.finish()?,
        };
        Ok((sink, self.exported))
    }
}
