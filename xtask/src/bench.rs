//! `cargo xtask bench`: ratios, measured side by side in one run.

use std::path::Path;

use crate::process::{Failed, cargo, run};

/// Runs every benchmark of the workspace. Each prints the two things it compares and their ratio.
///
/// # Errors
///
/// When a benchmark cannot be built or fails.
pub fn bench(root: &Path) -> Result<(), Failed> {
    run(root, &cargo(), ["build", "--release", "--bin", "fh"])?;
    run(root, &cargo(), ["bench", "--workspace", "--benches"])
}
