//! Every choice of the outbox's policy: its name, what it means, what is allowed.

use std::time::Duration;

use fh_outbox::{CorrectedAs, OnLate, OnRejected, OnUnknown, Order, Policy, Reaches};
use fh_types::jiff::SignedDuration;
use fiscal_harmony::tax::DiscountPolicy;

use super::times::{self, read, said};

/// One choice.
pub(crate) struct Key {
    /// Its name in the profile file; as a flag it has dashes.
    pub(crate) name: &'static str,
    /// What it decides, in a sentence.
    pub(crate) meaning: &'static str,
    /// What may be chosen.
    pub(crate) allowed: Allowed,
    /// It decides how documents are read and checked, so that it also matters where nothing is sent.
    pub(crate) is_reading: bool,
    pub(crate) get: fn(&Policy) -> String,
    set: fn(&mut Policy, &str) -> bool,
}

/// What may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// One of these words.
    Words(&'static [&'static str]),
    /// A duration of at least so many milliseconds.
    Time(u64),
    /// A whole number of at least 1.
    Count,
    /// Yes or no.
    Truth,
}

impl Key {
    /// Chooses; says what would have been allowed when it is not.
    pub(crate) fn choose(&self, policy: &mut Policy, value: &str) -> Result<(), String> {
        // Words are written with either kind of line between them.
        let word = match self.allowed {
            Allowed::Words(_) | Allowed::Truth => value.trim().replace('-', "_").to_ascii_lowercase(),
            Allowed::Time(_) | Allowed::Count => value.trim().to_owned(),
        };
        let is_long_enough = match self.allowed {
            Allowed::Time(least) => read(&word).is_some_and(|time| time >= Duration::from_millis(least)),
            _ => true,
        };
        if is_long_enough && (self.set)(policy, &word) {
            Ok(())
        } else {
            Err(format!("{} is {}", self.name, self.allowed.words()))
        }
    }

    /// What is chosen unless somebody says otherwise.
    pub(crate) fn default(&self) -> String {
        (self.get)(&Policy::default())
    }

    /// Its name as an option, without the dashes before it.
    pub(crate) fn option(&self) -> String {
        self.name.replace('_', "-")
    }
}

impl Allowed {
    /// In words, for whoever chose something else.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Words(words) => words
                .iter()
                .map(|word| format!("{word:?}"))
                .collect::<Vec<_>>()
                .join(" or "),
            Self::Time(0) => times::FORM.to_owned(),
            Self::Time(least) => format!("{}, at least {}", times::FORM, said(Duration::from_millis(least))),
            Self::Count => "a whole number of at least 1".to_owned(),
            Self::Truth => "true or false".to_owned(),
        }
    }
}

/// A choice among words.
macro_rules! words {
    ($name:ident, $meaning:literal, $($word:literal => $choice:path),+) => {
        Key {
            name: stringify!($name),
            meaning: $meaning,
            allowed: Allowed::Words(&[$($word),+]),
            is_reading: false,
            get: |policy| {
                let word = [$(($choice, $word)),+].into_iter().find(|(choice, _)| *choice == policy.$name);
                word.map_or("?", |(_, word)| word).to_owned()
            },
            set: |policy, word| {
                let choice = [$(($choice, $word)),+].into_iter().find(|(_, known)| *known == word);
                choice.map(|(choice, _)| policy.$name = choice).is_some()
            },
        }
    };
}

/// A duration.
macro_rules! time {
    ($name:ident, $least:literal, $meaning:literal) => {
        Key {
            name: stringify!($name),
            meaning: $meaning,
            allowed: Allowed::Time($least),
            is_reading: false,
            get: |policy| said(policy.$name),
            set: |policy, text| read(text).map(|time| policy.$name = time).is_some(),
        }
    };
}

/// A number.
macro_rules! count {
    ($name:ident, $meaning:literal) => {
        Key {
            name: stringify!($name),
            meaning: $meaning,
            allowed: Allowed::Count,
            is_reading: false,
            get: |policy| policy.$name.to_string(),
            set: |policy, text| {
                let count = text.parse().ok().filter(|count| *count > 0);
                count.map(|count| policy.$name = count).is_some()
            },
        }
    };
}

/// Every choice, in the order in which it is shown.
pub(crate) static KEYS: &[Key] = &[
    words!(on_rejected, "What a rejected document does to those after it: the lane goes on, or waits for a person.",
        "step_aside" => OnRejected::StepAside, "park_lane" => OnRejected::ParkLane),
    words!(on_unknown, "What becomes of a document whose answer was lost: it is sent again as a retry, or waits for a person.",
        "resend" => OnUnknown::Resend, "hold" => OnUnknown::Hold),
    words!(order, "Whether the documents of a lane wait for one that may have arrived, or go on while it is cleared up.",
        "strict" => Order::Strict, "free" => Order::Free),
    words!(on_restored, "What becomes of what the outbox cannot know after it was restored or taken over: it is sent again as a retry, or waits for a person.",
        "resend" => OnUnknown::Resend, "hold" => OnUnknown::Hold),
    words!(on_probably_fiscalised, "What a document that is probably fiscalised already does to those after it: the lane goes on, or waits for a person.",
        "step_aside" => OnRejected::StepAside, "park_lane" => OnRejected::ParkLane),
    words!(corrected_as, "How a corrected document is sent that the service had taken before: with IsRetry, or as a first sending.",
        "retry" => CorrectedAs::Retry, "first" => CorrectedAs::First),
    words!(on_late, "What becomes of a document that was overtaken by one of a later date: it gets a new date if it certainly was not taken, goes as it is, or waits for a person.",
        "redate" => OnLate::Redate, "keep" => OnLate::Keep, "hold" => OnLate::Hold),
    words!(date_reaches_receipt, "Whether the date of a document reaches the receipt, so that the authority wants dates in order; it is not documented.",
        "unknown" => Reaches::Unknown, "yes" => Reaches::Yes, "no" => Reaches::No),
    count!(
        may_pass_tries,
        "How often a document is tried by itself whose rejection may pass, the first time included; 1 is as any rejection."
    ),
    time!(may_pass_for, 0, "For how long it is tried by itself."),
    time!(
        orphan_window,
        0,
        "How long a document that may have arrived is left alone before it is sent again, from when it left the wire."
    ),
    time!(
        lease,
        3_000,
        "How long a worker may hold a document, unless it dies on this machine; a sending is given up after two thirds of it."
    ),
    time!(
        backoff_base,
        10,
        "The longest first wait after a failure; it doubles with each."
    ),
    time!(backoff_cap, 10, "The longest wait after failures."),
    time!(
        refused_wait,
        1_000,
        "The shortest wait after the service refused the key, the subscription or the device."
    ),
    count!(
        breaker_after,
        "After how many failures in a row sending pauses for a lane, and for all when several fail and none gets through."
    ),
    count!(
        eager_questions,
        "How often at most the result of a document that somebody waits for is asked for at the times that its lane has taught, up to 5."
    ),
    time!(
        first_poll,
        10,
        "How long after a document was taken its result is first asked for, where nobody waits for it."
    ),
    time!(
        poll_linger,
        0,
        "How long a question for a result may wait for others to share the request."
    ),
    Key {
        name: "webhooks",
        meaning: "Results are pushed to us, so that asking for them waits for the grace time. `fh serve --webhook-listen` implies it.",
        allowed: Allowed::Truth,
        is_reading: false,
        get: |policy| policy.webhooks.to_string(),
        set: |policy, text| text.parse().map(|truth| policy.webhooks = truth).is_ok(),
    },
    time!(
        webhook_grace,
        0,
        "How long a webhook is waited for before the result is asked for."
    ),
    time!(
        idle_poll,
        10,
        "How often the outbox is looked at for what other programs have put into it."
    ),
    time!(
        unsent_warning,
        0,
        "After how long a document that is not sent is a warning."
    ),
    time!(
        unsent_critical,
        0,
        "After how long it is critical; a fault of more than eight hours must be reported to ZIMRA."
    ),
    time!(
        undecided_warning,
        0,
        "After how long a document that was taken and is not decided is a warning."
    ),
    time!(
        undecided_critical,
        0,
        "After how long it is critical; after seven days the service can no longer be asked."
    ),
    time!(
        backup_warning,
        0,
        "After how long without `fh backup` there is a warning, where one was ever made; 0s is never."
    ),
    time!(
        clock_tolerance,
        0,
        "By how much this machine's clock may differ from the service's before it is said."
    ),
    Key {
        name: "discounts",
        meaning: "How line amounts relate to discounts in your documents. It is not documented; `docs/preflight.md` explains.",
        allowed: Allowed::Words(&["net-of-discount", "net-of-unit-discount", "unit-after-discount"]),
        is_reading: true,
        get: |policy| policy.preflight.discounts.name().to_owned(),
        set: |policy, word| {
            let choice = DiscountPolicy::ALL
                .into_iter()
                .find(|choice| choice.name().replace('-', "_") == word);
            choice.map(|choice| policy.preflight.discounts = choice).is_some()
        },
    },
    Key {
        name: "future_tolerance",
        meaning: "How far ahead of the clock a document's date may be before it is refused here.",
        allowed: Allowed::Time(0),
        is_reading: true,
        get: |policy| said(policy.preflight.future_tolerance.unsigned_abs()),
        set: |policy, text| {
            let time = read(text).and_then(|time| SignedDuration::try_from(time).ok());
            time.map(|time| policy.preflight.future_tolerance = time).is_some()
        },
    },
    Key {
        name: "zero_totals",
        meaning: "Totals of zero are meant as they are, and need no warning.",
        allowed: Allowed::Truth,
        is_reading: true,
        get: |policy| policy.preflight.zero_totals.to_string(),
        set: |policy, text| text.parse().map(|truth| policy.preflight.zero_totals = truth).is_ok(),
    },
];

/// The choice of that name.
pub(crate) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_policy_is_a_key() {
        // The settings of preflight are a field with fields of their own; their keys stand beside the others.
        let said = format!("{:#?}", Policy::default());
        let mut fields: Vec<_> = said
            .lines()
            .filter_map(|line| line.trim_end().strip_prefix("    "))
            .map(|line| line.strip_prefix("    ").unwrap_or(line))
            .filter_map(|line| line.split_once(": "))
            .map(|(name, _)| name.trim().to_owned())
            // What is of one moment follows from what is done about late dates.
            .filter(|name| name != "preflight" && name != "same_moment")
            .collect();
        let mut keys: Vec<_> = KEYS.iter().map(|key| key.name.to_owned()).collect();
        fields.sort();
        // Preflight is told what one key says of dates.
        fields.dedup();
        keys.sort();
        assert_eq!(keys, fields);
    }

    #[test]
    fn every_default_is_shown_as_it_is_written() {
        for key in KEYS {
            let mut policy = Policy::default();
            let default = key.default();
            assert_eq!(key.choose(&mut policy, &default), Ok(()), "{}", key.name);
            assert_eq!(policy, Policy::default(), "{}", key.name);
        }
    }

    #[test]
    fn every_key_changes_its_own_field_and_refuses_nonsense() {
        for key in KEYS {
            let value = match key.allowed {
                Allowed::Words(words) => *words.iter().find(|word| **word != key.default()).unwrap(),
                Allowed::Time(_) => "17min",
                Allowed::Count => "17",
                Allowed::Truth => "true",
            };
            let mut policy = Policy::default();
            key.choose(&mut policy, value).unwrap();
            for other in KEYS {
                let is_changed = (other.get)(&policy) != other.default();
                assert_eq!(is_changed, other.name == key.name, "{} after {}", other.name, key.name);
            }
            for nonsense in ["", "maybe", "-1", "17 fortnights", "TOPSECRET"] {
                let error = key.choose(&mut policy, nonsense).unwrap_err();
                assert!(error.starts_with(key.name) && !error.contains("TOPSECRET"), "{error}");
            }
        }
        let mut policy = Policy::default();
        let error = key("lease").unwrap().choose(&mut policy, "1s").unwrap_err();
        assert!(error.ends_with("at least 3s"), "{error}");
    }

    #[test]
    fn the_readings_of_discounts_are_all_listed() {
        let known = DiscountPolicy::ALL.map(DiscountPolicy::name);
        assert!(matches!(key("discounts").unwrap().allowed, Allowed::Words(words) if words == known));
    }
}
