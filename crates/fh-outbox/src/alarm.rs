//! What a person must know, as data.

use std::time::Duration;

use fiscal_harmony::types::{CatDateTime, jiff::SignedDuration};
use serde::Serialize;

use crate::{
    cause::Cause,
    entry::cat,
    machine::{Micros, since},
    policy::Policy,
    state::State,
    store::{
        kept::Kept,
        survey::{Surveyed, Tally},
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
    /// A document waits until an operator decides, and perhaps its lane with it.
    Parked,
    /// A document is probably fiscalised although the service said no. Told until it is adopted or released.
    ProbablyFiscalised,
    /// The credentials, the subscription or the device are refused: nothing of the lane is taken.
    Refused,
    /// A document was rejected. Told until it is acknowledged, or taken up again.
    Rejected,
    /// A document was taken and never decided. Told until it is acknowledged, or taken up again.
    Expired,
    /// A credit note has waited long for its invoice.
    WaitsForInvoice,
    /// The authority has two receipts for one document.
    FiscalisedTwice,
    /// Webhooks are expected and do not come.
    WebhookSilence,
    /// Receipts came for submissions that nobody here knows.
    Orphans,
    /// This machine's clock and the service's differ.
    Clock,
}

impl AlarmKind {
    /// Its name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Unresolved => "unresolved",
            Self::Parked => "parked",
            Self::ProbablyFiscalised => "probably_fiscalised",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::WaitsForInvoice => "waits_for_invoice",
            Self::FiscalisedTwice => "fiscalised_twice",
            Self::WebhookSilence => "webhook_silence",
            Self::Orphans => "orphans",
            Self::Clock => "clock",
        }
    }
}

/// Something that a person must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Alarm {
    /// Its name for [`Outbox::acknowledge`](crate::Outbox::acknowledge); none for one that ends only when it is mended.
    pub key: Option<String>,
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
    /// What to do, in the words of this library.
    pub remedy: &'static str,
}

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
            "look for it in the Fiscal Harmony portal; after seven days the service can no longer be asked",
        )
    } else {
        (
            format!(
                "the oldest unsent document of the lane {} has waited {}",
                tally.lane,
                words(age)
            ),
            "see in the history of the oldest why (`Outbox::list`, `Outbox::history`); a fault of more than eight hours must be reported to ZIMRA within eight hours",
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
        remedy: "see in the portal whether the webhook is still active: the service switches it off after a day of failures",
    })
}

/// An alarm about one document.
fn about(kept: &Kept, kind: AlarmKind, gravity: Gravity, message: String, remedy: &'static str) -> Alarm {
    Alarm {
        key: None,
        kind,
        gravity,
        lane: Some(kept.lane.clone()),
        document: Some(kept.document.clone()),
        since: Some(cat(kept.changed_at)),
        message,
        remedy,
    }
}

fn reason(kept: &Kept) -> &str {
    kept.facts.reason.as_deref().unwrap_or("no reason was noted")
}

fn parked(kept: &Kept) -> Alarm {
    let (document, lane) = (&kept.document, &kept.lane);
    let stands = if kept.facts.holds {
        format!("nothing of the lane {lane} is sent")
    } else {
        format!("the lane {lane} goes on")
    };
    if kept.facts.cause == Some(Cause::ProbablyFiscalised) {
        return about(
            kept,
            AlarmKind::ProbablyFiscalised,
            Gravity::Critical,
            format!("{document} is {}; {stands}", reason(kept)),
            "look the sale up in the Fiscal Harmony portal; then adopt its receipt, or release it if there certainly is none; do not issue it \
             again before",
        );
    }
    let remedy = if kept.facts.doubt {
        "look the sale up in the Fiscal Harmony portal; then adopt its receipt, release it if there certainly is none, or retry it"
    } else {
        "mend what is said, then retry it, or skip it with a reason"
    };
    let gravity = if kept.facts.holds {
        Gravity::Critical
    } else {
        Gravity::Warning
    };
    let message = format!("{document} is parked and {stands}: {}", reason(kept));
    about(kept, AlarmKind::Parked, gravity, message, remedy)
}

fn refused(kept: &Kept) -> Alarm {
    about(
        kept,
        AlarmKind::Refused,
        Gravity::Critical,
        format!("the service takes nothing of the lane {}: {}", kept.lane, reason(kept)),
        "see to the API key, the subscription and the device in the Fiscal Harmony portal; it is tried again by itself",
    )
}

fn waiting(kept: &Kept, policy: &Policy, now: Micros) -> Option<Alarm> {
    let is_long = since(now, kept.enqueued_at) >= policy.unsent_warning;
    (is_long && kept.facts.cause == Some(Cause::WaitsForInvoice)).then(|| {
        about(
            kept,
            AlarmKind::WaitsForInvoice,
            Gravity::Warning,
            format!("{} {}", kept.document, reason(kept)),
            "see to the invoice; the credit note follows by itself",
        )
    })
}

/// One that a person must have seen.
fn settled(kept: &Kept) -> Alarm {
    let document = &kept.document;
    let (kind, gravity, message, remedy) = match kept.facts.state {
        State::Fiscalised => (
            AlarmKind::FiscalisedTwice,
            Gravity::Critical,
            format!("{document} was {}", reason(kept)),
            "have Fiscal Harmony cancel one of the two receipts, or credit it; then acknowledge this",
        ),
        State::Expired => (
            AlarmKind::Expired,
            Gravity::Critical,
            format!("{document} was taken by the service and is {}", reason(kept)),
            "look the sale up in the Fiscal Harmony portal; then adopt its receipt, or release it if there certainly is none",
        ),
        _ => (
            AlarmKind::Rejected,
            Gravity::Critical,
            format!("{document} is rejected and not fiscalised: {}", reason(kept)),
            if kept.facts.actionable {
                "mend what is said, then retry it; or acknowledge this"
            } else {
                "issue the sale as another document, without what is said; then acknowledge this"
            },
        ),
    };
    Alarm {
        key: Some(format!("{}:{document}", kind.name())),
        ..about(kept, kind, gravity, message, remedy)
    }
}

/// The document of an alarm that can be acknowledged.
pub(crate) fn acknowledgeable(key: &str) -> Option<&str> {
    let (kind, document) = key.split_once(':')?;
    let kinds = [AlarmKind::FiscalisedTwice, AlarmKind::Expired, AlarmKind::Rejected];
    kinds.iter().any(|known| known.name() == kind).then_some(document)
}

fn orphans(surveyed: &Surveyed, policy: &Policy, now: Micros) -> Option<Alarm> {
    // A result can be faster than the answer to its submission, and a lost answer is cleared up after the orphan window. Other news of
    // strangers is of no consequence, such as the test event of the portal's "Save & Test".
    let oldest = surveyed
        .oldest_strange_receipt
        .filter(|at| since(now, *at) > policy.orphan_window * 5)?;
    Some(Alarm {
        key: None,
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
