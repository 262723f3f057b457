//! The crates that are published, as cargo itself knows them: no list of names to forget one in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// One crate that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its name in the registry.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether people can write code against it; a crate without is a program.
    pub library: bool,
    /// Its features and what each of them switches on, `default` included.
    pub features: BTreeMap<String, Vec<String>>,
    /// Groups of features of which a build needs at least one, from `package.metadata.features.one-of`.
    pub one_of: Vec<Vec<String>>,
}

/// Features whose names begin so are no part of the interface: they may change in any version.
pub const UNSTABLE: &str = "unstable-";

impl Published {
    /// Every feature that is part of the interface.
    pub fn stable_features(&self) -> impl Iterator<Item = &str> {
        self.features
            .keys()
            .map(String::as_str)
            .filter(|name| !name.starts_with(UNSTABLE))
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    /// `publish = false` is an empty list of registries; none is any registry.
    publish: Option<Vec<String>>,
    targets: Vec<Target>,
    features: BTreeMap<String, Vec<String>>,
    metadata: Option<Extra>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extra {
    features: Groups,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Groups {
    one_of: Vec<Vec<String>>,
}

/// The published crates of the workspace at `root`, by name.
///
/// # Errors
///
/// When cargo cannot be asked, with what it said.
pub fn published(root: &Path) -> Result<Vec<Published>, String> {
    let output = Command::new(cargo())
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    read(&output.stdout)
}

fn read(metadata: &[u8]) -> Result<Vec<Published>, String> {
    let metadata: Metadata =
        serde_json::from_slice(metadata).map_err(|error| format!("cargo metadata cannot be read: {error}"))?;
    let packages = metadata
        .packages
        .into_iter()
        .filter(|package| package.publish.is_none());
    let mut found: Vec<Published> = packages
        .map(|package| Published {
            folder: package
                .manifest_path
                .parent()
                .map(Path::to_path_buf)
                .unwrap_or_default(),
            library: package
                .targets
                .iter()
                .any(|target| target.kind.iter().any(|kind| kind == "lib")),
            name: package.name,
            features: package.features,
            one_of: package.metadata.unwrap_or_default().features.one_of,
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The cargo that runs this task.
#[must_use]
pub fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn what_says_publish_false_stays_at_home_and_unstable_features_are_no_interface() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "b", "manifest_path": "/w/b/Cargo.toml", "publish": null, "metadata": { "features": { "one-of": [["x", "y"]] } },
              "targets": [{ "kind": ["lib"] }, { "kind": ["test"] }], "features": { "default": ["x"], "x": [], "y": [], "unstable-z": [] } },
            { "name": "a", "manifest_path": "/w/a/Cargo.toml", "publish": null, "metadata": null, "targets": [{ "kind": ["bin"] }], "features": {} },
            { "name": "c", "manifest_path": "/w/c/Cargo.toml", "publish": [], "metadata": null, "targets": [{ "kind": ["lib"] }], "features": {} },
        ]});
        let found = read(metadata.to_string().as_bytes()).unwrap();
        let names: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.library)).collect();
        assert_eq!(names, [("a", false), ("b", true)]);
        assert_eq!(found[1].stable_features().collect::<Vec<_>>(), ["default", "x", "y"]);
        assert_eq!(found[1].folder, Path::new("/w/b"));
        assert_eq!(found[1].one_of, [["x", "y"]]);
    }
}
