//! `cargo xtask regen`, short of the snapshots: what it would write, and what it says when something is out of date.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use fh_drift::regen;
use tempfile::TempDir;

/// A copy of the sources and of everything that is made of them, up to date.
fn copy() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for source in ["spec/upstream.json", "spec/overlay.yaml"] {
        put(
            copy.path(),
            source,
            &fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(source)).unwrap(),
        );
    }
    for (path, content) in regen::plan(copy.path()).unwrap().files {
        put(
            copy.path(),
            path.strip_prefix(copy.path()).unwrap().to_str().unwrap(),
            &content,
        );
    }
    copy
}

fn put(root: &Path, path: &str, content: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn edit(root: &Path, path: &str, old: &str, new: &str) {
    let text = fs::read_to_string(root.join(path)).unwrap();
    assert!(text.contains(old), "{path} no longer holds `{old}`");
    put(root, path, &text.replacen(old, new, 1));
}

#[test]
fn an_up_to_date_copy_differs_in_nothing() {
    let copy = copy();
    let plan = regen::plan(copy.path()).unwrap();
    assert_eq!(regen::difference(copy.path(), &plan).unwrap(), "");
}

#[test]
fn a_changed_overlay_shows_as_a_diff_of_every_copy_and_nothing_is_written() {
    let copy = copy();
    edit(
        copy.path(),
        "spec/overlay.yaml",
        "A purchase-order or order number.",
        "An order number.",
    );
    let before = fs::read_to_string(copy.path().join("spec/openapi.json")).unwrap();
    let refused = regen::run(copy.path(), regen::Mode::Check, regen::Until::Tested, &mut Vec::new())
        .unwrap_err()
        .to_string();
    for file in regen::SPECIFICATION {
        assert!(refused.contains(&format!("--- {file} (on disk)")), "{refused}");
    }
    assert!(
        refused.contains("-            \"description\": \"A purchase-order or order number.\""),
        "{refused}"
    );
    assert!(
        refused.contains("+            \"description\": \"An order number.\""),
        "{refused}"
    );
    assert!(refused.contains("run `cargo xtask regen`"), "{refused}");
    assert_eq!(
        fs::read_to_string(copy.path().join("spec/openapi.json")).unwrap(),
        before
    );
}

#[test]
fn a_copy_that_was_edited_by_hand_is_named() {
    let copy = copy();
    edit(
        copy.path(),
        "crates/fh-sim/openapi.json",
        "submit_invoice",
        "send_invoice",
    );
    let plan = regen::plan(copy.path()).unwrap();
    let diff = regen::difference(copy.path(), &plan).unwrap();
    assert!(diff.starts_with("--- crates/fh-sim/openapi.json"), "{diff}");
    assert!(!diff.contains("crates/fh-raw/openapi.json"), "{diff}");
}

#[test]
fn an_element_without_evidence_is_refused_by_name() {
    let copy = copy();
    edit(
        copy.path(),
        "spec/overlay.yaml",
        "            x-fh-evidence: zimra\n",
        "",
    );
    let refused = regen::plan(copy.path()).unwrap_err().to_string();
    assert!(
        refused.contains("/components/schemas/ApplicableTax/properties/validFrom"),
        "{refused}"
    );
}

#[test]
fn broken_sources_are_named() {
    let copy = copy();
    put(copy.path(), "spec/upstream.json", "{\n  broken");
    let refused = regen::plan(copy.path()).unwrap_err().to_string();
    assert!(
        refused.contains("upstream.json") && refused.contains("line 2"),
        "{refused}"
    );
    fs::remove_file(copy.path().join("spec/upstream.json")).unwrap();
    assert!(
        regen::plan(copy.path())
            .unwrap_err()
            .to_string()
            .contains("upstream.json")
    );
}
