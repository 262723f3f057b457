//! SQLite: one writer thread, one reader thread.
//!
//! The writer takes whatever is waiting into one transaction and syncs once ("group commit"); each operation in it has a savepoint of
//! its own, so that one that fails costs no other. Nobody is answered before the commit is on the disk.

mod backup;
mod fault;
mod file;
mod guest;
#[cfg(test)]
mod plans;
mod transaction;

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, Transaction};

pub(crate) use self::backup::{Copied, copy, put_back};
use self::{
    fault::translate,
    file::{connect, make},
    transaction::run_now,
};
use super::sql::{Told, Work};
use crate::{error::OutboxError, failpoint, roster::Roster};

/// How many operations share one transaction at most.
const GROUP: usize = 512;

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
    sender: Told<W>,
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

/// A thread, and the way to it.
struct Thread {
    queue: Queue,
    ended: JoinHandle<()>,
}

pub(crate) struct Sqlite {
    path: PathBuf,
    /// Gone only while it is dropped.
    threads: Option<[Thread; 2]>,
}

/// The last connection of all that closes puts everything into the one file and removes the others, so that a copy of that file is whole. A
/// process that ends must wait for it.
impl Drop for Sqlite {
    fn drop(&mut self) {
        for Thread { queue, ended } in self.threads.take().into_iter().flatten().rev() {
            drop(queue);
            if ended.join().is_err() {
                tracing::error!(path = %self.path.display(), "a thread of the outbox ended in a panic");
            }
        }
    }
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, OutboxError> {
        make(path)?;
        let writer = connect(path)?;
        let reader = connect(path)?;
        Ok(Self {
            path: path.to_owned(),
            threads: Some([
                start("fh-outbox-writer", path, writer, "BEGIN IMMEDIATE")?,
                start("fh-outbox-reader", path, reader, "BEGIN")?,
            ]),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Beside the file, by whatever way it was reached, so that all who work on it find each other.
    pub(crate) fn roster(&self) -> Roster {
        let file = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let mut folder = file.into_os_string();
        folder.push("-workers");
        Roster::new(folder.into(), "file")
    }

    /// Runs an operation in a transaction of the caller's.
    pub(crate) fn run_in<W: Work>(&self, work: W, transaction: &Transaction<'_>) -> Result<W::Output, OutboxError> {
        guest::run_in(work, transaction, &self.path)
    }

    pub(crate) fn write<W: Work>(&self, work: W, answer: Told<W>) {
        send(self.threads.as_ref().map(|[writer, _]| writer), work, answer);
    }

    pub(crate) fn read<W: Work>(&self, work: W, answer: Told<W>) {
        send(self.threads.as_ref().map(|[_, reader]| reader), work, answer);
    }
}

/// Hands an operation to a thread. Should the thread be gone, so is the sender, which the waiting side sees.
fn send<W: Work>(thread: Option<&Thread>, work: W, sender: Told<W>) {
    let errand = Errand {
        work: Some(work),
        done: None,
        sender,
    };
    if let Some(thread) = thread {
        let _ = thread.queue.send(Box::new(errand));
    }
}

fn start(name: &str, path: &Path, connection: Connection, begin: &'static str) -> Result<Thread, OutboxError> {
    let (sender, queue) = mpsc::channel();
    let place = path.to_owned();
    let ended = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || serve(&connection, &place, begin, &queue))
        .map_err(|source| OutboxError::File {
            path: path.to_owned(),
            source,
        })?;
    Ok(Thread { queue: sender, ended })
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
