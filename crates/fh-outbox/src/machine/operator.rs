//! An operator's word.

use super::{
    event::{Found, Ignored, Step},
    facts::{Facts, Redate},
    settling,
    time::{Micros, later},
};
use crate::{
    cause::Cause,
    policy::{OnLate, Policy},
    state::State,
};

pub(super) fn retry(facts: &Facts, reason: &str, now: Micros, policy: &Policy) -> Step {
    if facts.replaced_by.is_some() && facts.state != State::Fiscalised {
        return Step::Nothing(Ignored::Replaced);
    }
    let mut next = facts.clone();
    match facts.state {
        State::Parked if facts.cause == Some(Cause::ProbablyFiscalised) => {
            return not_possible(
                "it is probably fiscalised already: look it up first, then adopt its receipt, or release it if there certainly is none",
            );
        }
        State::Queued | State::Unknown => {}
        State::Rejected if !facts.actionable => {
            return not_possible(
                "the rejection is final: the service takes this document no more; hand the sale in as another document that replaces this one",
            );
        }
        State::Parked | State::Rejected | State::Skipped => next.state = facts.at_rest(),
        // Nothing came of it in seven days; whether it was fiscalised cannot be told any more.
        State::Expired => {
            next.doubt = true;
            next.state = State::Unknown;
        }
        State::Sending => return not_possible("a worker is sending it at this moment"),
        State::Accepted => return not_possible("the service has taken it; its result is awaited"),
        State::Fiscalised => return not_possible("it is fiscalised"),
    }
    next.resend |= next.doubt;
    match facts.state {
        // A person has seen that it is late, and wants it sent all the same.
        State::Parked if facts.cause == Some(Cause::Late) => next.redate = Redate::No,
        State::Parked | State::Rejected | State::Skipped if policy.on_late == OnLate::Redate && !next.doubt => {
            next.may_be_late(policy);
        }
        _ => {}
    }
    next.failures = 0;
    next.due_at = if facts.doubt {
        // What is still on its way is left its time: a second sending beside it may be a second receipt.
        facts.due_at.clamp(now, later(now, policy.orphan_window))
    } else {
        now
    };
    next.reason = None;
    next.cause = None;
    next.holds = true;
    next.alarm = false;
    next.no_longer_passing();
    Step::change(next, "retry", reason)
}

pub(super) fn skip(facts: &Facts, reason: &str) -> Step {
    match facts.state {
        State::Queued | State::Unknown | State::Parked if facts.doubt => not_possible(
            "it may have arrived, so it cannot be skipped as if it had not: set it aside (the lane goes on and its result is still awaited), \
             or look it up, then adopt its receipt or release it",
        ),
        State::Queued | State::Parked => {
            let mut next = facts.clone();
            next.state = State::Skipped;
            next.cause = None;
            next.no_longer_passing();
            next.reason = Some(reason.to_owned());
            Step::change(next, "skip", reason)
        }
        State::Sending => not_possible("a worker is sending it at this moment"),
        State::Skipped => Step::Nothing(Ignored::Known),
        State::Rejected => not_possible("it was rejected and its lane has gone on; acknowledge its alarm"),
        _ => not_possible("it does not hold its lane"),
    }
}

pub(super) fn set_aside(facts: &Facts, reason: &str) -> Step {
    let mut next = facts.clone();
    match facts.state {
        State::Parked if !facts.holds => return Step::Nothing(Ignored::Known),
        // It stays what it is, also in the alarms.
        State::Parked if facts.cause == Some(Cause::ProbablyFiscalised) => {}
        State::Queued | State::Unknown | State::Parked => {
            next.state = State::Parked;
            next.cause = Some(Cause::SetAside);
            next.actionable = true;
            next.no_longer_passing();
            next.reason = Some(reason.to_owned());
        }
        State::Sending => return not_possible("a worker is sending it at this moment"),
        State::Accepted => {
            return not_possible("the service has taken it: its lane has gone on already, and its result is awaited");
        }
        _ => return not_possible("it does not hold its lane"),
    }
    next.holds = false;
    Step::change(next, "set_aside", reason)
}

pub(super) fn adopt(facts: &Facts, found: &Found, now: Micros) -> Step {
    if facts.state == State::Sending {
        return not_possible("a worker is sending it at this moment");
    }
    let mut next = facts.clone();
    match found {
        Found::Receipt(receipt) => {
            if let (State::Fiscalised, Some(known)) = (facts.state, &facts.receipt) {
                return match settling::completed(known, receipt) {
                    Some(whole) => {
                        next.receipt = Some(whole);
                        Step::change(next, "completed", "an operator completed its receipt")
                    }
                    None if settling::is_same(known, receipt) => Step::Nothing(Ignored::Known),
                    None => not_possible("it is fiscalised, with another receipt"),
                };
            }
            next.state = State::Fiscalised;
            next.receipt = Some(receipt.clone());
            next.receipt_revision = (facts.revision > 1).then_some(facts.revision);
            next.doubt = false;
            next.cause = Some(Cause::Adopted);
            next.reason = None;
            // Another person is to know on whose word it counts as fiscalised.
            next.alarm = true;
            settling::although_replaced(&mut next);
            next.no_longer_passing();
            next.token = facts.token + 1;
            Step::change(next, "adopt", "an operator found its receipt")
        }
        Found::Request(request_id) => {
            if facts.state == State::Fiscalised {
                return not_possible("it is fiscalised");
            }
            if facts.state == State::Accepted && facts.request_id.as_ref() == Some(request_id) {
                return Step::Nothing(Ignored::Known);
            }
            next.state = State::Accepted;
            // Only a receipt clears it up.
            next.doubt = true;
            next.resend = true;
            next.request_id = Some(request_id.clone());
            next.accepted_at = Some(now);
            next.taken_at = None;
            next.poll_at = now;
            next.cause = None;
            next.reason = None;
            next.alarm = false;
            next.no_longer_passing();
            Step::change(
                next,
                "adopt",
                format!("an operator found it as request {request_id}; its result is asked for"),
            )
        }
    }
}

pub(super) fn release(facts: &Facts, reason: &str) -> Step {
    match facts.state {
        State::Parked | State::Unknown | State::Expired if facts.doubt || facts.state == State::Expired => {
            let mut next = facts.clone();
            let was_refused = facts.cause == Some(Cause::ProbablyFiscalised);
            next.state = State::Rejected;
            next.doubt = false;
            next.resend = true;
            // What was never answered can be sent again.
            next.actionable |= !was_refused;
            next.cause = Some(Cause::Rejected);
            next.alarm = false;
            next.no_longer_passing();
            let said = facts.reason.as_deref().unwrap_or("it was not answered");
            let said = said.strip_prefix("probably fiscalised already: ").unwrap_or(said);
            next.reason = Some(format!("certainly not fiscalised ({reason}): {said}"));
            Step::change(next, "release", reason)
        }
        State::Rejected if !facts.doubt => Step::Nothing(Ignored::Known),
        State::Sending => not_possible("a worker is sending it at this moment"),
        State::Accepted => not_possible("the service has taken it; its result is awaited"),
        State::Fiscalised => not_possible("it is fiscalised"),
        _ => not_possible("nothing of it is in doubt: nothing that was sent may have arrived"),
    }
}

pub(super) fn acknowledge(facts: &Facts) -> Step {
    if !facts.alarm {
        return Step::Nothing(Ignored::Known);
    }
    let mut next = facts.clone();
    next.alarm = false;
    Step::change(next, "acknowledge", "a person has seen the alarm")
}

pub(super) fn day_seen_to(facts: &Facts) -> Step {
    if !facts.red {
        return Step::Nothing(Ignored::Known);
    }
    let mut next = facts.clone();
    next.red = false;
    Step::change(
        next,
        "acknowledge",
        "a person has seen to the fiscal day that it may keep open",
    )
}

fn not_possible(why: &'static str) -> Step {
    Step::Nothing(Ignored::NotPossible(why))
}
