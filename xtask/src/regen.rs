//! `cargo xtask regen`: from the vendor's document and our overlay to the specification that drives the build.

use std::io::stdout;
use std::path::Path;

use fh_drift::regen::{Mode, Until, run};

/// Whether to write or only to look.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Arguments {
    /// Change nothing; show what would change and fail if anything would.
    #[arg(long)]
    check: bool,
    /// Stop before what compiles: the specification, its copies, the table of evidence and the schemas alone.
    #[arg(long)]
    no_compile: bool,
}

/// Regenerates, or checks that there is nothing to regenerate.
pub(crate) fn regen(root: &Path, arguments: Arguments) -> Result<(), String> {
    let until = if arguments.no_compile {
        Until::Written
    } else {
        Until::Tested
    };
    run(root, Mode::from_check(arguments.check), until, &mut stdout()).map_err(|error| error.to_string())
}
