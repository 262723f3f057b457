//! What is known of a document, and changes.

use fiscal_harmony::{Receipt, types::RequestId};

use super::time::Micros;
use crate::{
    cause::Cause,
    policy::{Policy, Reaches},
    state::State,
};

/// What may be done about the `Date` of a document when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Redate {
    /// It stays.
    No,
    /// It is looked at: one of a later date may have been sent meanwhile.
    IfLate,
    /// The same, and the authority has seen this very date on a receipt that it refused.
    Later,
}

impl Redate {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::No => 0,
            Self::IfLate => 1,
            Self::Later => 2,
        }
    }

    pub(crate) fn of_number(number: u32) -> Self {
        match number {
            0 => Self::No,
            1 => Self::IfLate,
            _ => Self::Later,
        }
    }
}

/// Everything about a document that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) state: State,
    /// The next sending must say `IsRetry: true`.
    pub(crate) resend: bool,
    /// An earlier sending may have arrived, and nothing has cleared it up.
    pub(crate) doubt: bool,
    /// Sendings begun.
    pub(crate) attempts: u32,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// The fencing token: who does not hold the newest one has no say.
    pub(crate) token: i64,
    pub(crate) lease_until: Micros,
    /// The worker that has it in hand, by its sign of life.
    pub(crate) holder: Option<String>,
    /// The last moment at which that worker may have a byte of it on the wire.
    pub(crate) wire_until: Micros,
    pub(crate) due_at: Micros,
    pub(crate) request_id: Option<RequestId>,
    pub(crate) accepted_at: Option<Micros>,
    /// The same by the service's clock.
    pub(crate) taken_at: Option<Micros>,
    pub(crate) poll_at: Micros,
    pub(crate) receipt: Option<Receipt>,
    /// Which revision the receipt is of; none when it was never corrected, or as long as there is none.
    pub(crate) receipt_revision: Option<u32>,
    /// The receipt is, or may be, of the content before a correction.
    pub(crate) content_doubt: bool,
    /// The authority has a second receipt for it.
    pub(crate) doubled: bool,
    pub(crate) reason: Option<String>,
    pub(crate) actionable: bool,
    /// What follows in the lane waits for it. Only a document that is open can hold.
    pub(crate) holds: bool,
    pub(crate) cause: Option<Cause>,
    /// The rejection that may pass, for which it is tried again: those of the same text are tried one at a time.
    pub(crate) passing: Option<String>,
    /// How often it was rejected with such a text, and since when.
    pub(crate) passes: u32,
    pub(crate) passing_since: Micros,
    /// A person must know of it, and has not said that he does.
    pub(crate) alarm: bool,
    /// It was refused with a code that keeps the fiscal day from closing, and nobody has said that he has seen to that.
    pub(crate) red: bool,
    /// Which of its contents is the present one, counted from one.
    pub(crate) revision: u32,
    /// What may be done about its `Date` when it is sent.
    pub(crate) redate: Redate,
    /// The document that was handed in in its place. It locks this one.
    pub(crate) replaced_by: Option<String>,
}

impl Facts {
    /// A document that was just taken in.
    pub(crate) fn new(now: Micros) -> Self {
        Self {
            state: State::Queued,
            resend: false,
            doubt: false,
            attempts: 0,
            failures: 0,
            token: 0,
            lease_until: 0,
            holder: None,
            wire_until: 0,
            due_at: now,
            request_id: None,
            accepted_at: None,
            taken_at: None,
            poll_at: 0,
            receipt: None,
            receipt_revision: None,
            content_doubt: false,
            doubled: false,
            reason: None,
            actionable: false,
            holds: true,
            cause: None,
            passing: None,
            passes: 0,
            passing_since: 0,
            alarm: false,
            red: false,
            revision: 1,
            redate: Redate::No,
            replaced_by: None,
        }
    }

    /// It is fiscalised as far as anyone can tell, and a person must look it up.
    pub(super) fn park_as_probably_fiscalised(&mut self, said: &str, holds: bool) {
        self.state = State::Parked;
        self.cause = Some(Cause::ProbablyFiscalised);
        self.doubt = true;
        self.resend = true;
        self.holds = holds;
        self.passing = None;
        self.reason = Some(format!("probably fiscalised already: {said}"));
    }

    /// What a person takes up again: the authority may have had later ones meanwhile, or have refused this very date.
    pub(super) fn may_be_late(&mut self, policy: &Policy) {
        let was_judged = self.reason.as_ref().is_some_and(|reason| reason.contains("RCPT"));
        self.redate = match policy.date_reaches_receipt {
            Reaches::No => Redate::No,
            _ if was_judged => Redate::Later,
            _ => Redate::IfLate,
        };
    }

    /// What may pass has passed, or is over.
    pub(super) fn no_longer_passing(&mut self) {
        self.passing = None;
        self.passes = 0;
        self.passing_since = 0;
    }

    /// Where it rests while it is not being sent.
    pub(super) fn at_rest(&self) -> State {
        if self.doubt { State::Unknown } else { State::Queued }
    }
}
