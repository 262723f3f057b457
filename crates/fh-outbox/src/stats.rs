//! The outbox at a glance.

use fiscal_harmony::types::{CatDateTime, jiff::SignedDuration};
use serde::Serialize;

use crate::{
    alarm::{Alarm, alarms},
    entry::cat,
    machine::Micros,
    policy::Policy,
    state::State,
    store::survey::{Surveyed, Tally},
};

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
    /// When the last backup was made, if one ever was.
    pub last_backup: Option<CatDateTime>,
    /// News of requests that nobody here knows.
    pub orphans: u64,
    /// What a person must know, the gravest first.
    pub alarms: Vec<Alarm>,
}

impl Stats {
    pub(crate) fn of(surveyed: &Surveyed, policy: &Policy, clock_ahead: Option<SignedDuration>, now: Micros) -> Self {
        let alarms = alarms(surveyed, policy, clock_ahead, now);
        let lanes = lanes(&surveyed.open);
        Self {
            at: cat(now),
            lanes,
            settled: surveyed.settled.clone(),
            today: surveyed.today.clone(),
            last_webhook: surveyed.last_webhook.map(cat),
            last_backup: surveyed.last_backup.map(cat),
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        alarm::{AlarmKind, Gravity},
        machine::later,
    };

    const HOUR: Duration = Duration::from_secs(3600);

    fn tally(state: State, since: Micros) -> Tally {
        Tally {
            lane: "till-1".to_owned(),
            state,
            count: 2,
            since,
        }
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
}
