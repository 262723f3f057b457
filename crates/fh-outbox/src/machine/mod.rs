//! What may happen to a document, and what becomes of it: pure, so that every interleaving can be tried.
//!
//! Each event is held against the facts as they stand in the store, inside one transaction. An event that no longer fits (a worker
//! whose lease has expired, a record of an earlier attempt, the same webhook twice) changes nothing and says why.

mod correcting;
mod event;
#[cfg(test)]
mod explore;
mod facts;
mod operator;
mod passing;
mod restoring;
mod sending;
mod settling;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_corrections;
#[cfg(test)]
mod tests_of_time;
mod time;
mod waiting;

pub(crate) use event::{Event, Found, Ignored, News, Origin, Reply, Step, Witness};
pub(crate) use facts::{Facts, Redate};
pub(crate) use passing::may_pass;
pub(crate) use restoring::{forgotten, recovered};
pub(crate) use sending::horizon;
pub(crate) use time::{Micros, later, since};

use crate::{policy::Policy, state::State};

/// What `event` makes of `facts`.
pub(crate) fn step(facts: &Facts, event: &Event, now: Micros, policy: &Policy, random: &mut fastrand::Rng) -> Step {
    let step = match event {
        Event::Claim { holder } => sending::claim(facts, holder.as_deref(), now, policy),
        Event::InOtherHands { has_died } => sending::in_other_hands(facts, *has_died, now, policy),
        Event::Reply { token, reply, reason } => {
            if facts.state != State::Sending || facts.token != *token {
                return Step::Nothing(Ignored::Fenced);
            }
            sending::replied(facts, reply, reason, now, policy, random)
        }
        Event::News {
            request_id,
            news,
            origin,
        } => settling::news_came(facts, request_id, news, *origin, now, policy, random),
        Event::Retry { reason } => operator::retry(facts, reason, now, policy),
        Event::Skip { reason } => operator::skip(facts, reason),
        Event::SetAside { reason } => operator::set_aside(facts, reason),
        Event::Adopt { found } => operator::adopt(facts, found, now),
        Event::Release { reason } => operator::release(facts, reason),
        Event::Correct { reason } => correcting::correct(facts, reason, now, policy),
        Event::Replaced { by } => correcting::replaced(facts, by),
        Event::Acknowledge => operator::acknowledge(facts),
        Event::Redate { reason } => correcting::redate(facts, reason),
        Event::LetPass { reason } => waiting::let_pass(facts, reason),
        Event::HoldLate { reason } => waiting::hold_late(facts, reason, policy),
        Event::DaySeenTo => operator::day_seen_to(facts),
        Event::RequestShared { with, request_id } => settling::request_shared(facts, with, request_id),
        Event::Hold { reason } => waiting::hold(facts, reason, policy),
        Event::StepAside { reason } => waiting::step_aside(facts, reason),
        Event::ComeBack { reason } => waiting::come_back(facts, reason, now, policy),
        Event::Restored { reason, holds } => restoring::restored(facts, reason, *holds, now),
    };
    match step {
        Step::Change { mut facts, event, why } => {
            // No lane waits for what is with the service or settled.
            facts.holds &= facts.state.is_open();
            if facts.state != State::Sending {
                facts.holder = None;
                facts.wire_until = 0;
            }
            Step::Change { facts, event, why }
        }
        nothing => nothing,
    }
}
