use std::fmt;

/// Why a document stands where it stands, when its state alone does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// A sending was refused while an earlier one may have arrived, or the authority says that the number is used: there may be a receipt
    /// of it. Look it up, then [`adopt`](crate::Outbox::adopt) or [`release`](crate::Outbox::release) it.
    ProbablyFiscalised,
    /// The service or the authority said no.
    Rejected,
    /// The service would not take it, or it could not be sent as it is kept.
    RefusedAtTheDoor,
    /// The credentials, the subscription or the device were refused: no document of the lane would fare better.
    LaneRefused,
    /// A credit note whose invoice is not fiscalised yet. It comes back by itself.
    WaitsForInvoice,
    /// A credit note whose invoice was rejected, skipped, or never decided.
    InvoiceFailed,
    /// It may have arrived, and the policy says that a person decides ([`OnUnknown::Hold`](crate::OnUnknown::Hold)).
    HeldByPolicy,
    /// The service says that it has a document of this id, and not under which request id.
    Conflict,
    /// An operator let the lane go on without it; what comes of it is still awaited.
    SetAside,
    /// It was rejected for a reason that may pass, and is tried again by itself.
    MayPass,
    /// Its `Date` is not after that of a document which was sent since ([`OnLate`](crate::OnLate)).
    Late,
    /// The service did not decide it within the time for which it can be asked.
    Undecided,
    /// The service has named it by a request id that is another document's: either may be the one that it took.
    RequestShared,
    /// It counts as fiscalised on the word of an operator, who found its receipt.
    Adopted,
    /// The outbox was restored, or taken over from another machine: it may have been sent since, and a person decides.
    Restored,
    /// The outbox was lost, and it was taken in from the seller's own records ([`Outbox::recover`](crate::Outbox::recover)): it may have been
    /// fiscalised before. Nothing sends it by itself.
    Recovered,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 16] = [
        Self::ProbablyFiscalised,
        Self::Rejected,
        Self::RefusedAtTheDoor,
        Self::LaneRefused,
        Self::WaitsForInvoice,
        Self::InvoiceFailed,
        Self::HeldByPolicy,
        Self::Conflict,
        Self::SetAside,
        Self::MayPass,
        Self::Late,
        Self::Undecided,
        Self::RequestShared,
        Self::Adopted,
        Self::Restored,
        Self::Recovered,
    ];

    /// Its name in the store and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ProbablyFiscalised => "probably_fiscalised",
            Self::Rejected => "rejected",
            Self::RefusedAtTheDoor => "refused_at_the_door",
            Self::LaneRefused => "lane_refused",
            Self::WaitsForInvoice => "waits_for_invoice",
            Self::InvoiceFailed => "invoice_failed",
            Self::HeldByPolicy => "held_by_policy",
            Self::Conflict => "conflict",
            Self::SetAside => "set_aside",
            Self::MayPass => "may_pass",
            Self::Late => "late",
            Self::Undecided => "undecided",
            Self::RequestShared => "request_shared",
            Self::Adopted => "adopted",
            Self::Restored => "restored",
            Self::Recovered => "recovered",
        }
    }

    /// The cause of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
