//! Whose word it is, and what becomes of doubt.

use std::ffi::OsString;

/// What becomes of what the outbox cannot know.
#[derive(Debug, clap::Args)]
pub(crate) struct Doubt {
    /// Nothing that may have been sent is sent again before you say so; otherwise as `on_restored` in the profile says.
    #[arg(long)]
    pub(crate) hold: bool,
}

/// Whose word it is, for the history.
#[derive(Debug, clap::Args)]
pub(crate) struct Operator {
    /// Who decides; it is kept in the history. Otherwise the name of the user.
    #[arg(long = "by", value_name = "NAME")]
    name: Option<String>,
}

impl Operator {
    pub(crate) fn name(&self) -> String {
        let user = || {
            ["USER", "USERNAME"]
                .into_iter()
                .find_map(std::env::var_os)
                .map(OsString::into_string)
        };
        let name = self.name.clone().or_else(|| user()?.ok());
        name.unwrap_or_else(|| "unnamed".to_owned())
    }
}
