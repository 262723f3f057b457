//! What an object or array holds: properties, whatever else is let in, elements.

use serde_json::{Map, Value};

use super::additional::Additional;
use super::class::Direction;
use super::json::{flag, names};
use super::resolve::view;
use super::table::Kind;
use super::walk::{Place, Walk};

pub(super) fn properties(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    let none = Map::new();
    let old = a.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let new = b.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let (old_required, new_required) = (names(a, "required"), names(b, "required"));
    for (name, schema) in old {
        let here = place.child("properties").child(name);
        match new.get(name) {
            None => walk.say(Kind::PropertyRemoved, &here, format!("`{name}`")),
            Some(now) => {
                let read_only = |document, schema| flag(&view(document, schema).merged(), "readOnly");
                if place.direction == Direction::Request
                    && old_required.contains(name.as_str())
                    && new_required.contains(name.as_str())
                    && read_only(walk.old, schema)
                    && !read_only(walk.new, now)
                {
                    walk.say(Kind::PropertyNowDemanded, &here, format!("`{name}`"));
                }
                walk.later(schema, now, &here);
            }
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        let required = new_required.contains(name.as_str());
        let kind = match (Additional::of(a), place.direction, required) {
            (Additional::Closed, Direction::Response, _) => Kind::PropertyAddedToClosed,
            (Additional::Typed(_), _, _) => Kind::PropertyAddedToMap,
            _ if is_described_apart(a, name) => Kind::PropertyAddedToMap,
            (_, _, true) => Kind::PropertyAddedRequired,
            _ => Kind::PropertyAddedOptional,
        };
        let here = place.child("properties").child(name);
        walk.say(kind, &here, format!("`{name}`"));
        if required && kind == Kind::PropertyAddedToMap {
            walk.say(Kind::PropertyAddedRequired, &here, format!("`{name}`"));
        }
    }
    for name in new_required
        .difference(&old_required)
        .filter(|name| old.contains_key(**name) || !new.contains_key(**name))
    {
        walk.say(
            Kind::PropertyNowRequired,
            &place.child("properties").child(name),
            format!("`{name}`"),
        );
    }
    for name in old_required
        .difference(&new_required)
        .filter(|name| new.contains_key(**name) || !old.contains_key(**name))
    {
        walk.say(
            Kind::PropertyNowOptional,
            &place.child("properties").child(name),
            format!("`{name}`"),
        );
    }
}

/// Whether a part of an `allOf` that is kept apart says already what a value of this name must be: what is said of it besides narrows that.
fn is_described_apart(schema: &Map<String, Value>, name: &str) -> bool {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    parts.filter_map(Value::as_object).any(|part| {
        let properties = part.get("properties").and_then(Value::as_object);
        properties.is_some_and(|properties| properties.contains_key(name))
            || matches!(Additional::of(part), Additional::Typed(_))
    })
}

pub(super) fn additional(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    let here = place.child("additionalProperties");
    match (Additional::of(a), Additional::of(b)) {
        (Additional::Open, Additional::Open) | (Additional::Closed, Additional::Closed) => {}
        (Additional::Typed(old), Additional::Typed(new)) => walk.later(old, new, &here),
        (_, Additional::Closed) => walk.say(Kind::AdditionalForbidden, &here, "now false"),
        (Additional::Closed, _) => walk.say(Kind::AdditionalAllowed, &here, "was false"),
        (Additional::Open, Additional::Typed(_)) => walk.say(Kind::AdditionalNarrowed, &here, "now a schema"),
        (Additional::Typed(_), Additional::Open) => walk.say(Kind::AdditionalWidened, &here, "was a schema"),
    }
}

pub(super) fn items(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    let here = place.child("items");
    match (a.get("items"), b.get("items")) {
        (None, None) => {}
        (None, Some(_)) => walk.say(Kind::TypeNarrowed, &here, "elements are now described"),
        (Some(_), None) => walk.say(Kind::TypeWidened, &here, "elements are no longer described"),
        (Some(old), Some(new)) => walk.later(old, new, &here),
    }
}
