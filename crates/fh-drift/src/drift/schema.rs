//! The walk through two schemas in one direction.

use std::collections::BTreeSet;
use std::mem;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::additional::references_inside;
use super::class::{Class, Direction, Policy};
use super::composition::{OVERLAP, compositions, kept_apart, wrapped_in_composition};
use super::constraint::constraints;
use super::json::canonical;
use super::note::brief;
use super::object::{additional, items, properties};
use super::resolve::{View, view};
use super::table::Kind;
use super::value::{enums, flags, types, words};
use super::walk::{Place, Waiting, Walk, to_component};

/// Compares everything that waits, and everything below it.
pub(super) fn settle(walk: &mut Walk<'_>) {
    while let Some(next) = walk.next() {
        match next {
            Waiting::Schemas { old, new, place } => schema(walk, &old, &new, &place),
            Waiting::Component { name, place } => component(walk, &name, &place),
            Waiting::Overlap { old, new, place } => {
                if surprises(walk, &old, &new, &place.at) {
                    walk.say(Kind::VariantOverlapping, &place, OVERLAP);
                }
            }
        }
    }
}

/// Whether a reader of the old shape could be surprised by a value of the new one: exactly then it matches values it did not match
/// before. The answer comes from one walk over both shapes and all below them, however they refer to each other.
fn surprises(walk: &mut Walk<'_>, old: &Value, new: &Value, at: &str) -> bool {
    let question = (canonical(old), canonical(new));
    if let Some(answer) = walk.surprises.get(&question) {
        return *answer;
    }
    // What a validator matches does not depend on what our client is able to read.
    let mut reader = Walk::new(walk.old, walk.new, Policy::default());
    reader.asking = true;
    reader.harmless = mem::take(&mut walk.harmless);
    reader.stills = Rc::clone(&walk.stills);
    reader.later(old, new, &Place::new(Direction::Response, at));
    let mut answer = false;
    while !answer && let Some(next) = reader.next() {
        match next {
            Waiting::Schemas { old, new, place } => schema(&mut reader, &old, &new, &place),
            Waiting::Component { name, place } => component(&mut reader, &name, &place),
            Waiting::Overlap { .. } => {}
        }
        answer = reader
            .findings
            .drain(..)
            .any(|finding| finding.wire == Class::Breaking || finding.kind == Kind::ReadOnlyRemoved);
    }
    walk.harmless = reader.harmless;
    if !answer {
        walk.harmless.extend(reader.seen);
    }
    walk.surprises.insert(question, answer);
    answer
}

/// Compares a component with what it was.
fn component(walk: &mut Walk<'_>, name: &str, place: &Place) {
    let same = to_component(name);
    schema(walk, &same, &same, place);
}

/// Compares two schemas that stand at the same place.
fn schema(walk: &mut Walk<'_>, old: &Value, new: &Value, place: &Place) {
    if (old == new && walk.passes_over(old, place)) || wrapped_in_composition(walk, old, new, place) {
        return;
    }
    let (a, b) = (view(walk.old, old), view(walk.new, new));
    walk.used.extend(b.name.clone());
    walk.used.extend(a.name.clone());
    if old != new && a == b {
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
        (None, None) if composed(old) || composed(new) => {
            let inside = place.clone().composed();
            if place.composed {
                once(walk, &canonical(old), &canonical(new), &inside, &a.body, &b.body);
            } else {
                keywords(walk, &a.body, &b.body, &inside);
            }
        }
        (None, None) => keywords(walk, &a.body, &b.body, place),
        _ => renamed(walk, (a, old), (b, new), place),
    }
}

fn composed(schema: &Value) -> bool {
    schema.get("allOf").is_some()
}

fn renamed(walk: &mut Walk<'_>, (a, old): (View<'_>, &Value), (b, new): (View<'_>, &Value), place: &Place) {
    let called = |view: &View<'_>, schema: &Value| match &view.name {
        Some(name) => name.clone(),
        None if place.composed => canonical(schema),
        None => format!("inline at {}", place.at),
    };
    let (x, y) = (called(&a, old), called(&b, new));
    let (kind, note) = match (&a.name, &b.name) {
        (Some(_), Some(_)) => (Kind::SchemaRenamed, format!("`{x}` → `{y}`")),
        (None, _) => (Kind::SchemaExtracted, format!("now `{y}`")),
        (_, None) => (Kind::SchemaInlined, format!("was `{x}`")),
    };
    walk.say(kind, place, note);
    let inside = if composed(old) || composed(new) {
        place.clone().composed()
    } else {
        place.clone()
    };
    once(walk, &x, &y, &inside, &a.merged(), &b.merged());
}

fn once(walk: &mut Walk<'_>, x: &str, y: &str, place: &Place, a: &Map<String, Value>, b: &Map<String, Value>) {
    let pair = (x.to_owned(), y.to_owned(), place.direction, place.open);
    if !walk.harmless.contains(&pair) && walk.seen.insert(pair) {
        keywords(walk, a, b, place);
    }
}

/// Compares two resolved schemas keyword by keyword. A keyword that no rule knows is unclassified when it differs.
fn keywords(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    let same = a == b;
    if same && !references_inside(a) {
        return;
    }
    if !same {
        words(walk, a, b, place);
        if !types(walk, a, b, place) {
            return; // another type: what is below it cannot be compared
        }
        flags(walk, a, b, place);
        enums(walk, a, b, place);
        constraints(walk, a, b, place);
    }
    // Equal text can still differ in what its references lead to.
    properties(walk, a, b, place);
    additional(walk, a, b, place);
    items(walk, a, b, place);
    compositions(walk, a, b, place);
    kept_apart(walk, a, b, place);
    if same {
        return;
    }
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
    "allOf",
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
