//! Who is woken when something was left to do: the workers of that lane, and no others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Notify, watch};

/// What an operation has done, for those who wait for it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Something is not as it was: whoever looks again sees something new.
    pub(crate) changed: bool,
    /// The lanes whose heads may be due since.
    pub(crate) lanes: Vec<String>,
    /// A document may be decided that a credit note waits for, in whatever lane.
    pub(crate) settled: bool,
}

/// One bell for each lane that somebody works on, and one for those whose head waits for a document of any lane.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    lanes: Mutex<HashMap<String, Arc<Notify>>>,
    settled: watch::Sender<u64>,
}

impl Bells {
    /// The bell of a lane. It is there from now on, so that it can be rung.
    pub(crate) fn of(&self, lane: &str) -> Arc<Notify> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.entry(lane.to_owned()).or_default().clone()
    }

    /// Tells when a document was settled since now.
    pub(crate) fn settled(&self) -> watch::Receiver<u64> {
        self.settled.subscribe()
    }

    pub(crate) fn ring(&self, effect: &Effect) {
        if !effect.lanes.is_empty() {
            let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            for bell in effect.lanes.iter().filter_map(|lane| lanes.get(lane)) {
                bell.notify_waiters();
            }
        }
        if effect.settled {
            self.settled.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// For when nobody knows what was missed.
    #[cfg(feature = "postgres")]
    pub(crate) fn ring_all(&self) {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.values().for_each(|bell| bell.notify_waiters());
        self.settled.send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn one_lane_is_woken_and_the_others_sleep_on() {
        let bells = Bells::default();
        let [one, two] = ["one", "two"].map(|lane| bells.of(lane));
        let (mut one, mut two) = (pin!(one.notified()), pin!(two.notified()));
        one.as_mut().enable();
        two.as_mut().enable();
        let settled = bells.settled();
        bells.ring(&Effect {
            changed: true,
            lanes: vec!["one".to_owned(), "of another process".to_owned()],
            settled: false,
        });
        assert!(one.now_or_never().is_some());
        assert!(two.as_mut().now_or_never().is_none());
        assert!(!settled.has_changed().unwrap());
        bells.ring(&Effect {
            settled: true,
            ..Effect::default()
        });
        assert!(two.now_or_never().is_none());
        assert!(settled.has_changed().unwrap());
    }
}
