//! Reading documents from files and from standard input: one at a time, each by itself, each with its place.

mod position;
mod scan;
mod split;
mod window;

use std::{
    collections::HashMap,
    fmt,
    fs::File,
    io::{self, Read},
    path::PathBuf,
    sync::Arc,
};

use fh_outbox::Handed;
use fiscal_harmony::{Document, DocumentError, DocumentKind, auth::Station, document::AllowedFields};

pub(crate) use position::Position;
pub(crate) use split::Piece;
use split::Pieces;

/// Where documents come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
}

impl Source {
    /// What a person wrote: a path, or `-` for standard input.
    pub(crate) fn from_argument(path: PathBuf) -> Self {
        if path.as_os_str() == "-" {
            Self::Stdin
        } else {
            Self::File(path)
        }
    }

    fn open(&self) -> Result<Box<dyn Read + Send>, String> {
        let path = match self {
            Self::Stdin => return Ok(Box::new(io::stdin())),
            Self::File(path) => path,
        };
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        let file = File::open(path).map_err(unreadable)?;
        // Windows does not open folders at all; its message is as good.
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err("is a folder; name the files in it, such as folder/*.json".to_owned());
        }
        Ok(Box::new(file))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Why a text is not a document that can be sent: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) source: Source,
    /// The document's number in its source, from one, and where the trouble is; none when it is about the source itself.
    pub(crate) place: Option<(usize, Position)>,
    /// The JSON pointer of what is wrong; empty for the whole document.
    pub(crate) pointer: String,
    pub(crate) message: String,
    /// What the reader of documents said, where it was it.
    pub(crate) cause: Option<Box<DocumentError>>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        if let Some((number, at)) = self.place {
            write!(f, ":{}:{}: document {number}", at.line, at.column)?;
            if !self.pointer.is_empty() {
                write!(f, ", {}", self.pointer)?;
            }
        }
        write!(f, ": {}", self.message)
    }
}

/// A document and where it stood.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) source: Source,
    /// Its number in its source, from one.
    pub(crate) number: usize,
    pub(crate) at: Position,
    pub(crate) document: Document,
    /// The station that stands beside it.
    pub(crate) station: Option<Station>,
}

impl Found {
    /// Something that is wrong with the document as a whole.
    pub(crate) fn problem(&self, message: String) -> Problem {
        Problem {
            source: self.source.clone(),
            place: Some((self.number, self.at)),
            pointer: String::new(),
            message,
            cause: None,
        }
    }
}

/// Reads every document of every source, in order, one at a time. Fields that are not known are refused but for `allowed` ones.
pub(crate) fn documents(sources: Vec<Source>, allowed: AllowedFields) -> impl Iterator<Item = Result<Found, Problem>> {
    let allowed = Arc::new(allowed);
    sources
        .into_iter()
        .flat_map(move |source| of_source(source, allowed.clone()))
}

/// Refuses a document whose id came before: it would be sent twice.
pub(crate) fn without_repeats(
    documents: impl Iterator<Item = Result<Found, Problem>>,
) -> impl Iterator<Item = Result<Found, Problem>> {
    let mut seen = HashMap::new();
    documents.map(move |found| {
        let found = found?;
        let (kind, id) = (found.document.kind(), found.document.id());
        let key = (kind == DocumentKind::Invoice, id.to_owned());
        match seen.get(&key) {
            Some(earlier) => Err(found.problem(format!(
                "the {kind} {id} was already given ({earlier}); only the first is taken"
            ))),
            None => {
                seen.insert(key, format!("{}, document {}", found.source, found.number));
                Ok(found)
            }
        }
    })
}

fn of_source(source: Source, allowed: Arc<AllowedFields>) -> impl Iterator<Item = Result<Found, Problem>> {
    pieces(source).map(move |piece| piece.and_then(|(source, piece)| parse(&source, &piece, &allowed)))
}

/// The texts of the documents of a source, unread.
pub(crate) fn pieces(source: Source) -> Box<dyn Iterator<Item = Result<(Source, Piece), Problem>>> {
    let about_source = |source: Source, message: String| {
        Box::new(std::iter::once(Err(Problem {
            source,
            place: None,
            pointer: String::new(),
            message,
            cause: None,
        })))
    };
    let reader = match source.open() {
        Ok(reader) => reader,
        Err(message) => return about_source(source, message),
    };
    let mut pieces = Pieces::new(reader).peekable();
    if pieces.peek().is_none() {
        return about_source(source, "holds no document".to_owned());
    }
    Box::new(pieces.map(move |piece| Ok((source.clone(), piece))))
}

/// Reads one document.
pub(crate) fn parse(source: &Source, piece: &Piece, allowed: &AllowedFields) -> Result<Found, Problem> {
    let problem = |at: Position, pointer: &str, message: String| Problem {
        source: source.clone(),
        place: Some((piece.number, at)),
        pointer: pointer.to_owned(),
        message,
        cause: None,
    };
    let text = piece
        .text
        .as_deref()
        .map_err(|message| problem(piece.at, "", message.clone()))?;
    let handed = Handed::read(text).map_err(|error| problem(piece.at, "", error.to_string()))?;
    let document = Document::from_json_allowing(handed.document, allowed).map_err(|error| {
        let at = match (error.line(), error.column()) {
            (Some(line), Some(column)) => {
                let offset = handed.offset + offset_of(handed.document, line, column);
                piece.at.within(text, offset)
            }
            _ => piece.at,
        };
        Problem {
            cause: Some(Box::new(error.clone())),
            ..problem(at, error.pointer(), error.message().to_owned())
        }
    })?;
    Ok(Found {
        source: source.clone(),
        number: piece.number,
        at: piece.at,
        document,
        station: handed.station,
    })
}

/// The byte at a line and a column that counts bytes, as the JSON parser does.
pub(crate) fn offset_of(text: &[u8], line: usize, column: usize) -> usize {
    let line_start = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum::<usize>();
    line_start + column.saturating_sub(1)
}
