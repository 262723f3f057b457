//! Limits on values: which way a limit moved.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::json::flag;
use super::note::brief;
use super::table::Kind;
use super::walk::{Place, Walk};

/// Which end of the range a keyword holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Lower,
    Upper,
}

/// Keyword, end, the flag that makes it exclusive, and whether zero says nothing.
const BOUNDS: [(&str, End, Option<&str>, bool); 8] = [
    ("minimum", End::Lower, Some("exclusiveMinimum"), false),
    ("maximum", End::Upper, Some("exclusiveMaximum"), false),
    ("minLength", End::Lower, None, true),
    ("maxLength", End::Upper, None, false),
    ("minItems", End::Lower, None, true),
    ("maxItems", End::Upper, None, false),
    ("minProperties", End::Lower, None, true),
    ("maxProperties", End::Upper, None, false),
];

pub(super) fn constraints(walk: &mut Walk<'_>, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
    for (keyword, end, exclusive, zero_is_nothing) in BOUNDS {
        let read = |schema| bound(schema, keyword, exclusive, zero_is_nothing);
        let (old, new) = (read(a), read(b));
        if let Some(kind) = moved(end, old.as_ref(), new.as_ref()) {
            walk.say(
                kind,
                place,
                format!("{keyword}: {} → {}", say(old.as_ref()), say(new.as_ref())),
            );
        }
    }
    for keyword in ["pattern", "multipleOf"] {
        let kind = match (a.get(keyword), b.get(keyword)) {
            (old, new) if old == new => continue,
            (None, _) => Kind::ConstraintTightened,
            (_, None) => Kind::ConstraintLoosened,
            _ => Kind::ConstraintChanged,
        };
        walk.say(
            kind,
            place,
            format!("{keyword}: {} → {}", brief(a.get(keyword)), brief(b.get(keyword))),
        );
    }
    match (flag(a, "uniqueItems"), flag(b, "uniqueItems")) {
        (false, true) => walk.say(Kind::ConstraintTightened, place, "uniqueItems"),
        (true, false) => walk.say(Kind::ConstraintLoosened, place, "uniqueItems"),
        _ => {}
    }
}

/// A limit and whether the limit itself is excluded.
struct Bound {
    value: Number,
    exclusive: bool,
}

/// Reads both spellings of an exclusive limit: the flag of OpenAPI 3.0 and the number of 3.1.
fn bound(schema: &Map<String, Value>, keyword: &str, exclusive: Option<&str>, zero_is_nothing: bool) -> Option<Bound> {
    if let Some(Value::Number(value)) = exclusive.and_then(|name| schema.get(name)) {
        return Some(Bound {
            value: value.clone(),
            exclusive: true,
        });
    }
    let Some(Value::Number(value)) = schema.get(keyword) else {
        return None;
    };
    if zero_is_nothing && value.as_u64() == Some(0) {
        return None;
    }
    Some(Bound {
        value: value.clone(),
        exclusive: exclusive.is_some_and(|name| flag(schema, name)),
    })
}

fn moved(end: End, old: Option<&Bound>, new: Option<&Bound>) -> Option<Kind> {
    let (old, new) = match (old, new) {
        (None, None) => return None,
        (None, Some(_)) => return Some(Kind::ConstraintTightened),
        (Some(_), None) => return Some(Kind::ConstraintLoosened),
        (Some(old), Some(new)) => (old, new),
    };
    let upwards = match compare(&new.value, &old.value) {
        Some(Ordering::Equal) => match (old.exclusive, new.exclusive) {
            (false, true) => return Some(Kind::ConstraintTightened),
            (true, false) => return Some(Kind::ConstraintLoosened),
            _ => return None,
        },
        Some(ordering) => ordering == Ordering::Greater,
        None => return Some(Kind::ConstraintChanged),
    };
    Some(if upwards == (end == End::Lower) {
        Kind::ConstraintTightened
    } else {
        Kind::ConstraintLoosened
    })
}

fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn say(bound: Option<&Bound>) -> String {
    match bound {
        None => "nothing".to_owned(),
        Some(bound) if bound.exclusive => format!("{} (excluded)", bound.value),
        Some(bound) => bound.value.to_string(),
    }
}
