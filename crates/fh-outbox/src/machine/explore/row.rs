//! The document's row, without what no rule reads, and the way between it and the machine's facts.

use std::time::Duration;

use fiscal_harmony::{Receipt, types::RequestId};

use super::{
    super::{Facts, Micros, Redate, later, since},
    units::{FAR, LEASE, LEFT, MAY_PASS, MONTH, NOW, PASSING, REQUESTS, TOKEN, UNIT, YEAR},
};
use crate::{cause::Cause, state::State};

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
    pub(super) years: i8,
    /// So many days have passed since that the service need not answer any more.
    pub(super) is_old: bool,
}

impl Accepted {
    pub(super) fn of(then: Micros) -> Self {
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
