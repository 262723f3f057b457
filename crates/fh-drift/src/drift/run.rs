//! `cargo xtask drift`: compare, judge, report.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

use super::ack::{AckError, AckFile};
use super::finding::Finding;
use super::prose;
use super::report::{Compared, Format, exit_code, render};
use super::used::{self, Sources};
use crate::harvest::gather::{Failure, gather, gather_partly};
use crate::harvest::merge::Conflicts;
use crate::harvest::open::open;
use crate::harvest::run::SITE;
use crate::harvest::source::Limits;
use crate::harvest::store;

/// What to compare and how to say it.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Two documents, old and new. Without them what is used, spec/upstream.json with spec/overlay.yaml on it, is compared with a harvest
    /// under the same overlay.
    #[arg(num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["from", "before"])]
    pub documents: Vec<PathBuf>,
    /// An earlier copy of the directory spec, to compare the present one with, overlay included; nothing is harvested.
    #[arg(long, conflicts_with = "from")]
    pub before: Option<PathBuf>,
    /// The site, or a directory with a copy of it, to compare spec/upstream.json and spec/prose with.
    #[arg(long, default_value = SITE)]
    pub from: String,
    /// For people, for a pull request or for a program.
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
    /// What to do when pages disagree about an operation or a schema.
    #[arg(long, value_enum, default_value = "refuse")]
    pub conflicts: Conflicts,
    /// Go on when pages cannot be read, with the last known text of them; each is named above the report.
    #[arg(long, conflicts_with_all = ["documents", "before"])]
    pub allow_partial: bool,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A document is not JSON.
    #[error("{path}: {source}")]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser found, with line and column.
        source: serde_json::Error,
    },
    /// The site cannot be opened.
    #[error("{0}")]
    Source(String),
    /// The site does not fit.
    #[error(transparent)]
    Harvest(#[from] Failure),
    /// The overlay is none.
    #[error("spec/overlay.yaml: {0}")]
    Overlay(#[from] fh_codegen::Error),
    /// The file of accepted changes is wrong.
    #[error(transparent)]
    Ack(#[from] AckError),
    /// The report cannot be written.
    #[error("the report cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// Writes the report to `out` and returns the exit code: 0 nothing changed, 4 regeneration needed, 1 breaking and not
/// accepted. `today` is `YYYY-MM-DD`.
///
/// # Errors
///
/// When there is nothing to compare, or `spec/drift-ack.toml` cannot be used.
pub fn run(root: &Path, arguments: &Arguments, limits: Limits, today: &str, out: &mut dyn Write) -> Result<u8, Error> {
    let spec = root.join("spec");
    let (compared, findings) = match (arguments.documents.as_slice(), &arguments.before) {
        ([old, new], _) => (Compared::Documents, used::documents(&document(old)?, &document(new)?)),
        (_, Some(before)) => {
            let findings = used::compare(&sources(before)?, &sources(&spec)?)?;
            (
                Compared::Specifications,
                with_prose(findings, &pages(before)?, &pages(&spec)?),
            )
        }
        _ => {
            let source = open(&arguments.from, limits).map_err(Error::Source)?;
            let harvest = if arguments.allow_partial {
                let known = store::known(&spec).map_err(|source| Error::File {
                    path: spec.clone(),
                    source,
                })?;
                gather_partly(source.as_ref(), arguments.conflicts, &known)?
            } else {
                gather(source.as_ref(), arguments.conflicts)?
            };
            let old = sources(&spec)?;
            let new = Sources {
                upstream: harvest.document,
                overlay: old.overlay.clone(),
            };
            let findings = used::compare(&old, &new)?;
            // What could not be read stands above a report for people; a program reads the harvest's own list.
            if arguments.format != Format::Json {
                for problem in &harvest.problems {
                    writeln!(out, "UNREAD {problem}")?;
                }
            }
            (Compared::Site, with_prose(findings, &pages(&spec)?, &harvest.prose))
        }
    };
    let path = spec.join("drift-ack.toml");
    let acknowledged = if path.exists() {
        AckFile::parse(&read(&path)?)?
    } else {
        AckFile::default()
    };
    let judged = acknowledged.judge(&findings, today);
    out.write_all(render(arguments.format, compared, &findings, &judged).as_bytes())?;
    Ok(exit_code(&findings, &judged))
}

fn with_prose(
    mut findings: Vec<Finding>,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<Finding> {
    findings.extend(prose::compare(old, new));
    findings
}

fn pages(spec: &Path) -> Result<BTreeMap<String, String>, Error> {
    store::prose(spec).map_err(|source| Error::File {
        path: spec.join("prose"),
        source,
    })
}

fn sources(spec: &Path) -> Result<Sources, Error> {
    let overlay = spec.join("overlay.yaml");
    Ok(Sources {
        upstream: document(&spec.join("upstream.json"))?,
        overlay: if overlay.exists() { Some(read(&overlay)?) } else { None },
    })
}

fn document(path: &Path) -> Result<Value, Error> {
    serde_json::from_str(&read(path)?).map_err(|source| Error::Json {
        path: path.to_path_buf(),
        source,
    })
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_path_buf(),
        source,
    })
}
