//! The choices as arguments, and the settings that come of them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use fh_agent::Printing;
use fiscal_harmony::print::{Key, Logo, Seller, Settings, ShopFont};

use super::profile::OfProfile;
use crate::exit::Failure;

const HEADING: &str = "Printing (also keys of [PROFILE.print] and [PROFILE.seller] in the profile file)";
/// Their names for clap, since a command may have a flag of such a name that means another thing.
const PREFIX: &str = "print-";
const SELLER: &str = "seller";
const LOGO: &str = "print-logo";
const FONT: &str = "print-font";

/// What was chosen on the command line.
#[derive(Debug, Clone, Default)]
pub(crate) struct PrintFlags {
    choices: BTreeMap<&'static str, String>,
    seller: Vec<String>,
    logo: Option<PathBuf>,
    font: Option<PathBuf>,
}

fn argument(key: &'static Key) -> Arg {
    Arg::new(format!("{PREFIX}{}", key.name))
        .long(key.name.replace('_', "-"))
        .help(format!("{} [{}]", key.meaning, key.allowed))
        .help_heading(HEADING)
        .hide_short_help(true)
        .value_name(key.name.to_ascii_uppercase())
        .value_parser(move |value: &str| {
            let allowed = Settings::default().set(key.name, value);
            allowed.map(|()| value.to_owned()).map_err(|error| error.to_string())
        })
}

static KEYS: [Key; 12] = Settings::KEYS;

impl Args for PrintFlags {
    fn augment_args(command: Command) -> Command {
        let seller = Arg::new(SELLER)
            .long("seller")
            .help("A line above all others on printed receipts; may be given several times. What is not said comes from the device.")
            .help_heading(HEADING)
            .value_name("TEXT")
            .action(ArgAction::Append);
        let file = |id: &'static str, name: &'static str, help: &'static str| {
            Arg::new(id)
                .long(name)
                .help(help)
                .help_heading(HEADING)
                .hide_short_help(true)
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
        };
        let logo = file(LOGO, "logo", "A picture above printed receipts: a PNG file.");
        let font = file(
            FONT,
            "font",
            "A font file with the letters of a script that needs shaping, such as Arabic; without one such letters are not printed.",
        );
        KEYS.iter()
            .fold(command.arg(seller).arg(logo).arg(font), |command, key| {
                command.arg(argument(key))
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for PrintFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for key in &KEYS {
            if let Some(value) = matches.get_one::<String>(&format!("{PREFIX}{}", key.name)) {
                self.choices.insert(key.name, value.clone());
            }
        }
        self.seller
            .extend(matches.get_many::<String>(SELLER).into_iter().flatten().cloned());
        let file = |id: &str, before: Option<PathBuf>| matches.get_one::<PathBuf>(id).cloned().or(before);
        self.logo = file(LOGO, self.logo.take());
        self.font = file(FONT, self.font.take());
        Ok(())
    }
}

impl PrintFlags {
    /// The profile's choices, and the flags over them.
    pub(crate) fn over(&self, profile: &OfProfile) -> Result<Printing, Failure> {
        let wrong = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
        let mut settings = Settings::default();
        let of_profile = &profile.print;
        let choices = of_profile
            .choices
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in choices.chain(self.of_flags()) {
            settings.set(name, value).map_err(|error| wrong(&error))?;
        }
        settings.check().map_err(|error| wrong(&error))?;
        if let Some(path) = self.logo.as_ref().or(of_profile.logo.as_ref()) {
            settings.logo = Some(Arc::new(file("logo", path, |file| Logo::from_png(&file))?));
        }
        if let Some(path) = self.font.as_ref().or(of_profile.font.as_ref()) {
            settings.font = Some(Arc::new(file("font", path, ShopFont::from_bytes)?));
        }
        let mut seller: Seller = profile.seller.clone();
        if !self.seller.is_empty() {
            seller.lines.clone_from(&self.seller);
        }
        Ok(Printing::new(seller, settings))
    }

    /// A printer first, since it decides others.
    fn of_flags(&self) -> impl Iterator<Item = (&str, &str)> {
        KEYS.iter()
            .filter_map(|key| Some((key.name, self.choices.get(key.name)?.as_str())))
    }
}

/// What is read from a file that a setting names.
fn file<T, E: std::fmt::Display>(
    what: &str,
    path: &Path,
    read: impl FnOnce(Vec<u8>) -> Result<T, E>,
) -> Result<T, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("the {what} {}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
    read(bytes).map_err(|error| wrong(&error))
}
