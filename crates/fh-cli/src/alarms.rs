//! Alarms, at a terminal.

use fh_outbox::{Alarm, Gravity};

/// How grave it is, in a word.
pub(crate) fn gravity(alarm: &Alarm) -> &'static str {
    match alarm.gravity {
        Gravity::Critical => "ALARM",
        Gravity::Warning => "warning",
    }
}
