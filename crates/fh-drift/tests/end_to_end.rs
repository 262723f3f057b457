//! A change in the vendor's documentation becomes a change in the generated client, and goes back again.

mod site;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fh_drift::drift::{Class, Direction, Finding, Kind, used::documents};
use fh_drift::harvest::{Conflicts, Harvest, gather, open, run, store};
use fh_drift::regen;
use serde_json::{Value, json};
use similar::TextDiff;
use site::{Site, limits};

/// The property that the made-up documentation gains.
const PROPERTY: &str = "DeviceSerial";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What the vendor's documentation would be if it said exactly what we transcribed from it.
fn documentation() -> Value {
    fn vendor_only(value: &Value) -> Value {
        match value {
            Value::Object(object) => {
                let vendor = object.iter().filter(|(key, _)| !key.starts_with("x-fh-"));
                Value::Object(vendor.map(|(key, value)| (key.clone(), vendor_only(value))).collect())
            }
            Value::Array(items) => items.iter().map(vendor_only).collect(),
            other => other.clone(),
        }
    }
    let text = fs::read_to_string(root().join("spec/upstream.json")).expect("upstream");
    vendor_only(&serde_json::from_str(&text).expect("JSON"))
}

fn changed() -> Value {
    let mut document = documentation();
    let status = document
        .pointer_mut("/components/schemas/StatusRequest")
        .expect("the schema");
    status["properties"][PROPERTY] = json!({"type": "string", "description": "The serial number of the device."});
    document
}

fn harvest(document: &Value) -> Harvest {
    let served = Site::of(document).serve();
    let source = open(&served.address, limits()).expect("a loopback address");
    gather(source.as_ref(), Conflicts::Refuse).expect("a harvest")
}

fn overlay() -> String {
    fs::read_to_string(root().join("spec/overlay.yaml")).expect("the overlay")
}

/// A workspace that holds the specification only, with this harvest written into it.
fn regenerate(workspace: &Path, harvest: &Harvest) -> Vec<(PathBuf, String)> {
    let spec = workspace.join("spec");
    fs::create_dir_all(&spec).expect("spec");
    store::write(&spec, harvest).expect("the harvest");
    fs::write(spec.join("overlay.yaml"), overlay()).expect("the overlay");
    regen::plan(workspace).unwrap_or_else(|error| panic!("{error}")).files
}

fn generated(files: &[(PathBuf, String)]) -> String {
    let specification = files
        .iter()
        .find(|(path, _)| path.ends_with("spec/openapi.json"))
        .expect("the specification");
    fh_codegen::generate(&serde_json::from_str(&specification.1).expect("JSON")).expect("Rust")
}

fn findings() -> Vec<Finding> {
    documents(&harvest(&documentation()).document, &harvest(&changed()).document)
}

#[test]
fn a_documented_property_becomes_a_field_and_goes_again() {
    let found = findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].kind, found[0].direction),
        (Kind::PropertyAddedOptional, Direction::Response)
    );
    assert_eq!((found[0].wire, found[0].rust), (Class::Additive, Class::Additive));

    let workspace = tempfile::tempdir().expect("a directory");
    let before = regenerate(workspace.path(), &harvest(&documentation()));
    let after = regenerate(workspace.path(), &harvest(&changed()));
    let specification: Value = serde_json::from_str(&after[0].1).expect("JSON");
    let property = &specification["components"]["schemas"]["StatusRequest"]["properties"][PROPERTY];
    assert_eq!(
        property["x-fh-evidence"], "docs",
        "what is harvested is known from the documentation"
    );

    let (old, new) = (generated(&before), generated(&after));
    let diff = TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(1)
        .to_string();
    insta::assert_snapshot!("generated_diff", diff);

    let back = regenerate(workspace.path(), &harvest(&documentation()));
    assert!(back == before, "the same documentation gives the same files again");
}

/// A site has no tags of ours. Harvested and written, what it says again keeps its tag, and regeneration makes the specification that is
/// checked in.
#[test]
fn a_site_without_tags_leads_to_the_specification_that_is_checked_in() {
    let workspace = tempfile::tempdir().expect("a directory");
    let spec = workspace.path().join("spec");
    fs::create_dir_all(&spec).expect("spec");
    fs::copy(root().join("spec/upstream.json"), spec.join("upstream.json")).expect("upstream");
    fs::write(spec.join("overlay.yaml"), overlay()).expect("the overlay");
    let served = Site::of(&documentation()).serve();
    let arguments = run::Arguments {
        from: served.address.clone(),
        write: true,
        conflicts: Conflicts::Refuse,
        allow_partial: false,
    };
    let mut said = Vec::new();
    run::run(workspace.path(), &arguments, limits(), &mut said).expect("a harvest");
    let said = String::from_utf8(said).expect("text");
    assert!(said.contains("next: `cargo xtask regen`"), "{said}");

    let plan = regen::plan(workspace.path()).unwrap_or_else(|error| panic!("{error}"));
    let regenerated: Value = serde_json::from_str(&plan.files[0].1).expect("JSON");
    let checked_in = fs::read_to_string(root().join("spec/openapi.json")).expect("the specification");
    let checked_in: Value = serde_json::from_str(&checked_in).expect("JSON");
    for place in [
        "/paths",
        "/components/schemas",
        "/components/securitySchemes",
        "/servers",
    ] {
        assert_eq!(regenerated.pointer(place), checked_in.pointer(place), "{place}");
    }
}

#[test]
fn an_overlay_that_the_documentation_overtakes_is_named() {
    let workspace = tempfile::tempdir().expect("a directory");
    let mut document = documentation();
    // What the overlay adds from vendor code, said by the documentation itself.
    let specification = fs::read_to_string(root().join("spec/openapi.json")).expect("the specification");
    let specification: Value = serde_json::from_str(&specification).expect("JSON");
    let known = &specification["components"]["schemas"]["StatusRequest"]["properties"]["FiscalInvoicePdf"];
    assert_eq!(known["x-fh-evidence"], "vendor-code");
    let mut said = known.clone();
    said.as_object_mut().expect("a schema").remove("x-fh-evidence");
    document["components"]["schemas"]["StatusRequest"]["properties"]["FiscalInvoicePdf"] = said;

    regenerate(workspace.path(), &harvest(&document));
    let plan = regen::plan(workspace.path()).expect("a plan");
    let lines = regen::no_longer_needed(&plan.report);
    assert!(
        lines
            .iter()
            .any(|line| line.contains("/StatusRequest/properties/FiscalInvoicePdf")),
        "{lines:?}"
    );
    let regenerated: Value = serde_json::from_str(&plan.files[0].1).expect("JSON");
    let property = &regenerated["components"]["schemas"]["StatusRequest"]["properties"]["FiscalInvoicePdf"];
    assert_eq!(property["x-fh-evidence"], "docs");
    let refused = regen::run(
        workspace.path(),
        regen::Mode::Check,
        regen::Until::Tested,
        &mut Vec::new(),
    )
    .expect_err("refused by --check")
    .to_string();
    assert!(refused.contains("No longer needed"), "{refused}");
}

#[test]
fn what_is_checked_in_is_what_regen_would_write() {
    let plan = regen::plan(&root()).expect("a plan");
    assert_eq!(regen::no_longer_needed(&plan.report), Vec::<String>::new());
    assert_eq!(regen::difference(&root(), &plan).expect("readable files"), "");
}

/// The whole way in a second workspace, compiled: `FH_LONG_TESTS=1 cargo test -p fh-drift --test end_to_end`.
#[test]
fn the_workspace_compiles_with_the_new_field() {
    if std::env::var_os("FH_LONG_TESTS").is_none() {
        return; // minutes of compilation; the tests above cover the same way without it
    }
    let copy = tempfile::tempdir().expect("a directory");
    let listed = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "-z"])
        .output()
        .expect("git");
    for file in String::from_utf8(listed.stdout)
        .expect("names")
        .split('\0')
        .filter(|file| !file.is_empty())
    {
        let from = root().join(file);
        if from.exists() {
            let to = copy.path().join(file);
            fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
            fs::copy(from, to).expect("a copy");
        }
    }
    let reader = copy.path().join("crates/fiscal-harmony/tests/new_field.rs");
    fs::create_dir_all(reader.parent().expect("a parent")).expect("tests");
    fs::write(
        &reader,
        "//! Reads the new field.\n#[test]\nfn reads() {\n    let _: fn(fh_raw::types::StatusRequest) -> Option<String> = |status| status.device_serial;\n}\n",
    )
    .expect("a reader");
    let target = copy.path().join("target");
    for (document, expected) in [(changed(), true), (documentation(), false)] {
        for (path, text) in regenerate(copy.path(), &harvest(&document)) {
            fs::write(path, text).expect("a regenerated file");
        }
        let check = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(copy.path())
            .env("CARGO_TARGET_DIR", &target)
            .args([
                "check",
                "--offline",
                "--quiet",
                "-p",
                "fiscal-harmony",
                "--test",
                "new_field",
            ])
            .output()
            .expect("cargo");
        let said = String::from_utf8_lossy(&check.stderr);
        assert_eq!(check.status.success(), expected, "{said}");
        assert!(
            expected || said.contains("device_serial"),
            "it fails for the field alone: {said}"
        );
    }
}
