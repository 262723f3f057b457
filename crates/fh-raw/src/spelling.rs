//! Answers spelt as the specification spells them.
//!
//! The documentation writes `QRData`, all published code reads `QrData`, and one client reads `qrData`. A member of an
//! answer whose name differs from a specified one by case only is given the specified name before it is decoded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::{SPEC, problem};

/// Lower-case names of all properties that successes hold, with their specified spelling.
static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    specified_names()
        .into_iter()
        .map(|name| (name.to_ascii_lowercase(), name))
        .collect()
});

fn specified_names() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(SPEC).unwrap_or_default();
    let mut names = BTreeSet::new();
    collect(&document, &successes(&document), &mut Vec::new(), &mut names);
    names
}

/// The response with its JSON members spelt as specified. Anything but JSON passes untouched and unread.
pub(crate) async fn canonical(response: reqwest::Response) -> reqwest::Result<reqwest::Response> {
    if !is_json(&response) {
        return Ok(response);
    }
    let (status, headers, url) = (response.status(), response.headers().clone(), response.url().clone());
    let body = response.bytes().await?;
    let body = respelt(&body).map_or(body, Bytes::from);
    Ok(problem::rebuilt(status, headers, url, body))
}

fn is_json(response: &reqwest::Response) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| {
            let media = media.trim().to_ascii_lowercase();
            media == "application/json" || media == "text/json" || media.ends_with("+json")
        })
}

/// The body with other names, or nothing when no name had to change (or it is not JSON, which the decoder will say).
fn respelt(body: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    rename(&mut value).then(|| serde_json::to_vec(&value).ok()).flatten()
}

fn rename(value: &mut Value) -> bool {
    match value {
        Value::Object(map) => {
            let mut changed = false;
            for (name, wanted) in misspelt(map) {
                if let Some(member) = map.remove(&name) {
                    map.insert(wanted, member);
                    changed = true;
                }
            }
            for member in map.values_mut() {
                changed |= rename(member);
            }
            changed
        }
        Value::Array(items) => {
            let mut changed = false;
            for item in items {
                changed |= rename(item);
            }
            changed
        }
        _ => false,
    }
}

/// Names that are specified in another case, unless the right one is there too.
fn misspelt(map: &Map<String, Value>) -> Vec<(String, String)> {
    map.keys()
        .filter_map(|name| {
            let wanted = NAMES.get(&name.to_ascii_lowercase())?;
            (wanted != name && !map.contains_key(wanted)).then(|| (name.clone(), wanted.clone()))
        })
        .collect()
}

/// The answers of all operations that succeed.
fn successes(document: &Value) -> Value {
    let mut found = Vec::new();
    for item in members(document.get("paths")) {
        for operation in members(Some(item)) {
            if let Some(Value::Object(responses)) = operation.get("responses") {
                found.extend(
                    responses
                        .iter()
                        .filter(|(status, _)| status.starts_with('2'))
                        .map(|(_, response)| response.clone()),
                );
            }
        }
    }
    Value::Array(found)
}

fn members(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::values)
}

fn collect(document: &Value, value: &Value, seen: &mut Vec<String>, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref")
                && !seen.contains(reference)
            {
                seen.push(reference.clone());
                if let Some(target) = document.pointer(reference.trim_start_matches('#')) {
                    collect(document, target, seen, names);
                }
            }
            if let Some(Value::Object(properties)) = map.get("properties") {
                names.extend(properties.keys().cloned());
            }
            for member in map.values() {
                collect(document, member, seen, names);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(document, item, seen, names);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respelt_text(body: &str) -> Option<String> {
        respelt(body.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn the_specified_names_are_known_and_no_two_differ_by_case_only() {
        for name in ["QrData", "RequestId", "CurrentConfig", "DestinationTaxId", "FullName"] {
            assert_eq!(NAMES.get(&name.to_ascii_lowercase()).map(String::as_str), Some(name));
        }
        // Only what answers hold: these are of documents and of problems.
        for name in ["lineitems", "traceid"] {
            assert!(!NAMES.contains_key(name), "{name}");
        }
        assert_eq!(specified_names().len(), NAMES.len(), "two names differ by case only");
    }

    #[test]
    fn another_case_is_respelt_at_any_depth() {
        assert_eq!(
            respelt_text(r#"[{"requestId":"a","QRData":{"fiscalDay":1}}]"#).as_deref(),
            Some(r#"[{"QrData":{"FiscalDay":1},"RequestId":"a"}]"#)
        );
    }

    #[test]
    fn a_well_spelt_body_is_left_alone() {
        for body in [r#"[{"RequestId":"a","Unknown":{"x":1.10}}]"#, "true", "not json", ""] {
            assert_eq!(respelt_text(body), None, "{body}");
        }
    }

    #[test]
    fn the_right_name_wins_over_a_misspelt_twin() {
        assert_eq!(respelt_text(r#"{"Success":true,"success":false}"#), None);
    }
}
