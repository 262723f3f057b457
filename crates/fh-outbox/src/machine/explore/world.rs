//! The world around one document: its row in the store, two workers, the service and what is under way between them. Small enough to be
//! kept by the million: times are how many units away they are, tokens whether they are the newest.

use super::{
    super::Facts,
    row::{Accepted, Row},
    units::{FAR, GIVEN_UP, LEASE, LEFT, NOW, PASSING, REQUESTS, STRAY},
};
use crate::{cause::Cause, state::State};

/// One worker and the document in its hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Hand {
    Empty,
    /// Nothing has left the machine.
    Holds(Grip),
    /// Bytes are on their way.
    Sends(Grip),
    /// The service has answered, and the answer is on its way.
    Answered(Grip, Answer),
    /// It has an outcome, and has not written it down yet.
    Knows(Grip, Answer),
}

/// With what a worker holds the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Grip {
    /// Its token is the newest.
    pub(super) is_newest: bool,
    pub(super) retry: bool,
    /// Units since the claim, by the worker's stopwatch.
    pub(super) age: u8,
    /// The content that it sends.
    pub(super) revision: u8,
    /// The clock was set ahead since: by it the lease is over. That it is set back again within one lease is not tried.
    pub(super) is_over: bool,
}

impl Grip {
    /// The worker may still let the first byte go.
    pub(super) fn may_send(self) -> bool {
        self.age < GIVEN_UP && !self.is_over
    }
}

/// What a worker learns of a sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Answer {
    Accepted(u8),
    AcceptedAsAnother,
    NotSent,
    Busy,
    LaneRefused,
    DocumentRefused,
    Lost,
    Conflict,
}

/// What became of a request at the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Verdict {
    None,
    Pending,
    Fiscalised,
    Rejected,
    RejectedForGood,
    MayPass,
    NumberIsUsed,
}

/// The service and the authority behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Service {
    /// It recognises a document by its id when the sending says that it is a retry.
    pub(super) keeps_its_word: bool,
    /// The authority refuses a number that it has already.
    pub(super) checks_numbers: bool,
    pub(super) requests: [Verdict; REQUESTS],
    /// Which content it has of each.
    pub(super) contents: [u8; REQUESTS],
}

impl Service {
    pub(super) fn receipts(&self) -> usize {
        self.requests.iter().filter(|one| **one == Verdict::Fiscalised).count()
    }

    pub(super) fn has_receipt(&self, number: u8) -> bool {
        self.requests[usize::from(number) - 1] == Verdict::Fiscalised
    }

    /// What it has taken and may still fiscalise, or has fiscalised.
    pub(super) fn may_have_a_receipt(&self) -> bool {
        self.requests
            .iter()
            .any(|one| matches!(one, Verdict::Pending | Verdict::Fiscalised))
    }
}

/// Everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) row: Row,
    pub(super) hands: [Hand; 2],
    /// Bytes of a sending that nobody waits for any more: whether they say that they are a retry, their content, and for how long they travel.
    pub(super) stray: Option<(bool, u8, u8)>,
    pub(super) service: Service,
    /// A person was told of what stands in the row now.
    pub(super) person_knows: bool,
    /// A backup of the row, and whether a person knew of what stood in it.
    pub(super) saved: Option<(Row, bool)>,
    /// The store was put back to the backup.
    pub(super) was_restored: bool,
    /// Days have passed since the backup.
    pub(super) days_since_saved: bool,
    /// The machine's clock was set while a sending was under way: how long it lasted cannot be told any more.
    pub(super) clock_was_set: bool,
    /// And so two sendings were under way at once, and may have come in the wrong order. Nobody can do anything about that.
    pub(super) overlapped: bool,
}

impl World {
    pub(super) fn new(keeps_its_word: bool, checks_numbers: bool) -> Self {
        Self {
            row: Row::of(&Facts::new(NOW), 0),
            hands: [Hand::Empty; 2],
            stray: None,
            service: Service {
                keeps_its_word,
                checks_numbers,
                requests: [Verdict::None; REQUESTS],
                contents: [0; REQUESTS],
            },
            person_knows: false,
            saved: None,
            was_restored: false,
            days_since_saved: false,
            clock_was_set: false,
            overlapped: false,
        }
    }

    /// As an earlier version left one that it had given up by a clock that was wrong.
    pub(super) fn given_up(keeps_its_word: bool, checks_numbers: bool) -> Self {
        let mut world = Self::new(keeps_its_word, checks_numbers);
        (world.service.requests[0], world.service.contents[0]) = (Verdict::Pending, 1);
        world.row = Row {
            state: State::Expired,
            cause: Some(Cause::Undecided),
            alarm: true,
            holds: false,
            was_sent: true,
            request: Some(1),
            accepted: Some(Accepted::of(NOW)),
            taken: Some(false),
            ..world.row
        };
        (world.row.known[0], world.row.made_with[0]) = (true, 1);
        world
    }

    /// The worker that holds it by its newest token lives.
    pub(super) fn is_in_living_hands(&self) -> bool {
        self.hands.iter().any(|hand| match hand {
            Hand::Empty => false,
            Hand::Holds(grip) | Hand::Sends(grip) | Hand::Answered(grip, _) | Hand::Knows(grip, _) => grip.is_newest,
        })
    }

    /// How many sendings of it are under way at once.
    pub(super) fn under_way(&self) -> usize {
        let sent = self.hands.iter().filter(|hand| matches!(hand, Hand::Sends(_))).count();
        sent + usize::from(self.stray.is_some())
    }

    /// The service has it, or may yet get it.
    pub(super) fn may_be_fiscalised(&self) -> bool {
        self.service.may_have_a_receipt() || self.under_way() > 0
    }

    /// A unit of time passes; none when somebody would have done something before.
    pub(super) fn wait(&self) -> Option<Self> {
        let mut next = *self;
        for hand in &mut next.hands {
            if let Hand::Holds(grip) | Hand::Sends(grip) | Hand::Answered(grip, _) | Hand::Knows(grip, _) = hand {
                grip.age = (grip.age + 1).min(LEASE + 1);
            }
            // A sending is given up before its lease ends; what was sent may arrive a little longer.
            if let Hand::Sends(grip) | Hand::Answered(grip, _) = *hand
                && grip.age > GIVEN_UP
            {
                return None;
            }
        }
        next.stray = match self.stray {
            Some((retry, revision, left)) if left > 1 => Some((retry, revision, left - 1)),
            _ => None,
        };
        next.row.lease_left = less(self.row.lease_left);
        next.row.due_in = less(self.row.due_in);
        next.row.wire_left = self.row.wire_left.map(|left| (left - 1).max(LEFT));
        if self.row.passing_age > 0 {
            next.row.passing_age = (self.row.passing_age + 1).min(PASSING + 1);
        }
        Some(next)
    }

    /// The machine's clock is set, or the machine stood still, by much more than any wait.
    pub(super) fn set_clock(&self, ahead: bool) -> Option<Self> {
        if self.row.ahead == if ahead { 1 } else { -1 } {
            return None;
        }
        let mut next = *self;
        let row = &mut next.row;
        row.lease_left = if ahead || row.lease_left == 0 { 0 } else { FAR };
        row.due_in = if ahead { 0 } else { FAR };
        row.wire_left = row.wire_left.map(|_| if ahead { LEFT } else { i8::MAX });
        let by = if ahead { 1 } else { -1 };
        row.ahead += by;
        row.accepted = row.accepted.map(|one| Accepted {
            years: one.years - by,
            ..one
        });
        if row.passing_age > 0 {
            row.passing_age = if ahead { PASSING + 1 } else { 1 };
        }
        if ahead {
            for hand in &mut next.hands {
                if let Hand::Holds(grip) = hand {
                    grip.is_over = true;
                }
            }
        }
        next.clock_was_set |= self.under_way() > 0 || self.hands != [Hand::Empty; 2];
        Some(next)
    }

    /// So many days pass that the service need not answer any more.
    pub(super) fn days_pass(&self) -> Option<Self> {
        if self.under_way() > 0 || self.hands != [Hand::Empty; 2] || self.row.accepted.is_none() {
            return None;
        }
        let mut next = *self;
        let row = &mut next.row;
        (row.lease_left, row.due_in) = (0, 0);
        row.wire_left = row.wire_left.map(|_| LEFT);
        row.accepted = row.accepted.map(|one| Accepted { is_old: true, ..one });
        row.taken = row.taken.map(|_| true);
        if row.passing_age > 0 {
            row.passing_age = PASSING + 1;
        }
        next.days_since_saved = next.saved.is_some();
        Some(next)
    }

    /// The store is put back to the backup. Before that all is stopped, and what was sent has arrived.
    pub(super) fn restore(&self) -> Option<Self> {
        let (saved, knew) = self.saved?;
        if self.under_way() > 0 || self.hands != [Hand::Empty; 2] || self.was_restored {
            return None;
        }
        let mut next = *self;
        next.row = Row {
            lease_left: 0,
            due_in: 0,
            wire_left: saved.wire_left.map(|_| LEFT),
            ahead: self.row.ahead,
            accepted: saved.accepted.map(|one| Accepted {
                years: one.years - (self.row.ahead - saved.ahead),
                is_old: one.is_old || self.days_since_saved,
            }),
            taken: saved.taken.map(|is_old| is_old || self.days_since_saved),
            ..saved
        };
        next.person_knows = knew;
        next.was_restored = true;
        Some(next)
    }

    /// The bytes that a worker has sent go on without it.
    pub(super) fn strays(&mut self, grip: Grip) {
        self.stray = Some((grip.retry, grip.revision, STRAY));
    }
}

fn less(left: u8) -> u8 {
    if left == FAR { FAR } else { left.saturating_sub(1) }
}
