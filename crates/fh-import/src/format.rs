//! What a file is, seen in its first bytes and not in its name.

use std::{fs::File, io::Read, path::Path};

use crate::problem::Problem;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Columns separated by commas, semicolons or tabs.
    Text,
    /// An Excel workbook.
    Xlsx,
    /// An OpenDocument sheet.
    Ods,
    /// A GOBL envelope or invoice.
    Gobl,
    /// A UBL 2.1 invoice or credit note.
    Ubl,
}

impl Format {
    /// Whether it needs a mapping.
    #[must_use]
    pub fn is_table(self) -> bool {
        matches!(self, Self::Text | Self::Xlsx | Self::Ods)
    }

    /// What a file is.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is empty, or is something that is not taken; the problem says what to do.
    pub fn of(path: &Path) -> Result<Self, Problem> {
        let mut begin = Vec::new();
        File::open(path)
            .and_then(|file| file.take(4096).read_to_end(&mut begin))
            .map_err(|error| Problem::of_file(format!("cannot be read: {error}")))?;
        if begin.starts_with(b"PK\x03\x04") {
            return Self::of_archive(path);
        }
        if begin.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(Problem::of_file(
                "it is a workbook of before 2007 (.xls), or one with a password; save it as .xlsx without a password, or as CSV",
            ));
        }
        if begin.starts_with(b"%PDF-") {
            return Err(Problem::of_file(
                "it is a PDF; import the sheet or the data that it was made of",
            ));
        }
        let text = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&begin).trim_ascii_start();
        match text.first() {
            None => Err(Problem::of_file("it is empty")),
            Some(b'<') => Ok(Self::Ubl),
            Some(b'{') if is_gobl(text) => Ok(Self::Gobl),
            Some(b'{' | b'[') => Err(Problem::of_file(
                "it is JSON without a \"$schema\" of GOBL; documents in this project's own form go through `fh submit`",
            )),
            Some(_) => Ok(Self::Text),
        }
    }

    fn of_archive(path: &Path) -> Result<Self, Problem> {
        let file = File::open(path).map_err(|error| Problem::of_file(format!("cannot be read: {error}")))?;
        let archive = zip::ZipArchive::new(file).map_err(|error| {
            Problem::of_file(format!(
                "it is no whole workbook ({error}); it may have been cut short on its way: save it again and copy it once more"
            ))
        })?;
        if archive.index_for_name("xl/workbook.xml").is_some() {
            Ok(Self::Xlsx)
        } else if archive.index_for_name("content.xml").is_some() {
            Ok(Self::Ods)
        } else {
            Err(Problem::of_file(
                "it is an archive and no workbook; unpack it, and import what is in it",
            ))
        }
    }
}

/// The schema may stand anywhere; that of an envelope or an invoice stands at the beginning of what GOBL writes.
fn is_gobl(begin: &[u8]) -> bool {
    let text = String::from_utf8_lossy(begin);
    text.contains("\"$schema\"") && text.contains("gobl.org/")
}
