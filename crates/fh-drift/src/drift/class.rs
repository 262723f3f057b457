//! The words of the judgement: how much a change matters, on which side, and to which reader.

use serde::{Deserialize, Serialize};

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
