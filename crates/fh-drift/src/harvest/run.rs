//! `cargo xtask harvest`: gather, say what came, and write it when asked to.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use fh_codegen::document::{operations, render};
use fh_codegen::evidence;
use fh_codegen::schema::component_names;

use super::gather::{Failure, gather, gather_partly};
use super::merge::Conflicts;
use super::open::open;
use super::source::Limits;
use super::store;

/// The newer of the two addresses at which the vendor publishes.
pub const SITE: &str = "https://docs.fiscalharmony.co.zw";

/// What to harvest.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// The site, or a directory with a copy of it (`llms.txt` and the pages).
    #[arg(long, default_value = SITE)]
    pub from: String,
    /// Write spec/upstream.json, spec/provenance.json and spec/prose; without it nothing is written.
    #[arg(long)]
    pub write: bool,
    /// What to do when pages disagree about an operation or a schema.
    #[arg(long, value_enum, default_value = "refuse")]
    pub conflicts: Conflicts,
    /// Go on when pages cannot be read: each is listed with its reason, the last known text of it is kept and marked stale, and no
    /// operation goes because a page was unreadable.
    #[arg(long)]
    pub allow_partial: bool,
}

/// Why there is no harvest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The site cannot be opened.
    #[error("{0}")]
    Source(String),
    /// The site does not fit.
    #[error(transparent)]
    Harvest(#[from] Failure),
    /// The result cannot be written.
    #[error("{path}: {source}")]
    File {
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// Harvests and reports to `out`.
///
/// # Errors
///
/// When any page is missing or does not fit, and when the result cannot be written.
pub fn run(root: &Path, arguments: &Arguments, limits: Limits, out: &mut dyn Write) -> Result<(), Error> {
    let source = open(&arguments.from, limits).map_err(Error::Source)?;
    let spec = root.join("spec");
    let failed = |source| Error::File {
        path: spec.clone(),
        source,
    };
    let mut harvest = if arguments.allow_partial {
        let known = store::known(&spec).map_err(failed)?;
        gather_partly(source.as_ref(), arguments.conflicts, &known)?
    } else {
        gather(source.as_ref(), arguments.conflicts)?
    };
    let present = fs::read_to_string(spec.join("upstream.json")).ok();
    if let Some(before) = present.as_ref().and_then(|text| serde_json::from_str(text).ok()) {
        evidence::keep_tags(&before, &mut harvest.document);
    }
    let mut lines = vec![format!(
        "{} operations, {} schemas, {} pages of text",
        operations(&harvest.document).len(),
        component_names(&harvest.document).len(),
        harvest.prose.len()
    )];
    lines.extend(harvest.problems.iter().map(|problem| format!("UNREAD {problem}")));
    lines.extend(harvest.notices.iter().map(|notice| format!("NOTICE {notice}")));
    if !harvest.problems.is_empty() {
        lines.push(format!(
            "{} could not be read; the last known text of each was kept where there is one",
            harvest.problems.len()
        ));
    }
    let same =
        present.as_ref() == Some(&render(&harvest.document)) && store::prose(&spec).map_err(failed)? == harvest.prose;
    lines.push(match (same, arguments.write) {
        (true, _) => "spec/upstream.json and spec/prose say the same".to_owned(),
        (false, true) => {
            "wrote spec/upstream.json, spec/provenance.json and spec/prose; next: `cargo xtask regen`".to_owned()
        }
        (false, false) => {
            "spec/upstream.json or spec/prose would change; `cargo xtask drift` says how, `--write` writes".to_owned()
        }
    });
    if arguments.write {
        store::write(&spec, &harvest).map_err(failed)?;
    }
    for line in lines {
        writeln!(out, "{line}").map_err(|source| Error::File {
            path: "output".into(),
            source,
        })?;
    }
    Ok(())
}
