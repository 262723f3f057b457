//! Somebody who is sent alarms.

use fh_outbox::Alarm;
use serde_json::Value;

use super::{command::Command, post::Post};

/// Somebody who is sent alarms.
pub(super) enum To {
    Command(Command),
    Post(Post),
}

impl To {
    /// His name in the store, which tells who was sent what.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Command(_) => "command",
            Self::Post(_) => "url",
        }
    }

    pub(super) async fn send(&self, alarm: &Alarm, letter: &Value) -> Result<(), String> {
        match self {
            Self::Command(command) => command.run(alarm, letter),
            Self::Post(post) => post.send(letter).await,
        }
    }
}
