//! `cargo xtask adopt`: a bundle changes tags, switches, defaults and the table, and what was seen otherwise is listed.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use fh_drift::{adopt, regen};
use serde_json::Value;
use similar::TextDiff;
use tempfile::TempDir;

/// Files that adoption changes besides what `regen` writes.
const BY_ADOPTION: [&str; 4] = ["spec/overlay.yaml", adopt::PROFILE, adopt::POLICY, "README.md"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn bundle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/observed/bundle.jsonl.gz")
}

/// A copy of the sources and of everything that is made of them, up to date.
fn copy() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let put = |path: &str, content: &str| {
        let path = copy.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    for source in BY_ADOPTION.into_iter().chain(["spec/upstream.json"]) {
        put(source, &fs::read_to_string(workspace().join(source)).unwrap());
    }
    for (path, content) in regen::plan(copy.path()).unwrap().files {
        put(path.strip_prefix(copy.path()).unwrap().to_str().unwrap(), &content);
    }
    copy
}

fn text(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap()
}

#[test]
fn a_bundle_changes_tags_switches_defaults_and_the_table() {
    let (before, after) = (copy(), copy());
    let contradictions = adopt::run(after.path(), &bundle(), &mut Vec::new()).unwrap();
    let mut diff = String::new();
    for name in BY_ADOPTION.into_iter().chain(["docs/spec-evidence.md"]) {
        let (old, new) = (text(before.path(), name), text(after.path(), name));
        let changed = TextDiff::from_lines(&old, &new)
            .unified_diff()
            .context_radius(0)
            .header(name, name)
            .to_string();
        // Where in a file it stands changes with every other line of it.
        let lines = changed
            .lines()
            .map(|line| if line.starts_with("@@") { "@@" } else { line });
        diff.extend(lines.flat_map(|line| [line, "\n"]));
    }
    insta::assert_snapshot!("the_difference", diff);
    insta::assert_snapshot!("seen_otherwise", contradictions.join("\n"));

    let spec: Value = serde_json::from_str(&text(after.path(), "spec/openapi.json")).unwrap();
    let observed = |pointer: &str| spec.pointer(pointer).unwrap()["x-fh-evidence"] == "observed";
    assert!(observed("/components/schemas/StatusRequest/properties/RequestId"));
    assert!(observed("/paths/~1status/post"));
    assert!(
        !observed("/components/schemas/BuyerContact/properties/VatNumber"),
        "nobody has seen one"
    );
}

#[test]
fn what_is_adopted_is_regenerated_and_needs_nothing_more() {
    let copy = copy();
    adopt::run(copy.path(), &bundle(), &mut Vec::new()).unwrap();
    regen::run(copy.path(), regen::Mode::Check, regen::Until::Written, &mut Vec::new()).unwrap();
    let before: Vec<String> = BY_ADOPTION.iter().map(|name| text(copy.path(), name)).collect();
    let mut out = Vec::new();
    adopt::run(copy.path(), &bundle(), &mut out).unwrap();
    let after: Vec<String> = BY_ADOPTION.iter().map(|name| text(copy.path(), name)).collect();
    assert_eq!(before, after, "a second adoption of the same changes nothing");
    assert!(!String::from_utf8(out).unwrap().contains("wrote"));
}

#[test]
fn the_generated_client_is_the_same_whatever_was_seen() {
    // Tags are words about the specification; what travels does not change with them.
    let (before, after) = (copy(), copy());
    adopt::run(after.path(), &bundle(), &mut Vec::new()).unwrap();
    let generated = |root: &Path| {
        let spec: Value = serde_json::from_str(&text(root, "spec/openapi.json")).unwrap();
        fh_codegen::generate(&spec).unwrap()
    };
    assert_eq!(generated(before.path()), generated(after.path()));
}

#[test]
fn what_is_no_bundle_changes_nothing() {
    let copy = copy();
    let broken = copy.path().join("broken.gz");
    fs::write(&broken, "no bundle").unwrap();
    let error = adopt::run(copy.path(), &broken, &mut Vec::new())
        .unwrap_err()
        .to_string();
    assert!(error.contains("fh probe"), "{error}");
    assert_eq!(
        text(copy.path(), "spec/overlay.yaml"),
        text(&workspace(), "spec/overlay.yaml")
    );
}

#[test]
fn what_a_simulator_answers_is_no_evidence() {
    let copy = copy();
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(bundle()).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let text = text.replace(
        "the device's receipts are verified at the authority's test host",
        "it is the simulator",
    );
    let simulated = copy.path().join("simulated.jsonl.gz");
    let mut packed = flate2::write::GzEncoder::new(fs::File::create(&simulated).unwrap(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap();
    let error = adopt::run(copy.path(), &simulated, &mut Vec::new())
        .unwrap_err()
        .to_string();
    assert!(error.contains("no evidence"), "{error}");
}
