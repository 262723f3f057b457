//! Texts that are no JSON at all, by their first bytes.

use super::{fault::said, faults, locate::line_and_column, problem::DocumentError};

/// Says what a text is, if it is something that is often handed in by mistake.
pub(super) fn recognise(bytes: &[u8]) -> Result<(), DocumentError> {
    if bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || matches!(bytes, [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..])
    {
        return Err(DocumentError::whole(&faults::UTF16, &[]));
    }
    // A packed file of any kind, and the spreadsheets of before 2007.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(DocumentError::whole(&faults::SPREADSHEET, &[]));
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let byte = format!("{:02X}", bytes[at]);
        return Err(DocumentError::whole(&faults::ENCODING, said![byte]).placed(line_and_column(bytes, at)));
    }
    let text = bytes.trim_ascii_start();
    match text.first() {
        Some(b'<') => Err(DocumentError::whole(&faults::WEB_PAGE, &[])),
        Some(b'{' | b'[') | None => Ok(()),
        Some(_) => table(text),
    }
}

/// A table has as many separators in its second line as in its first.
fn table(text: &[u8]) -> Result<(), DocumentError> {
    let mut lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    let first = lines.next().unwrap_or_default();
    let second = lines.next();
    for (separator, name) in [(b';', "semicolons"), (b'\t', "tabs"), (b',', "commas")] {
        let count = |line: &[u8]| line.iter().filter(|byte| **byte == separator).count();
        if count(first) >= 2 && second.is_none_or(|second| count(second) >= 2) {
            return Err(DocumentError::whole(&faults::CSV, said![separator = name]));
        }
    }
    Ok(())
}
