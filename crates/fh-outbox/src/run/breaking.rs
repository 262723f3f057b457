//! What a worker's tasks tell and ask the circuit breakers.

use std::{sync::PoisonError, time::Duration};

use crate::{breaker::Breakers, outbox::Outbox};

impl Outbox {
    pub(super) fn with_breaker<T>(&self, act: impl FnOnce(&mut Breakers) -> T) -> T {
        act(&mut self.breakers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long the circuit breaker says to wait, if it does.
    pub(super) fn blocked(&self) -> Option<Duration> {
        self.with_breaker(|breaker| breaker.blocks(&self.lane, self.now(), &self.policy))
    }

    pub(super) fn failed(&self, asked_to_wait: Option<Duration>) {
        let mut random = fastrand::Rng::with_seed(self.by("").seed);
        self.with_breaker(|breaker| breaker.failed(&self.lane, asked_to_wait, self.now(), &self.policy, &mut random));
    }
}
