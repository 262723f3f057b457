//! The whole day in one sentence.

use fh_outbox::{AlarmKind, Entry, State, Stats};

use super::words::{age, held_up, standing};
use crate::wording::Mood;

/// Whether all is well today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headline {
    pub(super) mood: Mood,
    pub(super) text: String,
    pub(super) detail: Option<String>,
}

/// What the headline is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Day {
    /// Of those taken in today.
    fiscalised: u64,
    skipped: u64,
    /// Rejected, or never decided.
    refused: u64,
    /// Not settled, whenever they were taken in.
    open: u64,
    /// Since when the oldest of these waits.
    oldest: Option<String>,
    /// How many need a decision, and what the first of them is.
    parked: Option<(usize, &'static str)>,
    /// How many wait for these.
    held: u64,
    /// Rejected or never decided, of which nobody has said that he knows.
    earlier: usize,
    has_alarms: bool,
}

impl Day {
    /// `parked` are the documents that need a decision; `is_deserted` says that others wait for nobody.
    pub(super) fn of(stats: &Stats, parked: &[Entry], is_deserted: bool) -> Self {
        let today = |state| {
            let counts = stats.today.iter().filter(|(of, _)| *of == state);
            counts.map(|(_, count)| count).sum::<u64>()
        };
        let lanes = || stats.lanes.iter();
        let oldest = lanes().flat_map(|lane| [lane.oldest_unsent, lane.oldest_undecided]);
        let holds = |lane: &str| parked.iter().any(|entry| entry.holds && entry.lane == lane);
        let held = lanes().filter(|lane| holds(&lane.lane));
        Self {
            fiscalised: today(State::Fiscalised),
            skipped: today(State::Skipped),
            refused: today(State::Rejected) + today(State::Expired),
            open: stats.open(),
            oldest: oldest.flatten().min().map(|oldest| age(oldest, stats.at)),
            parked: parked.first().map(|first| (parked.len(), standing(first).label)),
            held: held.map(|lane| held_up(stats, &lane.lane)).sum(),
            earlier: stats
                .alarms
                .iter()
                .filter(|alarm| matches!(alarm.kind, AlarmKind::Rejected | AlarmKind::Expired))
                .count(),
            has_alarms: is_deserted || !stats.alarms.is_empty(),
        }
    }

    /// The whole day in one sentence.
    pub(super) fn headline(&self) -> Headline {
        let (mood, text) = self.sentence();
        let says_so = text.starts_with(&self.done());
        let detail = match self.fiscalised {
            _ if says_so => None,
            0 => None,
            1 => Some("1 document of today is fiscalised.".to_owned()),
            n => Some(format!("{n} documents of today are fiscalised.")),
        };
        Headline { mood, text, detail }
    }

    fn sentence(&self) -> (Mood, String) {
        if let Some((count, label)) = self.parked {
            let (what, hold) = match count {
                1 => (format!("1 document is {}", label.to_lowercase()), "holds"),
                n => (format!("{n} documents need a decision"), "hold"),
            };
            let text = match self.held {
                0 => format!("{what}; no other waits for it"),
                1 => format!("{what} and {hold} up 1 other"),
                n => format!("{what} and {hold} up {n} others"),
            };
            return (Mood::Bad, text);
        }
        let calm = |mood| if self.has_alarms { Mood::Bad } else { mood };
        if self.earlier > 0 && self.refused == 0 {
            let text = match self.earlier {
                1 => "1 document of an earlier day is not fiscalised".to_owned(),
                n => format!("{n} documents of earlier days are not fiscalised"),
            };
            return (Mood::Bad, text);
        }
        match (self.refused, self.open) {
            (0, 0) if self.has_alarms => (
                Mood::Bad,
                format!("{}; something else needs to be looked at", self.done()),
            ),
            (0, 0) => (Mood::Good, self.done()),
            (0, 1) => {
                let text = format!("1 document has waited {} to be fiscalised", self.oldest());
                (calm(Mood::Waiting), text)
            }
            (0, open) => {
                let text = format!(
                    "{open} documents wait to be fiscalised, the oldest for {}",
                    self.oldest()
                );
                (calm(Mood::Waiting), text)
            }
            (1, _) => (Mood::Bad, "1 document of today was not fiscalised".to_owned()),
            (n, _) => (Mood::Bad, format!("{n} documents of today were not fiscalised")),
        }
    }

    fn oldest(&self) -> &str {
        self.oldest.as_deref().unwrap_or("a moment")
    }

    fn done(&self) -> String {
        match (self.fiscalised, self.skipped) {
            (0, 0) => "No document yet today, and nothing waits".to_owned(),
            (0, _) => "No document of today is fiscalised, and nothing waits".to_owned(),
            (1, 0) => "The one document of today is fiscalised".to_owned(),
            (n, 0) => format!("All {n} documents of today are fiscalised"),
            (n, 1) => format!("{n} of today’s documents are fiscalised, and 1 was skipped"),
            (n, skipped) => format!("{n} of today’s documents are fiscalised, and {skipped} were skipped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_said_in_one_sentence_with_the_worst_first() {
        use Mood::{Bad, Good, Waiting};
        let done = Day {
            fiscalised: 214,
            ..Day::default()
        };
        let waiting = Day {
            open: 3,
            oldest: Some("12 min".to_owned()),
            ..done.clone()
        };
        let alarmed = Day {
            has_alarms: true,
            ..waiting.clone()
        };
        let refused = Day {
            refused: 2,
            ..waiting.clone()
        };
        let parked = Day {
            parked: Some((1, "Rejected")),
            held: 4,
            ..refused.clone()
        };
        let skipped = Day {
            skipped: 1,
            ..done.clone()
        };
        for (day, mood, text, has_detail) in [
            (Day::default(), Good, "No document yet today, and nothing waits", false),
            (done, Good, "All 214 documents of today are fiscalised", false),
            (
                skipped,
                Good,
                "214 of today’s documents are fiscalised, and 1 was skipped",
                false,
            ),
            (
                waiting,
                Waiting,
                "3 documents wait to be fiscalised, the oldest for 12 min",
                true,
            ),
            (
                alarmed,
                Bad,
                "3 documents wait to be fiscalised, the oldest for 12 min",
                true,
            ),
            (refused, Bad, "2 documents of today were not fiscalised", true),
            (
                Day {
                    earlier: 1,
                    has_alarms: true,
                    fiscalised: 3,
                    ..Day::default()
                },
                Bad,
                "1 document of an earlier day is not fiscalised",
                true,
            ),
            (
                Day {
                    has_alarms: true,
                    fiscalised: 3,
                    ..Day::default()
                },
                Bad,
                "All 3 documents of today are fiscalised; something else needs to be looked at",
                false,
            ),
            (parked, Bad, "1 document is rejected and holds up 4 others", true),
        ] {
            let headline = day.headline();
            assert_eq!((headline.mood, &*headline.text), (mood, text));
            assert_eq!(headline.detail.is_some(), has_detail, "{text}");
        }
    }
}
