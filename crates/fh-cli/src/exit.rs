//! How the process ends.

use fh_outbox::OutboxError;
use fiscal_harmony::{Delivery, Error, ErrorKind};

/// The exit codes, from the calmest to the gravest.
///
/// What has happened at the authority outweighs what has not happened at all: a document whose fate is open may be
/// fiscalised twice if it is sent again, a rejected one may keep the fiscal day from closing, and one that never left
/// needs only another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All well.
    Well,
    /// Arguments, profile or environment.
    Usage,
    /// Bad input: refused before sending, or by the service at the door.
    Refused,
    /// The network, the service or this machine failed; nothing was taken.
    Service,
    /// The service refused the credentials; nothing was taken.
    Credentials,
    /// The authority said no.
    Rejected,
    /// Pending, unknown or expired: it may have been taken.
    Unsettled,
}

/// Shown under the help of `fh` and of the commands about documents.
pub(crate) const HELP: &str = "\
Exit codes:
  0  all well
  2  usage: the arguments, the profile or the environment are wrong
  3  refused before sending: bad input (also when the service refuses its form); nothing was taken
  4  rejected by the authority
  5  not settled: pending, unknown, expired or probably fiscalised; it may have been taken: do not send again blindly
  6  credentials refused; nothing was taken
  7  service, network or disk failed; no document was taken
Several documents: the gravest, in the order 5, 4, 6, 7, 3, 0.";

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Well => 0,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Rejected => 4,
            Self::Unsettled => 5,
            Self::Credentials => 6,
            Self::Service => 7,
        }
    }

    /// How a failed call ends the process.
    pub(crate) fn of(error: &Error) -> Self {
        let submission = error.operation().starts_with("submit_");
        match (error.delivery(), error.kind()) {
            (Delivery::MaybeSent | Delivery::Accepted, _) if submission => Self::Unsettled,
            (_, ErrorKind::Unauthorised) => Self::Credentials,
            (_, ErrorKind::Document | ErrorKind::Invalid) => Self::Refused,
            _ => Self::Service,
        }
    }
}

/// The end of a command that did not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
        }
    }

    pub(crate) fn service(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Service,
            message: message.into(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            exit: Exit::of(&error),
            message: error.to_string(),
        }
    }
}

impl From<OutboxError> for Failure {
    fn from(error: OutboxError) -> Self {
        let exit = match &error {
            OutboxError::Document(_)
            | OutboxError::Preflight(_)
            | OutboxError::OtherContent { .. }
            | OutboxError::Fixed { .. } => Exit::Refused,
            OutboxError::NoSuchDocument(_)
            | OutboxError::NoSuchAlarm(_)
            | OutboxError::NotPossible { .. }
            | OutboxError::Replaced { .. }
            | OutboxError::NothingToTakeOver
            | OutboxError::Evidence { .. }
            | OutboxError::Address(_) => Exit::Usage,
            _ => Exit::Service,
        };
        Self {
            exit,
            message: words(&error),
        }
    }
}

/// What an error of the outbox says at a terminal: where the library names its own calls, the command that makes them.
pub(crate) fn words(error: &OutboxError) -> String {
    match error {
        OutboxError::NoSuchDocument(document) => {
            format!("{document:?} is not in the outbox; `fh queue ls` lists what is")
        }
        OutboxError::NoSuchAlarm(key) => {
            format!("{key:?} names no alarm that can be acknowledged; `fh queue stats` lists them")
        }
        OutboxError::OtherContent { document, .. } => {
            let command = format!("`fh queue correct {document} FILE`");
            error.to_string().replace("`Outbox::correct`", &command)
        }
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_is_the_greatest_and_the_help_says_so() {
        let mut all = [
            Exit::Well,
            Exit::Refused,
            Exit::Rejected,
            Exit::Unsettled,
            Exit::Credentials,
            Exit::Service,
        ];
        all.sort_by(|a, b| b.cmp(a));
        let order: Vec<_> = all.iter().map(|exit| exit.code().to_string()).collect();
        assert!(HELP.contains(&order.join(", ")), "{order:?}");
    }
}
