//! What stands in the way of mapping what is wanted.

use std::fmt;

use super::named::Unresolved;

/// Something that stands in the way. With one of them nothing is done at all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A name that stands for no tax of this account's.
    Tax {
        /// Your code.
        code: String,
        /// Why not.
        why: Box<Unresolved>,
    },
    /// A code is wanted twice.
    Twice {
        /// `tax` or `currency`.
        what: &'static str,
        /// Your code.
        code: String,
    },
    /// A currency that the service does not support.
    Currency {
        /// Your code.
        code: String,
        /// What it should stand for.
        destination: String,
        /// What the service supports.
        supported: Vec<String>,
    },
    /// A mapping that has to be changed has no id.
    NoId {
        /// `tax` or `currency`.
        what: &'static str,
        /// Your code.
        code: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tax { code, why } => write!(f, "tax {code}: {why}"),
            Self::Twice { what, code } => write!(f, "{what} {code}: it is wanted twice; leave one of them out"),
            Self::Currency {
                code,
                destination,
                supported,
            } => write!(
                f,
                "currency {code}: the service does not support {destination:?}; it supports {}",
                supported.join(", ")
            ),
            Self::NoId { what, code } => write!(
                f,
                "{what} {code}: the service gives its mapping no id, so it cannot be changed from here; change it in the portal"
            ),
        }
    }
}
