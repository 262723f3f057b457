//! What PostgreSQL's errors mean here. Only its message and code are passed on: the details may hold what a document says.

use std::error::Error as _;

use crate::error::OutboxError;

/// A failure, sorted.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    kind: Kind,
    what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Two transactions were in each other's way. Nothing is kept; doing it again is the cure.
    Collided,
    /// The connection is gone, or the server is not to be reached.
    Gone,
    /// A statement that was prepared before the tables changed.
    Stale,
    Locked,
    ReadOnly,
    Full,
    /// It cannot keep one of the values, however often it is tried.
    Value,
    /// The tables are not where the transaction looks for them.
    NoTables,
    Other,
}

impl Fault {
    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            let kind = if error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>()) {
                Kind::Gone
            } else {
                Kind::Other
            };
            let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            return Self {
                kind,
                what: format!("{error}{cause}"),
            };
        };
        let code = said.code();
        let kind = match code.code() {
            "42P01" => Kind::NoTables,
            "40001" | "40P01" => Kind::Collided,
            "55P03" | "57014" => Kind::Locked,
            "25006" | "42501" => Kind::ReadOnly,
            "53100" => Kind::Full,
            "0A000" | "26000" => Kind::Stale,
            // An idle transaction that the server ended, no room for a connection, no such database or no entry.
            "25P03" | "53300" | "3D000" => Kind::Gone,
            code if code.starts_with("22") || code.starts_with("54") => Kind::Value,
            code if code.starts_with("08") || code.starts_with("57P") || code.starts_with("28") => Kind::Gone,
            _ => Kind::Other,
        };
        Self {
            kind,
            what: format!("{} (SQLSTATE {})", said.message(), code.code()),
        }
    }

    pub(super) fn gone(what: impl Into<String>) -> Self {
        Self {
            kind: Kind::Gone,
            what: what.into(),
        }
    }

    /// Whether the same transaction may well succeed at once, on this or a new connection, if it certainly was not committed.
    pub(super) fn is_worth_another_try(&self) -> bool {
        matches!(self.kind, Kind::Collided | Kind::Gone | Kind::Stale)
    }

    /// Whether two transactions met, so that one had better wait a little.
    pub(super) fn is_collision(&self) -> bool {
        self.kind == Kind::Collided
    }

    /// Whether the connection is of no more use.
    pub(super) fn ends_connection(&self) -> bool {
        // A session that was opened while the server took no writes goes on refusing them when others are taken again.
        matches!(self.kind, Kind::Gone | Kind::Stale | Kind::ReadOnly)
    }

    pub(super) fn tell(&self, place: &str) -> OutboxError {
        let place = place.to_owned();
        match self.kind {
            Kind::Locked => OutboxError::Locked { place },
            Kind::ReadOnly => OutboxError::ReadOnly { place },
            Kind::Full => OutboxError::Full { place },
            Kind::NoTables => OutboxError::NoTables { place },
            Kind::Value => OutboxError::NotKeepable {
                place,
                what: self.what.clone(),
            },
            Kind::Gone => OutboxError::Unreachable {
                place,
                what: self.what.clone(),
            },
            Kind::Collided | Kind::Stale | Kind::Other => OutboxError::Store(format!("{place}: {}", self.what)),
        }
    }
}
