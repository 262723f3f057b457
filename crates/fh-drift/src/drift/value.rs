//! What one value may be: its words, type, format, flags, default and enum.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::class::Direction;
use super::json::flag;
use super::note::{brief, reworded};
use super::table::Kind;
use super::walk::{Place, Walk};

pub(super) fn words(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    for (keyword, kind) in [
        ("description", Kind::DescriptionChanged),
        ("example", Kind::ExampleChanged),
        ("examples", Kind::ExampleChanged),
        ("externalDocs", Kind::DescriptionChanged),
        ("xml", Kind::ExtensionChanged),
    ] {
        if a.get(keyword) != b.get(keyword) {
            walk.say(kind, place, reworded(keyword, a.get(keyword), b.get(keyword)));
        }
    }
    if a.get("title") != b.get("title") {
        let names_a_type = !place.at.starts_with("#/components/schemas/") || place.at.matches('/').count() > 3;
        let is_type = b.contains_key("properties")
            || b.contains_key("enum")
            || b.contains_key("oneOf")
            || b.contains_key("anyOf");
        let kind = if names_a_type && is_type {
            Kind::TypeTitleChanged
        } else {
            Kind::TitleChanged
        };
        walk.say(
            kind,
            place,
            format!("{} → {}", brief(a.get("title")), brief(b.get("title"))),
        );
    }
    for keyword in a
        .keys()
        .chain(b.keys())
        .filter(|keyword| keyword.starts_with("x-"))
        .collect::<BTreeSet<_>>()
    {
        if a.get(keyword) != b.get(keyword) {
            // The generator obeys this one: it names the Rust type.
            let kind = if keyword == "x-rust-type" {
                Kind::Unclassified
            } else {
                Kind::ExtensionChanged
            };
            walk.say(kind, place, keyword.as_str());
        }
    }
}

/// Type and format. False when the types have nothing to do with each other.
pub(super) fn types(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) -> bool {
    let (old, new) = (type_set(a), type_set(b));
    if old != new {
        let note = format!("{} → {}", brief(a.get("type")), brief(b.get("type")));
        let kind = match (&old, &new) {
            (None, _) => Kind::TypeNarrowed,
            (_, None) => Kind::TypeWidened,
            (Some(old), Some(new)) if covers(new, old) => Kind::TypeWidened,
            (Some(old), Some(new)) if covers(old, new) => Kind::TypeNarrowed,
            _ => Kind::TypeChanged,
        };
        walk.say(kind, place, note);
        if kind == Kind::TypeChanged {
            return false;
        }
    }
    match (a.get("format"), b.get("format")) {
        (old, new) if old == new => {}
        (None, Some(new)) => walk.say(Kind::FormatAdded, place, brief(Some(new))),
        (Some(old), None) => walk.say(Kind::FormatRemoved, place, brief(Some(old))),
        (old, new) => walk.say(Kind::FormatChanged, place, format!("{} → {}", brief(old), brief(new))),
    }
    true
}

pub(super) fn flags(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    for (keyword, added, removed) in [
        ("nullable", Kind::NullableAdded, Kind::NullableRemoved),
        ("readOnly", Kind::ReadOnlyAdded, Kind::ReadOnlyRemoved),
        ("writeOnly", Kind::WriteOnlyAdded, Kind::WriteOnlyRemoved),
        ("deprecated", Kind::DeprecationChanged, Kind::DeprecationChanged),
    ] {
        match (flag(a, keyword), flag(b, keyword)) {
            (false, true) => walk.say(added, place, format!("now `{keyword}`")),
            (true, false) => walk.say(removed, place, format!("no longer `{keyword}`")),
            _ => {}
        }
    }
    match (a.get("default"), b.get("default")) {
        (old, new) if old == new => {}
        (None, new) => walk.say(Kind::DefaultAdded, place, brief(new)),
        (old, None) => walk.say(Kind::DefaultRemoved, place, brief(old)),
        (old, new) => walk.say(Kind::DefaultChanged, place, format!("{} → {}", brief(old), brief(new))),
    }
}

pub(super) fn enums(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    match (
        a.get("enum").and_then(Value::as_array),
        b.get("enum").and_then(Value::as_array),
    ) {
        (None, None) => {}
        (None, Some(new)) => walk.say(Kind::EnumAdded, place, brief(Some(&Value::Array(new.clone())))),
        (Some(old), None) => walk.say(Kind::EnumRemoved, place, brief(Some(&Value::Array(old.clone())))),
        (Some(old), Some(new)) => {
            let ours = walk.policy.response_enums_open && old.iter().all(|value| value.is_string() || value.is_null());
            let open = place.direction == Direction::Response && (place.open || ours);
            let kind = if open {
                Kind::OpenEnumValueAdded
            } else {
                Kind::EnumValueAdded
            };
            for value in new.iter().filter(|value| !old.contains(value)) {
                walk.say(kind, place, brief(Some(value)));
            }
            for value in old.iter().filter(|value| !new.contains(value)) {
                walk.say(Kind::EnumValueRemoved, place, brief(Some(value)));
            }
            if old != new && old.len() == new.len() && old.iter().all(|value| new.contains(value)) {
                walk.say(Kind::Reordered, place, "enum");
            }
        }
    }
}

fn type_set(schema: &Map<String, Value>) -> Option<BTreeSet<&str>> {
    match schema.get("type")? {
        Value::String(one) => Some(BTreeSet::from([one.as_str()])),
        Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// Whether every value of the types `inner` is also of the types `outer`; an integer is a number.
fn covers(outer: &BTreeSet<&str>, inner: &BTreeSet<&str>) -> bool {
    inner
        .iter()
        .all(|kind| outer.contains(kind) || (*kind == "integer" && outer.contains("number")))
}
