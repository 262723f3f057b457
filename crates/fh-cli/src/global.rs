//! What every command takes.

use clap::Args;

use crate::output::Format;

const EVERYWHERE: &str = "Options of every command";

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Take credentials and station from this section of the profile file, and nothing from the environment.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Talk to a simulator inside this process instead of the service. Nothing reaches the tax authority.
    #[arg(long, global = true, help_heading = EVERYWHERE, conflicts_with = "profile")]
    pub(crate) sandbox: bool,
    /// How results are written to standard output.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_enum, default_value = "human", value_name = "FORMAT")]
    pub(crate) output: Format,
}
