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
fn the_readmes_show_the_example_that_compiles_and_the_document_that_is_fiscalised() {
    let text = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let example = text("crates/fiscal-harmony/examples/fiscalise.rs");
    let (_, code) = example.split_once("\n\n").unwrap();
    let invoice = text("examples/invoice.json");
    for (readme, shown) in [
        ("README.md", format!("```rust,no_run\n{code}```")),
        ("crates/fiscal-harmony/README.md", format!("```rust,no_run\n{code}```")),
        ("crates/fh-cli/README.md", format!("```json\n{invoice}```")),
    ] {
        assert!(
            text(readme).contains(&shown),
            "{readme} shows something else than {shown}"
        );
    }
}

/// Categories of crates.io that ours may be in. It drops others without a word to the one who publishes.
const CATEGORIES: [&str; 13] = [
    "api-bindings",
    "authentication",
    "command-line-utilities",
    "data-structures",
    "database",
    "date-and-time",
    "development-tools::build-utils",
    "development-tools::testing",
    "finance",
    "parser-implementations",
    "simulation",
    "web-programming::http-client",
    "web-programming::http-server",
];

fn published(metadata: &Value) -> Vec<(&str, &Value)> {
    let members: Vec<&Value> = metadata["workspace_members"].as_array().unwrap().iter().collect();
    let published: Vec<(&str, &Value)> = packages(metadata)
        .filter(|(_, package)| members.contains(&&package["id"]) && package["publish"].is_null())
        .collect();
    assert!(published.len() >= 8, "{published:?}");
    published
}

fn texts<'v>(package: &'v Value, name: &str) -> Vec<&'v str> {
    let values = package[name].as_array().into_iter().flatten();
    values.map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn each_published_crate_presents_itself() {
    let metadata = metadata();
    for (name, package) in published(&metadata) {
        for field in ["description", "license", "repository"] {
            assert!(
                !package[field].as_str().unwrap_or_default().is_empty(),
                "{name}: no {field}"
            );
        }
        let keywords = texts(package, "keywords");
        assert!((1..=5).contains(&keywords.len()), "{name}: {keywords:?}");
        for keyword in keywords {
            let fits = keyword.starts_with(|c: char| c.is_ascii_lowercase())
                && keyword.len() <= 20
                && keyword
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(fits, "{name}: the keyword {keyword:?}");
        }
        let categories = texts(package, "categories");
        assert!((1..=5).contains(&categories.len()), "{name}: {categories:?}");
        for category in categories {
            assert!(CATEGORIES.contains(&category), "{name}: the category {category:?}");
        }
        let docs = &package["metadata"]["docs"]["rs"];
        assert_eq!(
            docs["all-features"], true,
            "{name}: docs.rs shows only the default features"
        );
        assert_eq!(docs["rustdoc-args"], serde_json::json!(["--cfg", "docsrs"]), "{name}");
        assert_eq!(package["readme"], "README.md", "{name}");

        let folder = PathBuf::from(package["manifest_path"].as_str().unwrap());
        let folder = folder.parent().unwrap();
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(
            readme.starts_with(&format!("# {name}\n")),
            "{name}: the title of the README"
        );
        // Relative links lead nowhere on crates.io.
        for (_, link) in readme.match_indices("](").map(|(at, _)| readme.split_at(at + 2)) {
            assert!(link.starts_with("https://"), "{name}: {link:.60}");
        }
        assert!(readme.contains("```"), "{name}: the README shows nothing");
        // What a README shows is compiled, unless there is no library.
        if let Ok(lib) = fs::read_to_string(folder.join("src/lib.rs")) {
            assert!(
                lib.contains("#[cfg(doctest)]\n#[doc = include_str!(\"../README.md\")]"),
                "{name}: the README is no test"
            );
            let gated = package["features"]
                .as_object()
                .unwrap()
                .keys()
                .any(|feature| feature != "default");
            let says = lib.contains("#![cfg_attr(docsrs, feature(doc_cfg))]");
            assert_eq!(
                says, gated,
                "{name}: docs.rs tells which feature an item needs, where there are any"
            );
        }
    }
}

#[test]
fn the_licences_of_each_published_crate_travel_inside_it() {
    let metadata = metadata();
    for (name, package) in published(&metadata) {
        let folder = PathBuf::from(package["manifest_path"].as_str().unwrap());
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let copy = fs::read(folder.with_file_name(licence))
                .unwrap_or_else(|error| panic!("{name}: {licence}: {error}; copy it from the root"));
            assert!(
                copy == fs::read(root().join(licence)).unwrap(),
                "{name}: {licence} differs from the one in the root; copy it again"
            );
        }
        let output = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["package", "--list", "--allow-dirty", "--offline", "--package", name])
            .output()
            .unwrap();
        let listing = String::from_utf8(output.stdout).unwrap();
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(
                listing.lines().any(|line| line == file),
                "{name}: {file} is not in the package:\n{listing}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, list) = text.split_once("\nallow = [\n").unwrap();
    let (list, _) = list.split_once("\n]").unwrap();
    let quoted = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once('"'));
    quoted.map(|(licence, _)| licence.to_owned()).collect()
}

/// Whether an SPDX expression can be met with the licences that are allowed.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    // The old way to write OR is a slash.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    return any(&mut words, allowed);

    type Words<'w> = std::iter::Peekable<std::str::SplitWhitespace<'w>>;

    fn any(words: &mut Words<'_>, allowed: &[String]) -> bool {
        let mut met = all(words, allowed);
        while words.next_if_eq(&"OR").is_some() {
            met |= all(words, allowed);
        }
        met
    }

    fn all(words: &mut Words<'_>, allowed: &[String]) -> bool {
        let mut met = one(words, allowed);
        while words.next_if_eq(&"AND").is_some() {
            met &= one(words, allowed);
        }
        met
    }

    fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
        let mut licence = words.next().unwrap().to_owned();
        if licence == "(" {
            let met = any(words, allowed);
            assert_eq!(words.next(), Some(")"));
            return met;
        }
        if words.next_if_eq(&"WITH").is_some() {
            licence = format!("{licence} WITH {}", words.next().unwrap());
        }
        allowed.contains(&licence)
    }
}

#[test]
fn spdx_expressions_are_read_as_they_bind() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for met in [
        "MIT",
        "GPL-2.0 OR MIT",
        "GPL-2.0/MIT",
        "MIT AND (ISC OR GPL-2.0)",
        "Apache-2.0 WITH LLVM-exception",
        "GPL-2.0 AND BSD-2-Clause OR MIT",
    ] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for unmet in ["MIT-0", "MIT AND GPL-2.0", "(MIT OR ISC) AND Zlib", "Apache-2.0"] {
        assert!(!is_met(unmet, &allowed), "{unmet}");
    }
}

#[test]
fn every_licence_in_the_house_is_allowed_and_no_other() {
    let (metadata, allowed) = (metadata(), allowed());
    assert!(allowed.len() > 8, "{allowed:?}");
    let licences: Vec<(&str, &str)> = packages(&metadata)
        .map(|(name, package)| (name, package["license"].as_str().unwrap_or("none")))
        .collect();
    let unmet: Vec<_> = licences
        .iter()
        .filter(|(_, licence)| !is_met(licence, &allowed))
        .collect();
    assert!(unmet.is_empty(), "deny.toml refuses {unmet:?}");
    for licence in &allowed {
        let without: Vec<String> = allowed.iter().filter(|other| *other != licence).cloned().collect();
        assert!(
            licences.iter().any(|(_, expression)| !is_met(expression, &without)),
            "deny.toml allows {licence}, which nothing needs"
        );
    }
}

#[test]
fn the_changelog_tells_of_each_thing_once() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let entries = changelog.lines().filter_map(|line| line.strip_prefix("- `"));
    let names: Vec<&str> = entries.filter_map(|entry| entry.split('`').next()).collect();
    assert!(names.contains(&"fh serve"), "{names:?}");
    // Each version may tell of it anew; there is one version so far.
    assert_eq!(changelog.matches("\n## ").count(), 1);
    for name in names {
        assert!(seen.insert(name), "CHANGELOG.md tells of {name} twice");
    }
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
