//! A document is mended under its id, or another one takes its place.

use super::{
    event::{Ignored, Step},
    facts::{Facts, Redate},
    time::Micros,
};
use crate::{
    policy::{CorrectedAs, Policy, Reaches},
    state::State,
};

/// What is said of a document of which a sending may have arrived.
const LOOK_IT_UP: &str = "it may be fiscalised as it was sent: look it up first, then adopt its receipt, or release it if there certainly is none; \
                          after that it can be corrected";

pub(super) fn correct(facts: &Facts, reason: &str, now: Micros, policy: &Policy) -> Step {
    if facts.replaced_by.is_some() {
        return Step::Nothing(Ignored::Replaced);
    }
    if let Some(why) = not_certainly_free(facts, LOOK_IT_UP) {
        return Step::Nothing(Ignored::NotPossible(why));
    }
    // Skipping leaves what was said before: of a final rejection nothing can be mended.
    if matches!(facts.state, State::Rejected | State::Skipped) && facts.resend && !facts.actionable {
        return Step::Nothing(Ignored::NotPossible(
            "the rejection is final: the service takes this document no more; hand the sale in as another document that replaces this one",
        ));
    }
    let mut next = facts.clone();
    next.state = State::Queued;
    next.revision = facts.revision.saturating_add(1);
    // What was taken once, or may have been, is a repetition to the service whatever it says.
    next.resend = facts.resend && policy.corrected_as == CorrectedAs::Retry;
    // Whoever keeps the new content sees to it that its date is later than one that was refused.
    next.redate = match policy.date_reaches_receipt {
        Reaches::No => Redate::No,
        _ => Redate::IfLate,
    };
    next.failures = 0;
    next.due_at = now;
    next.reason = None;
    next.cause = None;
    next.holds = true;
    next.alarm = false;
    next.no_longer_passing();
    Step::change(next, "correct", reason)
}

pub(super) fn redate(facts: &Facts, reason: &str) -> Step {
    // What may have arrived keeps its bytes.
    if facts.state != State::Queued || facts.doubt {
        return Step::Nothing(Ignored::NotDue);
    }
    let mut next = facts.clone();
    next.revision = facts.revision.saturating_add(1);
    next.redate = Redate::IfLate;
    Step::change(next, "redate", reason)
}

pub(super) fn replaced(facts: &Facts, by: &str) -> Step {
    if let Some(known) = &facts.replaced_by {
        return Step::Nothing(if known == by { Ignored::Known } else { Ignored::Replaced });
    }
    const IN_DOUBT: &str = "it may be fiscalised, and another document in its place would be a second one: look it up first, then adopt its receipt, or \
                            release it if there certainly is none; after that it can be replaced";
    if let Some(why) = not_certainly_free(facts, IN_DOUBT) {
        return Step::Nothing(Ignored::NotPossible(why));
    }
    let mut next = facts.clone();
    if facts.state.is_open() {
        next.state = State::Skipped;
        next.cause = None;
    }
    next.replaced_by = Some(by.to_owned());
    next.alarm = false;
    next.no_longer_passing();
    let why = format!("replaced by {by}, and locked");
    next.reason = Some(
        facts
            .reason
            .as_ref()
            .map_or_else(|| why.clone(), |said| format!("{why}: {said}")),
    );
    Step::change(next, "replaced", why)
}

/// Why a document is not certainly free of any receipt.
fn not_certainly_free(facts: &Facts, in_doubt: &'static str) -> Option<&'static str> {
    match facts.state {
        State::Fiscalised => Some("it is fiscalised; what is wrong in it is set right by a credit note"),
        State::Sending => Some("a worker is sending it at this moment"),
        State::Accepted => Some("the service has taken it; its result is awaited"),
        State::Unknown | State::Expired => Some(in_doubt),
        _ if facts.doubt => Some(in_doubt),
        _ => None,
    }
}
