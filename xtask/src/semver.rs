//! `cargo xtask semver`: what the next version must be, and whether the changelog says why.

use std::io::stdout;
use std::path::Path;

use fh_drift::interface::semver::run;

pub(crate) use fh_drift::interface::semver::Arguments;

/// Checks every published crate, or brings the kept texts up to date.
pub(crate) fn semver(root: &Path, arguments: Arguments) -> Result<(), String> {
    run(root, arguments, &mut stdout()).map_err(|error| error.to_string())
}
