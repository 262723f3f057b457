//! `cargo xtask harvest`: the vendor's documentation site, read into `spec/`.

use std::io::stdout;
use std::path::Path;

use fh_drift::harvest::{Limits, run};

pub(crate) use fh_drift::harvest::run::Arguments;

/// Harvests, and says what came.
pub(crate) fn harvest(root: &Path, arguments: &Arguments) -> Result<(), String> {
    run::run(root, arguments, Limits::default(), &mut stdout()).map_err(|error| error.to_string())
}
