//! What is kept, and the operations on it.

pub(crate) mod address;
pub(crate) mod adopting;
mod apply;
pub(crate) mod bearer;
pub(crate) mod by;
pub(crate) mod catalogue;
mod change;
pub(crate) mod correcting;
mod dating;
pub(crate) mod enqueue;
pub(crate) mod find;
pub(crate) mod folder;
pub(crate) mod history;
pub(crate) mod journal;
pub(crate) mod kept;
pub(crate) mod ledger;
pub(crate) mod listing;
pub(crate) mod listing_sold;
mod meta;
pub(crate) mod node;
pub(crate) mod notices;
pub(crate) mod operator;
mod orphans;
mod parts;
#[cfg(feature = "postgres")]
mod postgres;
pub(crate) mod printing;
pub(crate) mod prune;
mod pruned;
pub(crate) mod reporting;
pub(crate) mod requests;
pub(crate) mod restoring;
pub(crate) mod revising;
mod schema;
pub(crate) mod sending;
pub(crate) mod settling;
pub(crate) mod sql;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
pub(crate) mod survey;
mod taxes;
pub(crate) mod tempo;
pub(crate) mod told;
mod waiting;

use std::{future::Future, path::Path, sync::Arc};

use tokio::sync::oneshot;

#[cfg(feature = "postgres")]
use self::postgres::Postgres;
#[cfg(feature = "sqlite")]
use self::sqlite::Sqlite;
use self::{address::Address, schema::Migrate, sql::Work};
#[cfg(feature = "postgres")]
use crate::mark::state_folder;
use crate::{bells::Bells, error::OutboxError, roster::Roster};

/// One of the engines, open and up to date.
pub(crate) enum Store {
    #[cfg(feature = "sqlite")]
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

impl Store {
    /// Opens what the address names. `bells` are rung when another process has left something to do, where the engine can tell.
    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "SQLite cannot tell"))]
    pub(crate) async fn open(address: &Path, bells: &Arc<Bells>) -> Result<Self, OutboxError> {
        let store = match Address::parse(address)? {
            // A locked file is waited for, and others are not to wait with it.
            #[cfg(feature = "sqlite")]
            Address::File(path) => {
                let opened = tokio::task::spawn_blocking(move || Sqlite::open(&path)).await;
                let broken = |error: tokio::task::JoinError| OutboxError::Store(error.to_string());
                Self::Sqlite(opened.map_err(broken)??)
            }
            #[cfg(feature = "postgres")]
            Address::Server { config, place } => Self::Postgres(Postgres::open(*config, place, bells.clone())?),
        };
        let place = store.place();
        store.write(Migrate { place }).await?;
        Ok(store)
    }

    /// Where the workers of this machine show that they live.
    pub(crate) fn roster(&self) -> Option<Roster> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => Some(sqlite.roster()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => this_boot().and_then(|boot| Some(Roster::new(state_folder()?.join("workers"), boot))),
        }
    }

    /// Its file, when it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => Some(sqlite.path()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// It is worked on from one machine at a time.
    pub(crate) fn is_of_one_machine(&self) -> bool {
        self.file().is_some()
    }

    /// Where it is, for people; without a password.
    pub(crate) fn place(&self) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => sqlite.path().display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.place().to_owned(),
        }
    }

    /// Runs an operation in a SQLite transaction of the caller's.
    #[cfg(feature = "sqlite")]
    pub(crate) fn run_in_sqlite<W: Work>(
        &self,
        work: W,
        transaction: &rusqlite::Transaction<'_>,
    ) -> Result<W::Output, OutboxError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.run_in(work, transaction),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => Err(OutboxError::OtherDatabase {
                place: postgres.place().to_owned(),
                found: "a SQLite file".to_owned(),
            }),
        }
    }

    /// Runs an operation in a PostgreSQL transaction of the caller's.
    #[cfg(feature = "postgres")]
    pub(crate) async fn run_in_postgres<W: Work>(
        &self,
        work: W,
        transaction: &tokio_postgres::Transaction<'_>,
    ) -> Result<W::Output, OutboxError> {
        match self {
            Self::Postgres(postgres) => postgres::run_in(work, transaction, postgres.place()).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => Err(OutboxError::OtherDatabase {
                place: sqlite.path().display().to_string(),
                found: "a PostgreSQL database".to_owned(),
            }),
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
            #[cfg(feature = "sqlite")]
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
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => sqlite.read(work, sender),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.read(work, sender),
        }
        answer::<W>(receiver)
    }
}

/// The running system, which no other machine has: in a database of many nodes a lock proves nothing about theirs, nor about what ran here
/// before a restart, since a clone of this machine may run elsewhere. None where the system does not say.
#[cfg(feature = "postgres")]
fn this_boot() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(boot.trim().to_owned()).filter(|boot| !boot.is_empty())
}

async fn answer<W: Work>(
    receiver: oneshot::Receiver<Result<W::Output, OutboxError>>,
) -> Result<W::Output, OutboxError> {
    let gone = |_| Err(OutboxError::Store("the thread of the store is gone".to_owned()));
    receiver.await.unwrap_or_else(gone)
}
