//! What SQLite's errors mean here.

use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use crate::error::OutboxError;

pub(super) fn translate(path: &Path, error: &rusqlite::Error) -> OutboxError {
    let place = path.display().to_string();
    let Some(code) = error.sqlite_error_code() else {
        return OutboxError::Store(format!("{place}: {error}"));
    };
    if error.to_string().contains("no such table: fh_outbox_") {
        return OutboxError::NoTables { place };
    }
    match code {
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => OutboxError::Damaged {
            place,
            what: error.to_string(),
        },
        ErrorCode::DatabaseBusy if extended(error) == ffi::SQLITE_BUSY_SNAPSHOT => OutboxError::Overtaken { place },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => OutboxError::Locked { place },
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => OutboxError::ReadOnly { place },
        ErrorCode::DiskFull => OutboxError::Full { place },
        ErrorCode::SystemIoFailure => OutboxError::Store(format!(
            "{place}: {error} (SQLite's code {}); see whether the disk is full or failing, which the system's log tells, then do the same \
             again",
            extended(error),
        )),
        _ => OutboxError::Store(format!("{place}: {error}")),
    }
}

fn extended(error: &rusqlite::Error) -> i32 {
    error.sqlite_error().map_or(0, |error| error.extended_code)
}
