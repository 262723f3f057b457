//! The circuit breaker: when the service is down for one document it is down for the next, and asking hurts both sides.

use std::{collections::HashMap, time::Duration};

use crate::{
    machine::{Micros, later, since},
    policy::Policy,
};

/// How many lanes must fail before the others stop asking too.
const SEVERAL: usize = 2;

/// The breakers of a process: one for each lane, and one for all, which opens only when several lanes fail and none gets through.
#[derive(Debug, Default)]
pub(crate) struct Breakers {
    lanes: HashMap<String, Breaker>,
    all: Breaker,
}

impl Breakers {
    /// None when the way is free for a lane; else how long to wait before asking again.
    pub(crate) fn blocks(&mut self, lane: &str, now: Micros, policy: &Policy) -> Option<Duration> {
        let own = self.lane(lane);
        if own.failures > 0 {
            // It has a breaker of its own to go by.
            return own.blocks(now, policy);
        }
        self.all.blocks(now, policy)
    }

    pub(crate) fn had_nothing_to_try(&mut self, lane: &str) {
        let own = self.lane(lane);
        let has_failed = own.failures > 0;
        own.had_nothing_to_try();
        if !has_failed {
            self.all.had_nothing_to_try();
        }
    }

    /// Whoever gets through shows that the others may.
    pub(crate) fn succeeded(&mut self, lane: &str, now: Micros) {
        let own = self.lane(lane);
        own.succeeded();
        own.succeeded_at = now;
        self.all.succeeded();
    }

    pub(crate) fn failed(
        &mut self,
        lane: &str,
        asked_to_wait: Option<Duration>,
        now: Micros,
        policy: &Policy,
        random: &mut fastrand::Rng,
    ) {
        self.lane(lane).failed(asked_to_wait, now, policy, random);
        let open = self.lanes.values().filter(|lane| lane.failures >= policy.breaker_after);
        let (count, began) = open.fold((0, 0), |(count, began), lane| {
            (count + 1, lane.failing_since.max(began))
        });
        let gets_through = self.lanes.values().any(|lane| lane.succeeded_at > began);
        if count >= SEVERAL && !gets_through {
            self.all.failures = self.all.failures.max(policy.breaker_after.saturating_sub(1));
            self.all.failed(asked_to_wait, now, policy, random);
        }
    }

    fn lane(&mut self, lane: &str) -> &mut Breaker {
        self.lanes.entry(lane.to_owned()).or_default()
    }
}

/// Whether to send at all. Pure but for the randomness it is handed.
///
/// After [`Policy::breaker_after`] failures in a row it opens for a wait that grows with each time it opens; then it lets one through,
/// and closes on the first success.
#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    failing_since: Micros,
    succeeded_at: Micros,
    open_until: Micros,
    /// Someone is trying whether the service is back.
    probing_until: Micros,
}

impl Breaker {
    /// None when the way is free; else how long to wait before asking again.
    fn blocks(&mut self, now: Micros, policy: &Policy) -> Option<Duration> {
        if self.failures < policy.breaker_after {
            return None;
        }
        // A clock that was set back must not keep it open for longer than any wait is.
        self.open_until = self.open_until.min(later(now, policy.backoff_cap));
        self.probing_until = self.probing_until.min(later(now, policy.lease));
        let until = self.open_until.max(self.probing_until);
        if until > now {
            return Some(since(until, now));
        }
        self.probing_until = later(now, policy.lease);
        None
    }

    /// Whoever was let through had nothing to try it with.
    fn had_nothing_to_try(&mut self) {
        self.probing_until = 0;
    }

    fn succeeded(&mut self) {
        *self = Self::default();
    }

    fn failed(&mut self, asked_to_wait: Option<Duration>, now: Micros, policy: &Policy, random: &mut fastrand::Rng) {
        if self.failures == 0 {
            self.failing_since = now;
        }
        self.failures = self.failures.saturating_add(1);
        self.probing_until = 0;
        if let Some(openings) = (self.failures + 1)
            .checked_sub(policy.breaker_after)
            .filter(|count| *count > 0)
        {
            let wait = policy.backoff(openings, random).max(policy.backoff_base);
            let wait = asked_to_wait
                .map_or(wait, |asked| asked.max(wait))
                .min(policy.backoff_cap);
            self.open_until = later(now, wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn failed(breaker: &mut Breaker, times: u32, now: Micros) {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..times {
            breaker.failed(None, now, &Policy::default(), &mut random);
        }
    }

    #[test]
    fn it_opens_after_some_failures_lets_one_through_and_closes_on_success() {
        let policy = Policy::default();
        let mut breaker = Breaker::default();
        failed(&mut breaker, policy.breaker_after - 1, 0);
        assert_eq!(breaker.blocks(0, &policy), None);
        failed(&mut breaker, 1, 0);
        let wait = breaker.blocks(0, &policy).unwrap();
        assert!(wait >= policy.backoff_base, "{wait:?}");
        let after = later(0, wait);
        assert_eq!(breaker.blocks(after, &policy), None);
        assert!(
            breaker.blocks(after, &policy).is_some(),
            "a second one went through while the first tries"
        );
        failed(&mut breaker, 1, after);
        assert!(breaker.blocks(after, &policy).is_some());
        breaker.succeeded();
        assert_eq!(breaker.blocks(after, &policy), None);
    }

    #[test]
    fn a_lane_that_fails_stops_no_other_until_several_fail_and_none_gets_through() {
        let policy = Policy::default();
        let mut random = fastrand::Rng::with_seed(1);
        let mut breakers = Breakers::default();
        let fail = |breakers: &mut Breakers, lane: &str, at: Micros, random: &mut fastrand::Rng| {
            for _ in 0..policy.breaker_after {
                breakers.failed(lane, None, at, &policy, random);
            }
        };
        fail(&mut breakers, "one", 1, &mut random);
        assert!(breakers.blocks("one", 1, &policy).is_some());
        assert_eq!(breakers.blocks("three", 1, &policy), None);
        fail(&mut breakers, "two", 2, &mut random);
        assert!(
            breakers.blocks("three", 2, &policy).is_some(),
            "the service is down for all"
        );
        breakers.succeeded("one", 3);
        assert_eq!(breakers.blocks("three", 3, &policy), None);
        assert!(
            breakers.blocks("two", 3, &policy).is_some(),
            "its own failures are its own"
        );
        // Two lanes fail while a third gets through: they are alone with it.
        let mut breakers = Breakers::default();
        fail(&mut breakers, "one", 1, &mut random);
        breakers.succeeded("three", 5);
        fail(&mut breakers, "two", 4, &mut random);
        assert_eq!(breakers.blocks("three", 6, &policy), None);
        assert_eq!(breakers.blocks("four", 6, &policy), None);
    }

    #[test]
    fn one_who_tries_and_never_comes_back_keeps_nobody_waiting_for_ever() {
        let policy = Policy::default();
        let mut breaker = Breaker::default();
        failed(&mut breaker, policy.breaker_after, 0);
        let after = later(0, policy.backoff_cap);
        assert_eq!(breaker.blocks(after, &policy), None);
        assert_eq!(breaker.blocks(later(after, policy.lease), &policy), None);
    }

    #[test]
    fn a_wait_that_the_service_asks_for_is_kept_up_to_the_cap() {
        let policy = Policy::default();
        for (asked, least) in [(20 * SECOND, 20 * SECOND), (9_999 * SECOND, policy.backoff_cap)] {
            let mut breaker = Breaker::default();
            let mut random = fastrand::Rng::with_seed(1);
            for _ in 0..policy.breaker_after {
                breaker.failed(Some(asked), 0, &policy, &mut random);
            }
            assert_eq!(breaker.blocks(0, &policy), Some(least));
        }
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_it_open() {
        let policy = Policy::default();
        let mut breaker = Breaker::default();
        failed(&mut breaker, policy.breaker_after, later(0, 1_000_000 * SECOND));
        let wait = breaker.blocks(0, &policy).unwrap();
        assert!(wait <= policy.backoff_cap, "{wait:?}");
    }
}
