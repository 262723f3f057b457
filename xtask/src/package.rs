//! `cargo xtask package`: every crate that is published builds from what would be published.

use std::path::Path;

use fh_drift::published::published;

use crate::process::{Failed, cargo, run};

/// Packages every publishable crate and builds each from its tarball, against the other tarballs.
///
/// # Errors
///
/// When a crate cannot be packaged, or does not build without the rest of the repository.
pub(crate) fn package(root: &Path) -> Result<(), Failed> {
    let crates: Vec<String> = published(root)
        .map_err(Failed::new)?
        .into_iter()
        .map(|one| one.name)
        .collect();
    println!("publishable: {}", crates.join(", "));
    // Cargo verifies a set of packages against one another through a registry of its own making, so that the order of
    // publishing and what is not in a tarball both show.
    let mut arguments = vec![
        "package".to_owned(),
        "--allow-dirty".to_owned(),
        "--no-metadata".to_owned(),
    ];
    arguments.extend(crates.into_iter().flat_map(|name| ["--package".to_owned(), name]));
    run(root, &cargo(), arguments)
}
