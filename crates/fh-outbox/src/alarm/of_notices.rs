//! The alarms about what was noted beside the documents.

use super::{
    kinds::{Alarm, AlarmKind, Gravity},
    words::WEBHOOK_REFUSED,
};
use crate::{entry::cat, store::notices::Notice};

pub(super) fn noticed(notice: &Notice) -> Alarm {
    let times = match notice.count {
        ..=1 => String::new(),
        count => format!(" ({count} times)"),
    };
    Alarm {
        key: Some(notice.key.clone()),
        kind: AlarmKind::WebhookRefused,
        gravity: Gravity::Warning,
        lane: notice.lane.clone(),
        document: notice.document.clone(),
        since: Some(cat(notice.since)),
        message: format!("{}{times}", notice.what),
        remedy: WEBHOOK_REFUSED.program,
    }
}
