//! An operator's word.

use super::{
    event::{Ignored, Step},
    facts::Facts,
    time::Micros,
};
use crate::state::State;

pub(super) fn retry(facts: &Facts, reason: &str, now: Micros) -> Step {
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
    Step::change(next, "retry", reason)
}

pub(super) fn skip(facts: &Facts, reason: &str) -> Step {
    match facts.state {
        State::Queued | State::Unknown | State::Parked => {
            let mut next = facts.clone();
            next.state = State::Skipped;
            next.reason = Some(reason.to_owned());
            Step::change(next, "skip", reason)
        }
        State::Sending => Step::Nothing(Ignored::NotPossible("a worker is sending it at this moment")),
        State::Skipped => Step::Nothing(Ignored::Known),
        _ => Step::Nothing(Ignored::NotPossible("it does not hold its lane")),
    }
}

pub(super) fn hold(facts: &Facts, reason: &str) -> Step {
    if !facts.state.is_due() {
        return Step::Nothing(Ignored::NotDue);
    }
    let mut next = facts.clone();
    next.state = State::Parked;
    next.actionable = true;
    next.reason = Some(reason.to_owned());
    Step::change(next, "hold", reason)
}
