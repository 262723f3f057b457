//! An operation in a transaction of the caller's.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::{fault::translate, transaction::run_now};
use crate::{error::OutboxError, store::sql::Work};

/// `PRAGMA synchronous` of a connection whose commits wait for the disk.
const FULL: i64 = 2;

/// Runs an operation in a transaction on `path`, once it is certain that what it keeps is kept with the rest of the transaction.
pub(super) fn run_in<W: Work>(work: W, transaction: &Transaction<'_>, path: &Path) -> Result<W::Output, OutboxError> {
    is_on(transaction, path)?;
    waits_for_the_disk(transaction, path)?;
    run_now(work, transaction, path)
}

/// The tables of another file would take the document, and no worker would find it; those of an attached file are not kept together
/// with the rest.
fn is_on(connection: &Connection, path: &Path) -> Result<(), OutboxError> {
    let found = connection.path().filter(|found| !found.is_empty());
    let is_ours = found.is_some_and(|found| {
        let whole = |path: &Path| std::fs::canonicalize(path).ok();
        Path::new(found) == path || whole(Path::new(found)).is_some_and(|found| whole(path) == Some(found))
    });
    if is_ours {
        return Ok(());
    }
    Err(OutboxError::OtherDatabase {
        place: path.display().to_string(),
        found: found.unwrap_or("a database in memory").to_owned(),
    })
}

/// In a WAL, which the open outbox keeps the file in, a lesser setting would let the power take a committed sale back.
fn waits_for_the_disk(connection: &Connection, path: &Path) -> Result<(), OutboxError> {
    let setting: i64 = connection
        .pragma_query_value(None, "synchronous", |row| row.get(0))
        .map_err(|error| translate(path, &error))?;
    if setting >= FULL {
        return Ok(());
    }
    Err(OutboxError::NotDurable {
        place: path.display().to_string(),
        why: "the connection of this transaction does not wait for the disk: set `PRAGMA synchronous=FULL` on it before a transaction begins",
    })
}
