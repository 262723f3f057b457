//! Sending: a worker takes a document in hand and says how it went.

use std::time::Duration;

use super::{
    event::{Ignored, Reply, Step},
    facts::Facts,
    time::{Micros, later},
};
use crate::{
    policy::{OnRejected, OnUnknown, Policy},
    state::State,
};

/// The longest wait that the service may ask for.
const PATIENCE: Duration = Duration::from_secs(3600);

/// No due time is further away than this, except after the clock was set back.
fn horizon(policy: &Policy) -> Duration {
    [policy.orphan_window, policy.backoff_cap, policy.refused_wait]
        .into_iter()
        .fold(PATIENCE, Duration::max)
}

pub(super) fn claim(facts: &Facts, now: Micros, policy: &Policy) -> Step {
    let mut next = facts.clone();
    match facts.state {
        State::Sending => {
            if facts.lease_until > later(now, policy.lease + policy.lease / 3) {
                // Only a clock that was set back makes a lease end so much later than one that begins now. The third is for clocks
                // of other nodes, and for the time that a claim itself has waited.
                next.lease_until = later(now, policy.lease);
                return Step::change(next, "clock", "the clock was set back; the lease counts from now");
            }
            if facts.lease_until > now {
                return Step::Nothing(Ignored::NotDue);
            }
            in_doubt(&mut next, Duration::ZERO, now, policy);
            let why = "the worker that was sending it has not come back";
            next.reason = Some(why.to_owned());
            Step::change(next, "lease_expired", why)
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
                return Step::change(next, "clock", "the clock was set back; the wait counts from now");
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
            Step::change(next, "claim", why)
        }
        _ => Step::Nothing(Ignored::NotDue),
    }
}

/// It may have arrived: leave it alone for a while, then send the retry form, or park it.
pub(super) fn in_doubt(next: &mut Facts, wait: Duration, now: Micros, policy: &Policy) {
    next.doubt = true;
    next.resend = true;
    next.lease_until = 0;
    next.due_at = later(now, wait.max(policy.orphan_window));
    next.state = match policy.on_unknown {
        OnUnknown::Resend => State::Unknown,
        OnUnknown::Hold => State::Parked,
    };
}

pub(super) fn replied(
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
        let same = facts.request_id.as_ref() == Some(request_id);
        next.state = State::Accepted;
        next.doubt = false;
        next.failures = 0;
        next.reason = None;
        next.accepted_at = facts.accepted_at.filter(|_| same).or(Some(now));
        next.poll_at = later(now, policy.poll_wait(Duration::ZERO));
        next.request_id = Some(request_id.clone());
        return Step::change(next, "accepted", "the service has taken it");
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
    Step::change(next, event, reason)
}
