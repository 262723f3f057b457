//! Who may do what.

use super::{
    super::{Event, Facts, Micros, Step},
    units::REQUESTS,
    world::Verdict,
};
use crate::{policy::Policy, state::State};

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
