//! `cargo xtask semver`: what the next version must be, and whether the changelog says why.
//!
//! The public interface of each published crate that people write code against is kept as text under
//! `docs/public-api/`, so that a change to it is a line in review. Against the text of the last tag it says what the
//! next version must be; cargo-semver-checks is asked too where it is installed.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// The crates that people write code against. `fh-raw` is published and unstable by name.
pub const CRATES: [&str; 4] = ["fh-types", "fh-auth", "fiscal-harmony", "fh-outbox"];

/// How to run.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// Bring docs/public-api up to date instead of failing when it is not.
    #[arg(long)]
    pub write: bool,
}

/// What the next version must be at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// The public interface is the same.
    Patch,
    /// Something was added.
    Minor,
    /// Something was taken away or changed.
    Major,
}

/// Why the check did not pass, or could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written, or a program not be started.
    #[error("{what}: {source}")]
    Io {
        /// The file or program.
        what: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The public interface of a crate cannot be told.
    #[error("the public interface of {name} cannot be told: {problem}")]
    Interface {
        /// The crate.
        name: String,
        /// What rustdoc or its reader said.
        problem: String,
    },
    /// Some checks did not pass.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
}

/// What is different between two public interfaces, and what that asks of the version.
#[must_use]
pub fn required(old: &str, new: &str) -> (Bump, Vec<String>) {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (old.lines().collect(), new.lines().collect());
    let gone = old.difference(&new).map(|line| format!("- {line}"));
    let come = new.difference(&old).map(|line| format!("+ {line}"));
    let changes: Vec<String> = gone.chain(come).collect();
    let bump = match changes.first() {
        None => Bump::Patch,
        Some(first) if first.starts_with('-') => Bump::Major,
        Some(_) => Bump::Minor,
    };
    (bump, changes)
}

/// The lowest version that may follow `released`. Before 1.0 the second number breaks and the third adds.
///
/// `None` when `released` is no version of three numbers.
#[must_use]
pub fn next(released: &str, bump: Bump) -> Option<String> {
    let [major, minor, patch] = numbers(released)?;
    let next = match (major, bump) {
        (0, Bump::Major) => [0, minor + 1, 0],
        (0, _) | (_, Bump::Patch) => [major, minor, patch + 1],
        (_, Bump::Minor) => [major, minor + 1, 0],
        (_, Bump::Major) => [major + 1, 0, 0],
    };
    Some(next.map(|number| number.to_string()).join("."))
}

fn numbers(version: &str) -> Option<[u64; 3]> {
    let parts: Vec<u64> = version
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// The entries of one section of a changelog in the form of Keep a Changelog; `None` without the section.
#[must_use]
pub fn entries<'a>(changelog: &'a str, section: &str) -> Option<Vec<&'a str>> {
    let heading = format!("## [{section}]");
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with(&heading));
    lines.next()?;
    Some(
        lines
            .take_while(|line| !line.starts_with("## "))
            .filter(|line| line.starts_with("- "))
            .collect(),
    )
}

/// Checks every crate and the changelog; says what it found to `out`.
///
/// # Errors
///
/// [`Error::Refused`] with every check that did not pass.
pub fn run(root: &Path, arguments: Arguments, out: &mut dyn Write) -> Result<(), Error> {
    let tag = output(root, "git", &["describe", "--tags", "--abbrev=0", "--match", "v*"]);
    let mut say = |line: String| {
        writeln!(out, "{line}").map_err(|source| Error::Io {
            what: "output".into(),
            source,
        })
    };
    let mut refused = Vec::new();
    let mut worst = Bump::Patch;
    for name in CRATES
        .into_iter()
        .filter(|name| root.join("crates").join(name).join("src/lib.rs").exists())
    {
        let now = interface(root, name)?;
        let relative = format!("docs/public-api/{name}.txt");
        let path = root.join(&relative);
        let kept = fs::read_to_string(&path).unwrap_or_default();
        if kept != now {
            if arguments.write {
                write(&path, &now)?;
                say(format!("wrote {relative}"))?;
            } else {
                let (_, changes) = required(&kept, &now);
                refused.push(format!(
                    "{relative} is out of date; run `cargo xtask semver --write` and review:\n  {}",
                    changes.join("\n  ")
                ));
            }
        }
        let Some(tag) = &tag else { continue };
        let Some(before) = output(root, "git", &["show", &format!("{tag}:{relative}")]) else {
            continue;
        };
        let (bump, changes) = required(before.trim(), now.trim());
        worst = worst.max(bump);
        say(format!("{name}: {bump:?} since {tag}, {} lines differ", changes.len()))?;
        if let Some(problem) = semver_checks(root, name, tag) {
            refused.push(problem);
        }
    }
    refused.extend(version_and_changelog(root, tag.as_deref(), worst)?);
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(refused))
    }
}

/// The version must be high enough, and a change since the last tag must have an entry.
fn version_and_changelog(root: &Path, tag: Option<&str>, bump: Bump) -> Result<Vec<String>, Error> {
    let changelog = read(&root.join("CHANGELOG.md"))?;
    let version = read(&root.join("Cargo.toml"))?
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"').map(str::to_owned))
        .unwrap_or_default();
    let mut refused = Vec::new();
    let released = tag.map(|tag| tag.trim_start_matches('v'));
    let listed = entries(&changelog, "Unreleased")
        .or_else(|| entries(&changelog, &version))
        .unwrap_or_default();
    if listed.is_empty() && released != Some(version.as_str()) {
        refused.push("CHANGELOG.md: the section [Unreleased] has no entry; say what changes for users".to_owned());
    }
    if let Some(released) = released
        && let (Some(least), Some(have)) = (next(released, bump).as_deref().and_then(numbers), numbers(&version))
        && bump > Bump::Patch
        && have < least
    {
        let least = least.map(|number| number.to_string()).join(".");
        refused.push(format!(
            "Cargo.toml: version {version} after {released} with these changes must be at least {least}"
        ));
    }
    Ok(refused)
}

/// The public interface of a crate, one item on a line.
fn interface(root: &Path, name: &str) -> Result<String, Error> {
    let failed = |problem: String| Error::Interface {
        name: name.to_owned(),
        problem,
    };
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("public-api");
    // rustdoc writes JSON on stable only when told that it may use what is not stable yet.
    let made = Command::new(cargo())
        .current_dir(root)
        .env("RUSTC_BOOTSTRAP", "1")
        .args([
            "rustdoc",
            "--quiet",
            "--lib",
            "--all-features",
            "--package",
            name,
            "--target-dir",
        ])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .output()
        .map_err(|source| Error::Io {
            what: "cargo".into(),
            source,
        })?;
    if !made.status.success() {
        return Err(failed(String::from_utf8_lossy(&made.stderr).into_owned()));
    }
    let json = target.join("doc").join(format!("{}.json", name.replace('-', "_")));
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// What cargo-semver-checks objects to; nothing where it is not installed.
fn semver_checks(root: &Path, name: &str, tag: &str) -> Option<String> {
    output(root, "cargo", &["semver-checks", "--version"])?;
    let checked = Command::new(cargo())
        .current_dir(root)
        .args(["semver-checks", "--package", name, "--baseline-rev", tag])
        .output()
        .ok()?;
    (!checked.status.success()).then(|| {
        format!(
            "cargo-semver-checks on {name}:\n{}",
            String::from_utf8_lossy(&checked.stdout)
        )
    })
}

/// What a program prints, if it is there and succeeds.
fn output(root: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let done = Command::new(program).current_dir(root).args(arguments).output().ok()?;
    done.status
        .success()
        .then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Io {
        what: path.to_path_buf(),
        source,
    })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Io {
        what: path.to_path_buf(),
        source,
    };
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
    fs::write(path, text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_breaks_and_what_is_new_adds() {
        assert_eq!(required("a\nb\n", "b\na\n").0, Bump::Patch);
        assert_eq!(required("a\n", "a\nb\n"), (Bump::Minor, vec!["+ b".to_owned()]));
        assert_eq!(required("fn f()\n", "fn f(u8)\n").0, Bump::Major);
    }

    #[test]
    fn before_one_the_second_number_breaks() {
        let next = |released, bump| next(released, bump).unwrap();
        assert_eq!(next("v0.1.3", Bump::Major), "0.2.0");
        assert_eq!(next("0.1.3", Bump::Minor), "0.1.4");
        assert_eq!(next("1.2.3", Bump::Major), "2.0.0");
        assert_eq!(next("1.2.3", Bump::Minor), "1.3.0");
        assert_eq!(next("1.2.3", Bump::Patch), "1.2.4");
        assert_eq!(super::next("1.2", Bump::Patch), None);
    }

    #[test]
    fn entries_belong_to_their_section() {
        let text =
            "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- One.\n- Two.\n\n## [0.1.0] - 2026-11-23\n\n- Old.\n";
        assert_eq!(entries(text, "Unreleased"), Some(vec!["- One.", "- Two."]));
        assert_eq!(entries(text, "0.1.0"), Some(vec!["- Old."]));
        assert_eq!(entries(text, "0.2.0"), None);
    }

    #[test]
    fn a_change_without_an_entry_or_with_too_low_a_version_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
        put("Cargo.toml", "[workspace.package]\nversion = \"0.1.1\"\n");
        put("CHANGELOG.md", "## [Unreleased]\n\n## [0.1.0]\n- Old.\n");
        let refused = version_and_changelog(root.path(), Some("v0.1.0"), Bump::Major).unwrap();
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(
            refused[0].contains("no entry") && refused[1].contains("at least 0.2.0"),
            "{refused:?}"
        );
        put("CHANGELOG.md", "## [Unreleased]\n- New.\n");
        assert!(
            version_and_changelog(root.path(), Some("v0.1.0"), Bump::Minor)
                .unwrap()
                .is_empty()
        );
        assert!(
            version_and_changelog(root.path(), None, Bump::Patch)
                .unwrap()
                .is_empty()
        );
    }
}
