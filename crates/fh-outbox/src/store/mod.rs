//! What is kept, and the operations on it.

use std::{future::Future, path::Path, sync::Arc};

use tokio::sync::{Notify, oneshot};

use crate::OutboxError;

mod address;
pub(crate) mod enqueue;
pub(crate) mod journal;
pub(crate) mod kept;
pub(crate) mod listing;
pub(crate) mod news;
pub(crate) mod operator;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod prune;
mod schema;
pub(crate) mod sending;
pub(crate) mod settling;
pub(crate) mod sql;
pub(crate) mod sqlite;

use address::Address;
#[cfg(feature = "postgres")]
use postgres::Postgres;
use schema::Migrate;
use sql::Work;
use sqlite::Sqlite;

/// Where the answer to an operation goes.
type Answer<W> = oneshot::Sender<Result<<W as Work>::Output, OutboxError>>;

/// One of the engines, open and up to date.
pub(crate) enum Store {
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

impl Store {
    /// Opens what the address names. `woken` is told when another process may have left something to do, where the engine can tell.
    pub(crate) async fn open(address: &Path, woken: &Arc<Notify>) -> Result<Self, OutboxError> {
        #[cfg(not(feature = "postgres"))]
        let _ = woken;
        let store = match Address::parse(address)? {
            // A locked file is waited for, and others are not to wait with it.
            Address::File(path) => {
                let opened = tokio::task::spawn_blocking(move || Sqlite::open(&path)).await;
                let broken = |error: tokio::task::JoinError| OutboxError::Store(error.to_string());
                Self::Sqlite(opened.map_err(broken)??)
            }
            #[cfg(feature = "postgres")]
            Address::Server { config, place } => Self::Postgres(Postgres::open(*config, place, woken.clone())?),
        };
        let place = store.place();
        store.write(Migrate { place }).await?;
        Ok(store)
    }

    /// Where it is, for people; without a password.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Sqlite(sqlite) => sqlite.path().display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.place().to_owned(),
        }
    }

    /// The file, for an operation in a SQLite transaction of the caller's.
    pub(crate) fn sqlite_path(&self) -> Result<&Path, OutboxError> {
        match self {
            Self::Sqlite(sqlite) => Ok(sqlite.path()),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => Err(OutboxError::Address(format!(
                "the outbox {} is not in SQLite; use `enqueue_in_postgres` with a transaction of that database",
                postgres.place()
            ))),
        }
    }

    /// Its name for people, for an operation in a PostgreSQL transaction of the caller's.
    #[cfg(feature = "postgres")]
    pub(crate) fn postgres_place(&self) -> Result<&str, OutboxError> {
        match self {
            Self::Postgres(postgres) => Ok(postgres.place()),
            Self::Sqlite(sqlite) => Err(OutboxError::Address(format!(
                "the outbox {} is a SQLite file; use `enqueue_in` with a transaction of that file",
                sqlite.path().display()
            ))),
        }
    }

    /// Does an operation in a transaction, and answers when that is on the disk. The operation is handed over at once, and done whether
    /// or not anyone waits for the answer.
    pub(crate) fn write<W: Work>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<W::Output, OutboxError>> + Send + use<W> {
        let (sender, receiver) = oneshot::channel();
        match self {
            Self::Sqlite(sqlite) => sqlite.write(work, sender),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.write(work, sender),
        }
        answer::<W>(receiver)
    }

    /// Does an operation that changes nothing.
    pub(crate) fn read<W: Work>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<W::Output, OutboxError>> + Send + use<W> {
        let (sender, receiver) = oneshot::channel();
        match self {
            Self::Sqlite(sqlite) => sqlite.read(work, sender),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.read(work, sender),
        }
        answer::<W>(receiver)
    }
}

async fn answer<W: Work>(
    receiver: oneshot::Receiver<Result<W::Output, OutboxError>>,
) -> Result<W::Output, OutboxError> {
    let gone = |_| Err(OutboxError::Store("the thread of the store is gone".to_owned()));
    receiver.await.unwrap_or_else(gone)
}
