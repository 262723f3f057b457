//! One change, as everything downstream sees it.

use serde::Serialize;

use super::class::{Class, Direction};
use super::table::Kind;

/// One difference between two documents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// JSON pointer with a leading `#`: into the new document, or into the old one for what is gone.
    pub at: String,
    /// Which side of the conversation it concerns.
    pub direction: Direction,
    /// What kind of change it is.
    pub kind: Kind,
    /// Its class for what travels.
    pub wire: Class,
    /// Its class for users of the generated Rust.
    pub rust: Class,
    /// The particulars: the value before and after, or the name that came or went.
    pub note: String,
}

impl Finding {
    /// A finding whose classes come from the table.
    pub fn new(kind: Kind, direction: Direction, at: impl Into<String>, note: impl Into<String>) -> Self {
        let judgement = kind.judgement();
        let (wire, rust) = match direction {
            Direction::Request => (judgement.wire_request, judgement.rust_request),
            Direction::Response => (judgement.wire_response, judgement.rust_response),
            // Nothing travels, but a type may still be generated; the worse of the two views is the honest one.
            Direction::Document => (
                if judgement.about_document {
                    judgement.wire_request
                } else {
                    Class::None
                },
                judgement.rust_request.max(judgement.rust_response),
            ),
        };
        Finding {
            at: at.into(),
            direction,
            kind,
            wire,
            rust,
            note: note.into(),
        }
    }

    /// Whether either axis is broken.
    pub fn is_breaking(&self) -> bool {
        self.wire.max(self.rust) == Class::Breaking
    }
}
