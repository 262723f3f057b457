//! The file: making one, and opening it.

use std::{fs::OpenOptions, path::Path, time::Duration};

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
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(file) => {
            file.sync_all().map_err(failed)?;
            sync_folder_of(path).map_err(failed)?;
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => look_at(path),
        Err(error) => Err(failed(error)),
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
