//! `cargo xtask drift`: compare, judge, report.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

use super::ack::{AckError, AckFile};
use super::class::Policy;
use super::document::classify;
use super::finding::Finding;
use super::prose;
use super::report::{Format, exit_code, render};
use crate::harvest::gather::{Conflicts, Failure, gather};
use crate::harvest::open::open;
use crate::harvest::run::SITE;
use crate::harvest::source::Limits;
use crate::harvest::store;

/// What to compare and how to say it.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Two documents, old and new. Without them spec/upstream.json is compared with a harvest.
    #[arg(num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["from", "before"])]
    pub documents: Vec<PathBuf>,
    /// An earlier copy of the directory spec, to compare the present one with; nothing is harvested.
    #[arg(long, conflicts_with = "from")]
    pub before: Option<PathBuf>,
    /// The site, or a directory with a copy of it, to compare spec/upstream.json and spec/prose with.
    #[arg(long, default_value = SITE)]
    pub from: String,
    /// For people, for a pull request or for a program.
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
    /// What to do when pages disagree about a schema.
    #[arg(long, value_enum, default_value = "refuse")]
    pub conflicts: Conflicts,
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
    let findings = match (arguments.documents.as_slice(), &arguments.before) {
        ([old, new], _) => compare(&document(old)?, &document(new)?),
        (_, Some(before)) => {
            let (old, new) = (
                document(&before.join("upstream.json"))?,
                document(&spec.join("upstream.json"))?,
            );
            with_prose(compare(&old, &new), &pages(before)?, &pages(&spec)?)
        }
        _ => {
            let source = open(&arguments.from, limits).map_err(Error::Source)?;
            let harvest = gather(source.as_ref(), arguments.conflicts)?;
            let old = document(&spec.join("upstream.json"))?;
            with_prose(compare(&old, &harvest.document), &pages(&spec)?, &harvest.prose)
        }
    };
    let path = spec.join("drift-ack.toml");
    let acknowledged = if path.exists() {
        AckFile::parse(&read(&path)?)?
    } else {
        AckFile::default()
    };
    let judged = acknowledged.judge(&findings, today);
    out.write_all(render(arguments.format, &findings, &judged).as_bytes())?;
    Ok(exit_code(&findings, &judged))
}

/// The findings between two vendor documents. Our own tags (`x-fh-…`) are no words of the vendor.
#[must_use]
pub fn compare(old: &Value, new: &Value) -> Vec<Finding> {
    classify(&without_our_tags(old), &without_our_tags(new), Policy::OURS)
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

fn without_our_tags(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| !key.starts_with("x-fh-"));
            Value::Object(
                kept.map(|(key, value)| (key.clone(), without_our_tags(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(without_our_tags).collect()),
        other => other.clone(),
    }
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
