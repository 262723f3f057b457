//! The alarms about this very process.

use std::time::Instant;

use super::{
    kinds::{Alarm, AlarmKind, Gravity},
    words::{DISK_FULL, STORE_FAILING, WORKER_STUCK, Words},
};
use crate::vitals::Vitals;

pub(crate) fn of_process(vitals: &Vitals, now: Instant) -> Vec<Alarm> {
    let alarm = |kind, lane, message, words: Words| Alarm {
        key: None,
        kind,
        gravity: Gravity::Critical,
        lane,
        document: None,
        since: None,
        message,
        remedy: words.program,
    };
    let stuck = vitals.stuck(now).into_iter().map(|lane| {
        let message = format!("the worker of the lane {lane} is stuck: nothing of it is sent");
        alarm(AlarmKind::WorkerStuck, Some(lane), message, WORKER_STUCK)
    });
    let failing = vitals.failing(now).map(|failing| {
        if failing.is_full {
            alarm(AlarmKind::DiskFull, None, failing.what, DISK_FULL)
        } else {
            alarm(AlarmKind::StoreFailing, None, failing.what, STORE_FAILING)
        }
    });
    failing.into_iter().chain(stuck).collect()
}
