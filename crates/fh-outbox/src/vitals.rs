//! How the workers and the store of this process are, as far as that can be told without asking either.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::error::OutboxError;

/// How much later than it should a worker may be heard of: a machine under load is slow, not stuck.
const SLACK: Duration = Duration::from_secs(30);

/// How long the store may fail before that is said; a lock or a lost connection passes.
const PASSES: Duration = Duration::from_secs(20);

/// What is known of this process.
#[derive(Debug, Default)]
pub(crate) struct Vitals {
    next: u64,
    /// By when each worker was to be heard of again.
    workers: HashMap<u64, (String, Instant)>,
    failing: Option<Failing>,
}

/// The store fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failing {
    since: Instant,
    pub(crate) is_full: bool,
    pub(crate) what: String,
}

impl Vitals {
    /// The lanes whose workers have not been heard of.
    pub(crate) fn stuck(&self, now: Instant) -> Vec<String> {
        let late = |due: Instant| now.saturating_duration_since(due) > SLACK;
        let stuck = self.workers.values().filter(|(_, due)| late(*due));
        let mut lanes: Vec<_> = stuck.map(|(lane, _)| lane.clone()).collect();
        lanes.sort();
        lanes.dedup();
        lanes
    }

    /// What the store fails with, once that is worth saying.
    pub(crate) fn failing(&self, now: Instant) -> Option<Failing> {
        let is_worth_it =
            |failing: &&Failing| failing.is_full || now.saturating_duration_since(failing.since) >= PASSES;
        self.failing.as_ref().filter(is_worth_it).cloned()
    }

    pub(crate) fn written(&mut self) {
        self.failing = None;
    }

    pub(crate) fn not_written(&mut self, error: &OutboxError, now: Instant) {
        // What is wrong with what was asked for says nothing about the store.
        let is_the_stores =
            error.may_be_mended() || matches!(error, OutboxError::Damaged { .. } | OutboxError::Newer { .. });
        if is_the_stores {
            self.failing = Some(Failing {
                since: self.failing.as_ref().map_or(now, |failing| failing.since),
                is_full: matches!(error, OutboxError::Full { .. }),
                what: error.to_string(),
            });
        }
    }
}

/// A worker says that it is there. Dropped, it has ended.
#[derive(Debug)]
pub(crate) struct Beat {
    vitals: Arc<Mutex<Vitals>>,
    number: u64,
}

impl Beat {
    pub(crate) fn begin(vitals: &Arc<Mutex<Vitals>>, lane: &str) -> Self {
        let mut known = vitals.lock().unwrap_or_else(PoisonError::into_inner);
        known.next += 1;
        let number = known.next;
        known.workers.insert(number, (lane.to_owned(), Instant::now()));
        Self {
            vitals: vitals.clone(),
            number,
        }
    }

    /// It will be heard of again within this time.
    pub(crate) fn within(&self, time: Duration) {
        let mut known = self.vitals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, due)) = known.workers.get_mut(&self.number) {
            *due = Instant::now() + time;
        }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        let mut known = self.vitals.lock().unwrap_or_else(PoisonError::into_inner);
        known.workers.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> OutboxError {
        OutboxError::Full {
            place: "till.db".to_owned(),
        }
    }

    #[test]
    fn a_worker_that_is_not_heard_of_is_stuck_until_it_is_or_ends() {
        let vitals = Arc::new(Mutex::new(Vitals::default()));
        let stuck = |after: u64| {
            vitals
                .lock()
                .unwrap()
                .stuck(Instant::now() + Duration::from_secs(after))
        };
        let (one, two) = (Beat::begin(&vitals, "till-1"), Beat::begin(&vitals, "till-2"));
        one.within(Duration::from_secs(60));
        assert_eq!(stuck(20), Vec::<String>::new());
        assert_eq!(stuck(40), ["till-2"]);
        assert_eq!(stuck(100), ["till-1", "till-2"]);
        drop(two);
        assert_eq!(stuck(100), ["till-1"]);
        one.within(Duration::from_secs(600));
        assert_eq!(stuck(100), Vec::<String>::new());
    }

    #[test]
    fn a_full_disk_is_told_at_once_and_what_may_pass_after_a_while() {
        let (mut vitals, now) = (Vitals::default(), Instant::now());
        vitals.not_written(&full(), now);
        assert!(vitals.failing(now).unwrap().is_full);
        vitals.written();
        assert_eq!(vitals.failing(now + PASSES), None);
        let gone = OutboxError::Locked {
            place: "till.db".to_owned(),
        };
        vitals.not_written(&gone, now);
        assert_eq!(vitals.failing(now + PASSES / 2), None);
        vitals.not_written(&gone, now + PASSES);
        assert!(
            vitals
                .failing(now + PASSES)
                .unwrap()
                .what
                .contains("locked by another program")
        );
        let asked = OutboxError::NoSuchDocument("A".to_owned());
        vitals.written();
        vitals.not_written(&asked, now);
        assert_eq!(vitals.failing(now + PASSES), None, "it is the asker's");
    }
}
