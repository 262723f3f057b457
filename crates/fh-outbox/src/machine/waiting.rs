//! A credit note and its invoice.

use super::{
    event::{Ignored, Step},
    facts::Facts,
    time::Micros,
};
use crate::{
    cause::Cause,
    policy::{OnRejected, Policy},
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

pub(super) fn come_back(facts: &Facts, reason: &str, now: Micros) -> Step {
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
    }
    Step::change(next, "come_back", reason)
}
