//! What a person must know, as data.

use std::time::Duration;

use fiscal_harmony::types::{CatDateTime, jiff::SignedDuration};
use serde::Serialize;

use crate::{
    Policy, State,
    entry::cat,
    machine::{Micros, since},
    store::{
        kept::Kept,
        listing::{Surveyed, Tally},
    },
};

/// How grave an alarm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gravity {
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlarmKind {
    /// A document has not been sent for long.
    Unsent,
    /// A document was taken and is not decided for long.
    Unresolved,
    /// A lane stands still until an operator decides.
    Parked,
    /// The authority has two receipts for one document.
    FiscalisedTwice,
    /// Webhooks are expected and do not come.
    WebhookSilence,
    /// Receipts came for submissions that nobody here knows.
    Orphans,
    /// This machine's clock and the service's differ.
    Clock,
}

/// Something that a person must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Alarm {
    /// What it is about.
    pub kind: AlarmKind,
    /// How grave it is.
    pub gravity: Gravity,
    /// The lane that it is about.
    pub lane: Option<String>,
    /// The document that it is about.
    pub document: Option<String>,
    /// Since when.
    pub since: Option<CatDateTime>,
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub remedy: &'static str,
}

/// One lane at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LaneStats {
    /// Its name.
    pub lane: String,
    /// Waiting to be sent.
    pub queued: u64,
    /// Being sent.
    pub sending: u64,
    /// Perhaps arrived; to be sent again.
    pub unknown: u64,
    /// Waiting for an operator.
    pub parked: u64,
    /// Taken by the service, not decided.
    pub accepted: u64,
    /// When the oldest of those that the service is not known to have was taken in.
    pub oldest_unsent: Option<CatDateTime>,
    /// When the service took the oldest of those that are not decided.
    pub oldest_undecided: Option<CatDateTime>,
}

/// The outbox at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// When it was looked at.
    pub at: CatDateTime,
    /// The lanes in which something is open.
    pub lanes: Vec<LaneStats>,
    /// How many documents are settled, by state.
    pub settled: Vec<(State, u64)>,
    /// How many documents were taken in since midnight, by state.
    pub today: Vec<(State, u64)>,
    /// When the latest webhook came.
    pub last_webhook: Option<CatDateTime>,
    /// News of requests that nobody here knows.
    pub orphans: u64,
    /// What a person must know, the gravest first.
    pub alarms: Vec<Alarm>,
}

impl Stats {
    pub(crate) fn of(surveyed: &Surveyed, policy: &Policy, clock_ahead: Option<SignedDuration>, now: Micros) -> Self {
        let mut alarms = Vec::new();
        let lanes = lanes(&surveyed.open);
        for tally in &surveyed.open {
            alarms.extend(old(tally, policy, now));
        }
        alarms.extend(surveyed.parked.iter().map(|kept| Alarm {
            kind: AlarmKind::Parked,
            gravity: Gravity::Critical,
            lane: Some(kept.lane.clone()),
            document: Some(kept.document.clone()),
            since: Some(cat(kept.changed_at)),
            message: format!(
                "{} is parked and nothing of the lane {} is sent: {}",
                kept.document,
                kept.lane,
                kept.facts.reason.as_deref().unwrap_or("no reason was noted")
            ),
            remedy: "mend what is said, then retry it, or skip it with a reason",
        }));
        alarms.extend(surveyed.doubled.iter().map(doubled));
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
        Self {
            at: cat(now),
            lanes,
            settled: surveyed.settled.clone(),
            today: surveyed.today.clone(),
            last_webhook: surveyed.last_webhook.map(cat),
            orphans: surveyed.orphans,
            alarms,
        }
    }

    /// How many documents are in a state, whenever they were taken in.
    #[must_use]
    pub fn count(&self, state: State) -> u64 {
        let open = self.lanes.iter().map(|lane| match state {
            State::Queued => lane.queued,
            State::Sending => lane.sending,
            State::Unknown => lane.unknown,
            State::Parked => lane.parked,
            State::Accepted => lane.accepted,
            _ => 0,
        });
        let settled = self.settled.iter().filter(|(settled, _)| *settled == state);
        open.chain(settled.map(|(_, count)| *count)).sum()
    }

    /// How many documents are not settled.
    #[must_use]
    pub fn open(&self) -> u64 {
        let lanes = self.lanes.iter();
        lanes
            .map(|lane| lane.queued + lane.sending + lane.unknown + lane.parked + lane.accepted)
            .sum()
    }
}

fn lanes(tallies: &[Tally]) -> Vec<LaneStats> {
    let mut lanes: Vec<LaneStats> = Vec::new();
    for tally in tallies {
        let index = lanes
            .iter()
            .position(|lane| lane.lane == tally.lane)
            .unwrap_or_else(|| {
                lanes.push(LaneStats {
                    lane: tally.lane.clone(),
                    queued: 0,
                    sending: 0,
                    unknown: 0,
                    parked: 0,
                    accepted: 0,
                    oldest_unsent: None,
                    oldest_undecided: None,
                });
                lanes.len() - 1
            });
        let Some(lane) = lanes.get_mut(index) else { continue };
        let since = cat(tally.since);
        let (count, oldest) = match tally.state {
            State::Queued => (&mut lane.queued, &mut lane.oldest_unsent),
            State::Sending => (&mut lane.sending, &mut lane.oldest_unsent),
            State::Unknown => (&mut lane.unknown, &mut lane.oldest_unsent),
            State::Parked => (&mut lane.parked, &mut lane.oldest_unsent),
            _ => (&mut lane.accepted, &mut lane.oldest_undecided),
        };
        *count += tally.count;
        *oldest = Some(oldest.map_or(since, |oldest| oldest.min(since)));
    }
    lanes
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
            "look for it in the Fiscal Harmony portal; after seven days the service can no longer be asked",
        )
    } else {
        (
            format!(
                "the oldest unsent document of the lane {} has waited {}",
                tally.lane,
                words(age)
            ),
            "see why with `fh queue ls`; a fault of more than eight hours must be reported to ZIMRA within eight hours",
        )
    };
    Some(Alarm {
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
        kind: AlarmKind::WebhookSilence,
        gravity: Gravity::Warning,
        lane: None,
        document: None,
        since: surveyed.last_webhook.map(cat),
        message: "webhooks are expected and did not come; results were fetched instead".to_owned(),
        remedy: "see in the portal whether the webhook is still active: the service switches it off after a day of failures",
    })
}

fn doubled(kept: &Kept) -> Alarm {
    Alarm {
        kind: AlarmKind::FiscalisedTwice,
        gravity: Gravity::Critical,
        lane: Some(kept.lane.clone()),
        document: Some(kept.document.clone()),
        since: Some(cat(kept.changed_at)),
        message: format!(
            "{} was {}",
            kept.document,
            kept.facts.reason.as_deref().unwrap_or_default()
        ),
        remedy: "have Fiscal Harmony cancel one of the two receipts, or credit it; this is said for a week",
    }
}

fn orphans(surveyed: &Surveyed, policy: &Policy, now: Micros) -> Option<Alarm> {
    // A result can be faster than the answer to its submission, and a lost answer is cleared up after the orphan window. Other news of
    // strangers is of no consequence, such as the test event of the portal's "Save & Test".
    let oldest = surveyed
        .oldest_strange_receipt
        .filter(|at| since(now, *at) > policy.orphan_window * 5)?;
    Some(Alarm {
        kind: AlarmKind::Orphans,
        gravity: Gravity::Warning,
        lane: None,
        document: None,
        since: Some(cat(oldest)),
        message: format!(
            "{} receipts came for submissions that are not from this outbox",
            surveyed.strange_receipts
        ),
        remedy: "if no other program submits with this API key, compare the day's receipts in the portal with the outbox: a document may \
                 have been fiscalised twice",
    })
}

fn clock(ahead: SignedDuration, policy: &Policy) -> Option<Alarm> {
    let off = ahead.unsigned_abs();
    (off >= policy.clock_tolerance).then(|| Alarm {
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
        remedy: "set the clock and let the system keep it (NTP): a document dated in the future spoils the numbering of the day",
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

    fn alarms(surveyed: &Surveyed, policy: &Policy, now: Duration) -> Vec<(AlarmKind, Gravity)> {
        let stats = Stats::of(surveyed, policy, None, later(0, now));
        stats.alarms.iter().map(|alarm| (alarm.kind, alarm.gravity)).collect()
    }

    #[test]
    fn what_is_not_sent_is_a_warning_after_four_hours_and_critical_after_eight() {
        use {AlarmKind::Unsent, Gravity::*};
        for state in [State::Queued, State::Unknown, State::Sending] {
            let surveyed = Surveyed {
                open: vec![tally(state, 0)],
                ..Surveyed::default()
            };
            let at = |age| alarms(&surveyed, &Policy::default(), age);
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
        let at = |age| alarms(&surveyed, &Policy::default(), age);
        assert_eq!(at(23 * HOUR), []);
        assert_eq!(at(24 * HOUR), [(Unresolved, Warning)]);
        assert_eq!(at(144 * HOUR), [(Unresolved, Critical)]);
    }

    #[test]
    fn one_lane_gives_one_alarm_of_a_kind_and_the_gravest_come_first() {
        let hours = |hours| later(0, hours * HOUR);
        let surveyed = Surveyed {
            open: vec![
                tally(State::Queued, hours(5)),
                tally(State::Unknown, 0),
                tally(State::Accepted, 0),
            ],
            ..Surveyed::default()
        };
        let stats = Stats::of(&surveyed, &Policy::default(), None, hours(30));
        let told: Vec<_> = stats.alarms.iter().map(|alarm| (alarm.kind, alarm.gravity)).collect();
        assert_eq!(
            told,
            [
                (AlarmKind::Unsent, Gravity::Critical),
                (AlarmKind::Unresolved, Gravity::Warning)
            ]
        );
        assert!(
            stats.alarms[0].message.contains("1 d 6 h"),
            "{}",
            stats.alarms[0].message
        );
        assert_eq!((stats.count(State::Queued), stats.open()), (2, 6));
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
        assert_eq!(alarms(&surveyed, &policy, HOUR), silent);
        assert_eq!(alarms(&surveyed, &Policy::default(), HOUR), []);
        surveyed.last_webhook = Some(later(0, HOUR - policy.webhook_grace * 2));
        assert_eq!(alarms(&surveyed, &policy, HOUR), silent);
        surveyed.last_webhook = Some(later(0, 2 * HOUR));
        assert_eq!(alarms(&surveyed, &policy, 2 * HOUR), []);
    }

    #[test]
    fn receipts_that_stay_unknown_are_told_once_every_lost_answer_should_be_cleared_up() {
        let surveyed = Surveyed {
            strange_receipts: 2,
            oldest_strange_receipt: Some(0),
            ..Surveyed::default()
        };
        let at = |age| alarms(&surveyed, &Policy::default(), age);
        assert_eq!(at(Policy::default().orphan_window), []);
        assert_eq!(at(HOUR), [(AlarmKind::Orphans, Gravity::Warning)]);
    }

    #[test]
    fn a_clock_that_is_off_by_a_minute_is_told_with_its_direction() {
        let stats = |seconds| {
            let ahead = SignedDuration::from_secs(seconds);
            Stats::of(&Surveyed::default(), &Policy::default(), Some(ahead), 0).alarms
        };
        assert_eq!(stats(59), []);
        assert!(stats(61)[0].message.ends_with("1 min ahead of the service's"));
        let behind = stats(-600);
        assert_eq!(behind[0].gravity, Gravity::Critical);
        assert!(behind[0].message.ends_with("10 min behind the service's"));
    }
}
