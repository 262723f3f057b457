//! SQLite: one writer thread, one reader thread.
//!
//! The writer takes whatever is waiting into one transaction and syncs once ("group commit"); each operation in it has a savepoint of
//! its own, so that one that fails costs no other. Nobody is answered before the commit is on the disk.

use std::{
    fs::OpenOptions,
    future::{Future, ready},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use futures_util::FutureExt;
use rusqlite::{Connection, ErrorCode, OpenFlags, types::ValueRef};

use super::Answer;
use super::sql::{Dialect, Row, Sql, Value, Work};
use crate::{OutboxError, failpoint};

/// How many operations share one transaction at most.
const GROUP: usize = 512;

/// How long another program may hold the database.
const BUSY: Duration = Duration::from_secs(10);

/// An operation on its way to a thread, and its answer on the way back.
trait Job: Send {
    fn name(&self) -> &'static str;
    /// Does it, and says whether it worked.
    fn act(&mut self, connection: &Connection, path: &Path) -> bool;
    /// Answers with what came of it, or with why its transaction failed.
    fn answer(self: Box<Self>, failed: Option<OutboxError>);
}

struct Errand<W: Work> {
    work: Option<W>,
    done: Option<Result<W::Output, OutboxError>>,
    sender: Answer<W>,
}

impl<W: Work> Job for Errand<W> {
    fn name(&self) -> &'static str {
        W::NAME
    }

    fn act(&mut self, connection: &Connection, path: &Path) -> bool {
        let Some(work) = self.work.take() else { return false };
        let done =
            failpoint::hit(W::NAME, failpoint::Moment::BeforeWrite).and_then(|()| run_now(work, connection, path));
        self.done.insert(done).is_ok()
    }

    fn answer(self: Box<Self>, failed: Option<OutboxError>) {
        let answer = match (self.done, failed) {
            // Its own error says more than that of the group.
            (Some(Err(own)), _) => Err(own),
            (_, Some(failed)) => Err(failed),
            (Some(done), None) => done,
            (None, None) => Err(OutboxError::Store("an operation was left out".to_owned())),
        };
        // Who does not wait for the answer any more does not need it.
        let _ = self.sender.send(answer);
    }
}

type Queue = mpsc::Sender<Box<dyn Job>>;

pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Queue,
    reader: Queue,
}

/// A connection inside a transaction.
pub(crate) struct SqliteTransaction<'c> {
    connection: &'c Connection,
    path: &'c Path,
}

impl<'c> SqliteTransaction<'c> {
    pub(crate) fn new(connection: &'c Connection, path: &'c Path) -> Self {
        Self { connection, path }
    }

    fn rows(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values: rusqlite::Result<Vec<Value>> = (0..columns)
                .map(|column| {
                    Ok(match row.get_ref(column)? {
                        ValueRef::Null => Value::Null,
                        ValueRef::Integer(value) => Value::Int(value),
                        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
                        ValueRef::Blob(value) => Value::Blob(value.to_vec()),
                        ValueRef::Real(_) => return Err(rusqlite::Error::InvalidQuery),
                    })
                })
                .collect();
            found.push(Row(values?.into_iter()));
        }
        Ok(found)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
        };
        Ok(rusqlite::types::ToSqlOutput::Borrowed(value))
    }
}

impl Sql for SqliteTransaction<'_> {
    /// There is one writer at a time, so nothing needs a lock of its own.
    const DIALECT: Dialect = Dialect {
        lock: "",
        lock_free: "",
        tables: "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1",
        steps: &[include_str!("schema/sqlite/1.sql")],
    };

    fn query(&mut self, sql: &str, values: &[Value]) -> impl Future<Output = Result<Vec<Row>, OutboxError>> + Send {
        ready(self.rows(sql, values).map_err(|error| translate(self.path, &error)))
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> impl Future<Output = Result<u64, OutboxError>> + Send {
        let changed = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(values)));
        let changed = changed.map(|rows| u64::try_from(rows).unwrap_or(u64::MAX));
        ready(changed.map_err(|error| translate(self.path, &error)))
    }

    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), OutboxError>> + Send {
        ready(
            self.connection
                .execute_batch(sql)
                .map_err(|error| translate(self.path, &error)),
        )
    }

    fn queue_up(&mut self, _: &str) -> impl Future<Output = Result<(), OutboxError>> + Send {
        ready(Ok(()))
    }
}

/// Runs an operation on a connection. Nothing in it ever waits, so one poll is the whole of it.
pub(crate) fn run_now<W: Work>(work: W, connection: &Connection, path: &Path) -> Result<W::Output, OutboxError> {
    let mut transaction = SqliteTransaction::new(connection, path);
    work.run(&mut transaction).now_or_never().unwrap_or_else(|| {
        Err(OutboxError::Store(
            "an operation on SQLite waited for something".to_owned(),
        ))
    })
}

pub(crate) fn translate(path: &Path, error: &rusqlite::Error) -> OutboxError {
    let place = path.display().to_string();
    let Some(code) = error.sqlite_error_code() else {
        return OutboxError::Store(format!("{place}: {error}"));
    };
    match code {
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => OutboxError::Damaged {
            place,
            what: error.to_string(),
        },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => OutboxError::Locked { place },
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => OutboxError::ReadOnly { place },
        ErrorCode::DiskFull => OutboxError::Full { place },
        ErrorCode::SystemIoFailure => OutboxError::Store(format!(
            "{place}: {error} (SQLite's code {}); see whether the disk is full or failing, which the system's log tells, then do the same \
             again",
            error.sqlite_error().map_or(0, |error| error.extended_code),
        )),
        _ => OutboxError::Store(format!("{place}: {error}")),
    }
}

fn connect(path: &Path) -> Result<Connection, OutboxError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let translated = |error: rusqlite::Error| translate(path, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(translated)?;
    connection.busy_timeout(BUSY).map_err(translated)?;
    connection.set_prepared_statement_cache_capacity(64);
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
fn make(path: &Path) -> Result<(), OutboxError> {
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

/// A file whose name is not on the disk is lost with the power.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
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

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, OutboxError> {
        make(path)?;
        let writer = connect(path)?;
        let reader = connect(path)?;
        Ok(Self {
            path: path.to_owned(),
            writer: start("fh-outbox-writer", path, writer, "BEGIN IMMEDIATE")?,
            reader: start("fh-outbox-reader", path, reader, "BEGIN")?,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write<W: Work>(&self, work: W, answer: Answer<W>) {
        send(&self.writer, work, answer);
    }

    pub(crate) fn read<W: Work>(&self, work: W, answer: Answer<W>) {
        send(&self.reader, work, answer);
    }
}

/// Hands an operation to a thread. Should the thread be gone, so is the sender, which the waiting side sees.
fn send<W: Work>(thread: &Queue, work: W, sender: Answer<W>) {
    let errand = Errand {
        work: Some(work),
        done: None,
        sender,
    };
    let _ = thread.send(Box::new(errand));
}

fn start(name: &str, path: &Path, connection: Connection, begin: &'static str) -> Result<Queue, OutboxError> {
    let (sender, queue) = mpsc::channel();
    let place = path.to_owned();
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || serve(&connection, &place, begin, &queue))
        .map_err(|source| OutboxError::File {
            path: path.to_owned(),
            source,
        })?;
    Ok(sender)
}

/// Does what is asked, in groups, until nobody can ask any more.
fn serve(connection: &Connection, path: &Path, begin: &str, queue: &mpsc::Receiver<Box<dyn Job>>) {
    while let Ok(first) = queue.recv() {
        let mut group: Vec<_> = std::iter::once(first).chain(queue.try_iter().take(GROUP - 1)).collect();
        let failure = together(connection, begin, path, &mut group).err();
        if failure.is_some() && !connection.is_autocommit() {
            // Should even this fail, the next `BEGIN` says so.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for job in group {
            job.answer(failure.as_ref().map(|failure| failure.to_error(path)));
        }
    }
}

/// Why a whole group came to nothing.
enum Failure {
    Sqlite(rusqlite::Error),
    /// SQLite ended the transaction on an error inside it, such as a full disk.
    Ended,
    Injected(OutboxError),
}

impl Failure {
    fn to_error(&self, path: &Path) -> OutboxError {
        match self {
            Self::Sqlite(error) => translate(path, error),
            Self::Ended => OutboxError::Store(format!(
                "{}: an operation that shared the transaction ended it; nothing of it is kept",
                path.display()
            )),
            Self::Injected(error) => OutboxError::Store(error.to_string()),
        }
    }
}

/// Runs a group in one transaction and commits it.
fn together(connection: &Connection, begin: &str, path: &Path, group: &mut [Box<dyn Job>]) -> Result<(), Failure> {
    let sql = |text: &str| {
        let done = connection
            .prepare_cached(text)
            .and_then(|mut statement| statement.execute([]));
        done.map(|_| ()).map_err(Failure::Sqlite)
    };
    sql(begin)?;
    let alone = group.len() == 1;
    for job in group.iter_mut() {
        if !alone {
            sql("SAVEPOINT job")?;
        }
        let worked = job.act(connection, path);
        if connection.is_autocommit() {
            return Err(Failure::Ended);
        }
        match (worked, alone) {
            (false, true) => return sql("ROLLBACK"),
            (false, false) => sql("ROLLBACK TO job").and_then(|()| sql("RELEASE job"))?,
            (true, false) => sql("RELEASE job")?,
            (true, true) => {}
        }
    }
    for job in group.iter() {
        failpoint::hit(job.name(), failpoint::Moment::BeforeCommit).map_err(Failure::Injected)?;
    }
    sql("COMMIT")?;
    for job in group.iter() {
        // After the commit there is nothing left to fail; only to die.
        let _ = failpoint::hit(job.name(), failpoint::Moment::AfterCommit);
    }
    Ok(())
}
