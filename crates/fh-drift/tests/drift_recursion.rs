//! Schemas that hold themselves, by every kind of composition: each comparison ends, and says what it saw.

use fh_drift::drift::{Class, Kind, Policy, classify};
use serde_json::{Value, json};

/// Shapes that lead back to themselves; all of them have a schema `Thing` to start from and a leaf `Leaf` to change.
fn shapes() -> Vec<(&'static str, Value)> {
    let leaf = json!({"type": "object", "properties": {"Name": {"type": "string"}}});
    let with = |mut schemas: Value| {
        schemas["Leaf"] = leaf.clone();
        schemas
    };
    let thing = json!({"$ref": "#/components/schemas/Thing"});
    let leaf_ref = json!({"$ref": "#/components/schemas/Leaf"});
    vec![
        (
            "oneOf",
            with(json!({"Thing": {"oneOf": [leaf_ref, {"type": "object", "properties": {"Next": thing}}]}})),
        ),
        ("oneOf of itself", with(json!({"Thing": {"oneOf": [leaf_ref, thing]}}))),
        (
            "anyOf",
            with(json!({"Thing": {"anyOf": [leaf_ref, {"type": "array", "items": thing}]}})),
        ),
        ("anyOf of itself", with(json!({"Thing": {"anyOf": [leaf_ref, thing]}}))),
        ("allOf of itself", with(json!({"Thing": {"allOf": [thing, leaf_ref]}}))),
        (
            "allOf of itself alone",
            with(json!({"Thing": {"allOf": [thing], "properties": {"Leaf": leaf_ref}}})),
        ),
        (
            "allOf in a circle",
            with(json!({
                "Thing": {"allOf": [{"$ref": "#/components/schemas/Other"}, leaf_ref]},
                "Other": {"allOf": [{"$ref": "#/components/schemas/Third"}], "properties": {"Other": {"type": "string"}}},
                "Third": {"allOf": [thing, {"type": "object"}]}
            })),
        ),
        (
            "a discriminator base whose children inherit from it",
            with(json!({
                "Thing": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "Leaf": leaf_ref},
                    "discriminator": {"propertyName": "kind"},
                    "oneOf": [{"$ref": "#/components/schemas/One"}, {"$ref": "#/components/schemas/Two"}]},
                "One": {"allOf": [thing, {"type": "object", "properties": {"A": {"type": "string"}}}]},
                "Two": {"allOf": [thing], "type": "object", "properties": {"B": {"$ref": "#/components/schemas/One"}}}
            })),
        ),
        (
            "a property that base and child both have, each its own kind",
            with(json!({
                "Thing": {"allOf": [{"$ref": "#/components/schemas/Base"},
                    {"type": "object", "properties": {"Next": thing, "Leaf": leaf_ref}}]},
                "Base": {"type": "object", "properties": {"Next": {"$ref": "#/components/schemas/Base"}}}
            })),
        ),
        (
            "allOf at every step, without a name",
            with(json!({
                "Thing": {"type": "object", "properties": {"Leaf": leaf_ref, "Next": {"allOf": [thing, {"type": "object",
                    "properties": {"Next": {"allOf": [thing, leaf_ref]}}}]}}}
            })),
        ),
        (
            "properties, items and additionalProperties",
            with(json!({
                "Thing": {"type": "object", "properties": {"Leaf": leaf_ref, "Next": thing, "List": {"type": "array", "items": thing}},
                    "additionalProperties": thing}
            })),
        ),
        (
            "closed parts",
            with(json!({
                "Thing": {"allOf": [{"type": "object", "properties": {"Next": thing}, "additionalProperties": false},
                    {"type": "object", "properties": {"Next": thing, "Leaf": leaf_ref}, "additionalProperties": leaf_ref}]}
            })),
        ),
        (
            "shapes that choose each other",
            with(json!({
                "Thing": {"oneOf": [leaf_ref, {"$ref": "#/components/schemas/Other"}]},
                "Other": {"oneOf": [{"type": "object", "properties": {"Deep": thing}}, thing]}
            })),
        ),
        (
            "a reference to itself",
            with(json!({"Thing": thing, "Other": {"allOf": [thing, leaf_ref]}})),
        ),
    ]
}

fn document(schemas: &Value, version: &str) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}});
    json!({"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/thing": {"post": {
        "requestBody": {"content": content}, "responses": {"200": {"description": "", "content": content}}}}},
        "components": {"schemas": schemas}})
}

#[test]
fn a_new_title_is_all_that_is_said() {
    for (name, schemas) in shapes() {
        for version in ["3.0.3", "3.1.0"] {
            let old = document(&schemas, version);
            let mut new = old.clone();
            new["info"]["title"] = json!("other");
            let found: Vec<Kind> = classify(&old, &new, Policy::default())
                .iter()
                .map(|finding| finding.kind)
                .collect();
            assert_eq!(found, [Kind::InfoChanged], "{name}, {version}");
        }
    }
}

#[test]
fn a_change_of_the_leaf_is_found_and_the_walk_ends() {
    for (name, schemas) in shapes() {
        let old = document(&schemas, "3.0.3");
        let mut new = old.clone();
        new["components"]["schemas"]["Leaf"]["properties"]["Name"]["maxLength"] = json!(3);
        new["components"]["schemas"]["Leaf"]["required"] = json!(["Name"]);
        let found = classify(&old, &new, Policy::default());
        let said = |kind| found.iter().any(|finding| finding.kind == kind);
        assert!(
            said(Kind::ConstraintTightened) && said(Kind::PropertyNowRequired),
            "{name}: {found:#?}"
        );
        // Where nothing leads from the operation to the leaf, nothing that travels is changed.
        let reached = name != "a reference to itself";
        assert_eq!(
            found.iter().any(|finding| finding.wire == Class::Breaking),
            reached,
            "{name}: {found:#?}"
        );
    }
}

/// Each shape against each other: whatever became of what, the walk ends and is not silent.
#[test]
fn any_recursive_shape_may_become_any_other() {
    for (before, old) in shapes() {
        for (after, new) in shapes() {
            let (old, new) = (document(&old, "3.0.3"), document(&new, "3.0.3"));
            let found = classify(&old, &new, Policy::OURS);
            assert_eq!(found.is_empty(), before == after, "{before} → {after}");
        }
    }
}

/// A depth of choices is no depth of calls, and no question is asked twice.
#[test]
fn a_long_chain_of_choices_ends() {
    let chain = |length: usize, last: &Value| {
        let mut schemas = json!({ format!("S{length}"): last });
        for step in 0..length {
            schemas[format!("S{step}")] = json!({"oneOf": [{"$ref": format!("#/components/schemas/S{}", step + 1)},
                {"type": "object", "properties": {"Up": {"$ref": "#/components/schemas/S0"}}}]});
        }
        schemas["Thing"] = json!({"$ref": "#/components/schemas/S0"});
        document(&schemas, "3.0.3")
    };
    let old = chain(
        2000,
        &json!({"type": "object", "properties": {"A": {"type": "string", "maxLength": 9}}}),
    );
    let new = chain(
        2000,
        &json!({"type": "object", "properties": {"A": {"type": "string", "maxLength": 8}}}),
    );
    let found = classify(&old, &new, Policy::default());
    assert!(
        found.iter().any(|finding| finding.kind == Kind::ConstraintTightened),
        "{found:#?}"
    );
}

/// A random case found it: the child keeps apart what it says of members, since it says something of all others too.
#[test]
fn what_a_base_comes_to_say_of_a_member_that_its_child_describes_narrows_that() {
    let old = json!({
        "Base": {"type": "object", "properties": {"kind": {"type": "string"}}},
        "Left": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object",
            "properties": {"A": {"type": "boolean"}}, "additionalProperties": {"type": "string"}}]},
        "Thing": {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Left"}}}
    });
    let mut new = old.clone();
    new["Base"]["properties"]["A"] = json!({"type": "string"});
    let findings = classify(&document(&old, "3.0.3"), &document(&new, "3.0.3"), Policy::default());
    let narrowed = findings
        .iter()
        .filter(|finding| finding.kind == Kind::PropertyAddedToMap && finding.wire == Class::Breaking);
    // Once in each direction.
    assert_eq!(
        narrowed.filter(|finding| finding.at.contains("/Left/")).count(),
        2,
        "{findings:?}"
    );
}
