//! Every case of `tests/drift-corpus` gives the findings a person wrote down for it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use fh_drift::drift::{Class, Direction, Kind, Policy, classify};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    base: String,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    remove: Vec<String>,
    expect: Vec<Expected>,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(deny_unknown_fields)]
struct Expected {
    at: String,
    direction: Direction,
    change: String,
    wire: Class,
    rust: Class,
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/drift-corpus")
}

fn base(name: &str) -> Value {
    let path = corpus().join("base").join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(&path).expect("base document")).expect("base document is JSON")
}

fn cases() -> Vec<(String, Case)> {
    let mut cases: Vec<(String, Case)> = fs::read_dir(corpus())
        .expect("corpus")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().expect("name").to_string_lossy().into_owned();
            let case = serde_json::from_str(&fs::read_to_string(&path).expect("case"));
            (name.clone(), case.unwrap_or_else(|error| panic!("{name}: {error}")))
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

fn parent<'a>(document: &'a mut Value, pointer: &str) -> (&'a mut Value, String) {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("nothing at {parent}"));
    (parent, last.replace("~1", "/").replace("~0", "~"))
}

fn patched(case: &Case) -> Value {
    let mut document = base(&case.base);
    for pointer in &case.remove {
        let (parent, last) = parent(&mut document, pointer);
        let removed = parent.as_object_mut().expect("an object").remove(&last);
        assert!(removed.is_some(), "{pointer} is not there to be removed");
    }
    for (pointer, value) in &case.set {
        let (parent, last) = parent(&mut document, pointer);
        match parent {
            Value::Object(object) => drop(object.insert(last, value.clone())),
            Value::Array(items) => items[last.parse::<usize>().expect("an index")] = value.clone(),
            other => panic!("{pointer}: nothing can be set in {other}"),
        }
    }
    document
}

#[test]
fn every_single_change_is_classified_as_a_person_would() {
    let mut wrong = Vec::new();
    for (name, case) in cases() {
        let found = classify(&base(&case.base), &patched(&case), Policy::default());
        let mut found: Vec<Expected> = found
            .into_iter()
            .map(|finding| Expected {
                at: finding.at,
                direction: finding.direction,
                change: finding.kind.slug().to_owned(),
                wire: finding.wire,
                rust: finding.rust,
            })
            .collect();
        let mut expected = case.expect;
        found.sort();
        expected.sort();
        if found != expected {
            wrong.push(format!(
                "{name} ({})\n  expected {expected:#?}\n  found {found:#?}",
                case.title
            ));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_is_large_and_reaches_every_row_of_the_table() {
    let cases = cases();
    assert!(cases.len() >= 120, "only {} cases", cases.len());
    let reached: BTreeSet<&str> = cases
        .iter()
        .flat_map(|(_, case)| &case.expect)
        .map(|expected| expected.change.as_str())
        .collect();
    let missing: Vec<&str> = Kind::ALL
        .iter()
        .map(|kind| kind.slug())
        .filter(|slug| !reached.contains(slug))
        .collect();
    // Pages of text and the overlay are no part of an OpenAPI document: `harvest.rs` and `used.rs` cover them.
    assert_eq!(
        missing,
        [
            "contradicts",
            "contradicts-words",
            "overlay-does-not-fit",
            "repeats",
            "prose-added",
            "prose-removed",
            "prose-changed"
        ]
    );
    for direction in [Direction::Request, Direction::Response] {
        let count = cases
            .iter()
            .flat_map(|(_, case)| &case.expect)
            .filter(|expected| expected.direction == direction)
            .count();
        assert!(count >= 60, "only {count} findings for {direction:?}");
    }
}

#[test]
fn our_client_reads_string_enums_in_answers_as_open() {
    let case = cases()
        .into_iter()
        .find(|(name, _)| name == "response-enum-widened")
        .expect("the case")
        .1;
    let found = classify(&base(&case.base), &patched(&case), Policy::OURS);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].wire),
        (Kind::OpenEnumValueAdded, Class::Additive)
    );
}

#[test]
fn every_class_has_a_reason() {
    for kind in Kind::ALL {
        let judgement = kind.judgement();
        for reason in [judgement.meaning, judgement.in_rust] {
            assert!(
                !reason.is_empty() && !reason.ends_with('.'),
                "{}: {reason}",
                kind.slug()
            );
        }
    }
}
