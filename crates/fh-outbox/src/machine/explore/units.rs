//! The small numbers of which time, requests and contents are made, and the policy whose waits they are.

use std::time::Duration;

use super::super::Micros;
use crate::policy::{OnRejected, OnUnknown, Order, Policy};

/// One step of time. Each wait of [`policy`] is a small number of them.
pub(super) const UNIT: Duration = Duration::from_secs(30);
/// How long a worker may hold a document, in units.
pub(super) const LEASE: u8 = 3;
/// A worker gives a sending up after so many units: before its lease ends.
pub(super) const GIVEN_UP: u8 = 2;
/// Bytes that nobody waits for any more may arrive for so many units. The orphan window is longer.
pub(super) const STRAY: u8 = 1;
pub(super) const ORPHAN: u8 = 2;
pub(super) const PASSING: u8 = 4;
/// How long ago it left the wire is counted so far.
pub(super) const LEFT: i8 = -(LEASE as i8) - 1;
/// Further away than any wait: only a clock that was set back does this.
pub(super) const FAR: u8 = u8::MAX;
/// Now. It never moves: what is before or after it does.
pub(super) const NOW: Micros = 1_800_000_000_000_000;
pub(super) const YEAR: Duration = Duration::from_secs(31_536_000);
/// More than the days for which the service can be asked.
pub(super) const MONTH: Duration = Duration::from_secs(2_592_000);
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
