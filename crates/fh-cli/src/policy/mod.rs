//! How the outbox behaves: every choice is a key of the profile file and a flag, and `fh queue policy` shows it.
//!
//! `keys` is the one list of them, `times` reads and writes durations, `flags` makes the list into arguments, and `chosen` lays the
//! sources over each other.

mod chosen;
mod flags;
mod keys;
mod times;

pub(crate) use chosen::{Chosen, Setting};
pub(crate) use flags::{Flags, PolicyFlags, ReadingFlags};
pub(crate) use keys::{KEYS, key};

/// A process has one policy, that of its first profile.
pub(crate) fn unheard(profile: &str) -> String {
    format!(
        "the policy of profile {profile:?} differs and is not used: one process has one policy, that of its first profile"
    )
}
