//! The world around one document: its row in the store, two workers, the service and what is under way between them. Small enough to be
//! kept by the million: times are how many units away they are, tokens whether they are the newest.

use std::time::Duration;

use fiscal_harmony::{Receipt, types::RequestId};

use super::super::{Facts, Micros, Redate, later, since};
use crate::{
    cause::Cause,
    policy::{OnRejected, OnUnknown, Order, Policy},
    state::State,
};

/// One step of time. Each wait of [`policy`] is a small number of them.
pub(super) const UNIT: Duration = Duration::from_secs(30);
/// How long a worker may hold a document, in units.
const LEASE: u8 = 3;
/// A worker gives a sending up after so many units: before its lease ends.
pub(super) const GIVEN_UP: u8 = 2;
/// Bytes that nobody waits for any more may arrive for so many units. The orphan window is longer.
const STRAY: u8 = 1;
const ORPHAN: u8 = 2;
const PASSING: u8 = 4;
/// How long ago it left the wire is counted so far.
pub(super) const LEFT: i8 = -(LEASE as i8) - 1;
/// Further away than any wait: only a clock that was set back does this.
const FAR: u8 = u8::MAX;
/// Now. It never moves: what is before or after it does.
pub(super) const NOW: Micros = 1_800_000_000_000_000;
const YEAR: Duration = Duration::from_secs(31_536_000);
/// More than the days for which the service can be asked.
const MONTH: Duration = Duration::from_secs(2_592_000);
/// The newest token, of which only that it is the newest matters.
pub(super) const TOKEN: i64 = 5;

/// What the service may do with a request.
pub(super) const REQUESTS: usize = 3;

/// How often its content may be exchanged, the first one included.
pub(super) const CONTENTS: u8 = 2;

/// A rejection that speaks of the document.
pub(super) const NO: &str = "NO TIN PROVIDED";
/// One that may pass.
pub(super) const MAY_PASS: &str = "the revenue authority could not be reached";
/// One that says that the number is used.
pub(super) const USED: &str = "RCPT013: the number is used";

/// What the document's row holds, without what no rule reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) resend: bool,
    pub(super) doubt: bool,
    pub(super) was_sent: bool,
    pub(super) lease_left: u8,
    /// Until when a byte of it may be on the wire; negative when that is over.
    pub(super) wire_left: Option<i8>,
    pub(super) due_in: u8,
    pub(super) request: Option<u8>,
    /// Which requests of it the store knows.
    pub(super) known: [bool; REQUESTS],
    pub(super) accepted: Option<Accepted>,
    /// The same by the service's clock: whether it is too old.
    pub(super) taken: Option<bool>,
    /// By how many years this machine's clock is ahead of the service's.
    pub(super) ahead: i8,
    pub(super) receipt: Option<u8>,
    pub(super) doubled: bool,
    pub(super) actionable: bool,
    pub(super) holds: bool,
    pub(super) cause: Option<Cause>,
    pub(super) passing: bool,
    pub(super) passes: u8,
    pub(super) passing_age: u8,
    pub(super) alarm: bool,
    pub(super) red: bool,
    /// Which content is the present one, and which one each known request was made with.
    pub(super) revision: u8,
    pub(super) made_with: [u8; REQUESTS],
    /// Requests that two contents share.
    pub(super) shared: [bool; REQUESTS],
    pub(super) content_doubt: bool,
    pub(super) redate: u8,
    pub(super) is_replaced: bool,
}

/// When a request was accepted, by this machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Accepted {
    /// By how many years the clock was set since: what is done is the further away, the further ahead it was set.
    years: i8,
    /// So many days have passed since that the service need not answer any more.
    pub(super) is_old: bool,
}

impl Accepted {
    fn of(then: Micros) -> Self {
        let (away, year) = (then - NOW, later(0, YEAR));
        let years = (away + year / 2).div_euclid(year);
        Self {
            years: i8::try_from(years).expect("a clock is set by a year or two"),
            is_old: away < years * year,
        }
    }

    fn then(self) -> Micros {
        NOW + i64::from(self.years) * later(0, YEAR) - if self.is_old { later(0, MONTH) } else { 0 }
    }
}

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
        let moved = |left: u8| if ahead || left == 0 { 0 } else { FAR };
        row.lease_left = moved(row.lease_left);
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

fn left(until: Micros) -> u8 {
    let left = since(until, NOW).as_secs().div_ceil(UNIT.as_secs());
    if left > 120 + u64::from(LEASE) {
        FAR
    } else {
        u8::try_from(left).unwrap_or(FAR)
    }
}

fn until(left: u8) -> Micros {
    match left {
        0 => NOW,
        FAR => later(NOW, YEAR),
        left => later(NOW, UNIT * u32::from(left)),
    }
}

fn wire_left(until: Micros) -> i8 {
    let units = (until - NOW).div_euclid(later(0, UNIT));
    if units > 120 {
        i8::MAX
    } else {
        i8::try_from(units).unwrap_or(i8::MIN).max(LEFT)
    }
}

/// What time it is by the service's clock.
pub(super) fn at_the_service(ahead: i8) -> Micros {
    NOW - i64::from(ahead) * later(0, YEAR)
}

fn before(by: Duration) -> Micros {
    NOW - later(0, by)
}

impl Row {
    pub(super) fn of(facts: &Facts, ahead: i8) -> Self {
        let age = |then: Micros| since(NOW, then);
        Self {
            state: facts.state,
            resend: facts.resend,
            doubt: facts.doubt,
            was_sent: facts.attempts > 0,
            lease_left: left(facts.lease_until),
            due_in: left(facts.due_at),
            wire_left: (facts.wire_until != 0).then(|| wire_left(facts.wire_until)),
            request: facts.request_id.as_ref().map(number_of),
            known: [false; REQUESTS],
            accepted: facts.accepted_at.map(Accepted::of),
            taken: facts.taken_at.map(|then| then < at_the_service(ahead)),
            ahead,
            receipt: facts.receipt.as_ref().map(number_of_receipt),
            doubled: facts.doubled,
            actionable: facts.actionable,
            holds: facts.holds,
            cause: facts.cause,
            passing: facts.passing.is_some(),
            passes: u8::try_from(facts.passes).unwrap_or(u8::MAX),
            passing_age: if facts.passing_since == 0 {
                0
            } else {
                u8::try_from(age(facts.passing_since).as_secs() / UNIT.as_secs())
                    .map_or(PASSING + 1, |units| (units + 1).min(PASSING + 1))
            },
            alarm: facts.alarm,
            red: facts.red,
            revision: u8::try_from(facts.revision).expect("few"),
            made_with: [0; REQUESTS],
            shared: [false; REQUESTS],
            content_doubt: facts.content_doubt,
            redate: u8::try_from(facts.redate.number()).expect("few"),
            is_replaced: facts.replaced_by.is_some(),
        }
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            state: self.state,
            resend: self.resend,
            doubt: self.doubt,
            attempts: u32::from(self.was_sent),
            failures: 0,
            token: TOKEN,
            lease_until: until(self.lease_left),
            due_at: until(self.due_in),
            request_id: self.request.map(request),
            accepted_at: self.accepted.map(Accepted::then),
            taken_at: self
                .taken
                .map(|is_old| at_the_service(self.ahead) - if is_old { later(0, MONTH) } else { 0 }),
            holder: None,
            wire_until: self.wire_left.map_or(0, |left| match left {
                i8::MAX => later(NOW, YEAR),
                left => NOW + i64::from(left) * later(0, UNIT),
            }),
            poll_at: 0,
            receipt: self.receipt.map(receipt),
            doubled: self.doubled,
            reason: None,
            actionable: self.actionable,
            holds: self.holds,
            cause: self.cause,
            passing: self.passing.then(|| MAY_PASS.to_owned()),
            passes: u32::from(self.passes),
            passing_since: if self.passing_age == 0 {
                0
            } else {
                before(UNIT * u32::from(self.passing_age - 1))
            },
            alarm: self.alarm,
            red: self.red,
            revision: u32::from(self.revision),
            receipt_revision: None,
            content_doubt: self.content_doubt,
            redate: Redate::of_number(u32::from(self.redate)),
            replaced_by: self.is_replaced.then(|| "another".to_owned()),
        }
    }
}

/// The policy whose waits are units.
pub(super) fn policy(on_unknown: OnUnknown, on_rejected: OnRejected) -> Policy {
    Policy {
        on_unknown,
        on_rejected,
        on_probably_fiscalised: on_rejected,
        may_pass_tries: 2,
        may_pass_for: UNIT * u32::from(PASSING),
        order: if (on_unknown == OnUnknown::Resend) == (on_rejected == OnRejected::StepAside) {
            Order::Strict
        } else {
            Order::Free
        },
        orphan_window: UNIT * u32::from(ORPHAN),
        lease: UNIT * u32::from(LEASE),
        // Nothing is drawn: a wait of chance is one more step of time, which may happen anyway.
        backoff_base: Duration::ZERO,
        backoff_cap: Duration::ZERO,
        refused_wait: UNIT,
        ..Policy::default()
    }
}

pub(super) fn request(number: u8) -> RequestId {
    RequestId::parse(&format!("r{number}")).expect("a request id")
}

fn number_of(request: &RequestId) -> u8 {
    request.as_str()[1..].parse().expect("one of ours")
}

/// What is added to the number of a receipt of which only the code is known.
pub(super) const CODE_ONLY: u8 = 10;

/// The receipt of a request, or the part of it that a person found.
pub(super) fn receipt(number: u8) -> Receipt {
    thread_local! {
        static RECEIPTS: Vec<(u8, Receipt)> = (1..=REQUESTS as u8).flat_map(|number| [(number, made(number)), (number + CODE_ONLY, made(number + CODE_ONLY))]).collect();
    }
    RECEIPTS.with(|receipts| {
        let of = receipts.iter().find(|(of, _)| *of == number);
        of.map(|(_, receipt)| receipt.clone()).expect("a receipt of ours")
    })
}

fn made(number: u8) -> Receipt {
    let of = number % CODE_ONLY;
    let whole = number < CODE_ONLY;
    let json = serde_json::json!({
        "request_id": format!("r{of}"),
        "qr_url": if whole { "https://fdms.example/1" } else { "" },
        "verification_code": format!("AAAA-BBBB-CCCC-000{of}"),
        "fiscal_day": u8::from(whole), "device_id": 7, "receipt_number": if whole { of } else { 0 }, "pdf": null,
    });
    serde_json::from_value(json).expect("a receipt")
}

fn number_of_receipt(receipt: &Receipt) -> u8 {
    let of = receipt.verification_code.as_bytes()[receipt.verification_code.len() - 1] - b'0';
    if receipt.qr_url.is_empty() { of + CODE_ONLY } else { of }
}
