//! Fifteen changes that the vendor could make to the documentation: what `drift` says of each, and how far `harvest --write` and `regen`
//! come. Four of them are compiled too: `FH_LONG_TESTS=1`.

mod site;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fh_codegen::evidence;
use fh_drift::drift::report::Format;
use fh_drift::drift::run as drift;
use fh_drift::harvest::{Conflicts, run as harvest};
use fh_drift::regen;
use serde_json::{Value, json};
use site::{Site, limits};
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The vendor's documentation as it was transcribed, without any tag of ours.
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

/// A site with this documentation, in a folder.
fn site(document: &Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    Site::of(document).write(folder.path());
    folder
}

/// Harvests the site into the workspace; what was said.
fn harvest_into(workspace: &Path, document: &Value) -> Result<String, String> {
    let from = site(document);
    let arguments = harvest::Arguments {
        from: from.path().to_string_lossy().into_owned(),
        write: true,
        conflicts: Conflicts::Refuse,
        allow_partial: false,
    };
    let mut said = Vec::new();
    let ended = harvest::run(workspace, &arguments, limits(), &mut said);
    let said = String::from_utf8(said).expect("text");
    ended.map(|()| said.clone()).map_err(|error| format!("{said}{error}\n"))
}

/// A workspace that holds the specification alone, harvested from the documentation as it is and regenerated.
fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    for part in ["spec", "docs", "crates/fh-raw", "crates/fh-sim"] {
        fs::create_dir_all(folder.path().join(part)).expect("a directory");
    }
    for file in ["spec/upstream.json", "spec/overlay.yaml"] {
        fs::copy(root().join(file), folder.path().join(file)).expect("a copy");
    }
    harvest_into(folder.path(), &documentation()).expect("a harvest");
    regenerate(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    folder
}

fn regenerate(workspace: &Path) -> Result<String, String> {
    let mut said = Vec::new();
    let ended = regen::run(workspace, regen::Mode::Write, regen::Until::Written, &mut said);
    let said = String::from_utf8(said).expect("text");
    ended.map(|()| said.clone()).map_err(|error| format!("{said}{error}\n"))
}

/// What a person sees who follows this change: the three commands, one after the other.
fn transcript(change: impl FnOnce(&mut Value)) -> String {
    let mut document = documentation();
    change(&mut document);
    assert_ne!(document, documentation(), "the change changes something");
    let workspace = workspace();
    let from = site(&document);
    let arguments = drift::Arguments {
        documents: Vec::new(),
        before: None,
        from: from.path().to_string_lossy().into_owned(),
        format: Format::Human,
        conflicts: Conflicts::Refuse,
        allow_partial: false,
    };
    let mut report = Vec::new();
    let code = drift::run(workspace.path(), &arguments, limits(), "2026-11-27", &mut report).expect("a report");
    let report = String::from_utf8(report).expect("text");
    let harvested = harvest_into(workspace.path(), &document).unwrap_or_else(|refused| refused);
    let (state, regenerated) = match regenerate(workspace.path()) {
        Ok(said) => ("done", said),
        Err(refused) => ("refused", refused),
    };
    format!(
        "$ cargo xtask drift\n{report}exit {code}\n\n$ cargo xtask harvest --write\n{harvested}\n$ cargo xtask regen --no-compile\n{regenerated}{state}\n"
    )
}

fn invoice(document: &mut Value) -> &mut Value {
    &mut document["components"]["schemas"]["Invoice"]
}

fn due_date(document: &mut Value) {
    invoice(document)["properties"]["DueDate"] = json!({"type": "string", "format": "date-time"});
}

fn removed(document: &mut Value, parent: &str, name: &str) -> Value {
    let parent = document
        .pointer_mut(parent)
        .expect("a place")
        .as_object_mut()
        .expect("an object");
    parent.remove(name).expect("something to remove")
}

macro_rules! changes {
    ($($name:ident => $change:expr;)*) => {
        const CHANGES: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), transcript($change));
        })*
    };
}

changes! {
    field_added => due_date;
    required_field_added => |document: &mut Value| {
        due_date(document);
        invoice(document)["required"] = json!(["DueDate"]);
    };
    operation_added => |document: &mut Value| {
        document["paths"]["/ping"] = json!({"get": {"operationId": "ping", "summary": "Ping", "tags": ["Account"],
            "responses": {"200": {"description": "Still there.", "content": {"text/plain": {"schema": {"type": "string"}}}}}}});
    };
    enum_value_added => |document: &mut Value| {
        document["components"]["schemas"]["PaymentMethodType"] = json!({"type": "string", "enum": ["Cash", "Card", "Wallet"]});
    };
    status_gets_pending => |document: &mut Value| {
        document["components"]["schemas"]["StatusRequest"]["properties"]["Status"] = json!({"type": "string", "enum": ["Success", "Failed", "Pending"]});
    };
    header_becomes_mandatory => |document: &mut Value| {
        document["paths"]["/creditnote"]["post"]["parameters"] =
            json!([{"name": "X-Branch", "in": "header", "required": true, "schema": {"type": "string"}}]);
    };
    paths_get_a_prefix => |document: &mut Value| {
        let paths = document["paths"].as_object().expect("paths").clone();
        let moved = paths.into_iter().map(|(path, item)| (format!("/v2{path}"), item));
        document["paths"] = Value::Object(moved.collect());
    };
    phone_changes_type => |document: &mut Value| {
        document["components"]["schemas"]["BuyerContact"]["properties"]["Phone"] = json!({"type": "array", "items": {"type": "string"}});
    };
    operation_removed => |document: &mut Value| { removed(document, "/paths", "/subscription"); };
    schema_renamed => |document: &mut Value| {
        let status = removed(document, "/components/schemas", "StatusRequest");
        document["components"]["schemas"]["StatusResult"] = status;
        let text = document.to_string().replace("#/components/schemas/StatusRequest", "#/components/schemas/StatusResult");
        *document = serde_json::from_str(&text).expect("JSON");
    };
    limit_tightened => |document: &mut Value| { invoice(document)["properties"]["InvoiceId"]["maxLength"] = json!(8); };
    pattern_added => |document: &mut Value| { invoice(document)["properties"]["Reference"]["pattern"] = json!("^[A-Z]"); };
    description_only => |document: &mut Value| {
        document["components"]["schemas"]["StatusRequest"]["description"] = json!("Shows what became of a document.");
    };
    media_type_added => |document: &mut Value| {
        document["paths"]["/reports/z-report"]["get"]["responses"]["200"]["content"]["text/csv"] = json!({"schema": {"type": "string"}});
    };
    operation_id_in_camel_case => |document: &mut Value| {
        document["paths"]["/fiscaldevice"]["post"] = json!({"operationId": "attachFiscalDevice", "summary": "Attach Fiscal Device",
            "tags": ["Account"], "responses": {"200": {"description": "Attached."}}});
    };
}

#[test]
fn there_are_fifteen_changes() {
    assert_eq!(CHANGES.len(), 15);
}

/// Harvested, what the documentation says again keeps its tag, and what is new is `docs`.
#[test]
fn the_tags_are_right_after_a_harvest() {
    let workspace = workspace();
    let read =
        |path: &Path| -> Value { serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON") };
    let specification = |folder: &Path| read(&folder.join("spec/openapi.json"));
    let checked_in = specification(&root());
    let regenerated = specification(workspace.path());
    assert_eq!(evidence::missing(&regenerated), Vec::<String>::new());
    for place in ["/paths", "/components", "/servers"] {
        assert_eq!(regenerated.pointer(place), checked_in.pointer(place), "{place}");
    }

    let mut document = documentation();
    due_date(&mut document);
    harvest_into(workspace.path(), &document).expect("a harvest");
    regenerate(workspace.path()).unwrap_or_else(|error| panic!("{error}"));
    let after = specification(workspace.path());
    let property = |name: &str| after["components"]["schemas"]["Invoice"]["properties"][name][evidence::KEY].clone();
    assert_eq!(property("DueDate"), "docs");
    assert_eq!(
        property("Reference"),
        checked_in["components"]["schemas"]["Invoice"]["properties"]["Reference"][evidence::KEY]
    );
}

/// Harvest, regeneration and the tests of the facade on a copy of the tree: for the documentation as it is, then for four changes.
/// Minutes, so `FH_LONG_TESTS=1 cargo test -p fh-drift --test vendor`.
#[test]
fn the_facade_follows_the_documentation() {
    if std::env::var_os("FH_LONG_TESTS").is_none() {
        return;
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
        let (from, to) = (root().join(file), copy.path().join(file));
        if from.exists() {
            fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
            fs::copy(from, to).expect("a copy");
        }
    }
    // In the target directory of this workspace, so that only the crates that follow the specification are built again.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target directory")
        .to_path_buf();
    let cargo = |arguments: &[&str]| {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(copy.path())
            .env("CARGO_TARGET_DIR", &target)
            .args(arguments)
            .output()
            .expect("cargo");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let follow = |change: &dyn Fn(&mut Value)| {
        let mut document = documentation();
        change(&mut document);
        harvest_into(copy.path(), &document).expect("a harvest");
        regenerate(copy.path()).unwrap_or_else(|error| panic!("{error}"));
    };

    follow(&|_| {});
    let (well, said) = cargo(&["test", "--offline", "--quiet", "-p", "fiscal-harmony"]);
    assert!(well, "the documentation as it is: {said}");

    let compiles = ["check", "--offline", "--quiet", "-p", "fiscal-harmony", "--all-targets"];
    follow(&due_date);
    let (well, said) = cargo(&compiles);
    assert!(well, "an optional field needs no hand: {said}");

    follow(&|document| {
        due_date(document);
        invoice(document)["required"] = json!(["DueDate"]);
    });
    let (well, said) = cargo(&compiles);
    assert!(
        !well && said.contains("due_date"),
        "a mandatory field is demanded by name: {said}"
    );

    follow(&|document| {
        document["paths"]["/ping"] = json!({"get": {"operationId": "ping", "summary": "Ping", "tags": ["Account"],
            "responses": {"200": {"description": "Still there.", "content": {"text/plain": {"schema": {"type": "string"}}}}}}});
    });
    let (well, said) = cargo(&compiles);
    assert!(well, "a new operation breaks nobody: {said}");

    follow(&|document| {
        document["components"]["schemas"]["PaymentMethodType"] =
            json!({"type": "string", "enum": ["Cash", "Card", "Wallet"]});
    });
    let (well, said) = cargo(&compiles);
    assert!(well, "another list of payment methods breaks nobody: {said}");
}
