//! `cargo xtask deny`: licences, bans and sources of everything that is built, held against deny.toml.
//!
//! It reads what `cargo metadata` says, so that the ordinary check needs no further tool. Advisories change from day to day and are
//! looked up by `cargo deny` in the workflow.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::process::{Failed, cargo};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Says what of the dependencies deny.toml does not let in, and what is there more than once.
///
/// # Errors
///
/// When something is refused, or the list of packages cannot be read.
pub(crate) fn deny(root: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(root.join("deny.toml"))
        .map_err(|error| Failed::new(format!("deny.toml: {error}; run the task inside the repository")))?;
    let rules = Rules::parse(&text).map_err(|error| Failed::new(format!("deny.toml: {error}")))?;
    let metadata = metadata(root)?;
    let packages = packages(&metadata).map_err(Failed::new)?;
    let refused: Vec<String> = packages.iter().flat_map(|package| rules.refuse(package)).collect();
    for line in several(&packages) {
        println!("warning: {line}");
    }
    if refused.is_empty() {
        println!("{} packages: licences, bans and sources are in order", packages.len());
        return Ok(());
    }
    Err(Failed::new(format!(
        "{}\nchoose another crate or version, or let it in by deny.toml with the reason beside it",
        refused.join("\n")
    )))
}

fn metadata(root: &Path) -> Result<Value, Failed> {
    let output = Command::new(cargo())
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .output()
        .map_err(|error| Failed::new(format!("cargo metadata: {error}")))?;
    if !output.status.success() {
        return Err(Failed::new(format!(
            "cargo metadata: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        )));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Failed::new(format!("cargo metadata: {error}")))
}

/// One package, as far as the rules ask.
#[derive(Debug)]
struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    /// Nothing for what stands in this repository.
    source: Option<String>,
    /// The crates it wants in any version, when it is one of ours.
    wildcards: Vec<String>,
}

/// The packages that are built with every feature on some platform.
fn packages(metadata: &Value) -> Result<Vec<Package>, String> {
    let list = |value: &Value, what: &str| {
        let list = value.as_array().cloned();
        list.ok_or_else(|| format!("cargo metadata says nothing of {what}"))
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let built: BTreeSet<String> = list(&metadata["resolve"]["nodes"], "resolve.nodes")?
        .iter()
        .filter_map(|node| text(&node["id"]))
        .collect();
    let mut found = Vec::new();
    for package in list(&metadata["packages"], "packages")? {
        if !text(&package["id"]).is_some_and(|id| built.contains(&id)) {
            continue;
        }
        let source = text(&package["source"]);
        let any = |dependency: &&Value| dependency["req"] == "*" && dependency["path"].is_null();
        let dependencies = list(&package["dependencies"], "dependencies")?;
        let wildcards = dependencies.iter().filter(any).filter_map(|one| text(&one["name"]));
        found.push(Package {
            name: text(&package["name"]).unwrap_or_default(),
            version: text(&package["version"]).unwrap_or_default(),
            licence: text(&package["license"]),
            wildcards: if source.is_none() {
                wildcards.collect()
            } else {
                Vec::new()
            },
            source,
        });
    }
    Ok(found)
}

/// What is there in more than one version.
fn several(packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let line = |(name, versions): (&str, BTreeSet<&str>)| {
        let versions: Vec<&str> = versions.into_iter().collect();
        format!("{name} is built in several versions: {}", versions.join(", "))
    };
    versions.into_iter().map(line).collect()
}

/// What deny.toml says, as far as it is held against here.
#[derive(Debug)]
struct Rules {
    allowed: BTreeSet<String>,
    banned: BTreeSet<String>,
}

impl Rules {
    fn parse(text: &str) -> Result<Self, String> {
        let file: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
        let list = |table: &str, key: &str| {
            let list = file.get(table).and_then(|table| table.get(key));
            let list = list.and_then(toml::Value::as_array);
            list.ok_or_else(|| format!("[{table}] has no list `{key}`"))
        };
        let banned = list("bans", "deny")?
            .iter()
            .map(|ban| ban.get("crate").and_then(toml::Value::as_str).map(str::to_owned));
        let banned: Option<BTreeSet<String>> = banned.collect();
        Ok(Rules {
            allowed: list("licenses", "allow")?
                .iter()
                .filter_map(toml::Value::as_str)
                .map(str::to_owned)
                .collect(),
            banned: banned.ok_or("[bans] deny: each entry names a crate, as { crate = \"name\" }")?,
        })
    }

    /// Why a package may not come in; nothing when it may.
    fn refuse(&self, package: &Package) -> Vec<String> {
        let Package { name, version, .. } = package;
        let mut refused = Vec::new();
        match package
            .licence
            .as_deref()
            .map(|licence| (licence, self.allows(licence)))
        {
            Some((_, Ok(true))) => {}
            Some((licence, Ok(false))) => {
                refused.push(format!("{name} {version}: its licence, {licence}, is not allowed"))
            }
            Some((licence, Err(problem))) => {
                refused.push(format!("{name} {version}: its licence, {licence}: {problem}"))
            }
            None => refused.push(format!("{name} {version}: it names no licence")),
        }
        if self.banned.contains(name) {
            refused.push(format!("{name} {version}: it is banned"));
        }
        if let Some(source) = package.source.as_deref().filter(|source| *source != REGISTRY) {
            refused.push(format!("{name} {version}: it comes from {source}, not from crates.io"));
        }
        let wildcards = package.wildcards.iter();
        refused.extend(wildcards.map(|other| format!("{name} {version}: it takes any version of {other}")));
        refused
    }

    /// Whether one of the choices that an SPDX expression leaves is allowed.
    fn allows(&self, licence: &str) -> Result<bool, String> {
        let spaced = licence.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let mut words = spaced.split_whitespace().peekable();
        let allowed = self.choice(&mut words)?;
        match words.next() {
            None => Ok(allowed),
            Some(word) => Err(format!("`{word}` stands where the expression should end")),
        }
    }

    fn choice<'w>(&self, words: &mut Peekable<impl Iterator<Item = &'w str>>) -> Result<bool, String> {
        let mut allowed = self.all(words)?;
        while words.next_if_eq(&"OR").is_some() {
            allowed |= self.all(words)?;
        }
        Ok(allowed)
    }

    fn all<'w>(&self, words: &mut Peekable<impl Iterator<Item = &'w str>>) -> Result<bool, String> {
        let mut allowed = self.one(words)?;
        while words.next_if_eq(&"AND").is_some() {
            allowed &= self.one(words)?;
        }
        Ok(allowed)
    }

    fn one<'w>(&self, words: &mut Peekable<impl Iterator<Item = &'w str>>) -> Result<bool, String> {
        match words.next() {
            Some("(") => {
                let allowed = self.choice(words)?;
                let closed = words.next_if_eq(&")").is_some();
                closed
                    .then_some(allowed)
                    .ok_or_else(|| "a bracket is not closed".to_owned())
            }
            None | Some(")" | "OR" | "AND" | "WITH") => Err("a licence is missing".to_owned()),
            Some(name) if words.next_if_eq(&"WITH").is_some() => {
                let exception = words.next().ok_or("an exception is missing after WITH")?;
                Ok(self.allowed.contains(&format!("{name} WITH {exception}")))
            }
            Some(name) => Ok(self.allowed.contains(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0", "OFL-1.1"]
        [bans]
        deny = [{ crate = "native-tls" }]
    "#;

    fn package(name: &str, licence: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.map(str::to_owned),
            source: Some(REGISTRY.to_owned()),
            wildcards: Vec::new(),
        }
    }

    #[test]
    fn one_allowed_choice_is_enough_and_every_part_of_it_counts() {
        let rules = Rules::parse(FILE).expect("rules");
        let allows = |licence: &str| rules.allows(licence);
        for licence in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR GPL-3.0) AND OFL-1.1",
            "Apache-2.0 WITH LLVM-exception OR MIT",
        ] {
            assert_eq!(allows(licence), Ok(true), "{licence}");
        }
        for licence in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "MIT AND (GPL-3.0 OR ISC)",
        ] {
            assert_eq!(allows(licence), Ok(false), "{licence}");
        }
        for licence in ["", "MIT OR", "(MIT", "MIT ISC", "MIT)", "MIT WITH"] {
            assert!(allows(licence).is_err(), "{licence}");
        }
    }

    #[test]
    fn each_refusal_names_the_package_and_the_reason() {
        let rules = Rules::parse(FILE).expect("rules");
        assert_eq!(rules.refuse(&package("good", Some("MIT"))), Vec::<String>::new());
        let mut bad = package("native-tls", None);
        bad.source = Some("git+https://example.com/x".to_owned());
        bad.wildcards = vec!["other".to_owned()];
        assert_eq!(
            rules.refuse(&bad),
            [
                "native-tls 1.0.0: it names no licence",
                "native-tls 1.0.0: it is banned",
                "native-tls 1.0.0: it comes from git+https://example.com/x, not from crates.io",
                "native-tls 1.0.0: it takes any version of other",
            ]
        );
    }

    #[test]
    fn a_file_without_a_list_is_no_permission() {
        assert_eq!(
            Rules::parse("[licenses]\n[bans]\ndeny = []").expect_err("no list"),
            "[licenses] has no list `allow`"
        );
    }

    #[test]
    fn what_is_not_built_is_not_asked_about() {
        let metadata = serde_json::json!({
            "resolve": {"nodes": [{"id": "a"}]},
            "packages": [
                {"id": "a", "name": "a", "version": "1.0.0", "license": "MIT", "source": null,
                    "dependencies": [{"name": "any", "req": "*"}, {"name": "ours", "req": "*", "path": "/x"}]},
                {"id": "b", "name": "b", "version": "1.0.0", "license": null, "source": null, "dependencies": []}
            ]
        });
        let found = packages(&metadata).expect("packages");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].wildcards, ["any"]);
    }
}
