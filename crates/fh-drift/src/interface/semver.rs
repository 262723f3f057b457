//! `cargo xtask semver`: what the next version must be, and whether the changelog says why.
//!
//! The public interface of each published crate that people write code against is kept as text under
//! `docs/public-api/`, so that a change to it is a line in review. Against the text of the last tag it says what the
//! next version must be; cargo-semver-checks is asked too where it is installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use super::changelog::entries;
use super::text::{Untold, interfaces};
use super::versions::{Bump, next, numbers, required};
use crate::published::{cargo, published};

/// How to run.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// Bring docs/public-api up to date instead of failing when it is not.
    #[arg(long)]
    pub write: bool,
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
    /// Which crates are published cannot be told.
    #[error("{0}")]
    Workspace(String),
    /// The public interface of a crate cannot be told.
    #[error(transparent)]
    Interface(#[from] Untold),
    /// Some checks did not pass.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
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
    for (name, now) in interfaces(root, &published(root).map_err(Error::Workspace)?)? {
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
        say(format!("{name}: {bump} since {tag}, {} lines differ", changes.len()))?;
        if let Some(problem) = semver_checks(root, &name, tag) {
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
