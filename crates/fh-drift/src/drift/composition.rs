//! `oneOf`, `anyOf`, `not` and discriminators.

use std::collections::BTreeSet;
use std::slice;

use serde_json::{Map, Value};

use super::apart::could_match;
use super::class::Direction;
use super::json::{members, without, without_order};
use super::note::brief;
use super::resolve::name_of;
use super::table::Kind;
use super::walk::{Place, Walk};

/// What a changed shape may do to its neighbours.
pub(super) const OVERLAP: &str = "the changed shape may match a value of another shape";

const KEYWORDS: [&str; 2] = ["oneOf", "anyOf"];

pub(super) fn compositions(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    fn list<'a>(schema: &'a Map<String, Value>, keyword: &str) -> Option<&'a Vec<Value>> {
        schema.get(keyword).and_then(Value::as_array)
    }
    // Most schemas are no choice of shapes.
    if !KEYWORDS
        .iter()
        .chain(&["discriminator"])
        .any(|keyword| a.contains_key(*keyword) || b.contains_key(*keyword))
    {
        return;
    }
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
            // Where both documents let the same property choose, no value fits two shapes of different names.
            let chosen = a.contains_key("discriminator")
                && choice(walk, a, b).is_none_or(|kind| kind == Kind::DiscriminatorExtended);
            variants(walk, (keyword, chosen), old, new, place);
        }
    }
    if let Some(kind) = choice(walk, a, b) {
        walk.say(
            kind,
            place,
            format!("{} → {}", brief(a.get("discriminator")), brief(b.get("discriminator"))),
        );
    }
}

/// What became of the discriminator.
fn choice(walk: &Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>) -> Option<Kind> {
    let (old, new) = (a.get("discriminator"), b.get("discriminator"));
    if old == new {
        return None;
    }
    let (Some(old), Some(new)) = (old, new) else {
        return Some(Kind::DiscriminatorChanged);
    };
    let (before, after) = (members(old.get("mapping")), members(new.get("mapping")));
    // Without a mapping of its own a shape is chosen by its name.
    let names: BTreeSet<String> = KEYWORDS
        .iter()
        .filter_map(|keyword| a.get(*keyword)?.as_array())
        .flatten()
        .filter_map(|shape| name_of(walk.old, shape))
        .collect();
    let kept = before.iter().all(|(value, shape)| after.get(value) == Some(shape));
    let free = after
        .keys()
        .all(|value| before.contains_key(value) || !names.contains(*value));
    let same = without(old, "mapping") == without(new, "mapping");
    Some(if same && kept && free {
        Kind::DiscriminatorExtended
    } else {
        Kind::DiscriminatorChanged
    })
}

/// A schema that became one of several, or the other way round. True when this was the whole difference.
pub(super) fn wrapped_in_composition(walk: &mut Walk<'_>, old: &Value, new: &Value, place: &Place) -> bool {
    fn only<'a>(value: &'a Value, keyword: &str) -> Option<&'a [Value]> {
        let object = value.as_object().filter(|object| object.len() == 1)?;
        let variants = object.get(keyword)?.as_array()?;
        let is_null = |variant: &Value| variant.get("type").is_some_and(|kind| *kind == "null");
        (!variants.iter().any(is_null)).then_some(variants)
    }
    for keyword in KEYWORDS {
        let (before, after) = match (only(old, keyword), only(new, keyword)) {
            (None, Some(after)) if after.contains(old) => (slice::from_ref(old), after),
            (Some(before), None) if before.contains(new) => (before, slice::from_ref(new)),
            _ => continue,
        };
        variants(walk, (keyword, false), before, after, place);
        return true;
    }
    false
}

/// What of an `allOf` could not be said as one schema: compared part by part.
pub(super) fn kept_apart(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    if !a.contains_key("allOf") && !b.contains_key("allOf") {
        return;
    }
    let parts = |schema: &Map<String, Value>| {
        schema
            .get("allOf")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let (mut old, mut new) = (parts(a), parts(b));
    let within = |few: &[Value], many: &[Value]| few.len() < many.len() && few.iter().all(|part| many.contains(part));
    let more = if within(&old, &new) {
        Some((Kind::ConditionAdded, &old, &new))
    } else if within(&new, &old) {
        Some((Kind::ConditionRemoved, &new, &old))
    } else {
        None
    };
    if let Some((kind, few, many)) = more {
        for part in many.iter().filter(|part| !few.contains(part)) {
            walk.say(kind, place, brief(Some(part)));
        }
        let few = few.clone();
        // Equal text can still differ in what its references lead to.
        for (index, part) in few.iter().enumerate() {
            walk.later(part, part, &place.child("allOf").child(&index.to_string()).composed());
        }
        return;
    }
    if old.len() != new.len() {
        walk.say(
            Kind::Unclassified,
            place,
            format!("`allOf`: {} → {}", brief(a.get("allOf")), brief(b.get("allOf"))),
        );
        return;
    }
    let all = old.clone();
    old.retain(|part| !new.contains(part));
    new.retain(|part| !all.contains(part));
    // Equal text can still differ in what its references lead to.
    let same = all.iter().filter(|part| !old.contains(part)).map(|part| (part, part));
    for (index, (before, after)) in old.iter().zip(&new).chain(same).enumerate() {
        walk.later(
            before,
            after,
            &place.child("allOf").child(&index.to_string()).composed(),
        );
    }
}

fn variants(walk: &mut Walk<'_>, (keyword, chosen): (&str, bool), old: &[Value], new: &[Value], place: &Place) {
    let open = old.iter().any(is_free_string);
    let mut left: Vec<usize> = (0..new.len()).collect();
    let mut gone = Vec::new();
    let mut pairs = Vec::new();
    for (index, variant) in old.iter().enumerate() {
        let (name, same_name) = (name_of(walk.old, variant), |other: &Value| name_of(walk.new, other));
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
        let here = place.child(keyword).child(&after.to_string());
        // An enum beside a free string is the idiom for an open enum, not a choice between two shapes.
        let neighbours = others(old, Some(before));
        let is_known = old[before] == new[after] && walk.is_harmless(&new[after]);
        if keyword == "oneOf"
            && !walk.asking
            && !new.iter().any(is_free_string)
            && !is_known
            && may_match(walk, &neighbours, &new[after], chosen, place.direction)
        {
            // A changed shape may come to match values that belonged to another shape alone, and so make them invalid.
            walk.overlap_later(&old[before], &new[after], &here);
        }
        let here = here.open(open && !walk.asking);
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
        let overlaps = keyword == "oneOf" && may_match(walk, &others(old, None), &new[index], chosen, place.direction);
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

/// All but one of the shapes.
fn others(shapes: &[Value], but: Option<usize>) -> Vec<&Value> {
    let others = shapes.iter().enumerate().filter(|(index, _)| Some(*index) != but);
    others.map(|(_, shape)| shape).collect()
}

/// Whether a value of one of these shapes of the old document could satisfy this one of the new document.
fn may_match(walk: &Walk<'_>, old: &[&Value], new: &Value, chosen: bool, direction: Direction) -> bool {
    let name = name_of(walk.new, new);
    old.iter().any(|old| {
        let by_name = chosen && name.is_some() && name_of(walk.old, old).is_some_and(|old| Some(old) != name);
        !by_name && could_match((walk.old, old), (walk.new, new), direction)
    })
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
