//! Who may do what in the world, and what comes of it.

use super::{
    super::{Event, Facts, Found, Ignored, Micros, News, Origin, Reply, Step, Witness},
    truths::Broken,
    world::{
        Answer, CODE_ONLY, CONTENTS, Grip, Hand, MAY_PASS, NO, NOW, REQUESTS, Row, TOKEN, USED, Verdict, World,
        at_the_service, receipt, request,
    },
};
use crate::{
    policy::{OnUnknown, Policy},
    state::State,
};

/// The rule under test: the machine, or a mutant of it.
pub(super) type Rule<'a> = &'a (dyn Fn(&Facts, &Event, Micros, &Policy, &mut fastrand::Rng) -> Step + Sync);

/// What the service does with a sending that reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deal {
    Take,
    /// It is taken under the request that was rejected, whose content is kept.
    TakeAgain,
    /// It is taken, and named by a request that is another document's.
    TakeAsAnother,
    Refuse,
    RefuseLane,
    Busy,
    Conflict,
}

/// One thing that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Wait,
    SetClock {
        ahead: bool,
    },
    DaysPass,
    Backup,
    Restore,
    Claim(usize),
    /// A worker finds the document in other hands.
    Watch,
    /// A worker finds that the one that had it is dead.
    FindDead,
    Send(usize),
    NotSent(usize),
    Arrive(usize, Deal),
    StrayArrives,
    Deliver(usize),
    Lose(usize),
    Crash(usize),
    Write(usize),
    Decide(u8, Verdict),
    /// The service says what became of a request, with or without its time.
    Tell(u8, bool),
    Retry,
    Skip,
    SetAside,
    Release,
    AdoptReceipt(u8),
    AdoptCode(u8),
    AdoptRequest(u8),
    Acknowledge,
    SeeToTheDay,
    /// The service gives its newest request to another document too.
    ShareRequest,
    Correct,
    Replace,
    Redate,
    LetPass,
    HoldLate,
    Hold,
    StepAside,
    ComeBack,
}

impl Act {
    /// Everything that anyone may do.
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Wait,
            Self::SetClock { ahead: true },
            Self::SetClock { ahead: false },
            Self::DaysPass,
            Self::Backup,
            Self::Restore,
            Self::Watch,
            Self::FindDead,
            Self::StrayArrives,
            Self::Retry,
            Self::Skip,
            Self::SetAside,
            Self::Release,
            Self::Acknowledge,
            Self::SeeToTheDay,
            Self::ShareRequest,
            Self::Correct,
            Self::Replace,
            Self::Redate,
            Self::LetPass,
            Self::HoldLate,
            Self::Hold,
            Self::StepAside,
            Self::ComeBack,
        ];
        for hand in 0..2 {
            all.extend([
                Self::Claim(hand),
                Self::Send(hand),
                Self::NotSent(hand),
                Self::Deliver(hand),
                Self::Lose(hand),
                Self::Crash(hand),
                Self::Write(hand),
            ]);
            let deals = [
                Deal::Take,
                Deal::TakeAgain,
                Deal::TakeAsAnother,
                Deal::Refuse,
                Deal::RefuseLane,
                Deal::Busy,
                Deal::Conflict,
            ];
            all.extend(deals.map(|deal| Self::Arrive(hand, deal)));
        }
        for number in 1..=u8::try_from(REQUESTS).expect("few") {
            all.extend([
                Self::Tell(number, true),
                Self::Tell(number, false),
                Self::AdoptReceipt(number),
                Self::AdoptCode(number),
                Self::AdoptRequest(number),
            ]);
            let verdicts = [
                Verdict::Fiscalised,
                Verdict::Rejected,
                Verdict::RejectedForGood,
                Verdict::MayPass,
            ];
            all.extend(verdicts.map(|verdict| Self::Decide(number, verdict)));
        }
        all
    }

    /// What happens on a calm day: nobody sets a clock, restores a backup or interferes, and no invoice is waited for.
    pub(super) fn of_a_calm_day() -> Vec<Self> {
        let is_calm = |act: &Self| {
            !act.is_of_a_person()
                && !matches!(
                    act,
                    Self::SetClock { .. }
                        | Self::DaysPass
                        | Self::Backup
                        | Self::Restore
                        | Self::Hold
                        | Self::StepAside
                        | Self::ComeBack
                        | Self::Redate
                        | Self::LetPass
                        | Self::HoldLate
                )
        };
        Self::all().into_iter().filter(is_calm).collect()
    }

    /// One worker, and a person who mends what was rejected: few acts, and long ways.
    pub(super) fn of_mending() -> Vec<Self> {
        let is_of_it = |act: &Self| {
            matches!(
                act,
                Self::Wait
                    | Self::Claim(0)
                    | Self::Send(1)
                    | Self::Arrive(1, Deal::Take | Deal::TakeAgain)
                    | Self::StrayArrives
                    | Self::Deliver(1)
                    | Self::Lose(1)
                    | Self::Write(1)
                    | Self::Decide(..)
                    | Self::Tell(_, true)
                    | Self::Retry
                    | Self::Release
                    | Self::Correct
                    | Self::Replace
            )
        };
        Self::all().into_iter().filter(is_of_it).collect()
    }

    /// A person does it.
    pub(super) fn is_of_a_person(self) -> bool {
        matches!(
            self,
            Self::Retry
                | Self::Skip
                | Self::SetAside
                | Self::Release
                | Self::AdoptReceipt(_)
                | Self::AdoptCode(_)
                | Self::AdoptRequest(_)
                | Self::Acknowledge
                | Self::SeeToTheDay
                | Self::Correct
                | Self::Replace
        )
    }
}

/// What an act does to the row: which line of the history it writes, or why it changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrote {
    Nothing,
    Line {
        event: &'static str,
        from: State,
        to: State,
    },
    Refused(&'static str),
}

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

/// The service deals with a sending. None when it has no room for one more.
fn dealt(world: &mut World, deal: Deal, retry: bool, revision: u8) -> Option<Answer> {
    let requests = &mut world.service.requests;
    let known = requests
        .iter()
        .position(|one| matches!(one, Verdict::Pending | Verdict::Fiscalised));
    match deal {
        Deal::Take => {
            let number = match known {
                Some(known) if retry && world.service.keeps_its_word => known,
                _ => {
                    let free = requests.iter().position(|one| *one == Verdict::None)?;
                    requests[free] = Verdict::Pending;
                    world.service.contents[free] = revision;
                    free
                }
            };
            Some(Answer::Accepted(u8::try_from(number + 1).ok()?))
        }
        // One whose answer was lost, and which a person released, cannot be told from a new one.
        Deal::TakeAgain => {
            let is_of_it = |place: usize| {
                let rejected = matches!(requests[place], Verdict::Rejected | Verdict::MayPass);
                retry && rejected && world.row.known[place]
            };
            let of = (0..REQUESTS)
                .find(|place| is_of_it(*place))
                .filter(|_| known.is_none())?;
            requests[of] = Verdict::Pending;
            Some(Answer::Accepted(u8::try_from(of + 1).ok()?))
        }
        // Whether it was taken, nobody can tell: here it was not.
        Deal::TakeAsAnother => Some(Answer::AcceptedAsAnother),
        Deal::Refuse => Some(Answer::DocumentRefused),
        Deal::RefuseLane => Some(Answer::LaneRefused),
        Deal::Busy => Some(Answer::Busy),
        // Also of what it does not have.
        Deal::Conflict => Some(Answer::Conflict),
    }
}

fn reply(answer: Answer, ahead: i8) -> Reply {
    match answer {
        Answer::Accepted(number) => Reply::Accepted {
            request_id: request(number),
            service_time: Some(at_the_service(ahead)),
        },
        Answer::AcceptedAsAnother => Reply::AcceptedAsAnother {
            request_id: request(0),
            other: "another".to_owned(),
        },
        Answer::NotSent => Reply::NotSent,
        Answer::Busy => Reply::Busy { retry_after: None },
        Answer::LaneRefused => Reply::LaneRefused { retry_after: None },
        Answer::DocumentRefused => Reply::DocumentRefused,
        Answer::Lost => Reply::Lost { retry_after: None },
        Answer::Conflict => Reply::Conflict,
    }
}

fn news(verdict: Verdict, number: u8, service_time: Option<Micros>) -> Option<News> {
    let rejected = |actionable, reason: &str| News::Rejected {
        actionable,
        reason: reason.to_owned(),
    };
    Some(match verdict {
        Verdict::None => return None,
        Verdict::Pending => News::Pending(Witness {
            service_time,
            ..Witness::default()
        }),
        Verdict::Fiscalised => News::Fiscalised {
            receipt: receipt(number),
        },
        Verdict::Rejected => rejected(true, NO),
        Verdict::RejectedForGood => rejected(false, NO),
        Verdict::MayPass => rejected(true, MAY_PASS),
        Verdict::NumberIsUsed => rejected(false, USED),
    })
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
