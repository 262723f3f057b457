//! `cargo xtask drift` and `harvest` as the workflow runs them: exit codes, acknowledgements, nothing half written.

mod site;

use std::fs;
use std::path::{Path, PathBuf};

use fh_drift::drift::ack::{AckError, AckFile};
use fh_drift::drift::report::{EXIT_BREAKING, EXIT_NONE, EXIT_REGENERATE, Format};
use fh_drift::drift::run::{Arguments, Error, run};
use fh_drift::harvest::Conflicts;
use serde_json::{Value, json};
use site::{Site, limits};
use tempfile::TempDir;

fn documentation() -> Value {
    json!({
        "openapi": "3.0.3", "info": {"title": "Things API", "version": "0.2.7"},
        "paths": {"/invoice": {"post": {"summary": "Submit Invoice", "security": [],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Invoice"}}}},
            "responses": {"200": {"description": "The request id."}}}}},
        "components": {"schemas": {"Invoice": {"type": "object", "properties": {"Id": {"type": "string"}, "Notes": {"type": "string"}}}}}
    })
}

fn without_notes() -> Value {
    let mut document = documentation();
    document["components"]["schemas"]["Invoice"]["properties"]
        .as_object_mut()
        .expect("properties")
        .remove("Notes");
    document
}

/// A workspace whose specification was harvested from `documentation`.
fn workspace() -> TempDir {
    let root = tempfile::tempdir().expect("a directory");
    fs::create_dir(root.path().join("spec")).expect("spec");
    harvest_into(root.path(), &documentation()).expect("a harvest");
    root
}

fn harvest_into(root: &Path, document: &Value) -> Result<String, String> {
    let served = Site::of(document).serve();
    let arguments = fh_drift::harvest::run::Arguments {
        from: served.address,
        write: true,
        conflicts: Conflicts::Refuse,
        allow_partial: false,
    };
    let mut out = Vec::new();
    fh_drift::harvest::run::run(root, &arguments, limits(), &mut out).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).expect("text"))
}

fn arguments() -> Arguments {
    Arguments {
        documents: Vec::new(),
        before: None,
        from: String::new(),
        format: Format::Human,
        conflicts: Conflicts::Refuse,
        allow_partial: false,
    }
}

fn drift(root: &Path, arguments: &Arguments) -> Result<(u8, String), Error> {
    let mut out = Vec::new();
    let code = run(root, arguments, limits(), "2026-11-23", &mut out)?;
    Ok((code, String::from_utf8(out).expect("text")))
}

fn against(root: &Path, document: &Value) -> Result<(u8, String), Error> {
    let served = Site::of(document).serve();
    drift(
        root,
        &Arguments {
            from: served.address,
            ..arguments()
        },
    )
}

fn acknowledge(root: &Path, until: &str, at: &str) {
    let entry = format!(
        "[[accepted]]\nchange = \"property-removed\"\nat = \"{at}\"\ndirection = \"request\"\naccepted-by = \"A. Person\"\nreason = \"No till sends it.\"\nuntil = \"{until}\"\n"
    );
    fs::write(root.join("spec/drift-ack.toml"), entry).expect("written");
}

const NOTES: &str = "#/components/schemas/Invoice/properties/Notes";

#[test]
fn exit_codes_are_0_4_and_1() {
    let root = workspace();
    assert_eq!(against(root.path(), &documentation()).expect("a report").0, EXIT_NONE);
    let mut more = documentation();
    more["components"]["schemas"]["Invoice"]["properties"]["HsCode"] = json!({"type": "string"});
    assert_eq!(against(root.path(), &more).expect("a report").0, EXIT_REGENERATE);
    let (code, text) = against(root.path(), &without_notes()).expect("a report");
    assert_eq!(code, EXIT_BREAKING);
    assert!(text.contains(NOTES), "{text}");
}

#[test]
fn an_accepted_change_only_asks_for_regeneration() {
    let root = workspace();
    acknowledge(root.path(), "2026-11-23", NOTES);
    let (code, text) = against(root.path(), &without_notes()).expect("a report");
    assert_eq!(code, EXIT_REGENERATE, "{text}");
    insta::assert_snapshot!("accepted", text);
}

#[test]
fn a_stale_entry_is_an_error() {
    let root = workspace();
    acknowledge(root.path(), "2026-11-22", NOTES);
    let (code, text) = against(root.path(), &without_notes()).expect("a report");
    assert_eq!(code, EXIT_BREAKING);
    assert!(text.contains("held until 2026-11-22"), "{text}");
    assert!(
        !text.contains("accepted by"),
        "an entry that has run out accepts nothing: {text}"
    );

    acknowledge(
        root.path(),
        "2027-01-01",
        "#/components/schemas/Invoice/properties/Gone",
    );
    let (code, text) = against(root.path(), &documentation()).expect("a report");
    assert_eq!(code, EXIT_BREAKING, "even when nothing else changed");
    assert!(text.contains("matches no change"), "{text}");
}

#[test]
fn an_entry_must_say_what_who_why_and_until_when() {
    let entry = |change: &str, by: &str, until: &str| {
        let text = format!(
            "[[accepted]]\nchange = \"{change}\"\nat = \"#\"\naccepted-by = \"{by}\"\nreason = \"r\"\nuntil = \"{until}\"\n"
        );
        AckFile::parse(&text)
    };
    assert!(entry("property-removed", "A", "2026-12-31").is_ok());
    for (change, by, until, word) in [
        ("property-gone", "A", "2026-12-31", "property-gone"),
        ("property-removed", " ", "2026-12-31", "accepted-by"),
        ("property-removed", "A", "soon", "YYYY-MM-DD"),
        ("property-removed", "A", "2026-13-01", "YYYY-MM-DD"),
    ] {
        let error = entry(change, by, until).expect_err(word).to_string();
        assert!(error.contains(word) && error.contains("entry 1"), "{error}");
    }
    assert!(matches!(
        AckFile::parse("[[accepted]]\nchange = \"x\"\n"),
        Err(AckError::Syntax(_))
    ));
    let checked_in = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec/drift-ack.toml");
    assert!(AckFile::parse(&fs::read_to_string(checked_in).expect("the file")).is_ok());
}

#[test]
fn two_documents_or_two_specifications_are_compared_without_a_site() {
    let root = workspace();
    let old = root.path().join("old.json");
    fs::write(&old, without_notes().to_string()).expect("written");
    let new = root.path().join("spec/upstream.json");
    let (code, text) = drift(
        root.path(),
        &Arguments {
            documents: vec![old, new],
            ..arguments()
        },
    )
    .expect("a report");
    assert_eq!(code, EXIT_REGENERATE);
    assert!(text.contains("property-added-optional"), "{text}");

    let before = workspace();
    let page = before.path().join("spec/prose/introduction-1000001m0.md");
    fs::write(&page, fs::read_to_string(&page).expect("a page").replace("100", "50")).expect("written");
    let arguments = Arguments {
        before: Some(before.path().join("spec")),
        ..arguments()
    };
    let (code, text) = drift(root.path(), &arguments).expect("a report");
    assert_eq!(code, EXIT_REGENERATE);
    assert!(text.contains("+ No more than 100 ids"), "{text}");
    assert!(
        text.contains("`cargo xtask regen`") && !text.contains("harvest"),
        "what is in spec/ has been harvested: {text}"
    );
}

#[test]
fn our_own_tags_are_no_change_of_the_vendors() {
    let root = workspace();
    let path = root.path().join("spec/upstream.json");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&path).expect("upstream")).expect("JSON");
    document["x-fh-menu"] = json!([]);
    document["components"]["schemas"]["Invoice"]["x-fh-evidence"] = json!("docs");
    fs::write(&path, document.to_string()).expect("written");
    assert_eq!(against(root.path(), &documentation()).expect("a report").0, EXIT_NONE);
}

#[test]
fn one_odd_page_does_not_silence_the_report() {
    let root = workspace();
    let mut changed = documentation();
    changed["components"]["schemas"]["Invoice"]["properties"]["HsCode"] = json!({"type": "string"});
    let mut site = Site::of(&changed);
    site.page("/introduction-1000001m0.md", "<!DOCTYPE html>");
    let served = site.serve();
    let mut arguments = Arguments {
        from: served.address,
        ..arguments()
    };
    assert!(matches!(drift(root.path(), &arguments), Err(Error::Harvest(_))));
    arguments.allow_partial = true;
    let (code, text) = drift(root.path(), &arguments).expect("a report");
    assert_eq!(code, EXIT_REGENERATE);
    assert!(
        text.starts_with("UNREAD /introduction-1000001m0.md [not-markdown]"),
        "{text}"
    );
    assert!(
        text.contains("property-added-optional") && !text.contains("prose-removed"),
        "{text}"
    );
}

#[test]
fn a_failed_harvest_writes_nothing() {
    let root = workspace();
    let files = || {
        let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        for directory in ["spec", "spec/prose"] {
            for entry in fs::read_dir(root.path().join(directory)).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_file() {
                    files.push((path.clone(), fs::read(&path).expect("a file")));
                }
            }
        }
        files.sort();
        files
    };
    let before = files();
    let mut broken = without_notes();
    broken["components"]["schemas"]["Invoice"]["properties"]["Bad"] = json!({"patternProperties": {}});
    let error = harvest_into(root.path(), &broken).expect_err("refused");
    assert!(error.contains("nothing was written"), "{error}");
    assert_eq!(files(), before);
    assert!(
        harvest_into(root.path(), &documentation())
            .expect("a harvest")
            .contains("say the same")
    );
    assert_eq!(files(), before);
    let said = harvest_into(root.path(), &without_notes()).expect("a harvest");
    assert!(
        said.contains("1 operations, 1 schemas, 1 pages") && said.contains("cargo xtask regen"),
        "{said}"
    );
    assert_ne!(files(), before);
}
