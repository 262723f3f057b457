//! What comes of an act.

use super::{
    super::{Event, Found, Ignored, Origin, Reply, Step},
    act::{Act, Deal, Rule, Wrote},
    row::{CODE_ONLY, Row, at_the_service, receipt, request},
    service::{dealt, news, reply},
    truths::Broken,
    units::{CONTENTS, NOW, TOKEN},
    world::{Answer, Grip, Hand, Verdict, World},
};
use crate::{
    policy::{OnUnknown, Policy},
    state::State,
};

/// The world after an act; none when nobody can do that here.
pub(super) fn after(
    world: &World,
    act: Act,
    policy: &Policy,
    rule: Rule<'_>,
) -> Result<Option<(World, Wrote)>, Broken> {
    let mut next = *world;
    let event = match act {
        Act::Wait => return Ok(world.wait().map(quiet)),
        Act::SetClock { ahead } => return Ok(world.set_clock(ahead).map(quiet)),
        Act::DaysPass => return Ok(world.days_pass().map(quiet)),
        Act::Backup if world.saved.is_none() && !world.was_restored => {
            next.saved = Some((world.row, world.person_knows));
            return Ok(Some(quiet(next)));
        }
        Act::Restore => {
            let Some(restored) = world.restore() else {
                return Ok(None);
            };
            next = restored;
            Event::Restored {
                reason: String::new(),
                holds: policy.on_unknown == OnUnknown::Hold,
            }
        }
        Act::Claim(hand) if world.hands[hand] == Hand::Empty => Event::Claim { holder: None },
        Act::Watch => Event::InOtherHands { has_died: false },
        // A lock of the operating system tells: whoever holds it lives.
        Act::FindDead if world.row.state == State::Sending && !world.is_in_living_hands() => {
            Event::InOtherHands { has_died: true }
        }
        Act::Send(hand) => {
            let Hand::Holds(grip) = world.hands[hand] else {
                return Ok(None);
            };
            if !grip.may_send() {
                return Ok(None);
            }
            Broken::by_sending(world, grip, policy)?;
            next.hands[hand] = Hand::Sends(grip);
            return Ok(Some(quiet(next)));
        }
        Act::NotSent(hand) => {
            let Hand::Holds(grip) = world.hands[hand] else {
                return Ok(None);
            };
            next.hands[hand] = Hand::Knows(grip, Answer::NotSent);
            return Ok(Some(quiet(next)));
        }
        Act::Arrive(hand, deal) => {
            let Hand::Sends(grip) = world.hands[hand] else {
                return Ok(None);
            };
            let Some(answer) = dealt(&mut next, deal, grip.retry, grip.revision) else {
                return Ok(None);
            };
            next.hands[hand] = Hand::Answered(grip, answer);
            return Ok(Some(quiet(next)));
        }
        Act::StrayArrives => {
            let Some((retry, revision, _)) = next.stray.take() else {
                return Ok(None);
            };
            return Ok(dealt(&mut next, Deal::Take, retry, revision).map(|_| quiet(next)));
        }
        Act::Deliver(hand) => {
            let Hand::Answered(grip, answer) = world.hands[hand] else {
                return Ok(None);
            };
            next.hands[hand] = Hand::Knows(grip, answer);
            return Ok(Some(quiet(next)));
        }
        Act::Lose(hand) => {
            let (Hand::Sends(grip) | Hand::Answered(grip, _)) = world.hands[hand] else {
                return Ok(None);
            };
            if matches!(world.hands[hand], Hand::Sends(_)) {
                next.strays(grip);
            }
            next.hands[hand] = Hand::Knows(grip, Answer::Lost);
            return Ok(Some(quiet(next)));
        }
        Act::Crash(hand) => {
            match world.hands[hand] {
                Hand::Empty => return Ok(None),
                Hand::Sends(grip) => next.strays(grip),
                _ => {}
            }
            next.hands[hand] = Hand::Empty;
            return Ok(Some(quiet(next)));
        }
        Act::Write(hand) => {
            let Hand::Knows(grip, answer) = world.hands[hand] else {
                return Ok(None);
            };
            next.hands[hand] = Hand::Empty;
            Event::Reply {
                token: if grip.is_newest { TOKEN } else { TOKEN - 1 },
                reply: reply(answer, world.row.ahead),
                reason: String::new(),
            }
        }
        Act::Decide(number, verdict) => {
            let others = world.service.receipts();
            let request = &mut next.service.requests[usize::from(number) - 1];
            if *request != Verdict::Pending {
                return Ok(None);
            }
            *request = if verdict == Verdict::Fiscalised && world.service.checks_numbers && others > 0 {
                Verdict::NumberIsUsed
            } else {
                verdict
            };
            return Ok(Some(quiet(next)));
        }
        // News of a request that the store does not know are put aside until it does.
        Act::Tell(number, _) if !world.row.known[usize::from(number) - 1] => return Ok(None),
        Act::Tell(number, with_time) => {
            let verdict = world.service.requests[usize::from(number) - 1];
            if !with_time && verdict != Verdict::Pending {
                return Ok(None);
            }
            let Some(news) = news(verdict, number, with_time.then(|| at_the_service(world.row.ahead))) else {
                return Ok(None);
            };
            let place = usize::from(number) - 1;
            Event::News {
                request_id: request(number),
                news,
                origin: Origin {
                    revision: u32::from(world.row.made_with[place]),
                    shared: world.row.shared[place],
                },
            }
        }
        Act::Retry => Event::Retry { reason: String::new() },
        Act::Skip => Event::Skip { reason: String::new() },
        Act::SetAside => Event::SetAside { reason: String::new() },
        // Whoever looks it up finds what is there.
        Act::Release if !world.may_be_fiscalised() => Event::Release { reason: String::new() },
        Act::AdoptReceipt(number) if world.service.has_receipt(number) => Event::Adopt {
            found: Found::Receipt(receipt(number)),
        },
        Act::AdoptCode(number) if world.service.has_receipt(number) => Event::Adopt {
            found: Found::Receipt(receipt(number + CODE_ONLY)),
        },
        Act::AdoptRequest(number) if world.service.requests[usize::from(number) - 1] != Verdict::None => Event::Adopt {
            found: Found::Request(request(number)),
        },
        Act::Acknowledge => Event::Acknowledge,
        Act::SeeToTheDay => Event::DaySeenTo,
        Act::ShareRequest => {
            let Some(number) = world.row.request else {
                return Ok(None);
            };
            Event::RequestShared {
                with: "another".to_owned(),
                request_id: request(number),
            }
        }
        Act::Correct if world.row.revision < CONTENTS => Event::Correct { reason: String::new() },
        Act::Redate if world.row.revision < CONTENTS => Event::Redate { reason: String::new() },
        Act::Replace => Event::Replaced {
            by: "another".to_owned(),
        },
        Act::LetPass => Event::LetPass { reason: String::new() },
        Act::HoldLate => Event::HoldLate { reason: String::new() },
        Act::Hold => Event::Hold { reason: String::new() },
        Act::StepAside => Event::StepAside { reason: String::new() },
        Act::ComeBack => Event::ComeBack { reason: String::new() },
        Act::Claim(_)
        | Act::Release
        | Act::AdoptReceipt(_)
        | Act::AdoptCode(_)
        | Act::AdoptRequest(_)
        | Act::Backup
        | Act::FindDead
        | Act::Correct
        | Act::Redate => return Ok(None),
    };
    if let Event::Reply {
        reply: Reply::Accepted { .. },
        ..
    } = &event
        && let Act::Write(hand) = act
        && let Hand::Knows(_, Answer::Accepted(number)) = world.hands[hand]
    {
        // Also by a worker that has no say any more.
        let (Hand::Knows(grip, _), place) = (world.hands[hand], usize::from(number) - 1) else {
            return Ok(None);
        };
        next.row.shared[place] |= next.row.known[place] && next.row.made_with[place] != grip.revision;
        next.row.made_with[place] = if next.row.known[place] {
            next.row.made_with[place].min(grip.revision)
        } else {
            grip.revision
        };
        next.row.known[place] = true;
    }
    if let Act::AdoptRequest(number) = act {
        let place = usize::from(number) - 1;
        if !next.row.known[place] {
            next.row.made_with[place] = next.row.revision;
        }
        next.row.known[place] = true;
    }
    let before = next.row;
    let facts = before.facts();
    let mut random = fastrand::Rng::with_seed(1);
    let wrote = match rule(&facts, &event, NOW, policy, &mut random) {
        Step::Nothing(Ignored::NotPossible(why)) => Wrote::Refused(why),
        Step::Nothing(why) => Wrote::Refused(name_of(why)),
        Step::Change {
            facts: now,
            event: line,
            ..
        } => {
            Broken::by_token(&facts, &now, &event)?;
            next.row = Row {
                known: before.known,
                made_with: before.made_with,
                shared: before.shared,
                ..Row::of(&now, before.ahead)
            };
            if now.token != facts.token {
                for hand in &mut next.hands {
                    if let Hand::Holds(grip) | Hand::Sends(grip) | Hand::Answered(grip, _) | Hand::Knows(grip, _) = hand
                    {
                        grip.is_newest = false;
                    }
                }
            }
            if let Act::Claim(hand) = act
                && now.token > facts.token
            {
                next.hands[hand] = Hand::Holds(Grip {
                    is_newest: true,
                    retry: now.resend,
                    revision: next.row.revision,
                    age: 0,
                    is_over: false,
                });
            }
            let is_another =
                (next.row.state, next.row.cause, next.row.doubled) != (before.state, before.cause, before.doubled);
            next.person_knows = act.is_of_a_person() || (next.person_knows && !is_another);
            Wrote::Line {
                event: line,
                from: facts.state,
                to: now.state,
            }
        }
    };
    Ok(Some((settled(next), wrote)))
}

fn quiet(world: World) -> (World, Wrote) {
    (settled(world), Wrote::Nothing)
}

/// The same world by one name: it does not matter which of the two workers is which, nor that a clock was set long ago.
fn settled(mut world: World) -> World {
    world.hands.sort_unstable();
    world.overlapped |= world.clock_was_set && world.under_way() > 1;
    if world.under_way() == 0 && world.hands == [Hand::Empty; 2] && world.row.state != State::Sending {
        world.clock_was_set = false;
    }
    world
}

fn name_of(ignored: Ignored) -> &'static str {
    match ignored {
        Ignored::NotDue => "not due",
        Ignored::Fenced => "fenced",
        Ignored::Known => "known",
        Ignored::Stale => "stale",
        Ignored::Replaced => "replaced by another document",
        Ignored::SecondReceipt => "second receipt, said already",
        Ignored::NotPossible(why) => why,
    }
}
