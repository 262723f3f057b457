use std::{fmt, path::PathBuf};

use fiscal_harmony::{DocumentError, preflight::Findings};

use crate::state::State;

/// What the outbox could not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The document cannot be written as JSON.
    #[error("the document cannot be put into the outbox: {0}")]
    Document(#[source] DocumentError),
    /// Preflight found what the authority would refuse. Nothing was kept.
    #[error("the document is not put into the outbox: {}", first(.0))]
    Preflight(Box<Findings>),
    /// The id belongs to a document with other content. Nothing was changed.
    #[error(
        "{document:?} is already in the outbox ({state}) with other content: sha256 {kept} is kept, {offered} was offered; a document \
         is never changed by handing it in another time: for the same sale hand in what was handed in before; to mend what was rejected, or not sent yet, \
         correct it (`Outbox::correct`); only another sale has an id and a number of its own"
    )]
    OtherContent {
        /// The document id.
        document: String,
        /// What the kept one has come to.
        state: State,
        /// SHA-256 of the kept body, in hex.
        kept: String,
        /// SHA-256 of the body that was offered, in hex.
        offered: String,
    },
    /// What a correction cannot change was changed. Nothing was kept.
    #[error(
        "{document:?} cannot be corrected so: its {what} is {kept:?}, and {offered:?} was offered; the {what} stays what it is. Where it is wrong, hand \
         the sale in as another document that replaces this one"
    )]
    Fixed {
        /// The document id.
        document: String,
        /// The id, the kind or the currency.
        what: &'static str,
        /// What is kept.
        kept: String,
        /// What was offered.
        offered: String,
    },
    /// Another document has taken its place, and locks it. Nothing was changed.
    #[error("{document:?} ({state}) was replaced by {by:?} and is locked; see to that one")]
    Replaced {
        /// The document id.
        document: String,
        /// Where it stands.
        state: State,
        /// The id of the other document.
        by: String,
    },
    /// There is no such document.
    #[error("{0:?} is not in the outbox; `Outbox::list` says what is")]
    NoSuchDocument(String),
    /// The operator's word does not fit.
    #[error("{document:?} ({state}): {why}")]
    NotPossible {
        /// The document id.
        document: String,
        /// Where it stands.
        state: State,
        /// Why not.
        why: &'static str,
    },
    /// What was to be adopted is not this document's.
    #[error("{document:?} cannot adopt that: {what}")]
    Evidence {
        /// The document id.
        document: String,
        /// What is the matter with it.
        what: String,
    },
    /// This machine sends from the outbox already.
    #[error("this machine sends from this outbox already; there is nothing to take over")]
    NothingToTakeOver,
    /// There is no such alarm.
    #[error("{0:?} names no alarm that can be acknowledged; `Alarm::key` says the name of one that can")]
    NoSuchAlarm(String),
    /// The file was written by a newer version of this program.
    #[error(
        "the outbox {place} has version {found}, this program knows up to {known}; use the newer program, an older one must not write \
         into it"
    )]
    Newer {
        /// Where the outbox is.
        place: String,
        /// Its version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The file is not a database, or is damaged. It is left as it is.
    #[error(
        "the outbox {place} is damaged or is no database ({what}); it was not touched: make a copy of it with its -wal file before anything \
         else, then restore a backup or recover it with `sqlite3 … .recover`"
    )]
    Damaged {
        /// Where the outbox is.
        place: String,
        /// What was found.
        what: String,
    },
    /// Another program holds the database.
    #[error("the outbox {place} is locked by another program; close that program, or wait for it to finish")]
    Locked {
        /// Where the outbox is.
        place: String,
    },
    /// The file, or the tables, may not be written.
    #[error(
        "the outbox {place} may only be read; give the user of this program the right to write the file and its folder, or the \
         tables (a standby server has none to give)"
    )]
    ReadOnly {
        /// Where the outbox is.
        place: String,
    },
    /// The disk is full. What was being written is not kept.
    #[error(
        "the disk of the outbox {place} is full; nothing was kept of what was being written: free some space and try again"
    )]
    Full {
        /// Where the outbox is.
        place: String,
    },
    /// The file could not be made or opened.
    #[error("the outbox {} cannot be opened: {source}; {}", path.display(), remedy(source))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database server cannot be reached or does not let us in. What was being written may or may not be kept; doing it again is safe.
    #[error(
        "the outbox {place} cannot be reached ({what}); see that the server runs and the address and the password are right"
    )]
    Unreachable {
        /// Where the outbox is.
        place: String,
        /// What the server or the system said.
        what: String,
    },
    /// What was committed would not be on the disk. Nothing was kept.
    #[error("the outbox {place} would lose documents with the power: {why}")]
    NotDurable {
        /// Where the outbox is.
        place: String,
        /// What does not wait for the disk, and what to do about it.
        why: &'static str,
    },
    /// The transaction that was handed in is not on the outbox's database. Nothing was kept.
    #[error(
        "the transaction is on {found} and the outbox in {place}: open a connection to the outbox's own database for the two to be kept \
         together"
    )]
    OtherDatabase {
        /// Where the outbox is.
        place: String,
        /// Where the transaction is.
        found: String,
    },
    /// The tables of the outbox are not where the transaction looks for them. Nothing was kept.
    #[error(
        "the tables of the outbox {place} are not to be found; see that the transaction is on that very database and schema, and that nobody \
         dropped them"
    )]
    NoTables {
        /// Where the outbox is.
        place: String,
    },
    /// Another connection wrote after this transaction had begun to read. Nothing was kept; the same in a new transaction may succeed.
    #[error(
        "another connection wrote to the outbox {place} after this transaction had begun to read; roll it back and do it again in an \
         immediate one (`BEGIN IMMEDIATE`)"
    )]
    Overtaken {
        /// Where the outbox is.
        place: String,
    },
    /// The address of the store is not understood, or of a kind that this program was not built for.
    #[error("{0}")]
    Address(String),
    /// The database cannot keep something of what it was given, such as a text that is too long for an index. Nothing was kept; the same
    /// again fails again.
    #[error("the outbox {place} cannot keep something of this: {what}; shorten or mend what is said")]
    NotKeepable {
        /// Where the outbox is.
        place: String,
        /// What the database said.
        what: String,
    },
    /// The store failed otherwise. What was being written may or may not be kept; doing it again is safe.
    #[error("the outbox could not be used: {0}")]
    Store(String),
    /// A backup could not be made, or is none.
    #[error("the backup {} {what}", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// What is the matter with it, and what to do about it.
        what: String,
    },
    /// An export could not be written; nothing was pruned.
    #[error("the export {} could not be written: {source}; what is not in it whole was not pruned", path.display())]
    Export {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl OutboxError {
    /// True when the same may succeed later, unchanged.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Locked { .. }
                | Self::Overtaken { .. }
                | Self::Full { .. }
                | Self::Unreachable { .. }
                | Self::Store(_)
        )
    }
}

impl OutboxError {
    /// True when the same may succeed once somebody has mended the store: an answer of the service's is not given up for less.
    pub(crate) fn may_be_mended(&self) -> bool {
        self.is_temporary()
            || matches!(
                self,
                Self::ReadOnly { .. } | Self::NoTables { .. } | Self::NotDurable { .. }
            )
    }
}

/// What to do about a file that cannot be made or opened.
fn remedy(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "make its folder first",
        ErrorKind::IsADirectory => "this is a folder: name a file in it",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "give the user of this program the right to write the file and its folder"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space and try again",
        _ => "see to what the system says and try again",
    }
}

fn first(findings: &Findings) -> String {
    let blocking = findings
        .findings
        .iter()
        .find(|finding| finding.level == fiscal_harmony::preflight::Level::Block);
    blocking.map_or_else(String::new, ToString::to_string)
}

/// Bytes as hex.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
