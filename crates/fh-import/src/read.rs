//! One file, document by document.

use std::{
    fs::File,
    io::Read,
    path::Path,
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use crate::{
    cell::Row,
    gather::{Gatherer, Imported},
    gobl,
    mapping::Mapping,
    problem::Problem,
    sheet::{self, Limits},
    ubl,
};

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

/// How many documents wait for whoever takes them.
const WAITING: usize = 64;

/// The documents of a file, in its order, or what is wrong with it and where. A problem with one document is no reason to stop; one with the
/// file is the last thing that comes.
///
/// Texts and OpenDocument sheets are read as they come, in constant memory; of an Excel workbook the texts of all cells are held.
pub fn read(
    path: &Path,
    mapping: Option<&Mapping>,
    limits: &Limits,
) -> impl Iterator<Item = Result<Imported, Problem>> + use<> {
    let (path, mapping, limits) = (path.to_owned(), mapping.cloned(), *limits);
    let (sender, receiver) = sync_channel(WAITING);
    // A reader of its own, since the libraries hand rows over and do not wait to be asked.
    let reader = thread::spawn(move || {
        let mut take = |found| sender.send(found).is_ok();
        if let Err(problem) = read_into(&path, mapping.as_ref(), &limits, &mut take) {
            let _ = sender.send(Err(problem));
        }
    });
    Documents {
        receiver,
        reader: Some(reader),
    }
}

struct Documents {
    receiver: Receiver<Result<Imported, Problem>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Iterator for Documents {
    type Item = Result<Imported, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(found) = self.receiver.recv() {
            return Some(found);
        }
        // Gone without a word: a fault of a library is a fault of the file to whoever imports it.
        let ended = self.reader.take()?.join();
        ended.is_err().then(|| {
            Err(Problem::of_file(
                "it cannot be read: it breaks the reader; save it again, as CSV",
            ))
        })
    }
}

fn read_into(
    path: &Path,
    mapping: Option<&Mapping>,
    limits: &Limits,
    take: &mut dyn FnMut(Result<Imported, Problem>) -> bool,
) -> Result<(), Problem> {
    let format = Format::of(path)?;
    match (format, mapping) {
        (Format::Gobl, _) => {
            take(gobl::read(&whole(path, limits)?));
            Ok(())
        }
        (Format::Ubl, _) => {
            take(ubl::read(&whole(path, limits)?));
            Ok(())
        }
        (format, Some(mapping)) => table(path, format, mapping, limits, take),
        (_, None) => Err(Problem::of_file(
            "it is a table, and nothing says what its columns are: `fh import --guess FILE` proposes a mapping, --mapping names it",
        )),
    }
}

fn whole(path: &Path, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limits.document + 1).read_to_end(&mut bytes))
        .map_err(|error| Problem::of_file(format!("cannot be read: {error}")))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.document {
        return Err(Problem::of_file(format!("it has more than {} bytes", limits.document)));
    }
    Ok(bytes)
}

fn table(
    path: &Path,
    format: Format,
    mapping: &Mapping,
    limits: &Limits,
    take: &mut dyn FnMut(Result<Imported, Problem>) -> bool,
) -> Result<(), Problem> {
    let mut gatherer: Option<Gatherer<'_>> = None;
    let mut trouble = None;
    let mut wants_more = true;
    let mut count = 0;
    let mut on_row = |row: Row| {
        count += 1;
        match &mut gatherer {
            Some(gatherer) => {
                if let Some(found) = gatherer.row(row) {
                    wants_more = take(found);
                }
                wants_more
            }
            None => {
                // In a text each record counts as a row, and empty lines are none.
                let number = if format == Format::Text { count } else { row.place.row };
                let is_header = mapping.header.map_or(!row.is_empty(), |header| number == header);
                if is_header {
                    match Gatherer::new(mapping, &row) {
                        Ok(made) => gatherer = Some(made),
                        Err(problem) => trouble = Some(problem),
                    }
                }
                trouble.is_none()
            }
        }
    };
    sheet::rows(path, format, Some(mapping), limits, &mut on_row)?;
    if let Some(problem) = trouble {
        return Err(problem);
    }
    let Some(mut gatherer) = gatherer else {
        return Err(Problem::of_file("there is no row of headings"));
    };
    if !wants_more {
        return Ok(());
    }
    match gatherer.end() {
        Some(found) => {
            take(found);
            Ok(())
        }
        None => Err(Problem::of_file("there are headings, and no row below them")),
    }
}
