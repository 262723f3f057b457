//! Who does something, and when.

use std::sync::{Arc, OnceLock};

use fh_types::{Clock, jiff::Timestamp};

use crate::{machine::Micros, policy::Policy};

/// Who does it, and when.
#[derive(Debug, Clone)]
pub(crate) struct By {
    pub(crate) who: String,
    clock: Arc<dyn Clock>,
    now: OnceLock<Micros>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) seed: u64,
}

impl By {
    pub(crate) fn new(who: &str, clock: Arc<dyn Clock>, policy: Arc<Policy>, seed: u64) -> Self {
        Self {
            who: who.to_owned(),
            clock,
            now: OnceLock::new(),
            policy,
            seed,
        }
    }

    /// The time at which it is done: when this was first asked for, inside the transaction. An operation may have waited for
    /// its turn, or its process may have been stopped; by an older time the lease of another worker would seem to be over, or to
    /// come from a clock that was set back.
    pub(crate) fn now(&self) -> Micros {
        *self.now.get_or_init(|| self.clock.now().as_microsecond())
    }

    /// It is done at this time by the clock of the database, which all its nodes share.
    pub(super) fn told_the_time(&self, now: Micros) {
        if self.clock.is_of_this_machine() {
            // What was asked for before stays.
            let _ = self.now.set(now);
        }
    }

    /// The same, as what checks take.
    pub(super) fn timestamp(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now()).unwrap_or(Timestamp::MAX)
    }
}
