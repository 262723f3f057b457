//! Settings of a simulator as a file.

use std::{collections::BTreeMap, fs};

use serde::{Deserialize, Serialize};

use crate::{
    Colour, FaultPlan, Options,
    switches::{SWITCHES, SwitchError},
};

/// The profiles that travel with the simulator.
const SHIPPED: [(&str, &str); 5] = [
    ("assumed", include_str!("../profiles/assumed.toml")),
    ("strict", include_str!("../profiles/strict.toml")),
    ("hostile", include_str!("../profiles/hostile.toml")),
    ("as-2025", include_str!("../profiles/as-2025.toml")),
    ("observed", include_str!("../profiles/observed.toml")),
];

/// How the service behaves, as a file says it: the switches that differ from those of the profile that it is based on.
///
/// ```
/// # fn main() -> Result<(), fh_sim::ProfileError> {
/// let profile = fh_sim::Profile::parse("base = \"strict\"\n[switches]\npending = \"missing\"\nsettle_delay_ms = 5\n")?;
/// let options = profile.options()?;
/// assert_eq!(options.pending, fh_sim::PendingForm::Missing);
/// assert_eq!(options.colours["RCPT030"], fh_sim::Colour::Red);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// What it is, for people: where it comes from, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The shipped profile that it differs from; `assumed` when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Switches by name; see [`SWITCHES`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub switches: BTreeMap<String, Scalar>,
    /// Colours of the authority's codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub colours: BTreeMap<String, Colour>,
    /// Faults to begin with; those of the base when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<FaultPlan>,
}

/// A value of a switch as files write it: text, a whole number, or true and false.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// Text.
    Text(String),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        if let Ok(flag) = text.parse() {
            Self::Flag(flag)
        } else if let Ok(number) = text.parse() {
            Self::Number(number)
        } else {
            Self::Text(text.to_owned())
        }
    }
}

/// Why a profile was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// It is not TOML, or has keys that a profile does not have.
    #[error("it is not a profile of the simulator: {0}")]
    Form(String),
    /// A switch in it.
    #[error(transparent)]
    Switch(#[from] SwitchError),
    /// The profile that it is based on, or that was asked for, does not travel with the simulator.
    #[error("there is no profile {0:?}; the simulator comes with {names}; a file needs a name with a dot or a slash in it, such as ./mine.toml", names = Profile::shipped().collect::<Vec<_>>().join(", "))]
    Unknown(String),
    /// The file cannot be read.
    #[error("{path}: cannot be read: {reason}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// What is wrong with a file, with its name.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
}

impl Profile {
    /// The names of those that travel with the simulator.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// One of those that travel with the simulator.
    ///
    /// # Errors
    ///
    /// When there is none of this name; the error lists them.
    pub fn named(name: &str) -> Result<Self, ProfileError> {
        let shipped = SHIPPED.iter().find(|(known, _)| *known == name);
        let (_, text) = shipped.ok_or_else(|| ProfileError::Unknown(name.to_owned()))?;
        Self::parse(text)
    }

    /// A shipped profile by its name, or a file by its path, which has a dot or a slash in it.
    ///
    /// # Errors
    ///
    /// When there is no such profile, the file cannot be read, or is not a profile.
    pub fn load(name_or_path: &str) -> Result<Self, ProfileError> {
        let is_path = name_or_path.contains(['.', '/', '\\']);
        if !is_path {
            return Self::named(name_or_path);
        }
        let path = name_or_path.to_owned();
        let text = fs::read_to_string(name_or_path).map_err(|error| ProfileError::Read {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Self::parse(&text).map_err(|error| ProfileError::File {
            path,
            error: Box::new(error),
        })
    }

    /// Reads a profile from TOML. Its switches are checked, so that one that is read can be used.
    ///
    /// # Errors
    ///
    /// When it is not TOML, or names what there is not.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(|error| ProfileError::Form(error.to_string()))?;
        profile.options()?;
        Ok(profile)
    }

    /// All switches of these options, based on nothing: the same options come of it again.
    #[must_use]
    pub fn of(options: &Options) -> Self {
        let switches = SWITCHES.iter();
        Self {
            about: None,
            base: None,
            switches: switches
                .map(|switch| (switch.name.to_owned(), switch.of(options).as_str().into()))
                .collect(),
            colours: options.colours.clone(),
            faults: (options.faults != FaultPlan::default()).then(|| options.faults.clone()),
        }
    }

    /// The same with another switch set; the last word counts.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.switches.insert(name.to_owned(), value.into());
        self
    }

    /// The options that it describes; what is not the service's behaviour, such as the port, has its default.
    ///
    /// # Errors
    ///
    /// When it names a profile, a switch or a value that there is not.
    pub fn options(&self) -> Result<Options, ProfileError> {
        let mut options = Options::default();
        self.apply(&mut options)?;
        Ok(options)
    }

    /// Sets what it says. When it names a base, all other switches are set as the base has them; else they stay as they are.
    ///
    /// # Errors
    ///
    /// When it names a profile, a switch or a value that there is not. Nothing is set then.
    pub fn apply(&self, options: &mut Options) -> Result<(), ProfileError> {
        let mut changed = options.clone();
        if let Some(base) = &self.base {
            let defaults = Options::default();
            for switch in SWITCHES {
                changed.set(switch.name, &switch.of(&defaults))?;
            }
            changed.colours.clear();
            changed.faults = FaultPlan::default();
            Self::named(base)?.apply_own(&mut changed)?;
        }
        self.apply_own(&mut changed)?;
        *options = changed;
        Ok(())
    }

    fn apply_own(&self, options: &mut Options) -> Result<(), ProfileError> {
        for (name, value) in &self.switches {
            options.set(name, &value.to_string())?;
        }
        for (code, colour) in &self.colours {
            options.set(&format!("colours.{code}"), colour.name())?;
        }
        if let Some(faults) = &self.faults {
            options.faults = faults.clone();
        }
        Ok(())
    }

    /// As TOML, which [`Profile::parse`] reads.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}
