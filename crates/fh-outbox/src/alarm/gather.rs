//! What a person must know, the gravest first.

use std::time::Duration;

use fiscal_harmony::types::jiff::SignedDuration;

use super::{
    kinds::{Alarm, AlarmKind, Gravity},
    of_documents::{parked, red, refused, settled, waiting},
    of_notices::noticed,
    of_store::{may_not_send, restored, stale_backup},
    words::{CLOCK, ORPHANS, UNRESOLVED, UNSENT, WEBHOOK_SILENCE},
};
use crate::{
    entry::cat,
    machine::{Micros, since},
    policy::Policy,
    state::State,
    store::survey::{Surveyed, Tally},
};

/// What a person must know, the gravest first.
pub(crate) fn alarms(
    surveyed: &Surveyed,
    policy: &Policy,
    clock_ahead: Option<SignedDuration>,
    now: Micros,
) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    for tally in &surveyed.open {
        alarms.extend(old(tally, policy, now));
    }
    alarms.extend(surveyed.parked.iter().map(parked));
    alarms.extend(surveyed.refused.iter().map(refused));
    alarms.extend(surveyed.waiting.iter().filter_map(|kept| waiting(kept, policy, now)));
    alarms.extend(surveyed.alarming.iter().map(settled));
    let of_a_lane = surveyed.red.chunk_by(|one, other| one.lane == other.lane);
    alarms.extend(of_a_lane.map(|kept| red(&kept[0].lane, &kept.iter().collect::<Vec<_>>())));
    alarms.extend(surveyed.notices.iter().map(noticed));
    alarms.extend(may_not_send(surveyed));
    alarms.extend(restored(surveyed));
    alarms.extend(stale_backup(surveyed, policy, now));
    alarms.extend(silence(surveyed, policy));
    alarms.extend(orphans(surveyed, policy, now));
    alarms.extend(clock_ahead.and_then(|ahead| clock(ahead, policy)));
    // A lane with several old states needs one alarm, its gravest and oldest.
    alarms.sort_by(|one, other| {
        (other.gravity, one.kind, &one.lane, one.since).cmp(&(one.gravity, other.kind, &other.lane, other.since))
    });
    let mut told = Vec::new();
    alarms.retain(|alarm| {
        let about = (alarm.kind, alarm.lane.clone(), alarm.document.clone());
        let is_new = !told.contains(&about);
        told.push(about);
        is_new
    });
    alarms
}

fn old(tally: &Tally, policy: &Policy, now: Micros) -> Option<Alarm> {
    let age = since(now, tally.since);
    let (kind, warning, critical) = if tally.state == State::Accepted {
        (
            AlarmKind::Unresolved,
            policy.undecided_warning,
            policy.undecided_critical,
        )
    } else {
        (AlarmKind::Unsent, policy.unsent_warning, policy.unsent_critical)
    };
    let gravity = if age >= critical {
        Gravity::Critical
    } else if age >= warning {
        Gravity::Warning
    } else {
        return None;
    };
    let (message, remedy) = if kind == AlarmKind::Unresolved {
        (
            format!(
                "the service took a document of the lane {} {} ago and has not decided it",
                tally.lane,
                words(age)
            ),
            UNRESOLVED.program,
        )
    } else {
        (
            format!(
                "the oldest unsent document of the lane {} has waited {}",
                tally.lane,
                words(age)
            ),
            UNSENT.program,
        )
    };
    Some(Alarm {
        key: None,
        kind,
        gravity,
        lane: Some(tally.lane.clone()),
        document: None,
        since: Some(cat(tally.since)),
        message,
        remedy,
    })
}

fn silence(surveyed: &Surveyed, policy: &Policy) -> Option<Alarm> {
    // Results had to be fetched, although they should have been pushed long before.
    let fetched = surveyed.last_fetched.filter(|_| policy.webhooks)?;
    let silent = surveyed
        .last_webhook
        .is_none_or(|pushed| since(fetched, pushed) > policy.webhook_grace);
    silent.then(|| Alarm {
        key: None,
        kind: AlarmKind::WebhookSilence,
        gravity: Gravity::Warning,
        lane: None,
        document: None,
        since: surveyed.last_webhook.map(cat),
        message: "webhooks are expected and did not come; results were fetched instead".to_owned(),
        remedy: WEBHOOK_SILENCE.program,
    })
}

fn orphans(surveyed: &Surveyed, policy: &Policy, now: Micros) -> Option<Alarm> {
    // A result can be faster than the answer to its submission, and a lost answer is cleared up after the orphan window. Other news of
    // strangers is of no consequence, such as the test event of the portal's "Save & Test".
    let oldest = surveyed
        .oldest_strange_receipt
        .filter(|at| since(now, *at) > policy.orphan_window * 5)?;
    let message = format!(
        "{} receipts came for submissions that are not from this outbox",
        surveyed.strange_receipts
    );
    // A service that takes a repetition for a new document makes just these.
    let (gravity, message) = if surveyed.sent_again.is_empty() {
        (Gravity::Warning, message)
    } else {
        let again = surveyed.sent_again.join(", ");
        let message = format!("{message}; of those sent a second time each may be fiscalised twice: {again}");
        (Gravity::Critical, message)
    };
    Some(Alarm {
        key: None,
        kind: AlarmKind::Orphans,
        gravity,
        lane: None,
        document: None,
        since: Some(cat(oldest)),
        message,
        remedy: ORPHANS.program,
    })
}

fn clock(ahead: SignedDuration, policy: &Policy) -> Option<Alarm> {
    let off = ahead.unsigned_abs();
    (off >= policy.clock_tolerance).then(|| Alarm {
        key: None,
        kind: AlarmKind::Clock,
        gravity: if off >= 5 * policy.clock_tolerance {
            Gravity::Critical
        } else {
            Gravity::Warning
        },
        lane: None,
        document: None,
        since: None,
        message: format!(
            "this machine's clock is {} {} the service's",
            words(off),
            if ahead.is_negative() { "behind" } else { "ahead of" }
        ),
        remedy: CLOCK.program,
    })
}

/// An age as people say it.
fn words(age: Duration) -> String {
    let seconds = age.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::later;

    const HOUR: Duration = Duration::from_secs(3600);

    fn tally(state: State, since: Micros) -> Tally {
        Tally {
            lane: "till-1".to_owned(),
            state,
            count: 2,
            since,
        }
    }

    fn rung(surveyed: &Surveyed, policy: &Policy, now: Duration) -> Vec<(AlarmKind, Gravity)> {
        let alarms = alarms(surveyed, policy, None, later(0, now));
        alarms.iter().map(|alarm| (alarm.kind, alarm.gravity)).collect()
    }

    #[test]
    fn what_is_not_sent_is_a_warning_after_four_hours_and_critical_after_eight() {
        use {AlarmKind::Unsent, Gravity::*};
        for state in [State::Queued, State::Unknown, State::Sending] {
            let surveyed = Surveyed {
                open: vec![tally(state, 0)],
                ..Surveyed::default()
            };
            let at = |age| rung(&surveyed, &Policy::default(), age);
            assert_eq!(at(4 * HOUR - Duration::from_secs(1)), []);
            assert_eq!(at(4 * HOUR), [(Unsent, Warning)]);
            assert_eq!(at(8 * HOUR), [(Unsent, Critical)]);
        }
    }

    #[test]
    fn what_is_not_decided_is_a_warning_after_a_day_and_critical_after_six() {
        use {AlarmKind::Unresolved, Gravity::*};
        let surveyed = Surveyed {
            open: vec![tally(State::Accepted, 0)],
            ..Surveyed::default()
        };
        let at = |age| rung(&surveyed, &Policy::default(), age);
        assert_eq!(at(23 * HOUR), []);
        assert_eq!(at(24 * HOUR), [(Unresolved, Warning)]);
        assert_eq!(at(144 * HOUR), [(Unresolved, Critical)]);
    }

    #[test]
    fn silence_is_told_when_results_had_to_be_fetched_and_ends_with_the_next_webhook() {
        let policy = Policy {
            webhooks: true,
            ..Policy::default()
        };
        let hour = later(0, HOUR);
        let mut surveyed = Surveyed {
            last_fetched: Some(hour),
            ..Surveyed::default()
        };
        let silent = [(AlarmKind::WebhookSilence, Gravity::Warning)];
        assert_eq!(rung(&surveyed, &policy, HOUR), silent);
        assert_eq!(rung(&surveyed, &Policy::default(), HOUR), []);
        surveyed.last_webhook = Some(later(0, HOUR - policy.webhook_grace * 2));
        assert_eq!(rung(&surveyed, &policy, HOUR), silent);
        surveyed.last_webhook = Some(later(0, 2 * HOUR));
        assert_eq!(rung(&surveyed, &policy, 2 * HOUR), []);
    }

    #[test]
    fn receipts_that_stay_unknown_are_told_once_every_lost_answer_should_be_cleared_up() {
        let surveyed = Surveyed {
            strange_receipts: 2,
            oldest_strange_receipt: Some(0),
            ..Surveyed::default()
        };
        let at = |age| rung(&surveyed, &Policy::default(), age);
        assert_eq!(at(Policy::default().orphan_window), []);
        assert_eq!(at(HOUR), [(AlarmKind::Orphans, Gravity::Warning)]);
        let surveyed = Surveyed {
            sent_again: vec!["P-7".to_owned(), "P-3".to_owned()],
            ..surveyed
        };
        let told = alarms(&surveyed, &Policy::default(), None, later(0, HOUR));
        assert_eq!((told.len(), told[0].gravity), (1, Gravity::Critical));
        assert!(told[0].message.ends_with("fiscalised twice: P-7, P-3"), "{told:?}");
    }

    #[test]
    fn a_clock_that_is_off_by_a_minute_is_told_with_its_direction() {
        let stats = |seconds| {
            let ahead = SignedDuration::from_secs(seconds);
            alarms(&Surveyed::default(), &Policy::default(), Some(ahead), 0)
        };
        assert_eq!(stats(59), []);
        assert!(stats(61)[0].message.ends_with("1 min ahead of the service's"));
        let behind = stats(-600);
        assert_eq!(behind[0].gravity, Gravity::Critical);
        assert!(behind[0].message.ends_with("10 min behind the service's"));
    }
}
