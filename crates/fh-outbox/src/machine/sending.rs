//! Sending: a worker takes a document in hand and says how it went.

use std::time::Duration;

use super::{
    event::{Ignored, Reply, Step},
    facts::Facts,
    time::{Micros, later, since},
};
use crate::{
    cause::Cause,
    policy::{OnRejected, OnUnknown, Order, Policy},
    state::State,
};

/// The longest wait that the service may ask for.
const PATIENCE: Duration = Duration::from_secs(3600);

/// No due time is further away than this, except after the clock was set back.
pub(crate) fn horizon(policy: &Policy) -> Duration {
    [policy.orphan_window, policy.backoff_cap, policy.refused_wait]
        .into_iter()
        .fold(PATIENCE, Duration::max)
}

/// What another worker has in hand: until its lease is over, or until it is known to be dead.
pub(super) fn in_other_hands(facts: &Facts, has_died: bool, now: Micros, policy: &Policy) -> Step {
    if facts.state != State::Sending {
        return Step::Nothing(Ignored::NotDue);
    }
    let mut next = facts.clone();
    let (event, why) = if has_died {
        ("worker_died", "the worker that was sending it has died")
    } else if facts.lease_until > later(now, policy.lease + policy.lease / 3) {
        // Only a clock that was set back makes a lease end so much later than one that begins now. The third is for clocks
        // of other nodes, and for the time that a claim itself has waited.
        next.lease_until = later(now, policy.lease);
        next.wire_until = later(now, policy.longest_on_the_wire());
        next.due_at = next.lease_until;
        return Step::change(next, "clock", "the clock was set back; the lease counts from now");
    } else if facts.lease_until > now {
        return Step::Nothing(Ignored::NotDue);
    } else {
        ("lease_expired", "the worker that was sending it has not come back")
    };
    // A store of an earlier version does not say when it left the wire. And what is longer ago than a lease may be so by a clock that was
    // set ahead a moment ago, while a byte of it is under way.
    let left_the_wire = Some(facts.wire_until.min(now))
        .filter(|until| since(now, *until) <= policy.lease)
        .unwrap_or(now);
    in_doubt(&mut next, left_the_wire, Duration::ZERO, now, policy);
    next.reason = Some(why.to_owned());
    Step::change(next, event, why)
}

pub(super) fn claim(facts: &Facts, holder: Option<&str>, now: Micros, policy: &Policy) -> Step {
    let mut next = facts.clone();
    match facts.state {
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
            if facts.cause == Some(Cause::Late) {
                // It goes with a date after those before it: from now on its lane waits for it again, also when its answer is lost.
                next.holds = true;
                next.cause = None;
                next.reason = None;
            }
            next.attempts = facts.attempts.saturating_add(1);
            next.token = facts.token + 1;
            next.lease_until = later(now, policy.lease);
            next.holder = holder.map(str::to_owned);
            next.wire_until = later(now, policy.longest_on_the_wire());
            // One that has stepped aside is found again by its due time.
            next.due_at = next.lease_until;
            let why = if next.resend { "sending as a retry" } else { "sending" };
            Step::change(next, "claim", why)
        }
        _ => Step::Nothing(Ignored::NotDue),
    }
}

/// It may have arrived: leave it alone for a while after it left the wire, then send the retry form, or park it. `wait` counts from now.
pub(super) fn in_doubt(next: &mut Facts, left_the_wire: Micros, wait: Duration, now: Micros, policy: &Policy) {
    next.doubt = true;
    next.resend = true;
    next.lease_until = 0;
    next.due_at = later(left_the_wire, policy.orphan_window).max(later(now, wait));
    next.holds &= policy.order == Order::Strict;
    (next.state, next.cause) = match policy.on_unknown {
        OnUnknown::Resend => (State::Unknown, None),
        OnUnknown::Hold => (State::Parked, Some(Cause::HeldByPolicy)),
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
    if let Reply::Accepted {
        request_id,
        service_time,
    } = reply
    {
        let same = facts.request_id.as_ref() == Some(request_id);
        next.state = State::Accepted;
        // An earlier sending that may have arrived is not cleared up by this one: the two may be two for the service.
        next.failures = 0;
        next.reason = None;
        next.cause = None;
        next.accepted_at = facts.accepted_at.filter(|_| same).or(Some(now));
        next.taken_at = facts.taken_at.filter(|_| same).or(*service_time);
        next.poll_at = later(now, policy.poll_wait(Duration::ZERO));
        next.request_id = Some(request_id.clone());
        return Step::change(next, "accepted", "the service has taken it");
    }
    if let Reply::AcceptedAsAnother { request_id, other } = reply {
        let why = format!(
            "the service named it by the request {request_id}, which is that of {other}: it may have taken either of the two, or both"
        );
        next.state = State::Parked;
        next.cause = Some(Cause::RequestShared);
        next.doubt = true;
        next.resend = true;
        next.holds = policy.on_probably_fiscalised == OnRejected::ParkLane;
        next.no_longer_passing();
        next.reason = Some(why.clone());
        return Step::change(next, "request_shared", why);
    }
    next.failures = facts.failures.saturating_add(1);
    // One that waits for a rejection to pass goes on doing so.
    next.cause = facts.passing.as_ref().map(|_| Cause::MayPass);
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
            next.cause = Some(Cause::LaneRefused);
            "lane_refused"
        }
        Reply::DocumentRefused if facts.doubt => {
            probably_fiscalised(&mut next, reason, policy);
            "refused"
        }
        Reply::DocumentRefused => {
            next.actionable = true;
            next.cause = Some(Cause::RefusedAtTheDoor);
            next.no_longer_passing();
            next.holds = policy.on_rejected == OnRejected::ParkLane;
            next.state = if next.holds { State::Parked } else { State::Rejected };
            next.alarm = !next.holds;
            "refused"
        }
        Reply::Lost { retry_after } => {
            in_doubt(&mut next, now, patience(retry_after), now, policy);
            "lost"
        }
        Reply::Conflict if facts.doubt => {
            probably_fiscalised(&mut next, reason, policy);
            "conflict"
        }
        Reply::Conflict if facts.resend => {
            next.doubt = true;
            next.state = State::Parked;
            next.cause = Some(Cause::Conflict);
            next.holds = policy.on_probably_fiscalised == OnRejected::ParkLane;
            next.no_longer_passing();
            "conflict"
        }
        Reply::Conflict => {
            in_doubt(&mut next, now, drawn, now, policy);
            "conflict"
        }
        Reply::Accepted { .. } | Reply::AcceptedAsAnother { .. } => unreachable!("handled above"),
    };
    Step::change(next, event, reason)
}

fn probably_fiscalised(next: &mut Facts, said: &str, policy: &Policy) {
    next.actionable = true;
    next.park_as_probably_fiscalised(said, policy.on_probably_fiscalised == OnRejected::ParkLane);
}
