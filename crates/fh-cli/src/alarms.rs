//! Alarms, at a terminal.

use fh_outbox::{Alarm, AlarmKind, Gravity};

/// What to do about an alarm: where the library names its own calls, the command that makes them.
pub(crate) fn advice(alarm: &Alarm) -> &'static str {
    match alarm.kind {
        AlarmKind::Unsent => {
            "see why with `fh queue ls`; a fault of more than eight hours must be reported to ZIMRA within eight hours"
        }
        AlarmKind::ProbablyFiscalised => {
            "look the sale up in the Fiscal Harmony portal; then `fh queue adopt`, or `fh queue release` if it certainly is not fiscalised; do not \
             hand the sale in another time before"
        }
        AlarmKind::Expired => {
            "look the sale up in the Fiscal Harmony portal; then `fh queue adopt`, or `fh queue release` if it certainly is not fiscalised; \
             `fh queue acknowledge` ends the alarm"
        }
        AlarmKind::Rejected => "`fh queue show` says why and what to do; `fh queue acknowledge` ends the alarm",
        AlarmKind::FiscalisedTwice => {
            "have Fiscal Harmony cancel one of the two receipts, or credit it; `fh queue acknowledge` ends the alarm"
        }
        AlarmKind::TakeOver => "see that no other machine sends from a copy of it, then `fh queue take-over`",
        AlarmKind::Restored => {
            "hand in again what is missing since the backup, unchanged; compare the receipts of those days in the Fiscal Harmony portal with \
             `fh queue ls --all`; `fh queue acknowledge restored` ends the alarm"
        }
        AlarmKind::StaleBackup => "make one with `fh backup`, and see why those that were planned are not made",
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
