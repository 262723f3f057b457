//! Copies of the file: made while it is worked on, and put back.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use fiscal_harmony::auth::open_private;
use fiscal_harmony::types::jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use sha2::{Digest, Sha256};

use super::{fault::translate, file::connect};
use crate::{
    error::{Hex, OutboxError},
    store::folder::sync_folder_of,
};

/// A copy that was read back and found whole.
#[derive(Debug, Clone)]
pub(crate) struct Copied {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) documents: u64,
}

fn named(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn failed(path: &Path, what: impl ToString) -> OutboxError {
    OutboxError::Backup {
        path: path.to_owned(),
        what: what.to_string(),
    }
}

/// Copies a store while it is worked on. What is at `to` is replaced once the copy was read back, and only by a later copy of the same store.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<Copied, OutboxError> {
    let wrong = |what: String| failed(to, what);
    if to.is_dir() {
        return Err(wrong("is a folder: name a file in it".to_owned()));
    }
    let connection = connect(from)?;
    let identity = identity(&connection).map_err(|error| translate(from, &error))?;
    if to.exists() {
        let is_older_copy = fs::canonicalize(to).ok() != fs::canonicalize(from).ok()
            && look_into(to).is_ok_and(|known| known.is_some() && known == identity);
        if !is_older_copy {
            return Err(wrong(
                "is there already and is no earlier copy of this outbox: name another file".to_owned(),
            ));
        }
    }
    let partial = named(to, ".partial");
    let _ = fs::remove_file(&partial);
    private(&partial).map_err(|error| wrong(format!("cannot be made: {error}")))?;
    let name = partial
        .to_str()
        .ok_or_else(|| wrong("has a name that is not UTF-8".to_owned()))?;
    connection
        .execute("VACUUM INTO ?1", [name])
        .map_err(|error| wrong(format!("could not be written: {error}")))?;
    drop(connection);
    let copied = File::open(&partial)
        .and_then(|file| file.sync_all())
        .map_err(|error| wrong(format!("could not be written: {error}")))
        .and_then(|()| whole(&partial))
        .inspect_err(|_| {
            let _ = fs::remove_file(&partial);
        })?;
    let file = to.file_name().unwrap_or_default().to_string_lossy();
    let sum = named(to, ".sha256");
    let put = || -> std::io::Result<()> {
        let partial_sum = named(&sum, ".partial");
        let _ = fs::remove_file(&partial_sum);
        let mut written = private(&partial_sum)?;
        writeln!(written, "{}  {file}", copied.sha256)?;
        written.sync_all()?;
        // Without its sum a copy is still one; with another's it is none.
        let _ = fs::remove_file(&sum);
        fs::rename(&partial, to)?;
        fs::rename(&partial_sum, &sum)?;
        sync_folder_of(to)
    };
    put().map_err(|error| wrong(format!("could not be put in its place: {error}")))?;
    Ok(copied)
}

/// A new file for its owner's eyes only.
fn private(path: &Path) -> std::io::Result<File> {
    open_private(OpenOptions::new().write(true).create_new(true), path)
}

fn identity(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let query = "SELECT value FROM fh_outbox_meta WHERE name = 'store'";
    connection.query_row(query, [], |row| row.get(0)).optional()
}

fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn look_into(path: &Path) -> rusqlite::Result<Option<String>> {
    identity(&read_only(path)?)
}

/// Reads a copy from beginning to end: SQLite finds it sound, and every document is what was taken in.
pub(crate) fn whole(path: &Path) -> Result<Copied, OutboxError> {
    let wrong = |what: String| failed(path, what);
    let told = |error: rusqlite::Error| wrong(format!("cannot be read: {error}"));
    let connection = read_only(path).map_err(told)?;
    let sound: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(told)?;
    if sound != "ok" {
        return Err(wrong(format!("is damaged: {sound}")));
    }
    let mut statement = connection
        .prepare("SELECT document_id, body, body_sha256, retry_body, retry_sha256 FROM fh_outbox_entry")
        .map_err(|error| wrong(format!("is no outbox: {error}")))?;
    let mut rows = statement.query([]).map_err(told)?;
    let mut documents = 0;
    while let Some(row) = rows.next().map_err(told)? {
        let read = |index: usize| -> rusqlite::Result<bool> {
            let (body, sha256): (Vec<u8>, Vec<u8>) = (row.get(index)?, row.get(index + 1)?);
            Ok(Sha256::digest(&body).as_slice() == sha256)
        };
        if !(read(1).map_err(told)? && read(3).map_err(told)?) {
            let id: String = row.get(0).map_err(told)?;
            return Err(wrong(format!(
                "is damaged: the document {id:?} does not match its sha256"
            )));
        }
        documents += 1;
    }
    let (bytes, sha256) = sum_of(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    Ok(Copied {
        bytes,
        sha256,
        documents,
    })
}

fn sum_of(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, Hex(&hash.finalize()).to_string()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}

/// What stood where a copy was put.
#[derive(Debug, Clone)]
pub(crate) struct PutBack {
    pub(crate) copied: Copied,
    /// Where the store is now that was there, if one was.
    pub(crate) replaced: Option<PathBuf>,
}

/// Puts a copy in a store's place. What is there is moved aside, never written over.
pub(crate) fn put_back(backup: &Path, to: &Path, now: Timestamp) -> Result<PutBack, OutboxError> {
    let copied = whole(backup)?;
    let sum = named(backup, ".sha256");
    if let Ok(text) = fs::read_to_string(&sum) {
        let known = text.split_whitespace().next().unwrap_or_default();
        if !known.eq_ignore_ascii_case(&copied.sha256) {
            return Err(failed(
                backup,
                format!(
                    "is not what was written when it was made: {} says otherwise",
                    sum.display()
                ),
            ));
        }
    }
    if fs::canonicalize(backup).ok() == fs::canonicalize(to).ok() {
        return Err(failed(backup, "is the outbox itself"));
    }
    let partial = named(to, ".partial");
    let _ = fs::remove_file(&partial);
    let write = || -> std::io::Result<()> {
        let mut source = File::open(backup)?;
        let mut target = private(&partial)?;
        std::io::copy(&mut source, &mut target)?;
        target.sync_all()
    };
    let cannot = |source| OutboxError::File {
        path: to.to_owned(),
        source,
    };
    write().map_err(cannot)?;
    let mut replaced = None;
    if to.exists() {
        nobody_has(to)?;
        let aside = named(to, &format!(".replaced-{}", now.strftime("%Y%m%dT%H%M%SZ")));
        if aside.exists() {
            return Err(failed(&aside, "is there already: do it again in a second"));
        }
        for end in ["-wal", "-shm", ""] {
            match fs::rename(named(to, end), named(&aside, end)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(cannot(error)),
                _ => {}
            }
        }
        replaced = Some(aside);
    }
    fs::rename(&partial, to).map_err(cannot)?;
    sync_folder_of(to).map_err(cannot)?;
    Ok(PutBack { copied, replaced })
}

/// Refuses a file that is open anywhere: whoever has it would go on with what was moved aside. SQLite leaves the write-ahead log only for
/// who is alone. A file that is none of SQLite's cannot be asked.
fn nobody_has(path: &Path) -> Result<(), OutboxError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let alone = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(Duration::from_secs(1))?;
        let mode = "PRAGMA journal_mode = DELETE";
        connection.query_row(mode, [], |row| row.get::<_, String>(0))
    });
    let locked = || OutboxError::Locked {
        place: path.display().to_string(),
    };
    match alone {
        Ok(mode) if mode == "wal" => Err(locked()),
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
            ) =>
        {
            Err(locked())
        }
        _ => Ok(()),
    }
}
