//! Who is woken when something was left to do: the workers of that lane, and no others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// What an operation has done, for those who wait for it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Something is not as it was: whoever looks again sees something new.
    pub(crate) changed: bool,
    /// The lanes whose heads may be due since.
    pub(crate) lanes: Vec<String>,
}

/// One bell for each lane that somebody works on.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    lanes: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Bells {
    /// The bell of a lane. It is there from now on, so that it can be rung.
    pub(crate) fn of(&self, lane: &str) -> Arc<Notify> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.entry(lane.to_owned()).or_default().clone()
    }

    pub(crate) fn ring(&self, effect: &Effect) {
        if !effect.lanes.is_empty() {
            let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            for bell in effect.lanes.iter().filter_map(|lane| lanes.get(lane)) {
                bell.notify_waiters();
            }
        }
    }

    /// For when nobody knows what was missed.
    #[cfg(feature = "postgres")]
    pub(crate) fn ring_all(&self) {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.values().for_each(|bell| bell.notify_waiters());
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
        bells.ring(&Effect {
            changed: true,
            lanes: vec!["one".to_owned(), "of another process".to_owned()],
        });
        assert!(one.now_or_never().is_some());
        assert!(two.as_mut().now_or_never().is_none());
        bells.ring(&Effect {
            changed: true,
            lanes: vec!["two".to_owned()],
        });
        assert!(two.now_or_never().is_some());
    }
}
