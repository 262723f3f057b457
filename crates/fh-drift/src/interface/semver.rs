//! `cargo xtask semver`: what the next version must be, and whether the changelog says why.
//!
//! The public interface of each published crate that people write code against is kept as text under
//! `docs/public-api/`, so that a change to it is a line in review. Against the text of the last release it says what the
//! next version must be, and that the changelog names what breaks; cargo-semver-checks is asked too where it is installed.
//!
//! The last release is the newest tag that is not on HEAD: on the push of a tag, that tag is what is being released. Where there is none,
//! as in a shallow clone, the texts as they are checked in take its place.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, fs, io};

use super::changelog::{entries, names};
use super::text::{Untold, interfaces};
use super::versions::{Bump, broken, next, numbers, required};
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
    let baseline = Baseline::of(root);
    let mut say = |line: String| {
        writeln!(out, "{line}").map_err(|source| Error::Io {
            what: "output".into(),
            source,
        })
    };
    say(format!("compared with {baseline}"))?;
    let mut refused = Vec::new();
    let mut worst = Bump::Patch;
    let mut broken_lines = Vec::new();
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
        let Some(before) = baseline.text(root, &relative) else {
            continue;
        };
        let (bump, changes) = required(before.trim(), now.trim());
        worst = worst.max(bump);
        let since = baseline.tag().unwrap_or("HEAD");
        say(format!("{name}: {bump} since {since}, {} lines differ", changes.len()))?;
        broken_lines.extend(broken(before.trim(), now.trim()));
        if let Baseline::Tag(tag) = &baseline
            && let Some(problem) = semver_checks(root, &name, tag)
        {
            refused.push(problem);
        }
    }
    refused.extend(version_and_changelog(root, baseline.tag(), worst, &broken_lines)?);
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(refused))
    }
}

/// What the present interface is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// The newest tag that is not on HEAD.
    Tag(String),
    /// The texts of the commit that is checked out.
    CheckedIn,
}

impl Baseline {
    /// The baseline of this checkout.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        let tags = |arguments: &[&str]| -> Vec<String> {
            let listed = output(root, "git", &[&["tag", "--list", "v*"], arguments].concat());
            listed.unwrap_or_default().lines().map(str::to_owned).collect()
        };
        let here = tags(&["--points-at", "HEAD"]);
        tags(&["--merged", "HEAD", "--sort=-version:refname"])
            .into_iter()
            .find(|tag| !here.contains(tag))
            .map_or(Self::CheckedIn, Self::Tag)
    }

    fn tag(&self) -> Option<&str> {
        match self {
            Self::Tag(tag) => Some(tag),
            Self::CheckedIn => None,
        }
    }

    fn text(&self, root: &Path, relative: &str) -> Option<String> {
        let revision = self.tag().unwrap_or("HEAD");
        output(root, "git", &["show", &format!("{revision}:{relative}")])
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => write!(f, "the tag {tag}"),
            Self::CheckedIn => f.write_str(
                "docs/public-api as it is checked in, because this checkout has no tag before HEAD (fetch tags for the last release)",
            ),
        }
    }
}

/// The version must be high enough, a change since the last tag must have an entry, and each line that is gone must be named by one.
fn version_and_changelog(
    root: &Path,
    tag: Option<&str>,
    bump: Bump,
    broken: &[(String, Vec<String>)],
) -> Result<Vec<String>, Error> {
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
    let named = match entries(&changelog, "Unreleased") {
        Some(listed) if !listed.is_empty() => names(&changelog, "Unreleased"),
        _ => names(&changelog, &version),
    };
    for (line, spoken_of) in broken {
        if !spoken_of.iter().any(|name| named.contains(name)) {
            refused.push(format!(
                "CHANGELOG.md: no entry names `{}`, and this line of the public interface is gone: {line}",
                spoken_of.first().map_or("it", String::as_str)
            ));
        }
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
        let refused = version_and_changelog(root.path(), Some("v0.1.0"), Bump::Major, &[]).unwrap();
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(
            refused[0].contains("no entry") && refused[1].contains("at least 0.2.0"),
            "{refused:?}"
        );
        put("CHANGELOG.md", "## [Unreleased]\n- New.\n");
        assert!(
            version_and_changelog(root.path(), Some("v0.1.0"), Bump::Minor, &[])
                .unwrap()
                .is_empty()
        );
        assert!(
            version_and_changelog(root.path(), None, Bump::Patch, &[])
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn each_line_that_is_gone_is_named_by_an_entry() {
        let root = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
        put("Cargo.toml", "[workspace.package]\nversion = \"0.2.0\"\n");
        put("CHANGELOG.md", "## [Unreleased]\n- `Signer::sign` takes bytes.\n");
        let gone =
            |line: &str, names: &[&str]| (line.to_owned(), names.iter().map(|name| (*name).to_owned()).collect());
        let broken = [
            gone("pub fn a::Signer::sign(&str)", &["sign", "Signer"]),
            gone("pub fn a::Signer::other()", &["other", "Signer"]),
            gone("pub struct a::Key", &["Key"]),
        ];
        let refused = version_and_changelog(root.path(), Some("v0.1.0"), Bump::Major, &broken).unwrap();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(refused[0].contains("no entry names `Key`") && refused[0].contains("pub struct a::Key"));
    }

    #[test]
    fn the_tag_that_is_being_released_is_not_the_last_release() {
        let root = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| {
            let done = Command::new("git")
                .current_dir(root.path())
                .args(["-c", "user.name=t", "-c", "user.email=t@example.test"])
                .args(arguments)
                .output()
                .unwrap();
            assert!(done.status.success(), "{arguments:?}");
        };
        let commit = |message: &str| git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        git(&["init", "--quiet"]);
        commit("one");
        assert_eq!(Baseline::of(root.path()), Baseline::CheckedIn);
        git(&["tag", "v0.9.0"]);
        assert_eq!(
            Baseline::of(root.path()),
            Baseline::CheckedIn,
            "the only tag is on HEAD"
        );
        commit("two");
        git(&["tag", "v0.10.0"]);
        git(&["tag", "w1"]);
        assert_eq!(Baseline::of(root.path()), Baseline::Tag("v0.9.0".to_owned()));
        commit("three");
        assert_eq!(Baseline::of(root.path()), Baseline::Tag("v0.10.0".to_owned()));
    }
}
