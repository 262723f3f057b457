//! What a switch is.

use serde::Serialize;

use crate::{Options, choices::SwitchValue};

/// A setting of [`Options`] that stands for the service's behaviour.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Switch {
    /// Its name in profiles, after `--set` and in [`Options`].
    pub name: &'static str,
    /// What it is about.
    pub meaning: &'static str,
    /// What is known of the real service, and from where.
    pub evidence: &'static str,
    /// Whether it can be set while a simulator runs. The others are read when it starts.
    pub is_live: bool,
    /// What it can be set to.
    pub values: Values,
    #[serde(skip)]
    pub(super) read: fn(&Options) -> String,
    #[serde(skip)]
    pub(super) write: fn(&mut Options, &str) -> bool,
}

/// What a switch can be set to.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Values {
    /// One of these.
    OneOf(&'static [SwitchValue]),
    /// Anything of this form.
    Free(&'static str),
}

impl Switch {
    /// What it is set to, as it is written in a profile.
    #[must_use]
    pub fn of(&self, options: &Options) -> String {
        (self.read)(options)
    }

    /// What it is set to unless told otherwise.
    #[must_use]
    pub fn default_value(&self) -> String {
        self.of(&Options::default())
    }
}
