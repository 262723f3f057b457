//! The policy of a process: what is usual, the profile over it, the command line over that.

use std::{collections::BTreeMap, fmt};

use fh_outbox::Policy;

use super::{
    flags::Flags,
    keys::{KEYS, Key},
};

/// A line of the `policy` table of a profile.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    pub(crate) value: String,
    /// File and line, for messages.
    pub(crate) place: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Where a choice comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Default,
    /// With file and line.
    Profile(String),
    Flag,
}

impl Source {
    /// In a word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Profile(_) => "profile",
            Self::Flag => "flag",
        }
    }

    /// Where exactly, when there is more to say.
    pub(crate) fn place(&self) -> Option<&str> {
        match self {
            Self::Profile(place) => Some(place),
            _ => None,
        }
    }
}

/// A policy, and where each part of it comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chosen {
    pub(crate) policy: Policy,
    sources: BTreeMap<&'static str, Source>,
}

/// Pairs of which the first may not be longer than the second.
const ORDERED: [(&str, &str); 3] = [
    ("backoff_base", "backoff_cap"),
    ("unsent_warning", "unsent_critical"),
    ("undecided_warning", "undecided_critical"),
];

impl Chosen {
    /// The profile's choices over the usual ones, and the flags over those. Errors say which, where, and what is allowed.
    pub(crate) fn of<const READING: bool>(profile: &[Setting], flags: &Flags<READING>) -> Result<Self, String> {
        let mut chosen = Self::default();
        for setting in profile {
            let source = Source::Profile(setting.place.clone());
            chosen
                .choose(setting.key.name, &setting.value, source)
                .map_err(|error| format!("{}: {error}", setting.place))?;
        }
        for key in KEYS {
            if let Some(value) = flags.get(key) {
                chosen.choose(key.name, value, Source::Flag)?;
            }
        }
        chosen.in_order()?;
        Ok(chosen)
    }

    fn choose(&mut self, name: &'static str, value: &str, source: Source) -> Result<(), String> {
        if let Some(key) = super::keys::key(name) {
            key.choose(&mut self.policy, value)?;
            self.sources.insert(name, source);
        }
        Ok(())
    }

    fn in_order(&self) -> Result<(), String> {
        let policy = &self.policy;
        let times = [
            (policy.backoff_base, policy.backoff_cap),
            (policy.unsent_warning, policy.unsent_critical),
            (policy.undecided_warning, policy.undecided_critical),
        ];
        for ((shorter, longer), (short, long)) in ORDERED.into_iter().zip(times) {
            if short > long {
                let said = |name: &str| {
                    let value = super::keys::key(name).map(|key| (key.get)(policy)).unwrap_or_default();
                    let source = self.source(name);
                    let place = source.place().unwrap_or_else(|| source.word());
                    format!("{name} is {value} ({place})")
                };
                return Err(format!(
                    "{} and {}; the first may not be the longer one",
                    said(shorter),
                    said(longer)
                ));
            }
        }
        Ok(())
    }

    /// Where a choice comes from.
    pub(crate) fn source(&self, name: &str) -> Source {
        self.sources.get(name).cloned().unwrap_or(Source::Default)
    }

    /// Whether a person has said it for this very command.
    pub(crate) fn is_said(&self, name: &str) -> bool {
        self.source(name) == Source::Flag
    }
}
