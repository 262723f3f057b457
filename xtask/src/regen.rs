//! `cargo xtask regen`: from the vendor's document and our overlay to the specification that drives the build.

use std::path::Path;

use fh_drift::regen::{Mode, run};

/// Whether to write or only to look.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Arguments {
    /// Change nothing; show what would change and fail if anything would.
    #[arg(long)]
    check: bool,
}

/// Regenerates, or checks that there is nothing to regenerate.
pub(crate) fn regen(root: &Path, arguments: Arguments) -> Result<(), String> {
    run(root, Mode::from_check(arguments.check)).map_err(|error| error.to_string())
}
