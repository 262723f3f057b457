//! One change, as everything downstream sees it.

use serde::{Deserialize, Serialize};

use super::table::Kind;

/// How much a change matters on one axis. Ordered: the larger, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// This axis does not see the change at all.
    None,
    /// Words, examples, order: nothing that is sent, received or compiled changes its meaning.
    Cosmetic,
    /// What worked goes on working; there is something new.
    Additive,
    /// Something that worked may stop working.
    Breaking,
}

impl Class {
    /// The word used in reports and in the JSON output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::None => "none",
            Class::Cosmetic => "cosmetic",
            Class::Additive => "additive",
            Class::Breaking => "breaking",
        }
    }
}

/// On which side of the conversation the changed thing travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Something the client sends.
    Request,
    /// Something the client receives.
    Response,
    /// Neither: the document about itself, or a schema that no operation uses.
    Document,
}

impl Direction {
    /// The word used in reports, in `drift-ack.toml` and in the JSON output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::Request => "request",
            Direction::Response => "response",
            Direction::Document => "document",
        }
    }
}

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

/// What the classifier has to know about the reader on our side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// The generated client reads string enums in answers as open sets, so that a new value is not a failure.
    /// True for this project (the normaliser opens them); false judges the documents by themselves.
    pub response_enums_open: bool,
}

impl Policy {
    /// The policy of this workspace's own client.
    pub const OURS: Policy = Policy {
        response_enums_open: true,
    };
}
