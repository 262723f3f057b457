//! What a process knows of its machine and the store: whether it may send.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::{error::OutboxError, mark::Keeper};

/// Whether this machine sends what is in the outbox. Taking in, reading and settling go on in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MaySend {
    /// It does.
    Yes,
    /// The outbox is worked on from one machine, and that is another: this is a copy, or it was moved here.
    /// [`Outbox::take_over`](crate::Outbox::take_over) makes it this one's.
    OtherMachine,
    /// This machine has sent from the outbox, and what it marked of that is gone: the outbox may be an older copy.
    /// [`Outbox::take_over`](crate::Outbox::take_over) goes on with it.
    NoMark,
}

impl MaySend {
    /// In words, when it may not.
    #[must_use]
    pub fn why_not(self) -> Option<&'static str> {
        match self {
            Self::Yes => None,
            Self::OtherMachine => Some(
                "nothing is sent from this machine: the outbox is another machine's, or a copy of it. See that nothing sends from the other one \
                 any more, then take it over",
            ),
            Self::NoMark => Some(
                "nothing is sent: what this machine had marked of its sendings is gone, so that the outbox may be an older copy. See that it is \
                 the only one, then take it over",
            ),
        }
    }
}

/// What this process knows of its machine and the store.
#[derive(Debug)]
pub(crate) struct Guard {
    keeper: Arc<Keeper>,
    pub(crate) machine: String,
    /// The identity of the store.
    store: OnceLock<String>,
    may_send: Mutex<MaySend>,
}

impl Guard {
    pub(crate) fn new(keeper: Keeper, machine: String) -> Self {
        Self {
            keeper: Arc::new(keeper),
            machine,
            store: OnceLock::new(),
            may_send: Mutex::new(MaySend::Yes),
        }
    }

    /// The identity of the store was learnt.
    pub(super) fn is_of(&self, store: String) {
        // It never changes.
        let _ = self.store.set(store);
    }

    pub(super) fn set(&self, may_send: MaySend) {
        *self.may_send.lock().unwrap_or_else(PoisonError::into_inner) = may_send;
    }

    pub(crate) fn may_send(&self) -> MaySend {
        *self.may_send.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what waits for the disk beside the tasks.
    pub(super) async fn with_keeper<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Keeper, &str) -> T + Send + 'static,
    ) -> Result<T, OutboxError> {
        let (keeper, store) = (self.keeper.clone(), self.store.get().cloned().unwrap_or_default());
        let done = tokio::task::spawn_blocking(move || act(&keeper, &store)).await;
        done.map_err(|error| OutboxError::Store(error.to_string()))
    }
}
