//! What may happen to a document, and what comes of it.

use std::time::Duration;

use fiscal_harmony::{Outcome, Receipt, types::RequestId};

use super::{facts::Facts, time::Micros};

/// What the service said to a sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Accepted {
        request_id: RequestId,
        /// When, by the service's clock.
        service_time: Option<Micros>,
    },
    /// The service has taken it under a request id that is another document's: which of the two it means, nobody can tell.
    AcceptedAsAnother { request_id: RequestId, other: String },
    /// Nothing left this machine.
    NotSent,
    /// Come back later; nothing was taken.
    Busy { retry_after: Option<Duration> },
    /// The credentials, the subscription or the device were refused: no document of the lane would fare better.
    LaneRefused { retry_after: Option<Duration> },
    /// This very document was refused at the door.
    DocumentRefused,
    /// It may have arrived.
    Lost { retry_after: Option<Duration> },
    /// The service says that it has a document of this id, and not under which request id.
    Conflict,
}

/// What is known of time besides this machine's clock, which somebody may set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Witness {
    /// What time it is by the service's clock.
    pub(crate) service_time: Option<Micros>,
    /// For how long this process has known the request to be undecided, by its stopwatch.
    pub(crate) running: Duration,
}

/// What a status answer or a webhook says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    Pending(Witness),
    Fiscalised { receipt: Receipt },
    Rejected { actionable: bool, reason: String },
}

impl News {
    /// What an outcome tells the machine; none when it is not one that a service sends.
    pub(crate) fn of(outcome: Outcome, witness: Witness) -> Option<Self> {
        match outcome {
            Outcome::Pending => Some(Self::Pending(witness)),
            Outcome::Fiscalised(receipt) => Some(Self::Fiscalised { receipt }),
            Outcome::Rejected(rejection) => Some(Self::Rejected {
                actionable: rejection.actionable,
                reason: rejection.reason,
            }),
            _ => None,
        }
    }
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A worker asks for it; by its sign of life, where it has one.
    Claim { holder: Option<String> },
    /// A worker finds it in the hand of another, who may have died: then nothing of it is on the wire any more.
    InOtherHands { has_died: bool },
    /// A worker says how its sending went.
    Reply { token: i64, reply: Reply, reason: String },
    /// News of one of its requests.
    News {
        request_id: RequestId,
        news: News,
        origin: Origin,
    },
    /// An operator wants it tried again, now.
    Retry { reason: String },
    /// An operator lets the lane go on without it: it certainly was not taken.
    Skip { reason: String },
    /// An operator lets the lane go on; what comes of it is still awaited.
    SetAside { reason: String },
    /// An operator has found that it is fiscalised.
    Adopt { found: Found },
    /// An operator has found that it certainly is not.
    Release { reason: String },
    /// An operator has mended it; why, and what differs. Its new content is kept beside this.
    Correct { reason: String },
    /// Another document was handed in in its place.
    Replaced { by: String },
    /// A person says that he knows.
    Acknowledge,
    /// It gets a new date before it is sent. Its new content is kept beside this.
    Redate { reason: String },
    /// Those go first that are dated before the date that it will get.
    LetPass { reason: String },
    /// It is dated before one that was sent since, and a person decides.
    HoldLate { reason: String },
    /// A person has seen to the fiscal day that it may keep open.
    DaySeenTo,
    /// The service has given its request id to another document too.
    RequestShared { with: String, request_id: RequestId },
    /// It would be refused if it were sent now.
    Hold { reason: String },
    /// It waits for another document, and its lane does not wait with it.
    StepAside { reason: String },
    /// What it waited for is there.
    ComeBack { reason: String },
    /// The store is an older one than it was.
    Restored {
        reason: String,
        /// Nothing of it is sent before a person says so.
        holds: bool,
    },
}

/// Which content a request was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The revision; the earliest where several share the request.
    pub(crate) revision: u32,
    /// The service gave several revisions one request, and may have kept the earliest.
    pub(crate) shared: bool,
}

impl Origin {
    /// The only one that a document has which was never corrected.
    pub(crate) const ONLY: Self = Self {
        revision: 1,
        shared: false,
    };
}

/// What an operator has found of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Receipt(Receipt),
    Request(RequestId),
}

/// What an event does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every step is a change, and none is kept"
)]
pub(crate) enum Step {
    /// New facts, and why, for the history.
    Change {
        facts: Facts,
        event: &'static str,
        why: String,
    },
    /// It stays as it is.
    Nothing(Ignored),
}

impl Step {
    pub(super) fn change(facts: Facts, event: &'static str, why: impl Into<String>) -> Self {
        Self::Change {
            facts,
            event,
            why: why.into(),
        }
    }
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// It is not due, or not to be sent.
    NotDue,
    /// The worker's lease has expired and the document went on without it.
    Fenced,
    /// It was known already.
    Known,
    /// It is about an earlier attempt that something newer has replaced.
    Stale,
    /// A second receipt for a document that has one: the document was fiscalised twice, which has been said.
    SecondReceipt,
    /// Another document has taken its place, and locks it.
    Replaced,
    /// The operator's word does not fit the state.
    NotPossible(&'static str),
}
