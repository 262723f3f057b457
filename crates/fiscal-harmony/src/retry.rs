use std::time::Duration;

/// When to repeat a call that changes nothing: reading an account, a mapping, a status.
///
/// The wait before attempt *n* is drawn evenly from zero to `base × 2ⁿ⁻¹`, at most `cap` ("full jitter"), and never shorter
/// than what the service asks for in `Retry-After`. When a wait would pass the deadline, the last error is returned at
/// once. Submissions are never repeated by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a call is tried in all. 1 means never again.
    pub attempts: u32,
    /// The longest first wait.
    pub base: Duration,
    /// The longest wait of all.
    pub cap: Duration,
    /// The time that all attempts and waits together may take.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    /// Three attempts within 30 s, the first wait up to 0.5 s, no wait over 5 s.
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(5),
            deadline: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// Every call is tried once.
    #[must_use]
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The longest wait after `failures` failed attempts, before jitter.
    fn ceiling(&self, failures: u32) -> Duration {
        let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// How long to wait after `failures` failed attempts, or `None` to give up.
    pub(crate) fn wait(
        &self,
        failures: u32,
        elapsed: Duration,
        asked: Option<Duration>,
        random: &mut fastrand::Rng,
    ) -> Option<Duration> {
        if failures >= self.attempts {
            return None;
        }
        let drawn = full_jitter(self.ceiling(failures), random);
        let wait = asked.map_or(drawn, |asked| asked.max(drawn));
        (elapsed + wait <= self.deadline).then_some(wait)
    }
}

/// A wait drawn evenly from zero to `ceiling`.
pub(crate) fn full_jitter(ceiling: Duration, random: &mut fastrand::Rng) -> Duration {
    let nanos = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random.u64(0..=nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> fastrand::Rng {
        fastrand::Rng::with_seed(7)
    }

    #[test]
    fn ceilings_double_up_to_the_cap() {
        let policy = RetryPolicy::default();
        let ceilings: Vec<_> = (1..=6).map(|failures| policy.ceiling(failures).as_millis()).collect();
        assert_eq!(ceilings, [500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(policy.ceiling(400), policy.cap);
    }

    #[test]
    fn jitter_covers_the_whole_range_and_never_leaves_it() {
        let mut random = random();
        let ceiling = Duration::from_millis(500);
        let draws: Vec<_> = (0..2_000).map(|_| full_jitter(ceiling, &mut random)).collect();
        assert!(draws.iter().all(|wait| *wait <= ceiling));
        assert!(draws.iter().any(|wait| *wait < ceiling / 20) && draws.iter().any(|wait| *wait > ceiling / 20 * 19));
    }

    #[test]
    fn attempts_and_deadline_both_end_it_and_retry_after_wins() {
        let policy = RetryPolicy {
            attempts: 3,
            ..RetryPolicy::default()
        };
        let none = Duration::ZERO;
        assert_eq!(policy.wait(3, none, None, &mut random()), None);
        assert_eq!(
            policy.wait(1, none, Some(Duration::from_secs(9)), &mut random()),
            Some(Duration::from_secs(9))
        );
        assert_eq!(
            policy.wait(1, none, Some(Duration::from_secs(31)), &mut random()),
            None,
            "beyond the deadline"
        );
        assert_eq!(policy.wait(1, Duration::from_secs(30), None, &mut random()), None);
    }
}
