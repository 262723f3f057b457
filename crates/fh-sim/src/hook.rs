//! Where results are pushed, and what is told of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a device's results are pushed.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Hook {
    pub(crate) url: String,
    /// Off after 24 hours without success; a person must switch it on again \[docs\].
    pub(crate) active: bool,
}

/// One result on its way.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) device: u32,
    pub(crate) record: Value,
}

/// One attempt to push results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// 1 for the first.
    pub attempt: usize,
    /// How long after the first attempt it was due, before the time scale.
    #[serde(serialize_with = "seconds", rename = "due_seconds")]
    pub due: Duration,
    /// What the receiver answered; none when it did not answer in time or at all.
    pub status: Option<u16>,
    /// Whether that counts as received: a 2xx without cookies.
    pub received: bool,
    /// The request ids in it.
    pub requests: Vec<String>,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

/// Why a result was not pushed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// There is no such result.
    #[error("no such document or request has a result, or nothing has one yet; submit a document first")]
    NotSettled,
    /// Nobody wants it.
    #[error("the webhook is not set, or is off; set it first, which tests the receiver")]
    NoWebhook,
}

/// What the save-and-test of a webhook found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Burst {
    /// Whether every step was answered right, so that the webhook is now active.
    pub active: bool,
    /// The requests that were made.
    pub steps: Vec<BurstStep>,
}

/// One request of the save-and-test burst.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BurstStep {
    /// What was sent.
    pub sent: &'static str,
    /// The answer that is right.
    pub wanted: &'static str,
    /// The status that came; none when nothing came in time.
    pub status: Option<u16>,
    /// Whether it was right.
    pub passed: bool,
}
