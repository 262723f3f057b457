//! The outbox in plain words.

use fh_outbox::Stats;
use fh_types::{Amount, CatDateTime};

use crate::wording::Mood;
pub(super) use crate::wording::{label, reason, standing};

/// How a mood is drawn.
pub(super) fn class(mood: Mood) -> &'static str {
    match mood {
        Mood::Good => "good",
        Mood::Waiting => "waiting",
        Mood::Bad => "bad",
    }
}

/// A sign and a word stand besides the colour.
pub(super) fn sign(mood: Mood) -> &'static str {
    match mood {
        Mood::Good => "✓",
        Mood::Waiting => "…",
        Mood::Bad => "!",
    }
}

/// How many documents wait behind one of that lane that needs a decision.
pub(super) fn held_up(stats: &Stats, lane: &str) -> u64 {
    let lane = stats.lanes.iter().find(|known| known.lane == lane);
    lane.map_or(0, |lane| lane.queued + lane.sending + lane.unknown)
}

/// How long ago, as people say it.
pub(super) fn age(at: CatDateTime, now: CatDateTime) -> String {
    let seconds = now.timestamp().as_second() - at.timestamp().as_second();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (..=0, ..=0, ..=0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, 0, _) => "1 day".to_owned(),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, ..) => format!("{days} days"),
    }
}

/// A time as people of that day say it.
pub(super) fn time(at: CatDateTime, now: CatDateTime) -> String {
    let (at, now) = (at.civil(), now.civil());
    let form = if at.date() == now.date() {
        "%H:%M"
    } else if at.year() == now.year() {
        "%-d %b, %H:%M"
    } else {
        "%-d %b %Y, %H:%M"
    };
    at.strftime(form).to_string()
}

/// With two decimals at least; nothing is rounded.
pub(super) fn money(amount: Amount) -> String {
    let text = amount.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match decimals {
        0 => format!("{text}.00"),
        1 => format!("{text}0"),
        _ => text,
    }
}

/// `MobileWallet` as people write it.
pub(super) fn payment(name: &str) -> String {
    let letters = name.chars().enumerate().flat_map(|(at, c)| {
        let begins = at > 0 && c.is_ascii_uppercase();
        let letter = if begins { c.to_ascii_lowercase() } else { c };
        begins.then_some(' ').into_iter().chain([letter])
    });
    letters.collect()
}

/// What a line of the history tells of.
pub(super) fn event(event: &str) -> &str {
    match event {
        "enqueue" => "Taken in",
        "claim" => "Sent",
        "accepted" => "Taken by the service",
        "not_sent" => "Not sent",
        "busy" => "Told to come back later",
        "lane_refused" => "The account was refused",
        "refused" => "Refused",
        "hold" => "Held back",
        "lost" => "The answer was lost",
        "conflict" => "The service has one of this id",
        "worker_died" => "The worker died",
        "lease_expired" => "The worker did not come back",
        "fiscalised" => "Fiscalised",
        "rejected" => "Rejected",
        "expired" => "Given up after seven days",
        "reopened" => "Asked for again",
        "second_receipt" => "A second receipt came",
        "correct" => "Corrected",
        "replaced" => "Replaced",
        "redate" => "Given a new date",
        "let_pass" => "Lets earlier ones pass",
        "hold_late" => "Held back",
        "request_shared" => "Mixed up with another",
        "retry" => "Retried",
        "skip" => "Skipped",
        "set_aside" => "Set aside",
        "adopt" => "Adopted",
        "completed" => "Its receipt is whole",
        "printed" => "Printed",
        "release" => "Released",
        "acknowledge" => "Acknowledged",
        "step_aside" => "Stepped aside",
        "come_back" => "Came back",
        "restored" => "The outbox was restored",
        "clock" => "The clock was set back",
        other => other,
    }
}

/// Who did it.
pub(super) fn who(who: &str) -> &str {
    match who {
        "enqueue" => "the till",
        "outbox" => "the outbox itself",
        "recover" => "the seller\u{2019}s records",
        "status" => "the service, when asked",
        "webhook" => "the service, by itself",
        _ if who.starts_with("worker ") => "this agent",
        _ => who.strip_prefix("operator ").unwrap_or(who),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> CatDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn ages_are_said_as_people_say_them() {
        let now = at("2026-11-25T12:00:00+02:00");
        for (then, said) in [
            ("2026-11-25T12:00:30+02:00", "less than a minute"),
            ("2026-11-25T11:59:01+02:00", "less than a minute"),
            ("2026-11-25T11:48:00+02:00", "12 min"),
            ("2026-11-25T09:00:00+02:00", "3 h"),
            ("2026-11-25T08:55:00+02:00", "3 h 5 min"),
            ("2026-11-24T11:00:00+02:00", "1 day 1 h"),
            ("2026-11-20T11:00:00+02:00", "5 days"),
        ] {
            assert_eq!(age(at(then), now), said, "{then}");
        }
    }

    #[test]
    fn times_say_no_more_than_is_needed_and_are_those_of_central_africa() {
        let now = at("2026-11-25T12:00:00+02:00");
        for (then, said) in [
            ("2026-11-24T22:30:00Z", "00:30"),
            ("2026-11-24T23:59:00+02:00", "24 Nov, 23:59"),
            ("2025-12-31T23:59:00+02:00", "31 Dec 2025, 23:59"),
        ] {
            assert_eq!(time(at(then), now), said);
        }
    }

    #[test]
    fn money_is_exact_and_has_two_decimals_at_least() {
        for (amount, said) in [("21", "21.00"), ("0.5", "0.50"), ("1.999", "1.999"), ("-3.10", "-3.10")] {
            assert_eq!(money(amount.parse().unwrap()), said);
        }
    }
}
