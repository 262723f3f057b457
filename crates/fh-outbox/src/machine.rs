//! What may happen to a document, and what becomes of it: pure, so that every interleaving can be tried.
//!
//! Each event is held against the facts as they stand in the store, inside one transaction. An event that no longer fits (a worker
//! whose lease has expired, a record of an earlier attempt, the same webhook twice) changes nothing and says why.

use std::time::Duration;

use fiscal_harmony::outcome::STATUS_WINDOW;

use crate::{OnRejected, OnUnknown, Policy, State, store::news::is_same_receipt};

/// Microseconds since 1970.
pub(crate) type Micros = i64;

/// The longest wait that the service may ask for.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Everything about a document that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) state: State,
    /// The next sending must say `IsRetry: true`.
    pub(crate) resend: bool,
    /// An earlier sending may have arrived, and nothing has cleared it up.
    pub(crate) doubt: bool,
    /// Sendings begun.
    pub(crate) attempts: u32,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// The fencing token: who does not hold the newest one has no say.
    pub(crate) token: i64,
    pub(crate) lease_until: Micros,
    pub(crate) due_at: Micros,
    pub(crate) request_id: Option<String>,
    pub(crate) accepted_at: Option<Micros>,
    pub(crate) poll_at: Micros,
    pub(crate) receipt: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) actionable: bool,
}

impl Facts {
    /// A document that was just taken in.
    pub(crate) fn new(now: Micros) -> Self {
        Self {
            state: State::Queued,
            resend: false,
            doubt: false,
            attempts: 0,
            failures: 0,
            token: 0,
            lease_until: 0,
            due_at: now,
            request_id: None,
            accepted_at: None,
            poll_at: 0,
            receipt: None,
            reason: None,
            actionable: false,
        }
    }

    /// Where it rests while it is not being sent.
    fn at_rest(&self) -> State {
        if self.doubt { State::Unknown } else { State::Queued }
    }
}

/// What the service said to a sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Accepted {
        request_id: String,
    },
    /// Nothing left this machine.
    NotSent,
    /// Come back later; nothing was taken.
    Busy {
        retry_after: Option<Duration>,
    },
    /// The credentials, the subscription or the device were refused: no document of the lane would fare better.
    LaneRefused {
        retry_after: Option<Duration>,
    },
    /// This very document was refused at the door.
    DocumentRefused,
    /// It may have arrived.
    Lost {
        retry_after: Option<Duration>,
    },
    /// The service says that it has a document of this id, and not under which request id.
    Conflict,
}

/// What a status answer or a webhook says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    Pending,
    Fiscalised { receipt: String },
    Rejected { actionable: bool, reason: String },
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A worker asks for it.
    Claim,
    /// A worker says how its sending went.
    Reply { token: i64, reply: Reply, reason: String },
    /// News of one of its requests.
    News { request_id: String, news: News },
    /// An operator wants it tried again, now.
    Retry { reason: String },
    /// An operator lets the lane go on without it.
    Skip { reason: String },
    /// It would be refused if it were sent now.
    Hold { reason: String },
}

/// What an event does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// New facts, and why, for the history.
    Change {
        facts: Facts,
        event: &'static str,
        why: String,
    },
    /// It stays as it is.
    Nothing(Ignored),
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// It is not due, or not to be sent.
    NotDue,
    /// The worker's lease has expired and the document went on without it.
    Fenced,
    /// It was known already.
    Known,
    /// It is about an earlier attempt that something newer has replaced.
    Stale,
    /// A second receipt for a document that has one: the document was fiscalised twice, which has been said.
    SecondReceipt,
    /// The operator's word does not fit the state.
    NotPossible(&'static str),
}

pub(crate) fn later(now: Micros, by: Duration) -> Micros {
    now.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
}

pub(crate) fn since(now: Micros, then: Micros) -> Duration {
    Duration::from_micros(u64::try_from(now.saturating_sub(then)).unwrap_or(0))
}

/// No due time is further away than this, except after the clock was set back.
fn horizon(policy: &Policy) -> Duration {
    [policy.orphan_window, policy.backoff_cap, policy.refused_wait]
        .into_iter()
        .fold(PATIENCE, Duration::max)
}

/// What `event` makes of `facts`.
pub(crate) fn step(facts: &Facts, event: &Event, now: Micros, policy: &Policy, random: &mut fastrand::Rng) -> Step {
    match event {
        Event::Claim => claim(facts, now, policy),
        Event::Reply { token, reply, reason } => {
            if facts.state != State::Sending || facts.token != *token {
                return Step::Nothing(Ignored::Fenced);
            }
            replied(facts, reply, reason, now, policy, random)
        }
        Event::News { request_id, news } => news_came(facts, request_id, news, now, policy),
        Event::Retry { reason } => retry(facts, reason, now),
        Event::Skip { reason } => skip(facts, reason),
        Event::Hold { reason } => hold(facts, reason),
    }
}

fn change(facts: Facts, event: &'static str, why: impl Into<String>) -> Step {
    Step::Change {
        facts,
        event,
        why: why.into(),
    }
}

fn claim(facts: &Facts, now: Micros, policy: &Policy) -> Step {
    let mut next = facts.clone();
    match facts.state {
        State::Sending => {
            if facts.lease_until > later(now, policy.lease + policy.lease / 3) {
                // Only a clock that was set back makes a lease end so much later than one that begins now. The third is for clocks
                // of other nodes, and for the time that a claim itself has waited.
                next.lease_until = later(now, policy.lease);
                return change(next, "clock", "the clock was set back; the lease counts from now");
            }
            if facts.lease_until > now {
                return Step::Nothing(Ignored::NotDue);
            }
            in_doubt(&mut next, Duration::ZERO, now, policy);
            let why = "the worker that was sending it has not come back";
            next.reason = Some(why.to_owned());
            change(next, "lease_expired", why)
        }
        State::Queued | State::Unknown => {
            if facts.due_at > later(now, horizon(policy)) {
                // How much of an orphan window is over cannot be told any more.
                let again = if facts.doubt {
                    policy.backoff_cap.max(policy.orphan_window)
                } else {
                    policy.backoff_cap
                };
                next.due_at = later(now, again);
                return change(next, "clock", "the clock was set back; the wait counts from now");
            }
            if facts.due_at > now {
                return Step::Nothing(Ignored::NotDue);
            }
            next.state = State::Sending;
            next.resend |= facts.doubt;
            next.attempts = facts.attempts.saturating_add(1);
            next.token = facts.token + 1;
            next.lease_until = later(now, policy.lease);
            let why = if next.resend { "sending as a retry" } else { "sending" };
            change(next, "claim", why)
        }
        _ => Step::Nothing(Ignored::NotDue),
    }
}

/// It may have arrived: leave it alone for a while, then send the retry form, or park it.
fn in_doubt(next: &mut Facts, wait: Duration, now: Micros, policy: &Policy) {
    next.doubt = true;
    next.resend = true;
    next.lease_until = 0;
    next.due_at = later(now, wait.max(policy.orphan_window));
    next.state = match policy.on_unknown {
        OnUnknown::Resend => State::Unknown,
        OnUnknown::Hold => State::Parked,
    };
}

fn replied(
    facts: &Facts,
    reply: &Reply,
    reason: &str,
    now: Micros,
    policy: &Policy,
    random: &mut fastrand::Rng,
) -> Step {
    let mut next = facts.clone();
    next.lease_until = 0;
    next.reason = Some(reason.to_owned());
    if let Reply::Accepted { request_id } = reply {
        let same = facts.request_id.as_deref() == Some(request_id);
        next.state = State::Accepted;
        next.doubt = false;
        next.failures = 0;
        next.reason = None;
        next.accepted_at = facts.accepted_at.filter(|_| same).or(Some(now));
        next.poll_at = later(now, policy.poll_wait(Duration::ZERO));
        next.request_id = Some(request_id.clone());
        return change(next, "accepted", "the service has taken it");
    }
    next.failures = facts.failures.saturating_add(1);
    let drawn = policy.backoff(next.failures, random);
    let patience = |asked: &Option<Duration>| asked.map_or(drawn, |asked| asked.max(drawn)).min(PATIENCE);
    let event = match reply {
        Reply::NotSent => {
            next.state = facts.at_rest();
            next.due_at = later(now, drawn);
            "not_sent"
        }
        Reply::Busy { retry_after } => {
            next.state = facts.at_rest();
            next.due_at = later(now, patience(retry_after));
            "busy"
        }
        Reply::LaneRefused { retry_after } => {
            next.state = facts.at_rest();
            next.due_at = later(now, patience(retry_after).max(policy.refused_wait));
            "lane_refused"
        }
        Reply::DocumentRefused => {
            next.actionable = true;
            // What may have arrived earlier is never dropped without a person's word.
            next.state = match policy.on_rejected {
                OnRejected::StepAside if !facts.doubt => State::Rejected,
                _ => State::Parked,
            };
            "refused"
        }
        Reply::Lost { retry_after } => {
            in_doubt(&mut next, patience(retry_after), now, policy);
            "lost"
        }
        Reply::Conflict if facts.resend => {
            next.doubt = true;
            next.state = State::Parked;
            "conflict"
        }
        Reply::Conflict => {
            in_doubt(&mut next, drawn, now, policy);
            "conflict"
        }
        Reply::Accepted { .. } => unreachable!("handled above"),
    };
    change(next, event, reason)
}

fn news_came(facts: &Facts, request_id: &str, news: &News, now: Micros, policy: &Policy) -> Step {
    let is_current = facts.request_id.as_deref() == Some(request_id);
    let mut next = facts.clone();
    match news {
        // A receipt is the truth whatever was thought before.
        News::Fiscalised { receipt } => {
            if facts.state == State::Fiscalised {
                if facts
                    .receipt
                    .as_deref()
                    .is_some_and(|known| is_same_receipt(known, receipt))
                {
                    return Step::Nothing(Ignored::Known);
                }
                if next.reason.is_some() {
                    return Step::Nothing(Ignored::SecondReceipt);
                }
                let why = format!(
                    "fiscalised twice: request {request_id} has a receipt of its own; a credit note for one of the two sets it right"
                );
                next.reason = Some(why.clone());
                return change(next, "second_receipt", why);
            }
            next.state = State::Fiscalised;
            next.receipt = Some(receipt.clone());
            next.request_id = Some(request_id.to_owned());
            next.reason = None;
            next.doubt = false;
            next.lease_until = 0;
            // A worker that is sending it at this moment has no say any more.
            next.token = facts.token + 1;
            change(next, "fiscalised", "the service has the receipt")
        }
        News::Rejected { actionable, reason } => {
            if !is_current {
                return Step::Nothing(Ignored::Stale);
            }
            if !matches!(facts.state, State::Accepted | State::Expired) {
                return Step::Nothing(Ignored::Known);
            }
            next.reason = Some(reason.clone());
            next.actionable = *actionable;
            next.resend = true;
            let park = *actionable && policy.on_rejected == OnRejected::ParkLane;
            next.state = if park { State::Parked } else { State::Rejected };
            change(next, "rejected", reason.clone())
        }
        News::Pending => {
            if !is_current || facts.state != State::Accepted {
                return Step::Nothing(Ignored::Stale);
            }
            let age = since(now, facts.accepted_at.unwrap_or(now));
            if age > STATUS_WINDOW {
                next.state = State::Expired;
                let why = "not decided within the seven days for which the service can be asked";
                next.reason = Some(why.to_owned());
                return change(next, "expired", why);
            }
            Step::Nothing(Ignored::Known)
        }
    }
}

fn retry(facts: &Facts, reason: &str, now: Micros) -> Step {
    let mut next = facts.clone();
    match facts.state {
        State::Queued | State::Unknown => {}
        State::Rejected if !facts.actionable => {
            return Step::Nothing(Ignored::NotPossible(
                "the rejection is final: the service takes this document no more; issue it anew under another id and number",
            ));
        }
        State::Parked | State::Rejected | State::Skipped => next.state = facts.at_rest(),
        // Nothing came of it in seven days; whether it was fiscalised cannot be told any more.
        State::Expired => {
            next.doubt = true;
            next.state = State::Unknown;
        }
        State::Sending => return Step::Nothing(Ignored::NotPossible("a worker is sending it at this moment")),
        State::Accepted => {
            return Step::Nothing(Ignored::NotPossible("the service has taken it; its result is awaited"));
        }
        State::Fiscalised => return Step::Nothing(Ignored::NotPossible("it is fiscalised")),
    }
    next.resend |= next.doubt;
    next.failures = 0;
    next.due_at = now;
    next.reason = None;
    change(next, "retry", reason)
}

fn skip(facts: &Facts, reason: &str) -> Step {
    match facts.state {
        State::Queued | State::Unknown | State::Parked => {
            let mut next = facts.clone();
            next.state = State::Skipped;
            next.reason = Some(reason.to_owned());
            change(next, "skip", reason)
        }
        State::Sending => Step::Nothing(Ignored::NotPossible("a worker is sending it at this moment")),
        State::Skipped => Step::Nothing(Ignored::Known),
        _ => Step::Nothing(Ignored::NotPossible("it does not hold its lane")),
    }
}

fn hold(facts: &Facts, reason: &str) -> Step {
    if !facts.state.is_due() {
        return Step::Nothing(Ignored::NotDue);
    }
    let mut next = facts.clone();
    next.state = State::Parked;
    next.actionable = true;
    next.reason = Some(reason.to_owned());
    change(next, "hold", reason)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, VecDeque};

    use super::*;

    /// Everything that anyone may do, in every order, up to this many steps.
    const DEPTH: usize = 7;

    fn events(token: i64) -> Vec<Event> {
        let reply = |token, reply| Event::Reply {
            token,
            reply,
            reason: "because".to_owned(),
        };
        let news = |id: &str, news| Event::News {
            request_id: id.to_owned(),
            news,
        };
        let receipt = News::Fiscalised {
            receipt: "receipt".to_owned(),
        };
        let mut events = vec![
            Event::Claim,
            Event::Retry {
                reason: "by hand".to_owned(),
            },
            Event::Skip {
                reason: "by hand".to_owned(),
            },
            Event::Hold {
                reason: "its invoice was rejected".to_owned(),
            },
        ];
        let second = News::Fiscalised {
            receipt: "another receipt".to_owned(),
        };
        events.push(news("r2", second));
        for request in ["r1", "r2"] {
            events.push(news(request, receipt.clone()));
            events.push(news(request, News::Pending));
            events.extend([true, false].map(|actionable| {
                news(
                    request,
                    News::Rejected {
                        actionable,
                        reason: "no".to_owned(),
                    },
                )
            }));
            events.push(reply(
                token,
                Reply::Accepted {
                    request_id: request.to_owned(),
                },
            ));
        }
        events.extend(
            [
                Reply::NotSent,
                Reply::Busy { retry_after: None },
                Reply::LaneRefused { retry_after: None },
                Reply::DocumentRefused,
                Reply::Lost { retry_after: None },
                Reply::Conflict,
            ]
            .map(|answer| reply(token, answer)),
        );
        // A worker of an earlier lease.
        events.push(reply(
            token - 1,
            Reply::Accepted {
                request_id: "r1".to_owned(),
            },
        ));
        events
    }

    fn key(facts: &Facts) -> String {
        format!(
            "{:?}",
            Facts {
                due_at: 0,
                lease_until: 0,
                poll_at: 0,
                accepted_at: None,
                ..facts.clone()
            }
        )
    }

    #[test]
    fn whatever_happens_in_whatever_order_the_promises_hold() {
        for (on_unknown, on_rejected) in [
            (OnUnknown::Resend, OnRejected::ParkLane),
            (OnUnknown::Hold, OnRejected::StepAside),
        ] {
            let policy = Policy {
                on_unknown,
                on_rejected,
                ..Policy::default()
            };
            let mut random = fastrand::Rng::with_seed(1);
            let mut seen = BTreeSet::new();
            let mut queue = VecDeque::from([(Facts::new(0), 0_i64, 0)]);
            while let Some((facts, now, depth)) = queue.pop_front() {
                if depth == DEPTH || !seen.insert(key(&facts)) {
                    continue;
                }
                // Long enough for every lease and wait.
                let now = later(now, Duration::from_secs(7200));
                for event in events(facts.token) {
                    let Step::Change { facts: next, .. } = step(&facts, &event, now, &policy, &mut random) else {
                        continue;
                    };
                    let what = format!("{facts:?}\n{event:?}\n{next:?}");
                    assert_eq!(
                        next.state == State::Fiscalised,
                        next.receipt.is_some(),
                        "fiscalised without a receipt\n{what}"
                    );
                    if facts.state == State::Fiscalised {
                        assert_eq!(next.receipt, facts.receipt, "a receipt was taken back\n{what}");
                        assert!(facts.reason.is_none() && next.reason.is_some(), "not said once\n{what}");
                    }
                    assert!(next.token >= facts.token, "a fencing token went back\n{what}");
                    if next.state == State::Sending && facts.doubt {
                        assert!(next.resend, "sent blindly what may have arrived\n{what}");
                    }
                    if facts.doubt && !next.doubt {
                        assert!(
                            matches!(next.state, State::Accepted | State::Fiscalised),
                            "a doubt vanished without an answer\n{what}"
                        );
                    }
                    if facts.doubt && !matches!(event, Event::Skip { .. }) {
                        assert!(
                            !matches!(next.state, State::Queued | State::Rejected | State::Skipped),
                            "{what}"
                        );
                    }
                    if let Event::Reply { token, .. } = &event {
                        assert!(
                            *token == facts.token && facts.state == State::Sending,
                            "an old worker had a say\n{what}"
                        );
                    }
                    queue.push_back((next, now, depth + 1));
                }
            }
            assert!(seen.len() > 100, "only {} facts were reached", seen.len());
        }
    }

    #[test]
    fn an_orphan_window_of_hours_is_not_taken_for_a_clock_that_was_set_back() {
        let policy = Policy {
            orphan_window: Duration::from_secs(3 * 3600),
            ..Policy::default()
        };
        let mut random = fastrand::Rng::with_seed(1);
        let mut facts = Facts::new(0);
        in_doubt(&mut facts, Duration::ZERO, 0, &policy);
        let claimed = step(&facts, &Event::Claim, 1, &policy, &mut random);
        assert_eq!(claimed, Step::Nothing(Ignored::NotDue));
    }

    #[test]
    fn what_may_have_arrived_is_left_alone_for_a_whole_window_after_the_clock_was_set_back() {
        let policy = Policy {
            orphan_window: Duration::from_secs(600),
            ..Policy::default()
        };
        let mut random = fastrand::Rng::with_seed(1);
        let year = later(0, Duration::from_secs(31_536_000));
        let mut facts = Facts::new(year);
        in_doubt(&mut facts, Duration::ZERO, year, &policy);
        let Step::Change { facts, .. } = step(&facts, &Event::Claim, 0, &policy, &mut random) else {
            panic!("it still waits for next year")
        };
        assert_eq!(facts.due_at, later(0, policy.orphan_window));
    }

    #[test]
    fn a_clock_that_was_set_back_delays_by_no_more_than_the_usual_wait() {
        let policy = Policy::default();
        let mut random = fastrand::Rng::with_seed(1);
        let year = later(0, Duration::from_secs(31_536_000));
        let facts = Facts::new(year);
        let Step::Change {
            facts, event: "clock", ..
        } = step(&facts, &Event::Claim, 0, &policy, &mut random)
        else {
            panic!("it still waits for next year")
        };
        assert_eq!(facts.due_at, later(0, policy.backoff_cap));
    }
}
