use std::fmt;

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// Kept here, certainly not with the service.
    Queued,
    /// A worker has it in hand. What becomes of it is not known until the worker says so.
    Sending,
    /// The service has taken it and given it a request id.
    Accepted,
    /// It has its receipt.
    Fiscalised,
    /// The service or the authority said no, and the lane has gone on.
    Rejected,
    /// It may have arrived: an answer was lost, or a worker died while sending.
    Unknown,
    /// It waits for an operator's word. Whether its lane waits with it is [`Entry::holds`](crate::Entry::holds).
    Parked,
    /// Accepted, and not decided within the time for which the service can be asked.
    Expired,
    /// An operator let the lane go on without it.
    Skipped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Sending,
        Self::Accepted,
        Self::Fiscalised,
        Self::Rejected,
        Self::Unknown,
        Self::Parked,
        Self::Expired,
        Self::Skipped,
    ];

    /// True when it is neither with the service nor settled: a lane can wait only for such a document, and whether it does is
    /// [`Entry::holds`](crate::Entry::holds).
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Sending | Self::Unknown | Self::Parked)
    }

    /// True when it is to be sent at some time without anyone's word.
    pub(crate) fn is_due(self) -> bool {
        matches!(self, Self::Queued | Self::Unknown)
    }

    /// True when only an operator, or late news from the service, changes it further.
    #[must_use]
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Fiscalised | Self::Rejected | Self::Expired | Self::Skipped)
    }

    /// Its name in the store and on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Fiscalised => "fiscalised",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Parked => "parked",
            Self::Expired => "expired",
            Self::Skipped => "skipped",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
