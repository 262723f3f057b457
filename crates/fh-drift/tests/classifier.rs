// One idea: one base document, the list of its single changes, and who judges them how; the list is long because each change is a line.
//! Five hundred single changes, judged by this classifier and by another: `tests/classifier` has the other's answers and the script that
//! asked it.
//!
//! `FH_WRITE_CASES=<folder> cargo test -p fh-drift --test classifier` writes both documents of each case, for the script to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fh_drift::drift::{Class, Direction, Finding, Policy, classify};
use serde_json::{Value, json};

/// One change to the base document.
struct Case {
    name: String,
    document: Value,
    /// Whose view it is, where it is of one side alone.
    side: Option<Direction>,
}

/// A document with the same things to send and to receive, and two parameters.
fn base() -> Value {
    let leaf = json!({
        "type": "object", "required": ["word", "count"],
        "properties": {
            "word": {"type": "string", "minLength": 2, "maxLength": 9},
            "count": {"type": "integer", "minimum": 1, "maximum": 9},
            "kind": {"type": "string", "enum": ["a", "b", "c"]},
            "free": {"type": "string"},
            "flag": {"type": "boolean"},
            "list": {"type": "array", "minItems": 1, "maxItems": 5, "items": {"type": "string"}}
        }
    });
    let thing = |side: &str| {
        let mut thing = leaf.clone();
        thing["properties"]["inner"] = leaf.clone();
        thing["properties"]["rows"] = json!({"type": "array", "items": leaf.clone()});
        thing["properties"]["part"] = json!({"$ref": format!("#/components/schemas/{side}%20Part%20(x)")});
        thing["properties"]["made"] =
            json!({"allOf": [{"$ref": format!("#/components/schemas/{side}%20Part%20(x)")}, leaf.clone()]});
        thing
    };
    let body = |name: &str| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
    json!({
        "openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "servers": [{"url": "https://a.test"}],
        "paths": {"/things": {"post": {
            "operationId": "add_thing", "security": [{"key": []}],
            "parameters": [
                {"in": "query", "name": "page", "required": false, "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
                {"in": "header", "name": "X-Till", "required": true, "schema": {"type": "string", "minLength": 2, "maxLength": 9}}
            ],
            "requestBody": {"required": false, "content": body("Sent")},
            "responses": {
                "200": {"description": "Done", "content": body("Read")},
                "404": {"description": "Gone", "content": body("Problem")}
            }
        }}},
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "login": {"type": "http", "scheme": "basic"}},
            "schemas": {
                "Sent": thing("Sent"), "Read": thing("Read"), "Sent Part (x)": leaf, "Read Part (x)": leaf,
                "Problem": {"type": "object", "properties": {"title": {"type": "string"}}}
            }
        }
    })
}

type Change = (&'static str, fn(&mut Value));

fn set(node: &mut Value, key: &str, value: Value) {
    node[key] = value;
}

fn drop_key(node: &mut Value, key: &str) {
    node.as_object_mut().expect("an object").remove(key);
}

/// What can happen to the object that holds the values.
const OBJECT: &[Change] = &[
    ("property added", |node| {
        set(&mut node["properties"], "fresh", json!({"type": "string"}))
    }),
    ("required property added", |node| {
        set(&mut node["properties"], "fresh", json!({"type": "string"}));
        set(node, "required", json!(["word", "count", "fresh"]));
    }),
    ("optional property removed", |node| {
        drop_key(&mut node["properties"], "flag")
    }),
    ("required property removed", |node| {
        drop_key(&mut node["properties"], "count");
        set(node, "required", json!(["word"]));
    }),
    ("property now required", |node| {
        set(node, "required", json!(["word", "count", "flag"]))
    }),
    ("property now optional", |node| set(node, "required", json!(["word"]))),
    ("closed", |node| set(node, "additionalProperties", json!(false))),
    ("others must be text", |node| {
        set(node, "additionalProperties", json!({"type": "string"}))
    }),
    ("described", |node| set(node, "description", json!("words"))),
    ("now an array", |node| {
        *node = json!({"type": "array", "items": {"type": "string"}})
    }),
    ("word longest shorter", |node| {
        set(&mut node["properties"]["word"], "maxLength", json!(5))
    }),
    ("word longest longer", |node| {
        set(&mut node["properties"]["word"], "maxLength", json!(20))
    }),
    ("word longest gone", |node| {
        drop_key(&mut node["properties"]["word"], "maxLength")
    }),
    ("word shortest longer", |node| {
        set(&mut node["properties"]["word"], "minLength", json!(4))
    }),
    ("word shortest shorter", |node| {
        set(&mut node["properties"]["word"], "minLength", json!(1))
    }),
    ("word shortest gone", |node| {
        drop_key(&mut node["properties"]["word"], "minLength")
    }),
    ("word pattern added", |node| {
        set(&mut node["properties"]["word"], "pattern", json!("^[A-Z]+$"))
    }),
    ("word now a number", |node| {
        set(&mut node["properties"], "word", json!({"type": "number"}))
    }),
    ("word now one of", |node| {
        set(&mut node["properties"]["word"], "enum", json!(["one", "two"]))
    }),
    ("word may be null", |node| {
        set(&mut node["properties"]["word"], "nullable", json!(true))
    }),
    ("word described", |node| {
        set(&mut node["properties"]["word"], "description", json!("words"))
    }),
    ("word example", |node| {
        set(&mut node["properties"]["word"], "example", json!("abc"))
    }),
    ("free longest added", |node| {
        set(&mut node["properties"]["free"], "maxLength", json!(5))
    }),
    ("free shortest added", |node| {
        set(&mut node["properties"]["free"], "minLength", json!(5))
    }),
    ("free format added", |node| {
        set(&mut node["properties"]["free"], "format", json!("date-time"))
    }),
    ("free without type", |node| {
        drop_key(&mut node["properties"]["free"], "type")
    }),
    ("count lowest higher", |node| {
        set(&mut node["properties"]["count"], "minimum", json!(3))
    }),
    ("count lowest lower", |node| {
        set(&mut node["properties"]["count"], "minimum", json!(0))
    }),
    ("count lowest gone", |node| {
        drop_key(&mut node["properties"]["count"], "minimum")
    }),
    ("count lowest itself out", |node| {
        set(&mut node["properties"]["count"], "exclusiveMinimum", json!(true))
    }),
    ("count highest lower", |node| {
        set(&mut node["properties"]["count"], "maximum", json!(7))
    }),
    ("count highest higher", |node| {
        set(&mut node["properties"]["count"], "maximum", json!(20))
    }),
    ("count highest gone", |node| {
        drop_key(&mut node["properties"]["count"], "maximum")
    }),
    ("count may have places", |node| {
        set(&mut node["properties"]["count"], "type", json!("number"))
    }),
    ("count in steps", |node| {
        set(&mut node["properties"]["count"], "multipleOf", json!(3))
    }),
    ("kind one more", |node| {
        set(&mut node["properties"]["kind"], "enum", json!(["a", "b", "c", "d"]))
    }),
    ("kind one fewer", |node| {
        set(&mut node["properties"]["kind"], "enum", json!(["a", "b"]))
    }),
    ("kind another", |node| {
        set(&mut node["properties"]["kind"], "enum", json!(["a", "b", "x"]))
    }),
    ("kind reordered", |node| {
        set(&mut node["properties"]["kind"], "enum", json!(["c", "b", "a"]))
    }),
    ("kind any text", |node| {
        drop_key(&mut node["properties"]["kind"], "enum")
    }),
    ("list of numbers", |node| {
        set(&mut node["properties"]["list"], "items", json!({"type": "number"}))
    }),
    ("list longer", |node| {
        set(&mut node["properties"]["list"], "maxItems", json!(9))
    }),
    ("list shorter", |node| {
        set(&mut node["properties"]["list"], "maxItems", json!(3))
    }),
    ("list of at least more", |node| {
        set(&mut node["properties"]["list"], "minItems", json!(2))
    }),
    ("list of at least none", |node| {
        set(&mut node["properties"]["list"], "minItems", json!(0))
    }),
    ("list without doubles", |node| {
        set(&mut node["properties"]["list"], "uniqueItems", json!(true))
    }),
    ("list of short texts", |node| {
        set(&mut node["properties"]["list"]["items"], "maxLength", json!(3))
    }),
];

/// Where such an object stands, below `Sent` and `Read`.
const PLACES: &[(&str, &str)] = &[
    ("itself", ""),
    ("inside", "/properties/inner"),
    ("in rows", "/properties/rows/items"),
    ("in allOf", "/properties/made/allOf/1"),
];

const OPERATION: &str = "/paths/~1things/post";

/// What can happen around the bodies.
const AROUND: &[Change] = &[
    ("operation gone", |root| set(root, "paths", json!({}))),
    ("operation added", |root| {
        root["paths"]["/others"] = json!({"get": {"responses": {"200": {"description": "d"}}}})
    }),
    ("path renamed", |root| {
        let item = root["paths"]["/things"].take();
        root["paths"] = json!({"/v2/things": item});
    }),
    ("method changed", |root| {
        let operation = root["paths"]["/things"]["post"].take();
        root["paths"]["/things"] = json!({"put": operation});
    }),
    ("body now required", |root| {
        root["paths"]["/things"]["post"]["requestBody"]["required"] = json!(true)
    }),
    ("body gone", |root| {
        drop_key(&mut root["paths"]["/things"]["post"], "requestBody")
    }),
    ("request in one more media type", |root| {
        root["paths"]["/things"]["post"]["requestBody"]["content"]["text/csv"] = json!({"schema": {"type": "string"}})
    }),
    ("answer in one more media type", |root| {
        root["paths"]["/things"]["post"]["responses"]["200"]["content"]["text/csv"] =
            json!({"schema": {"type": "string"}})
    }),
    ("request in another media type", |root| {
        let content = root["paths"]["/things"]["post"]["requestBody"]["content"]["application/json"].take();
        root["paths"]["/things"]["post"]["requestBody"]["content"] = json!({"application/xml": content});
    }),
    ("answer in another media type", |root| {
        let content = root["paths"]["/things"]["post"]["responses"]["200"]["content"]["application/json"].take();
        root["paths"]["/things"]["post"]["responses"]["200"]["content"] = json!({"application/xml": content});
    }),
    ("another success", |root| {
        let answer = root["paths"]["/things"]["post"]["responses"]["200"].take();
        drop_key(&mut root["paths"]["/things"]["post"]["responses"], "200");
        root["paths"]["/things"]["post"]["responses"]["201"] = answer;
    }),
    ("one more refusal", |root| {
        root["paths"]["/things"]["post"]["responses"]["409"] = json!({"description": "d"})
    }),
    ("one refusal fewer", |root| {
        drop_key(&mut root["paths"]["/things"]["post"]["responses"], "404")
    }),
    ("answer header added", |root| {
        root["paths"]["/things"]["post"]["responses"]["200"]["headers"] =
            json!({"X-Left": {"schema": {"type": "string"}}})
    }),
    ("no credentials", |root| {
        root["paths"]["/things"]["post"]["security"] = json!([])
    }),
    ("other credentials too", |root| {
        root["paths"]["/things"]["post"]["security"] = json!([{"key": []}, {"login": []}])
    }),
    ("other credentials", |root| {
        root["paths"]["/things"]["post"]["security"] = json!([{"login": []}])
    }),
    ("more credentials", |root| {
        root["paths"]["/things"]["post"]["security"] = json!([{"key": [], "login": []}])
    }),
    ("query parameter added", |root| {
        push_parameter(root, json!({"in": "query", "name": "q", "schema": {"type": "string"}}))
    }),
    ("required query parameter added", |root| {
        push_parameter(
            root,
            json!({"in": "query", "name": "q", "required": true, "schema": {"type": "string"}}),
        )
    }),
    ("header added", |root| {
        push_parameter(
            root,
            json!({"in": "header", "name": "X-New", "schema": {"type": "string"}}),
        )
    }),
    ("required header added", |root| {
        push_parameter(
            root,
            json!({"in": "header", "name": "X-New", "required": true, "schema": {"type": "string"}}),
        )
    }),
    ("query parameter now required", |root| {
        parameter(root, 0)["required"] = json!(true)
    }),
    ("header now optional", |root| {
        parameter(root, 1)["required"] = json!(false)
    }),
    ("query parameter highest lower", |root| {
        parameter(root, 0)["schema"]["maximum"] = json!(5)
    }),
    ("query parameter highest higher", |root| {
        parameter(root, 0)["schema"]["maximum"] = json!(50)
    }),
    ("query parameter now text", |root| {
        parameter(root, 0)["schema"] = json!({"type": "string"})
    }),
    ("header longest shorter", |root| {
        parameter(root, 1)["schema"]["maxLength"] = json!(4)
    }),
    ("header longest longer", |root| {
        parameter(root, 1)["schema"]["maxLength"] = json!(40)
    }),
    ("query parameter moved", |root| {
        parameter(root, 0)["in"] = json!("header")
    }),
    ("server added", |root| {
        root["servers"] = json!([{"url": "https://a.test"}, {"url": "https://b.test"}])
    }),
    ("server changed", |root| {
        root["servers"] = json!([{"url": "https://b.test"}])
    }),
    ("title", |root| root["info"]["title"] = json!("Other")),
    ("operation described", |root| {
        root["paths"]["/things"]["post"]["description"] = json!("words")
    }),
    ("deprecated", |root| {
        root["paths"]["/things"]["post"]["deprecated"] = json!(true)
    }),
];

fn parameter(root: &mut Value, index: usize) -> &mut Value {
    &mut root["paths"]["/things"]["post"]["parameters"][index]
}

fn push_parameter(root: &mut Value, parameter: Value) {
    let parameters = root["paths"]["/things"]["post"]["parameters"]
        .as_array_mut()
        .expect("a list");
    parameters.push(parameter);
}

fn cases() -> Vec<Case> {
    let base = base();
    let mut cases = Vec::new();
    let mut add = |name: String, document: Value, side| {
        assert_ne!(document, base, "{name} changes nothing");
        cases.push(Case { name, document, side });
    };
    for (side, schema) in [(Direction::Request, "Sent"), (Direction::Response, "Read")] {
        let mut places: Vec<(String, String)> = PLACES
            .iter()
            .map(|(place, pointer)| ((*place).to_owned(), format!("/components/schemas/{schema}{pointer}")))
            .collect();
        places.push((
            "by an encoded name".to_owned(),
            format!("/components/schemas/{schema} Part (x)"),
        ));
        for (place, pointer) in places {
            for (change, apply) in OBJECT {
                let mut document = base.clone();
                apply(document.pointer_mut(&pointer).expect("a place"));
                add(format!("{}: {change} ({place})", side.as_str()), document, Some(side));
            }
        }
    }
    for (change, apply) in AROUND {
        let mut document = base.clone();
        assert!(document.pointer(OPERATION).is_some());
        apply(&mut document);
        add(format!("around: {change}"), document, None);
    }
    cases
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/classifier")
}

fn breaks(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.wire == Class::Breaking)
}

#[test]
fn there_are_five_hundred_single_changes_and_each_is_seen() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.len() >= 500, "only {}", cases.len());
    for case in &cases {
        let findings = classify(&base(), &case.document, Policy::default());
        assert!(!findings.is_empty(), "{}", case.name);
        // What is sent alone changes nothing that comes, and the other way round.
        if let Some(side) = case.side {
            assert!(
                findings.iter().all(|finding| finding.direction == side),
                "{}: {findings:?}",
                case.name
            );
        }
        // There and back again is as different, and never breaks in neither direction where a value is ruled out by one side alone.
        assert!(
            !classify(&case.document, &base(), Policy::default()).is_empty(),
            "{}",
            case.name
        );
    }
    if let Some(folder) = std::env::var_os("FH_WRITE_CASES") {
        let folder = PathBuf::from(folder);
        let all: BTreeMap<&str, &Value> = cases.iter().map(|case| (case.name.as_str(), &case.document)).collect();
        fs::write(
            folder.join("cases.json"),
            json!({"base": base(), "cases": all}).to_string(),
        )
        .expect("written");
    }
}

/// Where the two differ, by a part of the case's name: what we say, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "request: property added",
        "non-breaking",
        "it counts what could be sent under the new name before; nobody was told of the name, and the table says so",
    ),
    (
        "request: optional property removed",
        "breaking",
        "it counts what a schema admits, and an open schema admits the property still; we count that nobody reads it any more",
    ),
    (
        "request: required property removed",
        "breaking",
        "the same of a property that had to be there",
    ),
    (
        "around: body gone",
        "breaking",
        "it takes a body that is no longer described for one that may be anything; we, for one that is no longer read",
    ),
    (
        "around: request in another media type",
        "breaking",
        "it compares bodies of the same media type alone, and sees one that came; we see the one that went too",
    ),
    (
        "around: one refusal fewer",
        "non-breaking",
        "it counts every documented answer alike; whoever expects a refusal that no longer comes is never wrong",
    ),
];

#[test]
fn no_break_is_missed_that_another_classifier_sees() {
    let text = fs::read_to_string(folder().join("answers.json")).expect("the answers");
    let answers: BTreeMap<String, String> = serde_json::from_str(&text).expect("JSON");
    let mut used = BTreeSet::new();
    let mut differ = Vec::new();
    let mut agreed = 0;
    let cases = cases();
    assert_eq!(answers.len(), cases.len(), "ask again: tests/classifier/README.md");
    for case in &cases {
        let theirs = answers[&case.name].as_str();
        let ours = if breaks(&classify(&base(), &case.document, Policy::default())) {
            "breaking"
        } else {
            "non-breaking"
        };
        // It has no answer to what it does not look at.
        if !["breaking", "non-breaking"].contains(&theirs) {
            continue;
        }
        if ours == theirs {
            agreed += 1;
            continue;
        }
        match DIFFERENCES
            .iter()
            .position(|(part, says, _)| case.name.contains(part) && *says == ours)
        {
            Some(index) => drop(used.insert(index)),
            None => differ.push(format!("{}: {ours}, the other says {theirs}", case.name)),
        }
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert_eq!(used.len(), DIFFERENCES.len(), "a difference that is none any more");
    assert!(DIFFERENCES.iter().all(|(_, _, why)| !why.is_empty()));
    assert!(agreed >= 250, "only {agreed} are judged by both");
}
