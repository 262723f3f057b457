//! Parameters of an operation, and headers, which are parameters in another place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::class::Direction;
use super::content::{content, optional_schema};
use super::endpoint::Operation;
use super::json::members;
use super::note::brief;
use super::resolve::deref;
use super::table::Kind;
use super::walk::{Place, Walk};

pub(super) fn parameters(walk: &mut Walk<'_>, old: Operation<'_>, new: Operation<'_>) {
    let base = new.place(Direction::Request).child("parameters");
    let (mut before, mut after) = (declared(walk.old, old), declared(walk.new, new));
    pair_renamed_path_parameters(old.path, new.path, &mut before, &mut after);
    for (key, was) in &before {
        let here = base.child(&format!("{}:{}", key.0, key.1));
        let Some(now) = after.get(key) else {
            let moved = after
                .keys()
                .any(|other| other.1.eq_ignore_ascii_case(&key.1) && !before.contains_key(other));
            let kind = match (moved, key.0.as_str()) {
                (true, _) => Kind::ParameterMoved,
                (_, "header") => Kind::HeaderRemoved,
                _ => Kind::ParameterRemoved,
            };
            walk.say(kind, &here, format!("{} `{}`", key.0, key.1));
            continue;
        };
        parameter(walk, was, now, &here, key.0 == "header");
    }
    for (key, parameter) in &after {
        if before.contains_key(key)
            || before
                .keys()
                .any(|other| other.1.eq_ignore_ascii_case(&key.1) && !after.contains_key(other))
        {
            continue; // known, or moved here and already said
        }
        let required = parameter.get("required") == Some(&Value::Bool(true));
        let kind = match (key.0.as_str(), required) {
            ("header", true) => Kind::HeaderAddedRequired,
            ("header", false) => Kind::HeaderAddedOptional,
            (_, true) => Kind::ParameterAddedRequired,
            (_, false) => Kind::ParameterAddedOptional,
        };
        walk.say(
            kind,
            &base.child(&format!("{}:{}", key.0, key.1)),
            format!("{} `{}`", key.0, key.1),
        );
    }
}

/// A parameter of an operation or a header of an answer.
pub(super) fn parameter(walk: &mut Walk<'_>, a: &Value, b: &Value, place: &Place, header: bool) {
    let required = |value: &Value| value.get("required") == Some(&Value::Bool(true));
    let (now_required, now_optional) = if header {
        (Kind::HeaderNowRequired, Kind::HeaderNowOptional)
    } else {
        (Kind::ParameterNowRequired, Kind::ParameterNowOptional)
    };
    match (required(a), required(b)) {
        (false, true) => walk.say(now_required, place, "now required"),
        (true, false) => walk.say(now_optional, place, "now optional"),
        _ => {}
    }
    let (old, new) = (members(Some(a)), members(Some(b)));
    for keyword in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        if old.get(keyword) == new.get(keyword) {
            continue;
        }
        let kind = match *keyword {
            "name" | "in" | "required" | "schema" | "content" => continue,
            "description" => Kind::DescriptionChanged,
            "example" | "examples" => Kind::ExampleChanged,
            "deprecated" => Kind::DeprecationChanged,
            "style" | "explode" | "allowReserved" | "allowEmptyValue" => Kind::ParameterStyleChanged,
            extension if extension.starts_with("x-") => Kind::ExtensionChanged,
            _ => Kind::Unclassified,
        };
        let note = format!(
            "{keyword}: {} → {}",
            brief(old.get(keyword).copied()),
            brief(new.get(keyword).copied())
        );
        walk.say(kind, place, note);
    }
    optional_schema(walk, a.get("schema"), b.get("schema"), place);
    if a.get("content").is_some() || b.get("content").is_some() {
        content(walk, a.get("content"), b.get("content"), &place.child("content"));
    }
}

/// Parameters by place and name (header names in lower case), the operation's own over those of its path.
fn declared(document: &Value, operation: Operation<'_>) -> BTreeMap<(String, String), Value> {
    let mut found = BTreeMap::new();
    for list in [operation.item.get("parameters"), operation.body.get("parameters")] {
        for parameter in list.and_then(Value::as_array).into_iter().flatten() {
            let parameter = deref(document, parameter).1;
            let text = |keyword: &str| {
                parameter
                    .get(keyword)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let (place, mut name) = (text("in"), text("name"));
            if place == "header" {
                name.make_ascii_lowercase();
            }
            found.insert((place, name), parameter.clone());
        }
    }
    found
}

/// `/x/{id}` and `/x/{key}` are one path: their parameters are compared, not taken for one gone and one new.
fn pair_renamed_path_parameters(
    old_path: &str,
    new_path: &str,
    before: &mut BTreeMap<(String, String), Value>,
    after: &mut BTreeMap<(String, String), Value>,
) {
    let (old, new) = (braced(old_path), braced(new_path));
    if old.len() != new.len() {
        return;
    }
    for (from, to) in old.into_iter().zip(new).filter(|(from, to)| from != to) {
        let (from, to) = (("path".to_owned(), from), ("path".to_owned(), to));
        if before.contains_key(&to) || !after.contains_key(&to) {
            continue;
        }
        if let Some(parameter) = before.remove(&from) {
            before.insert(to, parameter);
        }
    }
}

fn braced(path: &str) -> Vec<String> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}').map(str::to_owned))
        .collect()
}
