//! The file: making one, and opening it.

use std::{fs::OpenOptions, path::Path, time::Duration};

use fiscal_harmony::auth::open_private;
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::fault::translate;
use crate::{error::OutboxError, store::folder::sync_folder_of};

/// How long another program may hold the database.
const BUSY: Duration = Duration::from_secs(10);

pub(super) fn connect(path: &Path) -> Result<Connection, OutboxError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let translated = |error: rusqlite::Error| translate(path, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(translated)?;
    connection.busy_timeout(BUSY).map_err(translated)?;
    connection.set_prepared_statement_cache_capacity(64);
    // A statement is parsed once. Without this, SQLite parses one again whenever another value of a parameter might deserve another plan.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(translated)?;
    if connection.is_readonly("main").map_err(translated)? {
        return Err(OutboxError::ReadOnly {
            place: path.display().to_string(),
        });
    }
    connection
        .execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")
        .map_err(translated)?;
    Ok(connection)
}

/// Makes the file, readable for its owner only, if there is none.
pub(super) fn make(path: &Path) -> Result<(), OutboxError> {
    let failed = |source| OutboxError::File {
        path: path.to_owned(),
        source,
    };
    if cfg!(windows) && path.to_str().is_some_and(is_on_a_share) {
        return Err(OutboxError::NotDurable {
            place: path.display().to_string(),
            why: "it is on a network share, where several programs cannot share its log; keep the file on a disk of this machine, or use PostgreSQL \
                  for an outbox of many machines",
        });
    }
    match open_private(OpenOptions::new().write(true).create_new(true), path) {
        Ok(file) => {
            file.sync_all().map_err(failed)?;
            sync_folder_of(path).map_err(failed)?;
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => look_at(path),
        Err(error) => Err(failed(error)),
    }
}

/// Whether Windows would look for it on another machine. `\\\\?\\` and `\\\\.\\` begin paths of this one, unless `UNC` follows. A share that has the
/// letter of a drive is not seen.
fn is_on_a_share(path: &str) -> bool {
    let path = path.replace('/', "\\");
    match path.strip_prefix(r"\\?\").or_else(|| path.strip_prefix(r"\\.\")) {
        Some(rest) => rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(r"UNC\")),
        None => path.starts_with(r"\\"),
    }
}

/// Refuses what SQLite would take for an empty database and write over: it reads nothing of a file shorter than its header.
fn look_at(path: &Path) -> Result<(), OutboxError> {
    /// The shortest page, and so the shortest database.
    const SHORTEST: u64 = 512;
    let failed = |source| OutboxError::File {
        path: path.to_owned(),
        source,
    };
    let found = std::fs::metadata(path).map_err(failed)?;
    if found.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()));
    }
    // An empty file is what a death between the making of a file and the first write leaves.
    if (1..SHORTEST).contains(&found.len()) {
        return Err(OutboxError::Damaged {
            place: path.display().to_string(),
            what: format!("it ends after {} bytes", found.len()),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_on_a_share;

    #[test]
    fn a_share_is_told_from_a_disk() {
        for (path, shared) in [
            (r"\\server\tills\till.db", true),
            ("//server/tills/till.db", true),
            (r"\\?\UNC\server\tills\till.db", true),
            (r"\\?\C:\tills\till.db", false),
            (r"\\.\C:\tills\till.db", false),
            (r"C:\tills\till.db", false),
            (r"\tills\till.db", false),
            ("till.db", false),
        ] {
            assert_eq!(is_on_a_share(path), shared, "{path}");
        }
    }
}
