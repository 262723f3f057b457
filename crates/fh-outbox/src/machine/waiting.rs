//! A credit note and its invoice.

use super::{
    event::{Ignored, Step},
    facts::{Facts, Redate},
    time::Micros,
};
use crate::{
    cause::Cause,
    policy::{OnRejected, Policy, Reaches},
    state::State,
};

pub(super) fn hold(facts: &Facts, reason: &str, policy: &Policy) -> Step {
    if !facts.state.is_due() {
        return Step::Nothing(Ignored::NotDue);
    }
    let mut next = facts.clone();
    next.state = State::Parked;
    next.actionable = true;
    next.holds = policy.on_rejected == OnRejected::ParkLane;
    next.cause = Some(Cause::InvoiceFailed);
    next.reason = Some(reason.to_owned());
    Step::change(next, "hold", reason)
}

pub(super) fn step_aside(facts: &Facts, reason: &str) -> Step {
    if !facts.state.is_due() {
        return Step::Nothing(Ignored::NotDue);
    }
    if facts.cause == Some(Cause::WaitsForInvoice) {
        return Step::Nothing(Ignored::Known);
    }
    let mut next = facts.clone();
    next.holds = false;
    next.cause = Some(Cause::WaitsForInvoice);
    next.reason = Some(reason.to_owned());
    Step::change(next, "step_aside", reason)
}

pub(super) fn let_pass(facts: &Facts, reason: &str) -> Step {
    if facts.state != State::Queued {
        return Step::Nothing(Ignored::NotDue);
    }
    if facts.cause == Some(Cause::Late) {
        return Step::Nothing(Ignored::Known);
    }
    let mut next = facts.clone();
    next.holds = false;
    next.cause = Some(Cause::Late);
    next.reason = Some(reason.to_owned());
    Step::change(next, "let_pass", reason)
}

pub(super) fn hold_late(facts: &Facts, reason: &str, policy: &Policy) -> Step {
    if facts.state != State::Queued || facts.doubt {
        return Step::Nothing(Ignored::NotDue);
    }
    let mut next = facts.clone();
    next.state = State::Parked;
    next.actionable = true;
    next.holds = policy.on_rejected == OnRejected::ParkLane;
    next.cause = Some(Cause::Late);
    next.no_longer_passing();
    next.reason = Some(reason.to_owned());
    Step::change(next, "hold_late", reason)
}

pub(super) fn come_back(facts: &Facts, reason: &str, now: Micros, policy: &Policy) -> Step {
    let mut next = facts.clone();
    match (facts.state, facts.cause) {
        (State::Queued | State::Unknown, Some(Cause::WaitsForInvoice)) => {}
        (State::Parked, Some(Cause::InvoiceFailed)) => {
            next.state = facts.at_rest();
            next.resend |= next.doubt;
        }
        _ => return Step::Nothing(Ignored::NotDue),
    }
    next.holds = true;
    next.cause = None;
    next.reason = None;
    // What may have arrived is still left alone for its time.
    if !next.doubt {
        next.due_at = now;
        // Those after it went on meanwhile. What was sent once keeps its date.
        if !next.resend && policy.date_reaches_receipt != Reaches::No {
            next.redate = Redate::IfLate;
        }
    }
    Step::change(next, "come_back", reason)
}
