//! The house keeps its own rules.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    (
        parts.next().unwrap(),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    )
}

fn packages(metadata: &Value) -> impl Iterator<Item = (&str, &Value)> {
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap(), package))
}

#[test]
fn the_minimum_rust_version_is_what_the_dependencies_need_and_no_more() {
    let metadata = metadata();
    let members: Vec<&str> = metadata["workspace_members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    let (ours, theirs): (Vec<_>, Vec<_>) = packages(&metadata)
        .filter_map(|(name, package)| Some((name, package, package["rust_version"].as_str()?)))
        .partition(|(_, package, _)| members.contains(&package["id"].as_str().unwrap()));
    let stated = ours.iter().map(|(_, _, rust)| version(rust)).max().unwrap();
    let (needed, by) = theirs
        .iter()
        .map(|(name, _, rust)| (version(rust), *name))
        .max()
        .unwrap();
    assert_eq!(
        stated, needed,
        "{by} needs Rust {needed:?}; the workspace states {stated:?}"
    );
}

#[test]
fn the_arrows_of_the_architecture_are_the_only_ones() {
    let allowed: &[(&str, &[&str])] = &[
        ("fh-types", &[]),
        ("fh-auth", &[]),
        ("fh-codegen", &[]),
        ("fh-raw", &["fh-auth", "fh-codegen", "fh-types"]),
        ("fh-sim", &["fh-auth", "fh-types"]),
        ("fiscal-harmony", &["fh-auth", "fh-raw", "fh-types"]),
        ("fh-outbox", &["fh-auth", "fh-types", "fiscal-harmony"]),
        ("fh-agent", &["fh-auth", "fh-outbox", "fh-types", "fiscal-harmony"]),
        (
            "fh-cli",
            &[
                "fh-agent",
                "fh-auth",
                "fh-outbox",
                "fh-sim",
                "fh-types",
                "fiscal-harmony",
            ],
        ),
    ];
    let metadata = metadata();
    let mut seen = 0;
    for (name, package) in packages(&metadata) {
        let Some((_, allowed)) = allowed.iter().find(|(member, _)| *member == name) else {
            continue;
        };
        seen += 1;
        for dependency in package["dependencies"].as_array().unwrap() {
            let target = dependency["name"].as_str().unwrap();
            let ours = dependency["path"].is_string() && dependency["kind"].as_str() != Some("dev");
            assert!(!ours || allowed.contains(&target), "{name} depends on {target}");
        }
    }
    assert!(seen >= 7, "{seen} crates were looked at");
}

#[test]
fn the_readme_shows_the_example_that_compiles() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let example = fs::read_to_string(root().join("crates/fiscal-harmony/examples/fiscalise.rs")).unwrap();
    let (_, code) = example.split_once("\n\n").unwrap();
    assert!(
        readme.contains(&format!("```rust\n{code}```")),
        "README.md shows another program"
    );
}

#[test]
fn no_file_is_a_link() {
    let output = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "--stage"])
        .output()
        .unwrap();
    let listing = String::from_utf8(output.stdout).unwrap();
    let links: Vec<&str> = listing.lines().filter(|line| line.starts_with("120000")).collect();
    assert!(listing.lines().count() > 100, "git lists the files");
    assert_eq!(links, Vec::<&str>::new(), "tills run Windows");
}
