//! The walk through two schemas in one direction.

use std::collections::BTreeSet;
use std::mem;

use serde_json::{Map, Value};

use super::class::{Class, Direction};
use super::composition::{OVERLAP, compositions, wrapped_in_composition};
use super::constraint::constraints;
use super::json::canonical;
use super::note::brief;
use super::object::{additional, items, properties};
use super::resolve::{View, view};
use super::table::Kind;
use super::value::{enums, flags, types, words};
use super::walk::{Place, Waiting, Walk};

/// Compares everything that waits, and everything below it.
pub(super) fn settle(walk: &mut Walk<'_>) {
    while let Some(next) = walk.next() {
        match next {
            Waiting::Schemas { old, new, place } => schema(walk, &old, &new, &place),
            Waiting::Overlap { old, new, place } => {
                if surprises(walk, &old, &new, &place.at) {
                    walk.say(Kind::VariantOverlapping, &place, OVERLAP);
                }
            }
        }
    }
}

/// Whether a reader of the old shape could be surprised by a value of the new one: exactly then it matches values it did not match
/// before. A question that comes up within itself adds nothing to its own answer.
fn surprises(walk: &mut Walk<'_>, old: &Value, new: &Value, at: &str) -> bool {
    let question = (canonical(old), canonical(new));
    if let Some(answer) = walk.surprises.get(&question) {
        return answer.unwrap_or(false);
    }
    walk.surprises.insert(question.clone(), None);
    let mut reader = Walk::new(walk.old, walk.new, walk.policy);
    reader.surprises = mem::take(&mut walk.surprises);
    reader.later(old, new, &Place::new(Direction::Response, at));
    settle(&mut reader);
    let answer = reader.findings.iter().any(|finding| finding.wire == Class::Breaking);
    walk.surprises = reader.surprises;
    walk.surprises.insert(question, Some(answer));
    answer
}

/// Compares two schemas that stand at the same place.
fn schema(walk: &mut Walk<'_>, old: &Value, new: &Value, place: &Place) {
    if wrapped_in_composition(walk, old, new, place) {
        return;
    }
    let (a, b) = (view(walk.old, old), view(walk.new, new));
    walk.used.extend(b.name.clone());
    walk.used.extend(a.name.clone());
    if a == b && old != new {
        walk.say(Kind::Respelled, place, "the same schema in other keywords");
    }
    match (&a.name, &b.name) {
        (Some(x), Some(y)) if x == y => {
            let target = Place::new(place.direction, "#/components/schemas")
                .child(x)
                .open(place.open);
            once(walk, x, y, &target, &a.body, &b.body);
            keywords(walk, &a.beside, &b.beside, place);
        }
        (None, None) => keywords(walk, &a.body, &b.body, place),
        _ => renamed(walk, &a, &b, place),
    }
}

fn renamed(walk: &mut Walk<'_>, a: &View, b: &View, place: &Place) {
    let inline = format!("inline at {}", place.at);
    let (x, y) = (
        a.name.clone().unwrap_or(inline.clone()),
        b.name.clone().unwrap_or(inline),
    );
    let (kind, note) = match (&a.name, &b.name) {
        (Some(_), Some(_)) => (Kind::SchemaRenamed, format!("`{x}` → `{y}`")),
        (None, _) => (Kind::SchemaExtracted, format!("now `{y}`")),
        (_, None) => (Kind::SchemaInlined, format!("was `{x}`")),
    };
    walk.say(kind, place, note);
    once(walk, &x, &y, place, &a.merged(), &b.merged());
}

fn once(walk: &mut Walk<'_>, x: &str, y: &str, place: &Place, a: &Map<String, Value>, b: &Map<String, Value>) {
    if walk
        .seen
        .insert((x.to_owned(), y.to_owned(), place.direction, place.open))
    {
        keywords(walk, a, b, place);
    }
}

/// Compares two resolved schemas keyword by keyword. A keyword that no rule knows is unclassified when it differs.
fn keywords(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    if a == b && !references_inside(a) {
        return;
    }
    words(walk, a, b, place);
    if !types(walk, a, b, place) {
        return; // another type: what is below it cannot be compared
    }
    flags(walk, a, b, place);
    enums(walk, a, b, place);
    constraints(walk, a, b, place);
    properties(walk, a, b, place);
    additional(walk, a, b, place);
    items(walk, a, b, place);
    compositions(walk, a, b, place);
    for keyword in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
        if !KNOWN.contains(&keyword.as_str()) && !keyword.starts_with("x-") && a.get(keyword) != b.get(keyword) {
            walk.say(
                Kind::Unclassified,
                place,
                format!("`{keyword}`: {} → {}", brief(a.get(keyword)), brief(b.get(keyword))),
            );
        }
    }
}

/// Keywords with a rule of their own.
const KNOWN: &[&str] = &[
    "$ref",
    "type",
    "format",
    "enum",
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "default",
    "title",
    "description",
    "example",
    "examples",
    "externalDocs",
    "xml",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "oneOf",
    "anyOf",
    "discriminator",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
    "multipleOf",
    "uniqueItems",
];

/// Equal text can still differ in what its references lead to.
fn references_inside(schema: &Map<String, Value>) -> bool {
    fn search(value: &Value) -> bool {
        match value {
            Value::Object(object) => object.contains_key("$ref") || object.values().any(search),
            Value::Array(items) => items.iter().any(search),
            _ => false,
        }
    }
    schema.values().any(search)
}
