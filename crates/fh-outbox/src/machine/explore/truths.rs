//! What must hold whatever happens, each as the sentence that a failure prints.

use std::fmt;

use super::{
    super::{Event, Facts, Ignored, Origin, Step},
    act::{Act, Rule, Wrote},
    row::{CODE_ONLY, Row},
    units::{LEFT, NOW},
    world::{Grip, Verdict, World},
};
use crate::{
    cause::Cause,
    policy::{OnUnknown, Policy},
    state::State,
};

/// A promise that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Broken(pub(super) &'static str);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

pub(super) const SENT_ANEW: Broken = Broken("what may have arrived is never sent as a first sending");
pub(super) const NOT_LOOKED_UP: Broken = Broken("what is probably fiscalised is sent by nobody");
pub(super) const OLD_TOKEN: Broken = Broken("a worker gets a token that is newer than every other's");
pub(super) const OLD_WORKER: Broken = Broken("a worker that has been replaced has no say");
pub(super) const INVENTED: Broken = Broken("fiscalised is said of what has a receipt, and of nothing else");
pub(super) const LOST: Broken = Broken("a receipt that came is kept");
pub(super) const TAKEN_BACK: Broken = Broken("a receipt is never taken back or exchanged");
pub(super) const NOT_SAID: Broken = Broken("a second receipt is said");
pub(super) const FALSELY: Broken = Broken("nobody is told that it is not fiscalised while it may be");
pub(super) const TWICE: Broken =
    Broken("where the service keeps its word, or the authority checks numbers, there is one receipt");
pub(super) const OVERLAP: Broken = Broken("two sendings of one document are never under way at once");
pub(super) const NO_ALARM: Broken = Broken("what ends badly is an alarm until a person knows");
pub(super) const NO_REASON: Broken = Broken("what waits for a person says for what");
pub(super) const STUCK: Broken = Broken("what waits for nobody goes on by itself");
pub(super) const BLOCKED: Broken = Broken("a lane waits only for what is not decided");
pub(super) const FORGOTTEN: Broken = Broken("a doubt ends by a receipt or a person");
pub(super) const DISMISSED: Broken =
    Broken("what is probably fiscalised stays so until a receipt or a person says otherwise");
pub(super) const ENDLESS: Broken = Broken("a rejection that may pass is tried again so often, and no more");
pub(super) const NOT_HELD: Broken = Broken("under `hold` a person decides about what may have arrived");
pub(super) const NOT_PARKED: Broken =
    Broken("under `park_lane` the lane waits for what only a person can take further");
pub(super) const NOT_GONE_ON: Broken = Broken("under `step_aside` the lane goes on");
pub(super) const UNRELEASED: Broken = Broken("what a person released or skipped is not sent by itself");
pub(super) const RESENT: Broken = Broken("what was ever taken goes as a retry");
pub(super) const NO_END: Broken = Broken("what the service decides about its newest request is kept");
pub(super) const SILENCED: Broken = Broken("an alarm ends by a person or by newer word");
pub(super) const GIVEN_UP: Broken = Broken("nothing is given up by this machine's clock alone");
pub(super) const NOT_IN_DOUBT: Broken = Broken("after a restore, what the store cannot know is in doubt");
pub(super) const OTHER_CONTENT: Broken = Broken("a receipt of another content than the present one is said");
pub(super) const EXCHANGED: Broken = Broken("no content is exchanged that may be fiscalised");
pub(super) const REPLACED: Broken = Broken("what another document has replaced is not sent");
pub(super) const HURRIED: Broken = Broken("what may have arrived is left alone for the whole window");

impl Broken {
    /// A worker lets the first byte go.
    pub(super) fn by_sending(world: &World, grip: Grip, _policy: &Policy) -> Result<(), Self> {
        let is_known = world.service.requests.iter().any(|one| *one != Verdict::None);
        holds(grip.retry || !world.may_be_fiscalised(), SENT_ANEW)?;
        holds(grip.retry || !is_known, RESENT)?;
        holds(
            !grip.is_newest || world.row.cause != Some(Cause::ProbablyFiscalised),
            NOT_LOOKED_UP,
        )
    }

    pub(super) fn by_token(before: &Facts, now: &Facts, event: &Event) -> Result<(), Self> {
        let is_claimed = now.state == State::Sending && before.state != State::Sending;
        holds(now.token >= before.token, OLD_TOKEN)?;
        holds(!is_claimed || now.token > before.token, OLD_TOKEN)?;
        let is_old = matches!(event, Event::Reply { token, .. } if *token != before.token);
        holds(!is_old, OLD_WORKER)
    }

    /// An act that made one world of another.
    pub(super) fn by_act(before: &World, now: &World, act: Act, wrote: Wrote, policy: &Policy) -> Result<(), Self> {
        let (was, is) = (&before.row, &now.row);
        if act == Act::Restore {
            // What stood there before is gone.
            return holds(is.state == State::Fiscalised || is.doubt, NOT_IN_DOUBT);
        }
        let Wrote::Line { event, .. } = wrote else {
            return match act {
                Act::Tell(number, _) => told(now, number),
                _ => Ok(()),
            };
        };
        if let Act::Tell(number, _) = act {
            told(now, number)?;
        }
        let by_a_person = act.is_of_a_person();
        let same = |row: &Row| row.receipt.map(|number| number % CODE_ONLY);
        holds(was.receipt.is_none() || same(is) == same(was), TAKEN_BACK)?;
        holds(was.receipt.is_none() || is.state == State::Fiscalised, TAKEN_BACK)?;
        let says_so = matches!(act, Act::Release | Act::AdoptReceipt(_) | Act::AdoptCode(_));
        holds(
            !was.doubt || is.doubt || is.state == State::Fiscalised || says_so,
            FORGOTTEN,
        )?;
        let is_found = is.state == State::Fiscalised || matches!(act, Act::Release | Act::AdoptRequest(_));
        holds(
            was.cause != Some(Cause::ProbablyFiscalised) || is.cause == was.cause || is_found,
            DISMISSED,
        )?;
        holds(
            !was.alarm || is.alarm || by_a_person || matches!(act, Act::Tell(..)),
            SILENCED,
        )?;
        holds(is.revision == was.revision || !before.may_be_fiscalised(), EXCHANGED)?;
        holds(
            !is.is_replaced || !matches!(is.state, State::Queued | State::Unknown | State::Sending),
            REPLACED,
        )?;
        holds(
            event != "expired" || was.accepted.is_some_and(|one| one.is_old),
            GIVEN_UP,
        )?;
        let is_in_doubt_now = matches!(event, "lost" | "lease_expired" | "worker_died")
            || (event == "conflict"
                && is.cause != Some(Cause::Conflict)
                && is.cause != Some(Cause::ProbablyFiscalised));
        if is_in_doubt_now {
            holds(
                policy.on_unknown == OnUnknown::Resend || is.state == State::Parked,
                NOT_HELD,
            )?;
            // Counted from when it left the wire, if that is not so long ago that a clock may have been set.
            let left = was
                .wire_left
                .filter(|left| event != "lost" && *left > LEFT && *left < 0);
            let left = i16::from(left.unwrap_or(0));
            holds(is.state == State::Parked || i16::from(is.due_in) >= 2 + left, HURRIED)?;
        }
        let is_refused = matches!(
            is.cause,
            Some(Cause::Rejected | Cause::RefusedAtTheDoor | Cause::ProbablyFiscalised)
        ) && was.cause != is.cause
            && !by_a_person
            && is.actionable;
        if is_refused {
            let parks = policy.on_rejected == crate::policy::OnRejected::ParkLane;
            holds(!parks || is.holds, NOT_PARKED)?;
            holds(parks || !is.holds, NOT_GONE_ON)?;
        }
        let was_ended = matches!(was.state, State::Rejected | State::Skipped | State::Expired);
        let is_sent = matches!(is.state, State::Queued | State::Unknown | State::Sending) && act != Act::Correct;
        // Late word of one that had expired may be that it is to be tried again.
        let is_told = matches!(act, Act::Tell(..)) && was.state == State::Expired;
        holds(!was_ended || !is_sent || act == Act::Retry || is_told, UNRELEASED)
    }

    /// What is so in every world.
    pub(super) fn by_standing(world: &World, policy: &Policy, rule: Rule<'_>) -> Result<(), Self> {
        let (row, service) = (&world.row, &world.service);
        let has = |number: u8| service.has_receipt(number % CODE_ONLY);
        holds((row.state == State::Fiscalised) == row.receipt.is_some(), INVENTED)?;
        holds(row.receipt.is_none_or(has), INVENTED)?;
        holds(!row.doubled || service.receipts() > 1, INVENTED)?;
        let is_said = !row.doubt
            && matches!(
                row.state,
                State::Queued | State::Rejected | State::Skipped | State::Parked
            );
        holds(!is_said || !world.may_be_fiscalised(), FALSELY)?;
        let is_one = service.keeps_its_word || service.checks_numbers;
        holds(!is_one || world.overlapped || service.receipts() <= 1, TWICE)?;
        holds(world.clock_was_set || world.under_way() <= 1, OVERLAP)?;
        let ends_badly = matches!(row.state, State::Rejected | State::Expired) || row.doubled;
        holds(!ends_badly || row.alarm || world.person_knows, NO_ALARM)?;
        holds(row.state != State::Parked || row.cause.is_some(), NO_REASON)?;
        holds(!row.holds || row.state.is_open(), BLOCKED)?;
        holds(!row.passing || u32::from(row.passes) < policy.may_pass_tries, ENDLESS)?;
        goes_on(world, policy, rule)
    }
}

/// After news of a receipt the document has it, or another was said before.
fn told(now: &World, number: u8) -> Result<(), Broken> {
    if !now.service.has_receipt(number) {
        return Ok(());
    }
    holds(now.row.state == State::Fiscalised, LOST)?;
    holds(now.row.receipt == Some(number) || now.row.doubled, NOT_SAID)?;
    // Of a content that a restored store has forgotten, nobody can tell.
    let of = now.service.contents[usize::from(number) - 1];
    let is_another = of < now.row.revision;
    holds(now.row.doubled || !is_another || now.row.content_doubt, OTHER_CONTENT)
}

/// However late, a worker or the service's word takes it further.
fn goes_on(world: &World, policy: &Policy, rule: Rule<'_>) -> Result<(), Broken> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut facts = world.row.facts();
    let asks = match facts.state {
        State::Sending => Event::InOtherHands { has_died: false },
        _ => Event::Claim { holder: None },
    };
    match facts.state {
        State::Queued | State::Unknown | State::Sending => {
            let claimed = rule(&facts, &asks, NOW, policy, &mut random);
            let is_waiting = matches!(claimed, Step::Nothing(Ignored::NotDue));
            holds(
                !is_waiting || world.row.due_in.max(world.row.lease_left) < u8::MAX,
                STUCK,
            )?;
            if is_waiting {
                (facts.due_at, facts.lease_until) = (NOW, NOW);
                let later = rule(&facts, &asks, NOW, policy, &mut random);
                holds(matches!(later, Step::Change { .. }), STUCK)?;
            }
            Ok(())
        }
        State::Accepted => {
            let Some(request_id) = facts.request_id.clone() else {
                return Err(STUCK);
            };
            let event = Event::News {
                request_id,
                news: super::super::News::Rejected {
                    actionable: false,
                    reason: super::units::NO.to_owned(),
                },
                origin: Origin::ONLY,
            };
            let told = rule(&facts, &event, NOW, policy, &mut random);
            holds(matches!(told, Step::Change { .. }), NO_END)
        }
        _ => Ok(()),
    }
}

fn holds(is_so: bool, otherwise: Broken) -> Result<(), Broken> {
    if is_so { Ok(()) } else { Err(otherwise) }
}
