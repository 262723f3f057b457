//! CSV and TSV, a row at a time.

use std::{
    cell::Cell as Shared,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    rc::Rc,
};

use super::{Limits, Takes, too_many_rows};
use crate::{
    cell::{Cell, Row},
    mapping::{Encoding, Mapping},
    problem::{Place, Problem},
};

/// Stops a reader that has read on and on without coming to the end of a row.
struct Bounded<R> {
    reader: R,
    since_row: Rc<Shared<usize>>,
    most: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row.get() > self.most {
            return Err(io::Error::other("too long"));
        }
        let read = self.reader.read(buffer)?;
        self.since_row.set(self.since_row.get() + read);
        Ok(read)
    }
}

/// How much of the beginning is looked at for the separator.
const LOOKED_AT: usize = 64 << 10;

pub(super) fn rows(path: &Path, mapping: Option<&Mapping>, limits: &Limits, take: Takes<'_>) -> Result<(), Problem> {
    let file = File::open(path).map_err(|error| Problem::of_file(format!("cannot be read: {error}")))?;
    let mut file = BufReader::with_capacity(LOOKED_AT, file);
    let begin = file
        .fill_buf()
        .map_err(|error| Problem::of_file(format!("cannot be read: {error}")))?;
    if begin.starts_with(b"\xff\xfe") || begin.starts_with(b"\xfe\xff") {
        return Err(Problem::of_file(
            "it is written in UTF-16 (\"Unicode text\"); save it as \"CSV UTF-8\"",
        ));
    }
    let separator = match mapping.and_then(|mapping| mapping.separator) {
        Some(separator) => u8::try_from(separator)
            .map_err(|_| Problem::of_file(format!("a separator is one of , ; | or a tab, and not {separator:?}")))?,
        None => separator_of(begin),
    };
    let since_row = Rc::new(Shared::new(0));
    let bounded = Bounded {
        reader: file,
        since_row: since_row.clone(),
        most: limits.row + LOOKED_AT,
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(bounded);
    let mut record = csv::ByteRecord::new();
    let encoding = mapping.map_or(Encoding::Utf8, |mapping| mapping.encoding);
    let mut count = 0;
    loop {
        let line = reader.position().line();
        since_row.set(0);
        let is_there = reader.read_byte_record(&mut record).map_err(|error| match error.kind() {
            csv::ErrorKind::Io(io) if io.kind() == io::ErrorKind::Other => Problem::new(
                Place::row(line, true),
                format!(
                    "it has more than {} bytes: a quotation mark is opened here or in a line before, and never closed",
                    limits.row
                ),
            ),
            _ => Problem::new(Place::row(line, true), format!("cannot be read: {error}")),
        })?;
        if !is_there {
            return Ok(());
        }
        count += 1;
        if count > limits.rows {
            return Err(too_many_rows(limits));
        }
        // Empty lines are passed over before a record.
        let line = record.position().map_or(line, csv::Position::line);
        let place = Place::row(line, true);
        let mut cells = Vec::with_capacity(record.len());
        for bytes in &record {
            let text = match (std::str::from_utf8(bytes), encoding) {
                (Ok(text), _) => Cell::text(text),
                (Err(_), Encoding::Windows1252) => {
                    Cell::text(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0)
                }
                (Err(_), Encoding::Utf8) => {
                    let shown = String::from_utf8_lossy(bytes);
                    return Err(Problem::new(
                        place,
                        format!(
                            "{shown:?} is not UTF-8: save the file as \"CSV UTF-8\", or say encoding = \"windows-1252\" in the mapping, and look at the \
                             names"
                        ),
                    ));
                }
            };
            cells.push(text);
        }
        if !take(Row { place, cells }) {
            return Ok(());
        }
    }
}

/// The separator that is most often in the first line, outside of quotation marks.
fn separator_of(begin: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in begin {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted && counts.iter().any(|(_, count)| *count > 0) => break,
            byte if !quoted => {
                for (separator, count) in &mut counts {
                    *count += usize::from(separator == byte);
                }
            }
            _ => {}
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts
        .iter()
        .find(|(_, count)| *count == most)
        .map_or(b',', |(separator, _)| *separator)
}
