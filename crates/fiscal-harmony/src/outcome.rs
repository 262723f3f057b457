//! What became of a submission.

use std::time::Duration;

use fh_types::RequestId;

use crate::{Error, Receipt};

/// How far back the service can be asked for a status \[docs\].
pub const STATUS_WINDOW: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What became of a submission. There are five answers, and "no error" is not one of them. There will be no sixth, so a
/// `match` needs no arm for the rest.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Taken, not decided yet. Also what a status record says that claims success without QR data.
    Pending,
    /// Fiscalised: success **and** QR data.
    Fiscalised(Receipt),
    /// The service or the authority said no.
    Rejected(Rejection),
    /// It cannot be told whether the document was taken: the answer was lost. See
    /// [`Delivery::MaybeSent`](crate::Delivery::MaybeSent).
    Unknown(Error),
    /// Not decided within the seven days for which a status can be asked \[docs\].
    Expired,
}

/// A refusal after submission.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// The service allows the document to be corrected and sent again under the same id \[vendor-code\].
    pub actionable: bool,
    /// The reason, in the service's words and in full.
    pub reason: String,
}

impl Rejection {
    /// A refusal, for tests and for whoever keeps outcomes.
    #[must_use]
    pub fn new(reason: impl Into<String>, actionable: bool) -> Self {
        Self {
            actionable,
            reason: reason.into(),
        }
    }
}

/// What became of a document that was submitted and waited for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fiscalisation {
    /// The name under which the service knows the submission. Absent when its answer was lost. Keep it: it is the only way
    /// to ask again.
    pub request_id: Option<RequestId>,
    /// What became of it, as far as is known.
    pub outcome: Outcome,
    /// Why no more is known, when the service has taken the document and then could not be asked: the last question's error.
    /// Its [`delivery`](Error::delivery) speaks of that question and **not of the document**, which is with the service.
    /// Ask again under the request id; do not send it again.
    pub unanswered: Option<Error>,
}

impl Outcome {
    /// The same outcome for a submission of this age: what is still pending after the status window has expired, since the
    /// service can no longer be asked.
    #[must_use]
    pub fn at_age(self, age: Duration) -> Self {
        match self {
            Self::Pending if age > STATUS_WINDOW => Self::Expired,
            other => other,
        }
    }

    /// True when waiting longer will not change it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Fiscalised(_) | Self::Rejected(_) | Self::Expired)
    }

    /// The receipt, if there is one.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Fiscalised(receipt) => Some(receipt),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pending_expires_with_the_window_and_nothing_else_does() {
        let later = STATUS_WINDOW + Duration::from_secs(1);
        assert!(matches!(Outcome::Pending.at_age(STATUS_WINDOW), Outcome::Pending));
        assert!(matches!(Outcome::Pending.at_age(later), Outcome::Expired));
        let rejected = Outcome::Rejected(Rejection {
            actionable: true,
            reason: "no".to_owned(),
        });
        assert!(matches!(rejected.at_age(later), Outcome::Rejected(_)));
    }
}
