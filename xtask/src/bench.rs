//! `cargo xtask bench`: ratios, measured side by side in one run.

use std::{ffi::OsStr, path::Path};

use crate::process::{Failed, cargo, run, run_with};

/// Runs every benchmark of the workspace. Each prints the two things it compares and their ratio.
///
/// # Errors
///
/// When a benchmark cannot be built or fails.
pub(crate) fn bench(root: &Path) -> Result<(), Failed> {
    run(root, &cargo(), ["build", "--release", "--bin", "fh"])?;
    // A workspace of its own, built into a corner of ours.
    let (manifest, target) = (root.join("tests/apalis/Cargo.toml"), root.join("target/apalis"));
    let [manifest, target] = [&manifest, &target].map(|path| path.as_os_str());
    let build = ["build", "--release", "--locked", "--manifest-path"].map(OsStr::new);
    let arguments = build.into_iter().chain([manifest, OsStr::new("--target-dir"), target]);
    run(root, &cargo(), arguments)?;
    let program = root.join("target/apalis/release/apalis-bench");
    let program = program.to_string_lossy();
    let variables = [("FH_APALIS_BENCH", &*program)];
    run_with(root, &cargo(), ["bench", "--workspace", "--benches"], &variables)
}
