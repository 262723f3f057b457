//! The harvest in the repository: `spec/upstream.json`, `spec/provenance.json`, `spec/prose/`.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use fh_codegen::document::render;
use serde_json::Value;

use super::gather::Harvest;
use super::partial::Known;

/// What a person wrote into `spec/prose/`; a harvest leaves it alone.
const OURS: &str = "README.md";

/// Writes a harvest below `spec`, and removes pages that are gone. Everything is staged beside its place first, so that
/// a full disk or a lost session leaves the old files as they were.
///
/// # Errors
///
/// When a file cannot be written.
pub fn write(spec: &Path, harvest: &Harvest) -> io::Result<()> {
    let prose = spec.join("prose");
    let staged = spec.join(".prose-harvested");
    if staged.exists() {
        fs::remove_dir_all(&staged)?;
    }
    fs::create_dir_all(&staged)?;
    for (name, text) in &harvest.prose {
        fs::write(staged.join(name), text)?;
    }
    let ours = prose.join(OURS);
    if ours.exists() {
        fs::copy(&ours, staged.join(OURS))?;
    }
    let files = [
        ("upstream.json", render(&harvest.document)),
        ("provenance.json", render(&harvest.provenance)),
    ];
    for (name, text) in &files {
        fs::write(spec.join(format!(".{name}-harvested")), text)?;
    }

    if prose.exists() {
        fs::remove_dir_all(&prose)?;
    }
    fs::rename(&staged, &prose)?;
    for (name, _) in &files {
        fs::rename(spec.join(format!(".{name}-harvested")), spec.join(name))?;
    }
    Ok(())
}

/// What the last harvest brought; nothing where there was none.
///
/// # Errors
///
/// When a file exists and cannot be read, or is no JSON.
pub fn known(spec: &Path) -> io::Result<Known> {
    let json = |name: &str| -> io::Result<Value> {
        let path = spec.join(name);
        if !path.exists() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&fs::read_to_string(path)?)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {error}")))
    };
    Ok(Known {
        document: json("upstream.json")?,
        provenance: json("provenance.json")?,
        prose: prose(spec)?,
    })
}

/// The pages of text that were harvested before, by file name.
///
/// # Errors
///
/// When the directory exists and cannot be read.
pub fn prose(spec: &Path) -> io::Result<BTreeMap<String, String>> {
    let directory = spec.join("prose");
    let mut pages = BTreeMap::new();
    if !directory.exists() {
        return Ok(pages);
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != OURS && name.ends_with(".md") {
            pages.insert(name, fs::read_to_string(entry.path())?);
        }
    }
    Ok(pages)
}
