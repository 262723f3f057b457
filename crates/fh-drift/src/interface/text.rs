//! A crate's public interface as text: one line for each item, sorted as its modules are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use serde_json::Value;

use super::prune;
use crate::published::{Published, cargo};

/// Why the interface of a crate cannot be told.
#[derive(Debug, thiserror::Error)]
#[error("the public interface of {name} cannot be told: {problem}")]
pub struct Untold {
    /// The crate.
    pub name: String,
    /// What rustdoc or its reader said.
    pub problem: String,
}

/// The interfaces of these crates of the workspace at `root`, by name, with every feature that is not unstable by name.
///
/// A glob re-export of another of the crates is written out as names; what stands behind each name is in that crate's own text, and so is
/// what stands behind a re-exported crate (`pub use fh_auth as auth`).
///
/// # Errors
///
/// The first crate that rustdoc cannot describe, or whose glob re-export leads to a crate that is none of these.
pub fn interfaces(root: &Path, crates: &[Published]) -> Result<BTreeMap<String, String>, Untold> {
    let mut lines = BTreeMap::new();
    let libraries: Vec<&Published> = crates.iter().filter(|one| one.library).collect();
    let documented = document(root, &libraries).map_err(|problem| Untold {
        name: libraries
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        problem,
    })?;
    for one in libraries {
        let told = described(&documented, one).and_then(render).map_err(|problem| Untold {
            name: one.name.clone(),
            problem,
        })?;
        lines.insert(one.name.clone(), told);
    }
    let mut texts = BTreeMap::new();
    for (name, told) in &lines {
        let mut text = String::new();
        for line in told {
            let Some((before, module)) = glob(line) else {
                text.push_str(line);
                text.push('\n');
                continue;
            };
            let owner = module.split("::").next().unwrap_or_default().replace('_', "-");
            let names = lines
                .get(&owner)
                .map(|owned| names_in(module, owned))
                .unwrap_or_default();
            if names.is_empty() {
                let problem = format!("`{module}::*` is re-exported and cannot be expanded: name what is meant");
                return Err(Untold {
                    name: name.clone(),
                    problem,
                });
            }
            for name in names {
                text.push_str(&format!("{before}{name}\n"));
            }
        }
        texts.insert(name.clone(), text);
    }
    Ok(texts)
}

/// Has rustdoc describe the crates, private items included: all in one build, so that what they share is compiled once. Returns where
/// the descriptions are.
fn document(root: &Path, crates: &[&Published]) -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("public-api");
    let features: Vec<String> = crates
        .iter()
        .flat_map(|one| one.stable_features().map(|feature| format!("{}/{feature}", one.name)))
        .collect();
    // rustdoc writes JSON on stable only when told that it may use what is not stable yet.
    let made = Command::new(cargo())
        .current_dir(root)
        .env("RUSTC_BOOTSTRAP", "1")
        .env(
            "RUSTDOCFLAGS",
            "--document-private-items --cap-lints allow -Z unstable-options --output-format json",
        )
        .args(["doc", "--quiet", "--lib", "--no-deps", "--no-default-features"])
        .args(["--features", &features.join(",")])
        .args(crates.iter().flat_map(|one| ["--package", &one.name]))
        .arg("--target-dir")
        .arg(&target)
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    if made.status.success() {
        Ok(target.join("doc"))
    } else {
        Err(String::from_utf8_lossy(&made.stderr).into_owned())
    }
}

fn described(documented: &Path, one: &Published) -> Result<Value, String> {
    let path = documented.join(format!("{}.json", one.name.replace('-', "_")));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut deep = serde_json::Deserializer::from_str(&text);
    serde::Deserialize::deserialize(&mut deep).map_err(|error| format!("{}: {error}", path.display()))
}

/// One line for each item. What others may write out in full has its parts in braces, so that one more is a change of that line.
fn render(mut described: Value) -> Result<Vec<String>, String> {
    let exhaustive = prune::interface(&mut described);
    let said = |error: io::Error| format!("a temporary file: {error}");
    let file = tempfile::NamedTempFile::new().map_err(said)?;
    fs::write(file.path(), described.to_string()).map_err(said)?;
    let api = public_api::Builder::from_rustdoc_json(file.path())
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| error.to_string())?;
    Ok(api
        .items()
        .map(|item| match exhaustive.get(&u64::from(item.id().0)) {
            Some(parts) if parts.is_empty() => format!("{item} {{}}"),
            Some(parts) => format!("{item} {{ {} }}", parts.join(", ")),
            _ => item.to_string(),
        })
        .collect())
}

/// `pub use a::<<b::c::*>>` as `pub use a::` and `b::c`.
fn glob(line: &str) -> Option<(&str, &str)> {
    let (before, rest) = line.split_once("<<")?;
    Some((before, rest.strip_suffix("::*>>")?))
}

/// The names that stand in a module, by the text of its crate.
fn names_in(module: &str, lines: &[String]) -> BTreeSet<String> {
    let prefix = format!(" {module}::");
    let named = lines.iter().filter_map(|line| {
        let (_, rest) = line.split_once(&prefix)?;
        let end = rest
            .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        Some(rest[..end].to_owned())
    });
    named.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_of_another_crate_is_written_out() {
        assert_eq!(
            glob("pub use a::wire::<<b::types::*>>"),
            Some(("pub use a::wire::", "b::types"))
        );
        assert_eq!(glob("pub use a::wire"), None);
        let lines = [
            "pub mod b::types",
            "pub struct b::types::One { x }",
            "pub b::types::One::x: u8",
            "pub fn b::types::two()",
        ]
        .map(str::to_owned);
        assert_eq!(
            names_in("b::types", &lines),
            BTreeSet::from(["One".to_owned(), "two".to_owned()])
        );
    }
}
