use std::time::Duration;

use fiscal_harmony::preflight::Settings;

use crate::observed;

const HOUR: Duration = Duration::from_secs(3600);

/// What to do about a document that may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnUnknown {
    /// Wait the orphan window, then send the form that says `IsRetry: true`. Whether the service recognises a repeated id by that
    /// flag is what published integrations rely on \[vendor-code\]; it is not documented.
    Resend,
    /// Park it for an operator.
    Hold,
}

/// What becomes of the lane of a document that only a person can take further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnRejected {
    /// Nothing of its lane is sent until an operator has decided.
    ParkLane,
    /// It steps aside with an alarm, and the lane goes on.
    StepAside,
}

/// How a corrected document is sent of which an earlier content was taken, or may have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CorrectedAs {
    /// With `IsRetry: true`, as the vendor's integrations mend what was rejected \[vendor-code\].
    Retry,
    /// As a first sending.
    First,
}

/// What becomes of a document that has stepped aside while one of its lane with a later `Date` was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnLate {
    /// It gets a new `Date` before it is sent. Only what was never sent, or was rejected definitely; what is in doubt keeps its bytes.
    Redate,
    /// It is sent as it is.
    Keep,
    /// It waits for a person.
    Hold,
}

/// Whether the `Date` of a document reaches the receipt, so that the authority wants it in order (RCPT030). It is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reaches {
    /// Nobody knows. What a person corrects or retries, and what was never sent, is treated as if it did; what is tried again by itself goes
    /// unchanged.
    Unknown,
    /// It does.
    Yes,
    /// It does not, and nothing is late.
    No,
}

/// Whether the documents of a lane wait for one that may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// They wait, so that it is taken before them: until its answer, its retry or a person has cleared it up.
    Strict,
    /// They go on, and it is sent again beside them. The service may then take it after documents that are later by date.
    Free,
}

/// How the outbox behaves. Every choice has a default.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Documents that may have arrived. Default: [`OnUnknown::Resend`], unless a probe has seen that a retry is fiscalised a second time.
    pub on_unknown: OnUnknown,
    /// Whether the others of their lane wait for them. Default: [`Order::Strict`].
    pub order: Order,
    /// Documents that an outbox cannot know about because it was restored, or taken over from another machine. Default: [`OnUnknown::Resend`].
    pub on_restored: OnUnknown,
    /// Documents that were refused. Default: [`OnRejected::StepAside`]: nothing says that the authority wants an order without gaps.
    pub on_rejected: OnRejected,
    /// Documents that are probably fiscalised although the service said no. Default: [`OnRejected::StepAside`].
    pub on_probably_fiscalised: OnRejected,
    /// Documents that were corrected after the service had taken them once. Default: [`CorrectedAs::Retry`]. What was never taken is a first
    /// sending either way.
    pub corrected_as: CorrectedAs,
    /// Documents that were overtaken by one of a later `Date`. Default: [`OnLate::Redate`].
    pub on_late: OnLate,
    /// Whether the `Date` reaches the receipt. Default: what a probe has seen; [`Reaches::Unknown`] as long as none has.
    pub date_reaches_receipt: Reaches,
    /// How often a document is tried by itself whose rejection may pass, the first time included. Default: 8. With 0 or 1 it is as any
    /// rejection.
    pub may_pass_tries: u32,
    /// For how long it is. Default: 30 min.
    pub may_pass_for: Duration,
    /// How long a document that may have arrived is left alone before it is sent again, counted from the last moment at which a byte of it
    /// can have been on its way: the broken connection, the time-out, the death of its process. Default: 15 s.
    pub orphan_window: Duration,
    /// How long a worker may hold a document, unless it dies on this machine, which is noticed at once. What it has not settled by then may
    /// have arrived. Default: 90 s. A sending is given up after two thirds of it, so that no worker can outlive its lease on the wire.
    pub lease: Duration,
    /// The longest first wait after a failure; it doubles with each, and the wait is drawn evenly from zero. Default: 1 s.
    pub backoff_base: Duration,
    /// The longest wait after failures. Default: 5 min.
    pub backoff_cap: Duration,
    /// The shortest wait after the service refused the credentials, the subscription or the device. Default: 30 s.
    pub refused_wait: Duration,
    /// How often a document at most is asked for sooner than the times below, while somebody waits for it: first near the usual time of its
    /// lane, which is learnt. At most 5, the default.
    pub eager_questions: u32,
    /// How long after acceptance the status is first asked for, where nobody waits. Later waits grow with the document's age. Default: 3 s,
    /// the shortest that published clients take \[vendor-code\].
    pub first_poll: Duration,
    /// How long a status question may wait for others to share the request. Default: 2 s.
    pub poll_linger: Duration,
    /// Results are pushed to us, so that asking for the status is the second choice: it first happens after `webhook_grace`.
    pub webhooks: bool,
    /// How long a webhook is waited for. Default: 30 s, so that one that was never set up costs no more than that.
    pub webhook_grace: Duration,
    /// After how many failures in a row sending pauses for a lane ("circuit breaker"), and for all lanes of a process when several
    /// fail and none gets through. Default: 5.
    pub breaker_after: u32,
    /// The choices of preflight.
    pub preflight: Settings,
    /// After how long a document that is not sent is a warning. Default: 4 h.
    pub unsent_warning: Duration,
    /// After how long it is critical. Default: 8 h, after which a fault must be reported to the authority \[zimra\].
    pub unsent_critical: Duration,
    /// After how long a document that was taken and is not decided is a warning. Default: 24 h.
    pub undecided_warning: Duration,
    /// After how long it is critical. Default: 6 days, one before the service can no longer be asked \[docs\].
    pub undecided_critical: Duration,
    /// After how long without a backup there is a warning, where one was ever made ([`Outbox::backup`](crate::Outbox::backup)). Default: 7
    /// days. Zero: never.
    pub backup_warning: Duration,
    /// By how much this machine's clock may differ from the service's before it is said. Default: 60 s.
    pub clock_tolerance: Duration,
    /// How often the store is looked at for what other processes have put into it. Default: 1 s.
    pub idle_poll: Duration,
}

/// The longest wait between two status questions about one document.
const LONGEST_POLL: Duration = Duration::from_secs(15 * 60);

impl Default for Policy {
    fn default() -> Self {
        Self {
            on_unknown: if observed::A_RETRY_IS_FISCALISED_TWICE {
                OnUnknown::Hold
            } else {
                OnUnknown::Resend
            },
            order: Order::Strict,
            on_restored: OnUnknown::Resend,
            on_rejected: OnRejected::StepAside,
            on_probably_fiscalised: OnRejected::StepAside,
            corrected_as: CorrectedAs::Retry,
            on_late: OnLate::Redate,
            date_reaches_receipt: match observed::DATE_REACHES_RECEIPT {
                None => Reaches::Unknown,
                Some(true) => Reaches::Yes,
                Some(false) => Reaches::No,
            },
            may_pass_tries: 8,
            may_pass_for: Duration::from_secs(30 * 60),
            orphan_window: Duration::from_secs(15),
            lease: Duration::from_secs(90),
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(300),
            refused_wait: Duration::from_secs(30),
            eager_questions: 5,
            first_poll: Duration::from_secs(3),
            poll_linger: Duration::from_secs(2),
            webhooks: false,
            webhook_grace: Duration::from_secs(30),
            breaker_after: 5,
            preflight: Settings::default(),
            unsent_warning: 4 * HOUR,
            unsent_critical: 8 * HOUR,
            undecided_warning: 24 * HOUR,
            undecided_critical: 6 * 24 * HOUR,
            backup_warning: 7 * 24 * HOUR,
            clock_tolerance: Duration::from_secs(60),
            idle_poll: Duration::from_secs(1),
        }
    }
}

impl Policy {
    /// For how long after it took a document in hand a worker may have any of it on the wire; the rest of the lease is a reserve.
    pub(crate) fn longest_on_the_wire(&self) -> Duration {
        self.lease - self.lease / 3
    }

    /// The wait after `failures` failures in a row: full jitter under a ceiling that doubles.
    pub(crate) fn backoff(&self, failures: u32, random: &mut fastrand::Rng) -> Duration {
        let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        let ceiling = self.backoff_base.saturating_mul(factor).min(self.backoff_cap);
        let micros = u64::try_from(ceiling.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(random.u64(0..=micros))
    }

    /// How long after now to ask for the status of a document that was accepted `age` ago.
    pub(crate) fn poll_wait(&self, age: Duration) -> Duration {
        if age.is_zero() && self.webhooks {
            return self.webhook_grace;
        }
        age.clamp(self.first_poll, LONGEST_POLL.max(self.first_poll))
    }

    /// No status question is further away than this, except after the clock was set back.
    pub(crate) fn longest_poll_wait(&self) -> Duration {
        LONGEST_POLL.max(self.first_poll).max(self.webhook_grace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_drawn_from_zero_to_a_ceiling_that_doubles_up_to_the_cap() {
        let policy = Policy::default();
        let mut random = fastrand::Rng::with_seed(3);
        for (failures, ceiling) in [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (4_000, 300)] {
            let ceiling = Duration::from_secs(ceiling);
            let draws: Vec<_> = (0..500).map(|_| policy.backoff(failures, &mut random)).collect();
            assert!(draws.iter().all(|wait| *wait <= ceiling), "{failures}");
            assert!(draws.iter().any(|wait| *wait > ceiling / 10 * 9), "{failures}");
            assert!(draws.iter().any(|wait| *wait < ceiling / 10), "{failures}");
        }
    }

    #[test]
    fn the_status_is_asked_for_less_often_as_a_document_ages() {
        let policy = Policy::default();
        let waits: Vec<_> = [0, 2, 10, 600, 86_400]
            .map(|age| policy.poll_wait(Duration::from_secs(age)).as_secs())
            .into();
        assert_eq!(waits, [3, 3, 10, 600, 900]);
        let pushed = Policy {
            webhooks: true,
            ..Policy::default()
        };
        assert_eq!(pushed.poll_wait(Duration::ZERO), pushed.webhook_grace);
    }
}
