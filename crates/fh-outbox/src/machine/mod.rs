//! What may happen to a document, and what becomes of it: pure, so that every interleaving can be tried.
//!
//! Each event is held against the facts as they stand in the store, inside one transaction. An event that no longer fits (a worker
//! whose lease has expired, a record of an earlier attempt, the same webhook twice) changes nothing and says why.

mod event;
mod facts;
mod operator;
mod sending;
mod settling;
#[cfg(test)]
mod tests;
mod time;

pub(crate) use event::{Event, Ignored, News, Reply, Step};
pub(crate) use facts::Facts;
pub(crate) use time::{Micros, later, since};

use crate::{policy::Policy, state::State};

/// What `event` makes of `facts`.
pub(crate) fn step(facts: &Facts, event: &Event, now: Micros, policy: &Policy, random: &mut fastrand::Rng) -> Step {
    match event {
        Event::Claim => sending::claim(facts, now, policy),
        Event::Reply { token, reply, reason } => {
            if facts.state != State::Sending || facts.token != *token {
                return Step::Nothing(Ignored::Fenced);
            }
            sending::replied(facts, reply, reason, now, policy, random)
        }
        Event::News { request_id, news } => settling::news_came(facts, request_id, news, now, policy),
        Event::Retry { reason } => operator::retry(facts, reason, now),
        Event::Skip { reason } => operator::skip(facts, reason),
        Event::Hold { reason } => operator::hold(facts, reason),
    }
}
