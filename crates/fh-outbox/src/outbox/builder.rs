//! Opening an outbox.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

#[cfg(feature = "sqlite")]
use fh_types::jiff::Timestamp;
use fh_types::{Clock, SystemClock};

use super::{guard::Guard, handle::Outbox};
use crate::{
    bells::Bells,
    error::OutboxError,
    mark::{Keeper, mark_folder, name_of},
    policy::Policy,
    store::Store,
};

/// How an outbox is opened; see [`Outbox::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct OutboxBuilder {
    address: PathBuf,
    policy: Policy,
    clock: Arc<dyn Clock>,
    marks: Option<PathBuf>,
    machine: Option<String>,
}

impl Outbox {
    /// Opens an outbox: a path or a `sqlite:` URL is a SQLite file, which is made (for its owner's eyes only) when there is none;
    /// with the feature `postgres`, a `postgres://` URL is a PostgreSQL database. The tables may live beside those of another program.
    /// [`builder`](Self::builder) has the choices.
    ///
    /// # Cancellation
    ///
    /// Dropping the future may leave a new store without its tables, which the next opening makes.
    ///
    /// # Errors
    ///
    /// When the store is damaged, is no database, is newer than this program, or cannot be used. It is never made anew.
    pub async fn open(address: impl AsRef<Path>) -> Result<Self, OutboxError> {
        Self::builder(address).open().await
    }

    /// As [`open`](Self::open), with a policy and a clock.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub async fn open_with(
        address: impl AsRef<Path>,
        policy: Policy,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OutboxError> {
        Self::builder(address).policy(policy).clock(clock).open().await
    }

    /// Opens an outbox with choices.
    ///
    /// ```
    /// # use fh_outbox::{Outbox, OutboxError};
    /// async fn in_a_container() -> Result<Outbox, OutboxError> {
    ///     let state = std::path::PathBuf::from("/data/marks");
    ///     Outbox::builder("/data/till.db").mark_folder(state).machine_id("shop-3 till-1").open().await
    /// }
    /// ```
    pub fn builder(address: impl AsRef<Path>) -> OutboxBuilder {
        OutboxBuilder::new(address.as_ref())
    }
}

impl OutboxBuilder {
    fn new(address: &Path) -> Self {
        Self {
            address: address.to_owned(),
            policy: Policy::default(),
            clock: Arc::new(SystemClock),
            marks: mark_folder(),
            machine: None,
        }
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn address(&self) -> &Path {
        &self.address
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How it behaves. Otherwise [`Policy::default`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Whose time it goes by. Otherwise the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The folder of this machine in which it is marked how far outboxes have come, by which a restored backup is noticed. It must
    /// not be part of what is backed up with them. Otherwise the one that `FH_MARK_FOLDER` names, or `marks` in [`state_folder`](crate::state_folder).
    /// None: the mark is kept beside the file alone.
    pub fn mark_folder(mut self, folder: impl Into<Option<PathBuf>>) -> Self {
        self.marks = folder.into();
        self
    }

    /// The name of this machine, for one whose own changes, such as a container. It must differ from that of every machine on which a
    /// copy of the outbox could come to lie. Otherwise the system's (`/etc/machine-id`), or a random one that is kept in the folder of
    /// the marks.
    pub fn machine_id(mut self, name: impl Into<String>) -> Self {
        self.machine = Some(name.into());
        self
    }

    /// Opens it: a path or a `sqlite:` URL is a SQLite file, which is made (for its owner's eyes only) when there is none; with the
    /// feature `postgres`, a `postgres://` URL is a PostgreSQL database. The tables may live beside those of another program.
    ///
    /// A store that is older than what was marked of it was restored from a backup: what it cannot know is in doubt from then on, and
    /// an [alarm](crate::AlarmKind::Restored) says so. One that is another machine's takes in and sends nothing; see [`Outbox::may_send`].
    ///
    /// Dropping the future may leave a new store without its tables, which the next opening makes.
    ///
    /// # Errors
    ///
    /// When the store is damaged, is no database, is newer than this program, or cannot be used. It is never made anew.
    pub async fn open(self) -> Result<Outbox, OutboxError> {
        let bells = Arc::new(Bells::default());
        let store = Store::open(&self.address, &bells).await?;
        let many = !store.is_of_one_machine();
        let machine = name_of(self.machine.as_deref(), self.marks.as_deref(), many);
        let keeper = match store.file() {
            Some(file) => {
                // By whatever name it is opened, it is one file with one mark beside it.
                let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
                Keeper::new(self.marks, Some(&file), file.display().to_string())
            }
            None => Keeper::new(self.marks, None, store.place()),
        };
        let guard = Guard::new(keeper, machine);
        let outbox = Outbox::new(store, bells, guard, self.policy, self.clock);
        outbox.look_at_marks(false).await?;
        outbox.recall_catalogues().await?;
        Ok(outbox)
    }
}
