//! What the classifier promises, checked on generated schemas against a JSON Schema validator.
#![allow(
    clippy::float_arithmetic,
    reason = "generated instances hold plain numbers, not money"
)]

use fh_drift::drift::{Class, Direction, Policy, classify};
use jsonschema::{Draft, Validator};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A small deterministic generator: one seed from proptest makes a schema, its change and its instances.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).expect("fits")
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const NAMES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

fn schema(dice: &mut Dice, depth: usize) -> Value {
    let kinds = if depth == 0 { 5 } else { 9 };
    let mut schema = match dice.below(kinds) {
        0 => json!({"type": "string"}),
        1 => json!({"type": "string", "enum": ["x", "y", "z"]}),
        2 => json!({"type": "integer", "minimum": 0, "maximum": 9}),
        3 => json!({"type": "number"}),
        4 => json!({"type": "boolean"}),
        5 => json!({"type": "array", "items": schema(dice, depth - 1), "maxItems": 4}),
        6 => json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        7 => json!({"oneOf": [{"type": "string", "enum": ["x"]}, {"type": "boolean"}]}),
        _ => object(dice, depth - 1),
    };
    if dice.chance(4) {
        schema["nullable"] = json!(true);
    }
    schema
}

fn object(dice: &mut Dice, depth: usize) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for name in NAMES.iter().take(4) {
        if dice.chance(2) {
            properties.insert((*name).to_owned(), schema(dice, depth));
            if dice.chance(2) {
                required.push(*name);
            }
        }
    }
    let mut object = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    match dice.below(5) {
        0 => object["additionalProperties"] = json!(false),
        1 => object["additionalProperties"] = json!({"type": "string"}),
        _ => {}
    }
    object
}

/// Every schema inside this one, itself included, as pointers.
fn places(schema: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, inner) in properties {
            places(inner, &format!("{at}/properties/{name}"), found);
        }
    }
    if let Some(items) = schema.get("items") {
        places(items, &format!("{at}/items"), found);
    }
    for keyword in ["anyOf", "oneOf"] {
        for index in 0..schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len) {
            places(&schema[keyword][index], &format!("{at}/{keyword}/{index}"), found);
        }
    }
}

/// One change somewhere in the schema.
fn change(dice: &mut Dice, root: &mut Value) {
    let mut all = Vec::new();
    places(root, "", &mut all);
    let place = dice.pick(&all).clone();
    let node = root.pointer_mut(&place).expect("a place of this schema");
    let fresh = schema(dice, 1);
    let name = *dice.pick(&NAMES);
    let Some(object) = node.as_object_mut() else { return };
    match dice.below(14) {
        0 if place.is_empty() => {}
        0 => *node = fresh,
        1 => drop(object.insert("nullable".into(), json!(true))),
        2 => drop(object.remove("nullable")),
        3 if object.contains_key("enum") => object["enum"] = json!(["x", "y", "z", "w"]),
        4 if object.contains_key("enum") => object["enum"] = json!(["x"]),
        5 => drop(object.remove("enum")),
        6 => drop(object.insert("maximum".into(), json!(dice.below(20)))),
        7 => drop(object.insert("minimum".into(), json!(dice.below(5)))),
        8 => drop(object.insert("maxLength".into(), json!(dice.below(3)))),
        9 if object.get("type") == Some(&json!("integer")) => object["type"] = json!("number"),
        10 if object.get("type") == Some(&json!("object")) => {
            object.entry("properties").or_insert_with(|| json!({}))[name] = fresh;
        }
        11 if object.contains_key("properties") => {
            let names: Vec<&str> = NAMES.iter().copied().filter(|_| dice.chance(2)).collect();
            if names.is_empty() {
                drop(object.remove("required"))
            } else {
                drop(object.insert("required".into(), json!(names)))
            }
        }
        12 if object.get("type") == Some(&json!("object")) => {
            let choices = [
                json!(true),
                json!(false),
                json!({"type": "string"}),
                json!({"type": "integer"}),
            ];
            object.insert("additionalProperties".into(), dice.pick(&choices).clone());
        }
        13 => {
            for keyword in ["anyOf", "oneOf"] {
                if let Some(Value::Array(variants)) = object.get_mut(keyword) {
                    if dice.chance(2) || variants.len() == 1 {
                        variants.push(fresh.clone())
                    } else {
                        drop(variants.remove(0))
                    }
                }
            }
        }
        _ => {}
    }
}

/// A value that probably satisfies the schema; the caller keeps only those that do.
fn instance(dice: &mut Dice, schema: &Value) -> Value {
    if schema.get("nullable") == Some(&json!(true)) && dice.chance(4) {
        return Value::Null;
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return dice.pick(values).clone();
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(variants) = schema
            .get(keyword)
            .and_then(Value::as_array)
            .filter(|list| !list.is_empty())
        {
            let variant = dice.pick(variants).clone();
            return instance(dice, &variant);
        }
    }
    let limit = |keyword: &str, otherwise: u64| schema.get(keyword).and_then(Value::as_u64).unwrap_or(otherwise);
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => {
            let longest = usize::try_from(limit("maxLength", 4)).expect("small");
            json!("xyzw"[..dice.below(longest.min(4) + 1)])
        }
        Some("integer") => {
            let (low, high) = (limit("minimum", 0), limit("maximum", 20));
            json!(low + dice.below(usize::try_from(high.saturating_sub(low) + 1).expect("small")) as u64)
        }
        Some("number") => json!(dice.below(40) as f64 / 2.0),
        Some("boolean") => json!(dice.chance(2)),
        Some("array") => {
            let items = schema.get("items").cloned().unwrap_or_default();
            (0..dice.below(4)).map(|_| instance(dice, &items)).collect()
        }
        Some("object") => {
            let mut object = Map::new();
            let required: Vec<&str> = schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            for (name, inner) in schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if required.contains(&name.as_str()) || dice.chance(2) {
                    object.insert(name.clone(), instance(dice, inner));
                }
            }
            for name in required {
                object.entry(name).or_insert_with(|| json!("free"));
            }
            // Where the document speaks of other properties, there may be some.
            if let Some(free @ Value::Object(_)) = schema.get("additionalProperties") {
                object.entry(*dice.pick(&NAMES)).or_insert(instance(dice, free));
            }
            Value::Object(object)
        }
        _ => json!("anything"),
    }
}

/// OpenAPI 3.0 as the JSON Schema it was made from: null is said with `anyOf`.
fn json_schema(schema: &Value) -> Value {
    let Some(object) = schema.as_object() else {
        return schema.clone();
    };
    let mut out = Map::new();
    for (key, value) in object {
        let value = match key.as_str() {
            "nullable" => continue,
            "properties" => value
                .as_object()
                .expect("properties")
                .iter()
                .map(|(name, inner)| (name.clone(), json_schema(inner)))
                .collect(),
            "items" | "additionalProperties" => json_schema(value),
            "anyOf" | "oneOf" => value.as_array().expect("variants").iter().map(json_schema).collect(),
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    if object.get("nullable") == Some(&json!(true)) {
        json!({"anyOf": [out, {"type": "null"}]})
    } else {
        Value::Object(out)
    }
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&json_schema(schema))
        .expect("a schema")
}

fn document(schema: &Value, direction: Direction) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}});
    let operation = match direction {
        Direction::Request => json!({"requestBody": {"content": content}, "responses": {}}),
        _ => json!({"responses": {"200": {"description": "", "content": content}}}),
    };
    json!({"openapi": "3.0.1", "paths": {"/thing": {"post": operation}}, "components": {"schemas": {"Thing": schema}}})
}

fn breaks(old: &Value, new: &Value, direction: Direction) -> bool {
    let findings = classify(&document(old, direction), &document(new, direction), Policy::default());
    findings.iter().any(|finding| finding.wire == Class::Breaking)
}

/// Reverses every list whose order says nothing and changes every description.
fn shuffled(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut out: Map<String, Value> = object
                .iter()
                .rev()
                .map(|(key, value)| (key.clone(), shuffled(value)))
                .collect();
            if object.contains_key("type") {
                out.insert("description".into(), json!("other words"));
            }
            Value::Object(out)
        }
        Value::Array(items) => items.iter().rev().map(shuffled).collect(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_differs_from_itself(seed: u64) {
        let schema = object(&mut Dice(seed), 3);
        for direction in [Direction::Request, Direction::Response] {
            let document = document(&schema, direction);
            prop_assert_eq!(classify(&document, &document.clone(), Policy::default()), vec![]);
        }
    }

    #[test]
    fn order_and_words_are_cosmetic(seed: u64) {
        let schema = object(&mut Dice(seed), 3);
        for direction in [Direction::Request, Direction::Response] {
            let old = document(&schema, direction);
            for finding in classify(&old, &shuffled(&old), Policy::default()) {
                prop_assert!(finding.wire.max(finding.rust) <= Class::Cosmetic, "{finding:?}");
            }
        }
    }

    #[test]
    fn a_difference_is_never_silent(seed: u64) {
        let mut dice = Dice(seed);
        let old = object(&mut dice, 3);
        let mut new = old.clone();
        change(&mut dice, &mut new);
        let findings = classify(&document(&old, Direction::Request), &document(&new, Direction::Request), Policy::default());
        prop_assert_eq!(findings.is_empty(), old == new);
    }

    #[test]
    fn what_is_not_breaking_for_requests_accepts_every_old_request(seed: u64, changes in 1_usize..4) {
        let mut dice = Dice(seed);
        let old = object(&mut dice, 3);
        let mut new = old.clone();
        for _ in 0..changes {
            change(&mut dice, &mut new);
        }
        if !breaks(&old, &new, Direction::Request) {
            let (before, after) = (validator(&old), validator(&new));
            for _ in 0..12 {
                let request = instance(&mut dice, &old);
                if before.is_valid(&request) {
                    prop_assert!(after.is_valid(&request), "{request}\n  old {old}\n  new {new}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_breaking_for_responses_gives_only_answers_an_old_reader_takes(seed: u64, changes in 1_usize..4) {
        let mut dice = Dice(seed);
        let old = object(&mut dice, 3);
        let mut new = old.clone();
        for _ in 0..changes {
            change(&mut dice, &mut new);
        }
        if !breaks(&old, &new, Direction::Response) {
            let (before, after) = (validator(&old), validator(&new));
            for _ in 0..12 {
                let answer = instance(&mut dice, &new);
                if after.is_valid(&answer) {
                    prop_assert!(before.is_valid(&answer), "{answer}\n  old {old}\n  new {new}");
                }
            }
        }
    }
}

/// The properties above would hold emptily if nothing were ever judged harmless, or no instance were ever valid.
#[test]
fn the_generator_makes_harmless_changes_and_valid_instances() {
    let (mut harmless, mut valid, mut tried) = (0, 0, 0);
    for seed in 0..600 {
        let mut dice = Dice(seed * 7919);
        let old = object(&mut dice, 3);
        let mut new = old.clone();
        change(&mut dice, &mut new);
        if old != new && !breaks(&old, &new, Direction::Request) {
            harmless += 1;
            tried += 1;
            valid += usize::from(validator(&old).is_valid(&instance(&mut dice, &old)));
        }
    }
    assert!(harmless > 60, "only {harmless} harmless changes");
    assert!(valid * 3 > tried * 2, "only {valid} of {tried} instances are valid");
}
