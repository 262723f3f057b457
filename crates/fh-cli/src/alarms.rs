//! Alarms, at a terminal.

use fh_outbox::{Alarm, AlarmKind, Gravity};

/// What to do about an alarm: where the library names its own calls, the command that makes them.
pub(crate) fn advice(alarm: &Alarm) -> &'static str {
    match alarm.kind {
        AlarmKind::Unsent => {
            "see why with `fh queue ls`; a fault of more than eight hours must be reported to ZIMRA within eight hours"
        }
        _ => alarm.remedy,
    }
}

/// How grave it is, in a word.
pub(crate) fn gravity(alarm: &Alarm) -> &'static str {
    match alarm.gravity {
        Gravity::Critical => "ALARM",
        Gravity::Warning => "warning",
    }
}
