//! `cargo xtask regen`: from the vendor's document and our overlay to the specification that drives the build.
//!
//! Writing and checking share one path: both make the same [`plan`], and differ only in what they do with it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use fh_codegen::{ActionReport, document, evidence};
use serde_json::Value;
use similar::TextDiff;

use crate::{document_schemas, evidence_table};

/// The specification and its byte-identical copies: a published package cannot reach outside its folder, and symbolic
/// links do not survive a checkout on Windows.
pub const SPECIFICATION: [&str; 3] = [
    "spec/openapi.json",
    "crates/fh-raw/openapi.json",
    "crates/fh-sim/openapi.json",
];

/// The tests whose snapshots follow the specification.
const SNAPSHOT_TESTS: [&str; 2] = ["spec", "codegen"];

/// Whether to write or only to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Bring the files up to date.
    Write,
    /// Change nothing; fail when a file is out of date.
    Check,
}

impl Mode {
    /// The mode for the `--check` flag.
    #[must_use]
    pub fn from_check(check: bool) -> Self {
        if check { Self::Check } else { Self::Write }
    }
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Step 1 alone: what is composed. Nothing is compiled.
    Written,
    /// All three steps.
    Tested,
}

/// Why the specification could not be regenerated, or is out of date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The vendor's document is not JSON.
    #[error("{path}: {source}")]
    Upstream {
        /// The file.
        path: PathBuf,
        /// What the parser found, with line and column.
        source: serde_json::Error,
    },
    /// The overlay or the composed document is wrong.
    #[error("spec/overlay.yaml on spec/upstream.json: {0}")]
    Specification(#[from] fh_codegen::Error),
    /// The schemas of documents cannot be written.
    #[error(transparent)]
    Schemas(#[from] document_schemas::Error),
    /// `--check` found files that would change.
    #[error("{0}\nOut of date: run `cargo xtask regen` and review the difference.")]
    Stale(String),
    /// `--check` found actions of the overlay that have nothing left to do.
    #[error(
        "{0}\nNo longer needed: the vendor's documentation says so itself by now. Take it out of spec/overlay.yaml and run `cargo xtask regen`."
    )]
    NotNeeded(String),
    /// What is generated does not compile together with what is written by hand.
    #[error(
        "{state}. Step 2, compiling the client and what uses it, failed: the compiler's words above name the file.\n\
         Go on: mend that file (or say in spec/overlay.yaml what the generator should see instead), `cargo check -p fiscal-harmony`, \
         then `cargo xtask regen` again; `git diff spec` shows what changed."
    )]
    Compile {
        /// What has been written until then.
        state: &'static str,
    },
    /// The tests of the specification did not pass.
    #[error(
        "{state}. Step 3, the tests of the specification and the snapshots of the client (tests/tests/spec.rs, tests/tests/codegen.rs), \
         failed: the test's words above name what differs.\n\
         Go on: `git diff spec tests/tests/snapshots` to see the change, `cargo test -p fh-tests --test spec --test codegen` to see the \
         failure alone, and{next}"
    )]
    Snapshots {
        /// What has been written until then.
        state: &'static str,
        /// The last of the commands.
        next: &'static str,
    },
}

/// What regeneration would write.
#[derive(Debug)]
pub struct Plan {
    /// The file and its new content.
    pub files: Vec<(PathBuf, String)>,
    /// What each action of the overlay did.
    pub report: Vec<ActionReport>,
}

/// Composes, checks and normalises the specification, without writing anything.
///
/// # Errors
///
/// When an input cannot be read, or the result is not a specification the generator accepts.
pub fn plan(root: &Path) -> Result<Plan, Error> {
    let upstream = root.join("spec/upstream.json");
    let upstream: Value =
        serde_json::from_str(&read(&upstream)?).map_err(|source| Error::Upstream { path: upstream, source })?;
    let overlay = read(&root.join("spec/overlay.yaml"))?;
    let composed = fh_codegen::compose(&upstream, &overlay)?;
    let normalised = fh_codegen::normalise(&composed.document)?;
    evidence::check(&normalised)?;
    // Whatever is written must also generate.
    fh_codegen::generate(&normalised)?;
    fh_codegen::documents(&normalised)?;
    let text = document::render(&normalised);
    let mut files: Vec<_> = SPECIFICATION
        .iter()
        .map(|path| (root.join(path), text.clone()))
        .collect();
    files.push((root.join(evidence_table::FILE), evidence_table::render(&normalised)));
    files.extend(document_schemas::files(root, &normalised)?);
    Ok(Plan {
        files,
        report: composed.report,
    })
}

/// The difference between the files on disk and the plan as a unified diff; empty when there is none.
///
/// # Errors
///
/// When a file exists and cannot be read.
pub fn difference(root: &Path, plan: &Plan) -> Result<String, Error> {
    let mut diff = String::new();
    for (path, wanted) in &plan.files {
        let present = if path.exists() { read(path)? } else { String::new() };
        if present != *wanted {
            let name = path.strip_prefix(root).unwrap_or(path).display();
            diff.push_str(
                &TextDiff::from_lines(&present, wanted)
                    .unified_diff()
                    .header(&format!("{name} (on disk)"), &format!("{name} (composed)"))
                    .to_string(),
            );
        }
    }
    Ok(diff)
}

/// Regenerates, or checks that there is nothing to regenerate.
///
/// # Errors
///
/// As [`plan`]; with [`Mode::Check`] also when a file or a snapshot is out of date.
pub fn run(root: &Path, mode: Mode, until: Until, out: &mut dyn Write) -> Result<(), Error> {
    let plan = plan(root)?;
    let diff = difference(root, &plan)?;
    let idle = no_longer_needed(&plan.report);
    for line in &idle {
        say(out, line)?;
    }
    match mode {
        Mode::Check if !idle.is_empty() => return Err(Error::NotNeeded(idle.join("\n"))),
        Mode::Check if !diff.is_empty() => return Err(Error::Stale(diff)),
        Mode::Check => {}
        Mode::Write => write(root, &plan, out)?,
    }
    match until {
        Until::Written => Ok(()),
        Until::Tested => snapshots(root, mode),
    }
}

fn say(out: &mut dyn Write, line: &str) -> Result<(), Error> {
    writeln!(out, "{line}").map_err(|source| Error::File {
        path: "output".into(),
        source,
    })
}

/// A line for each action of the overlay that the vendor's documentation has overtaken, in whole or in part.
#[must_use]
pub fn no_longer_needed(report: &[ActionReport]) -> Vec<String> {
    let name = |action: &ActionReport| format!("overlay action {} (`{}`)", action.index, action.target);
    report
        .iter()
        .filter_map(|action| match (action.changed, action.documented.as_slice()) {
            (false, _) => Some(format!("{} changes nothing", name(action))),
            (true, []) => None,
            (true, documented) => Some(format!("{} repeats {}", name(action), documented.join(", "))),
        })
        .collect()
}

fn write(root: &Path, plan: &Plan, out: &mut dyn Write) -> Result<(), Error> {
    for (path, content) in &plan.files {
        // An untouched file keeps its time stamp, and so the build does not start over.
        if fs::read_to_string(path).ok().as_ref() != Some(content) {
            fs::write(path, content).map_err(|source| Error::File {
                path: path.clone(),
                source,
            })?;
            say(
                out,
                &format!("wrote {}", path.strip_prefix(root).unwrap_or(path).display()),
            )?;
        }
    }
    Ok(())
}

fn snapshots(root: &Path, mode: Mode) -> Result<(), Error> {
    let (state, next) = match mode {
        Mode::Write => (
            "Step 1 is done: the specification, its copies, the table of evidence and the schemas are written",
            " mend the test or spec/overlay.yaml.",
        ),
        Mode::Check => (
            "Step 1 is done: the specification and its copies are up to date",
            " `cargo xtask regen` to write the snapshots.",
        ),
    };
    if !tests(root, mode, &["--no-run"])? {
        return Err(Error::Compile { state });
    }
    if !tests(root, mode, &[])? {
        return Err(Error::Snapshots { state, next });
    }
    Ok(())
}

/// Whether cargo is content with the tests whose snapshots follow the specification.
fn tests(root: &Path, mode: Mode, more: &[&str]) -> Result<bool, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(root)
        .args(["test", "--quiet", "--package", "fh-tests"])
        .args(more)
        .env(
            "INSTA_UPDATE",
            match mode {
                Mode::Write => "always",
                Mode::Check => "no",
            },
        );
    for test in SNAPSHOT_TESTS {
        command.args(["--test", test]);
    }
    let status = command.status().map_err(|source| Error::File {
        path: "cargo".into(),
        source,
    })?;
    Ok(status.success())
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_path_buf(),
        source,
    })
}
