//! `cargo xtask package`: every crate that is published builds from what would be published.

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

use crate::process::{Failed, cargo, run};

/// Packages every publishable crate and builds each from its tarball, against the other tarballs.
///
/// # Errors
///
/// When a crate cannot be packaged, or does not build without the rest of the repository.
pub fn package(root: &Path) -> Result<(), Failed> {
    let crates = publishable(root)?;
    println!("publishable: {}", crates.iter().cloned().collect::<Vec<_>>().join(", "));
    // Cargo verifies a set of packages against one another through a registry of its own making, so that the order of
    // publishing and what is not in a tarball both show.
    let mut arguments = vec![
        "package".to_owned(),
        "--allow-dirty".to_owned(),
        "--no-metadata".to_owned(),
    ];
    arguments.extend(crates.iter().flat_map(|name| ["--package".to_owned(), name.clone()]));
    run(root, &cargo(), arguments)
}

fn publishable(root: &Path) -> Result<BTreeSet<String>, Failed> {
    let output = Command::new(cargo())
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .map_err(|error| Failed::new(format!("cargo metadata: {error}")))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Failed::new(format!("cargo metadata printed no JSON: {error}")))?;
    Ok(metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        // `publish = false` is an empty list of registries; no list is any registry.
        .filter(|package| package["publish"].is_null())
        .filter_map(|package| package["name"].as_str().map(str::to_owned))
        .collect())
}
