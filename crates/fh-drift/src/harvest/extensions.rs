//! The documentation tool's own extensions: known ones go, unknown ones stay and are reported.

use std::collections::BTreeSet;

use serde_json::Value;

/// Extensions that say how the tool shows a page, and nothing of the interface.
pub const KNOWN: &[&str] = &[
    "x-apidog-folder",
    "x-apidog-ignore-properties",
    "x-apidog-maintainer",
    "x-apidog-mock",
    "x-apidog-name",
    "x-apidog-orders",
    "x-apidog-status",
    "x-run-in-apidog",
];

/// Members whose keys are names that people chose: nothing there is an extension.
const NAMED: &[&str] = &[
    "callbacks",
    "content",
    "encoding",
    "examples",
    "headers",
    "links",
    "mapping",
    "parameters",
    "paths",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "scopes",
    "securitySchemes",
    "variables",
];

/// Members that hold values of the interface, in which anything may stand.
const OPAQUE: &[&str] = &["const", "default", "enum", "example", "value"];

/// Removes the known extensions and returns the names of the others.
pub fn strip(value: &mut Value) -> BTreeSet<String> {
    let mut unknown = BTreeSet::new();
    walk(value, false, &mut unknown);
    unknown
}

fn walk(value: &mut Value, keys_are_names: bool, unknown: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if !keys_are_names {
                object.retain(|key, _| !KNOWN.contains(&key.as_str()));
                unknown.extend(object.keys().filter(|key| key.starts_with("x-")).cloned());
            }
            for (key, inner) in object {
                let opaque = !keys_are_names && (OPAQUE.contains(&key.as_str()) || key.starts_with("x-"));
                if !opaque {
                    walk(inner, !keys_are_names && NAMED.contains(&key.as_str()), unknown);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, false, unknown)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_extensions_go_and_only_unknown_ones_are_reported() {
        let mut fragment = json!({
            "x-run-in-apidog": "u",
            "components": {"schemas": {"x-apidog-name": {
                "type": "object", "x-apidog-orders": ["a"], "x-apidog-refs": {"x-inner": 1},
                "properties": {"x-apidog-mock": {"type": "string", "x-apidog-mock": "1", "example": {"x-apidog-name": 1}}}
            }}},
            "paths": {"/a": {"get": {"x-apidog-status": "released", "x-other": 1}}}
        });
        let unknown = strip(&mut fragment);
        assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["x-apidog-refs", "x-other"]);
        assert_eq!(
            fragment,
            json!({
                "components": {"schemas": {"x-apidog-name": {
                    "type": "object", "x-apidog-refs": {"x-inner": 1},
                    "properties": {"x-apidog-mock": {"type": "string", "example": {"x-apidog-name": 1}}}
                }}},
                "paths": {"/a": {"get": {"x-other": 1}}}
            })
        );
    }
}
