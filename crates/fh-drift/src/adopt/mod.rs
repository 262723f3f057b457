//! `cargo xtask adopt`: what a probe of the service saw becomes evidence, switches, defaults and a table.
//!
//! [`seen`] compares a bundle with the specification, [`texts`] writes what follows. What was seen otherwise than the specification says is
//! listed and overwrites nothing: a person changes `spec/overlay.yaml` and says why.

pub mod bundle;
pub mod seen;
pub mod texts;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::regen;
use bundle::Bundle;

/// The simulator's profile of what was observed.
pub const PROFILE: &str = "crates/fh-sim/profiles/observed.toml";
/// The outbox's defaults that rest on it.
pub const POLICY: &str = "crates/fh-outbox/src/observed.rs";
const OVERLAY: &str = "spec/overlay.yaml";
const README: &str = "README.md";

/// Why a bundle was not adopted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It is no bundle, or a file of the workspace has no place for what follows.
    #[error("{0}")]
    Form(String),
    /// What was written does not compose.
    #[error(transparent)]
    Regen(#[from] regen::Error),
}

/// Adopts a bundle: writes the overlay, the specification and its copies, the table of evidence, the simulator's profile, the outbox's
/// defaults and the README, and says on `out` what was written and what was seen otherwise. Answers the contradictions.
///
/// # Errors
///
/// When the bundle or a file of the workspace cannot be read, or what follows does not compose; the overlay is as it was then.
pub fn run(root: &Path, bundle: &Path, out: &mut dyn Write) -> Result<Vec<String>, Error> {
    let packed = fs::read(bundle).map_err(|source| Error::File {
        path: bundle.to_owned(),
        source,
    })?;
    let bundle = Bundle::read(&packed).map_err(|problem| Error::Form(format!("{}: {problem}", bundle.display())))?;
    if bundle.about.environment.contains("simulator") {
        return Err(Error::Form(format!(
            "{} was probed, and it is a simulator: what it answers is what we assumed, and no evidence; probe the service's test environment",
            bundle.about.base_url
        )));
    }
    let document: Value = serde_json::from_str(&read(root, "spec/openapi.json")?)
        .map_err(|error| Error::Form(format!("spec/openapi.json: {error}; run `cargo xtask regen` first")))?;
    let found = seen::seen(&bundle, &document);
    let tagged: std::collections::BTreeSet<String> = fh_codegen::evidence::elements(&document).into_iter().collect();
    let elements = found.elements.intersection(&tagged).cloned().collect();
    let overlay = read(root, OVERLAY)?;
    let readme = texts::readme(&read(root, README)?, &bundle).map_err(Error::Form)?;
    write(
        root,
        OVERLAY,
        &texts::overlay(&overlay, &elements, &bundle.source()),
        out,
    )?;
    let composed = regen::run(root, regen::Mode::Write, regen::Until::Written, out);
    if let Err(error) = composed {
        // Half an adoption is none.
        write(root, OVERLAY, &overlay, out)?;
        return Err(error.into());
    }
    write(root, PROFILE, &texts::profile(&bundle), out)?;
    write(root, POLICY, &texts::policy(&bundle), out)?;
    write(root, README, &readme, out)?;
    let contradictions: Vec<String> = found.contradictions.into_iter().collect();
    if !contradictions.is_empty() {
        say(
            out,
            "Seen otherwise than spec/overlay.yaml says; nothing was overwritten:",
        )?;
    }
    for one in &contradictions {
        say(out, &format!("* {one}"))?;
    }
    Ok(contradictions)
}

fn read(root: &Path, name: &str) -> Result<String, Error> {
    let path = root.join(name);
    fs::read_to_string(&path).map_err(|source| Error::File { path, source })
}

fn write(root: &Path, name: &str, text: &str, out: &mut dyn Write) -> Result<(), Error> {
    let path = root.join(name);
    if fs::read_to_string(&path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    fs::write(&path, text).map_err(|source| Error::File { path, source })?;
    say(out, &format!("wrote {name}"))
}

fn say(out: &mut dyn Write, line: &str) -> Result<(), Error> {
    writeln!(out, "{line}").map_err(|source| Error::File {
        path: "output".into(),
        source,
    })
}
