//! The store was restored: what it says of a document may be older than what became of it.

use super::{
    event::{Ignored, Step},
    facts::Facts,
    time::Micros,
};
use crate::{cause::Cause, state::State};

pub(super) fn restored(facts: &Facts, reason: &str, holds: bool, now: Micros) -> Step {
    let mut next = facts.clone();
    next.doubt = true;
    next.resend = true;
    match facts.state {
        // A receipt is the truth whatever became of the store.
        State::Fiscalised => return Step::Nothing(Ignored::Known),
        State::Queued | State::Unknown if holds => park(&mut next, reason),
        State::Queued | State::Unknown => {
            next.state = State::Unknown;
            // What it waits for, it still waits for.
            if matches!(facts.cause, None | Some(Cause::LaneRefused | Cause::HeldByPolicy)) {
                next.cause = Some(Cause::Restored);
                next.reason = None;
            }
        }
        // It keeps its request id and is asked about.
        State::Accepted => next.poll_at = now,
        // The worker that has it says how it went, or its lease ends; what waits for a person does so already.
        State::Sending | State::Parked | State::Expired => {}
        // A person may have decided otherwise since, and it may have been sent.
        State::Rejected | State::Skipped => park(&mut next, reason),
    }
    if next == *facts {
        return Step::Nothing(Ignored::Known);
    }
    Step::change(next, "restored", reason)
}

/// It was handed in after the store was restored, and is from before: it may be one of those that the store has forgotten.
pub(crate) fn forgotten(mut facts: Facts, holds: bool) -> Facts {
    facts.doubt = true;
    facts.resend = true;
    facts.state = State::Unknown;
    facts.cause = Some(Cause::Restored);
    if holds {
        park(&mut facts, "it is from before the outbox was restored");
    }
    facts
}

/// The outbox was lost, and it is kept from the seller's own records, so that its number, its credits and its repetition are known.
pub(crate) fn recovered(mut facts: Facts) -> Facts {
    facts.doubt = true;
    facts.resend = true;
    park(
        &mut facts,
        "it was taken in from the seller\u{2019}s records after the outbox was lost",
    );
    facts.cause = Some(Cause::Recovered);
    facts
}

fn park(next: &mut Facts, reason: &str) {
    let said = next.reason.take().filter(|_| !next.state.is_due());
    next.reason = Some(match said {
        Some(said) => format!("it may have been sent since ({reason}); before that: {said}"),
        None => format!("it may have been sent already: {reason}"),
    });
    next.state = State::Parked;
    next.cause = Some(Cause::Restored);
    next.actionable = true;
    next.holds = false;
    next.alarm = false;
    next.no_longer_passing();
}
