//! The alarms about what was noted beside the documents.

use super::kinds::{Alarm, AlarmKind, Gravity};
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
        remedy: "if the API secret was renewed, give the receiver the new one beside the old; else somebody who is not the service knows where \
                 webhooks are received; then acknowledge this",
    }
}
