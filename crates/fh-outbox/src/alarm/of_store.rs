//! The alarms about the store as a whole.

use super::{
    kinds::{Alarm, AlarmKind, Gravity},
    words::{RESTORED, STALE_BACKUP, TAKE_OVER},
};
use crate::{
    entry::cat,
    machine::{Micros, since},
    policy::Policy,
    store::survey::Surveyed,
};

fn about(kind: AlarmKind, gravity: Gravity, since: Option<Micros>, message: String, remedy: &'static str) -> Alarm {
    Alarm {
        key: None,
        kind,
        gravity,
        lane: None,
        document: None,
        since: since.map(cat),
        message,
        remedy,
    }
}

/// It was restored, and a person must know what follows from that.
pub(super) fn restored(surveyed: &Surveyed) -> Option<Alarm> {
    let (at, why) = surveyed.restored.as_ref()?;
    let follows = if surveyed.restored_holds {
        "what may have been sent since waits for a decision"
    } else {
        "what may have been sent since goes as a repetition"
    };
    let alarm = about(
        AlarmKind::Restored,
        Gravity::Critical,
        Some(*at),
        format!("the outbox does not know all that happened ({why}); {follows}"),
        RESTORED.program,
    );
    Some(Alarm {
        key: Some(AlarmKind::Restored.name().to_owned()),
        ..alarm
    })
}

/// Nothing is sent before a person says whose the outbox is.
pub(super) fn may_not_send(surveyed: &Surveyed) -> Option<Alarm> {
    let why = surveyed.may_not_send?;
    Some(about(
        AlarmKind::TakeOver,
        Gravity::Critical,
        None,
        why.to_owned(),
        TAKE_OVER.program,
    ))
}

/// Backups were made once and are made no more.
pub(super) fn stale_backup(surveyed: &Surveyed, policy: &Policy, now: Micros) -> Option<Alarm> {
    let last = surveyed.last_backup?;
    let is_stale = !policy.backup_warning.is_zero() && since(now, last) >= policy.backup_warning;
    is_stale.then(|| {
        about(
            AlarmKind::StaleBackup,
            Gravity::Warning,
            Some(last),
            "no backup of the outbox has been made for long".to_owned(),
            STALE_BACKUP.program,
        )
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::machine::later;

    #[test]
    fn a_backup_grows_stale_where_backups_are_made_and_nowhere_else() {
        let policy = Policy::default();
        let mut surveyed = Surveyed::default();
        let late = later(0, policy.backup_warning);
        assert_eq!(stale_backup(&surveyed, &policy, late), None);
        surveyed.last_backup = Some(0);
        assert_eq!(stale_backup(&surveyed, &policy, late - 1), None);
        let alarm = stale_backup(&surveyed, &policy, late).unwrap();
        assert_eq!((alarm.kind, alarm.gravity), (AlarmKind::StaleBackup, Gravity::Warning));
        let never = Policy {
            backup_warning: Duration::ZERO,
            ..policy
        };
        assert_eq!(stale_backup(&surveyed, &never, late), None);
    }

    #[test]
    fn a_restore_says_what_follows_from_it_and_can_be_acknowledged() {
        let mut surveyed = Surveyed {
            restored: Some((5, "a person said that it was restored".to_owned())),
            ..Surveyed::default()
        };
        let alarm = restored(&surveyed).unwrap();
        assert_eq!(alarm.key.as_deref(), Some("restored"));
        assert!(alarm.message.ends_with("goes as a repetition"), "{}", alarm.message);
        surveyed.restored_holds = true;
        assert!(restored(&surveyed).unwrap().message.ends_with("waits for a decision"));
    }
}
