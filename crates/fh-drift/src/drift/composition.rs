//! `oneOf`, `anyOf`, `not` and discriminators.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::json::{flag, without_order};
use super::note::brief;
use super::resolve::view;
use super::table::Kind;
use super::walk::{Place, Walk};

/// What a changed shape may do to its neighbours.
pub(super) const OVERLAP: &str = "the changed shape may match a value of another shape";

const KEYWORDS: [&str; 2] = ["oneOf", "anyOf"];

pub(super) fn compositions(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    let list = |schema: &Map<String, Value>, keyword| schema.get(keyword).and_then(Value::as_array).cloned();
    let used = |schema: &Map<String, Value>| {
        KEYWORDS
            .into_iter()
            .filter(|keyword| schema.contains_key(*keyword))
            .collect::<Vec<_>>()
    };
    if used(a) != used(b) {
        walk.say(
            Kind::CompositionChanged,
            place,
            format!("{:?} → {:?}", used(a), used(b)),
        );
    }
    for keyword in KEYWORDS {
        if let (Some(old), Some(new)) = (list(a, keyword), list(b, keyword)) {
            variants(walk, keyword, &old, &new, place);
        }
    }
    if a.get("discriminator") != b.get("discriminator") {
        walk.say(
            Kind::DiscriminatorChanged,
            place,
            format!("{} → {}", brief(a.get("discriminator")), brief(b.get("discriminator"))),
        );
    }
}

/// A schema that became one of several, or the other way round. True when this was the whole difference.
pub(super) fn wrapped_in_composition(walk: &mut Walk<'_>, old: &Value, new: &Value, place: &Place) -> bool {
    let only = |value: &Value, keyword: &str| -> Option<Vec<Value>> {
        let object = value.as_object()?;
        let variants = object.get(keyword)?.as_array()?;
        let no_null = variants
            .iter()
            .all(|variant| variant.get("type") != Some(&Value::from("null")));
        (object.len() == 1 && no_null).then(|| variants.clone())
    };
    for keyword in KEYWORDS {
        let (before, after) = match (only(old, keyword), only(new, keyword)) {
            (None, Some(after)) if after.contains(old) => (vec![old.clone()], after),
            (Some(before), None) if before.contains(new) => (before, vec![new.clone()]),
            _ => continue,
        };
        variants(walk, keyword, &before, &after, place);
        return true;
    }
    false
}

fn variants(walk: &mut Walk<'_>, keyword: &str, old: &[Value], new: &[Value], place: &Place) {
    let open = old.iter().any(is_free_string);
    let mut left: Vec<usize> = (0..new.len()).collect();
    let mut gone = Vec::new();
    let mut pairs = Vec::new();
    for (index, variant) in old.iter().enumerate() {
        let (name, same_name) = (view(walk.old, variant).name, |other: &Value| view(walk.new, other).name);
        let position = left
            .iter()
            .position(|&other| new[other] == *variant)
            .or_else(|| {
                left.iter()
                    .position(|&other| name.is_some() && same_name(&new[other]) == name)
            })
            .or_else(|| left.iter().position(|&other| meaning(&new[other]) == meaning(variant)));
        match position {
            Some(position) => pairs.push((index, left.remove(position))),
            None => gone.push(index),
        }
    }
    if pairs.windows(2).any(|pair: &[(usize, usize)]| pair[0].1 > pair[1].1) {
        walk.say(Kind::Reordered, place, keyword);
    }
    if gone.len() == left.len() {
        pairs.extend(gone.drain(..).zip(left.drain(..)));
    }
    for (before, after) in pairs {
        new_overlap(walk, keyword, (&old[before], after), new, place);
        let mut here = place.child(keyword).child(&after.to_string());
        here.open = open;
        walk.later(&old[before], &new[after], &here);
    }
    for index in gone {
        walk.say(
            Kind::VariantRemoved,
            &place.child(keyword).child(&index.to_string()),
            brief(Some(&old[index])),
        );
    }
    for index in left {
        let others = new
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, schema)| schema);
        let overlaps = keyword == "oneOf" && others.into_iter().any(|other| may_overlap(walk, &new[index], other));
        let kind = if overlaps {
            Kind::VariantOverlapping
        } else {
            Kind::VariantAdded
        };
        walk.say(
            kind,
            &place.child(keyword).child(&index.to_string()),
            brief(Some(&new[index])),
        );
    }
}

/// A changed `oneOf` shape may come to match values that belonged to another shape alone, and so make them invalid.
fn new_overlap(walk: &mut Walk<'_>, keyword: &str, (old, index): (&Value, usize), new: &[Value], place: &Place) {
    // An enum beside a free string is the idiom for an open enum, not a choice between two shapes.
    if keyword != "oneOf" || new.iter().any(is_free_string) {
        return;
    }
    let mut others = new
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index)
        .map(|(_, schema)| schema);
    if others.any(|other| may_overlap(walk, &new[index], other)) {
        walk.overlap_later(old, &new[index], &place.child(keyword).child(&index.to_string()));
    }
}

/// Whether one value could satisfy both schemas, judged by their types alone.
fn may_overlap(walk: &Walk<'_>, a: &Value, b: &Value) -> bool {
    let (a, b) = (view(walk.new, a).merged(), view(walk.new, b).merged());
    let (Some(x), Some(y)) = (kinds(&a), kinds(&b)) else {
        return true;
    };
    x.intersection(&y).next().is_some() || (flag(&a, "nullable") && flag(&b, "nullable"))
}

/// The schema without its words and without order, as text: equal for schemas that mean the same.
fn meaning(schema: &Value) -> String {
    let mut wordless = schema.clone();
    if let Some(object) = wordless.as_object_mut() {
        for word in ["description", "example", "title"] {
            object.remove(word);
        }
    }
    without_order(&wordless)
}

fn is_free_string(schema: &Value) -> bool {
    schema.get("type") == Some(&Value::from("string")) && schema.get("enum").is_none() && schema.get("format").is_none()
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
