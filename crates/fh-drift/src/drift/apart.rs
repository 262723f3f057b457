//! Whether one value could satisfy two shapes, one of the old document and one of the new.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::additional::Additional;
use super::class::Direction;
use super::json::{flag, names};
use super::resolve::view;

/// A document and a schema in it.
type In<'a> = (&'a Value, &'a Value);

/// Whether a value that the old schema describes could satisfy the new one as well. True when in doubt.
pub(super) fn could_match(old: In<'_>, new: In<'_>, direction: Direction) -> bool {
    let (a, b) = (view(old.0, old.1).merged(), view(new.0, new.1).merged());
    if disjoint(&a, &b) {
        return false;
    }
    let (Some(x), Some(y)) = (kinds(&a), kinds(&b)) else {
        return true;
    };
    let objects_only = x.intersection(&y).all(|kind| *kind == "object");
    let both_null = flag(&a, "nullable") && flag(&b, "nullable");
    !objects_only || both_null || !told_apart((old.0, &a), (new.0, &b), direction)
}

/// What a member of an object must satisfy, if it is described.
fn member<'a>(document: &'a Value, schema: &'a Map<String, Value>, name: &str) -> Option<Cow<'a, Map<String, Value>>> {
    let schema = schema.get("properties").and_then(|properties| properties.get(name))?;
    Some(view(document, schema).merged())
}

/// Whether members tell objects of the two shapes apart.
fn told_apart(old: (&Value, &Map<String, Value>), new: (&Value, &Map<String, Value>), direction: Direction) -> bool {
    let ((before, a), (after, b)) = (old, new);
    let differ = |name: &str| match (member(before, a, name), member(after, b, name)) {
        (Some(x), Some(y)) => disjoint(&x, &y),
        _ => false,
    };
    let patterns = |schema: &Map<String, Value>| schema.contains_key("patternProperties");
    let closed =
        |schema: &Map<String, Value>| matches!(Additional::of(schema), Additional::Closed) && !patterns(schema);
    // What an object sends beyond its description is nobody's promise, in a request; in an answer it may well come.
    let all_described = matches!(Additional::of(a), Additional::Open)
        && direction == Direction::Request
        && !["allOf", "oneOf", "anyOf", "patternProperties"]
            .iter()
            .any(|keyword| a.contains_key(*keyword));
    let demands_more = demanded(after, b, direction).into_iter().any(|name| {
        let undescribed = member(before, a, name).is_none() && !names(a, "required").contains(name);
        differ(name) || (undescribed && (closed(a) || all_described))
    });
    let brings_more = demanded(before, a, direction)
        .into_iter()
        .any(|name| differ(name) || (member(after, b, name).is_none() && closed(b)));
    demands_more || brings_more
}

/// The members that an object has in this direction: what only answers hold is not demanded of a request, and the other way round.
fn demanded<'s>(document: &Value, schema: &'s Map<String, Value>, direction: Direction) -> BTreeSet<&'s str> {
    let mut required = names(schema, "required");
    required.retain(|name| {
        let property = member(document, schema, name);
        let says = |keyword| property.as_ref().is_some_and(|property| flag(property, keyword));
        !match direction {
            Direction::Request => says("readOnly"),
            Direction::Response => says("writeOnly"),
            Direction::Document => says("readOnly") || says("writeOnly"),
        }
    });
    required
}

/// Whether no value at all is of both types, or in both lists.
fn disjoint(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    if flag(a, "nullable") && flag(b, "nullable") {
        return false;
    }
    let types = match (kinds(a), kinds(b)) {
        (Some(x), Some(y)) => x.is_disjoint(&y),
        _ => false,
    };
    let list = |schema: &Map<String, Value>| schema.get("enum").and_then(Value::as_array).cloned();
    let values = match (list(a), list(b)) {
        (Some(x), Some(y)) => !x.iter().any(|value| y.contains(value)),
        _ => false,
    };
    types || values
}

/// The JSON types a schema allows, with integer counted as number.
fn kinds(schema: &Map<String, Value>) -> Option<BTreeSet<&str>> {
    let as_number = |kind: &'_ str| if kind == "integer" { "number" } else { kind }.to_owned();
    let found: BTreeSet<String> = match schema.get("type")? {
        Value::String(one) => BTreeSet::from([as_number(one)]),
        Value::Array(several) => several.iter().filter_map(Value::as_str).map(as_number).collect(),
        _ => return None,
    };
    Some(
        ["string", "number", "boolean", "object", "array", "null"]
            .into_iter()
            .filter(|kind| found.contains(*kind))
            .collect(),
    )
}
