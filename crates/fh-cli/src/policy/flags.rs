//! The choices as arguments.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use fh_outbox::Policy;

use super::keys::{Allowed, KEYS, Key};

const HEADING: &str = "Policy (also keys of [PROFILE.policy] in the profile file)";

/// Every choice, where documents are sent.
pub(crate) type PolicyFlags = Flags<false>;
/// The choices of how documents are read and checked, where nothing is sent.
pub(crate) type ReadingFlags = Flags<true>;

/// What was chosen on the command line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags<const READING: bool>(BTreeMap<&'static str, String>);

impl<const READING: bool> Flags<READING> {
    fn keys() -> impl Iterator<Item = &'static Key> {
        KEYS.iter().filter(|key| !READING || key.is_reading)
    }

    /// What was chosen for it, if anything.
    pub(crate) fn get(&self, key: &Key) -> Option<&str> {
        self.0.get(key.name).map(String::as_str)
    }
}

fn argument(key: &'static Key) -> Arg {
    let argument = Arg::new(key.name)
        .long(key.option())
        .help(format!("{} [default: {}]", key.meaning, key.default()))
        .help_heading(HEADING)
        .hide_short_help(true)
        .value_parser(move |value: &str| key.choose(&mut Policy::default(), value).map(|()| value.to_owned()));
    match key.allowed {
        Allowed::Words(words) => argument.value_name(words.join("|")),
        Allowed::Time(_) => argument.value_name("TIME"),
        Allowed::Count => argument.value_name("COUNT"),
        Allowed::Truth => argument
            .value_name("true|false")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}

impl<const READING: bool> Args for Flags<READING> {
    fn augment_args(command: Command) -> Command {
        Self::keys().fold(command, |command, key| command.arg(argument(key)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const READING: bool> FromArgMatches for Flags<READING> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for key in Self::keys() {
            if let Some(value) = matches.get_one::<String>(key.name) {
                self.0.insert(key.name, value.clone());
            }
        }
        Ok(())
    }
}
