//! Extensions: the documentation tool's own go, others stay and are reported.

use std::collections::BTreeSet;

use serde_json::Value;

/// Whether the extension says how the documentation tool shows a page, and nothing of the interface: its folders and orders, the
/// parts that a schema was put together from (they are written out beside it), the names it shows for the values of an enum.
fn is_the_tools(key: &str) -> bool {
    key.starts_with("x-apidog") || key == "x-run-in-apidog"
}

/// Members whose keys are names that people chose: nothing there is an extension.
pub(super) const NAMED: &[&str] = &[
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
    "webhooks",
    "x-webhooks",
];

/// Members that hold values of the interface, in which anything may stand.
pub(super) const OPAQUE: &[&str] = &["const", "default", "enum", "example", "value"];

/// Removes the tool's own extensions and returns the names of the others.
pub fn strip(value: &mut Value) -> BTreeSet<String> {
    let mut unknown = BTreeSet::new();
    walk(value, false, &mut unknown);
    unknown
}

fn walk(value: &mut Value, keys_are_names: bool, unknown: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if !keys_are_names {
                object.retain(|key, _| !is_the_tools(key));
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
    fn only_the_tools_extensions_go_and_the_others_are_reported() {
        let mut fragment = json!({
            "x-run-in-apidog": "u",
            "components": {"schemas": {"x-apidog-name": {
                "type": "object", "x-apidog-orders": ["a"], "x-apidog-refs": {"01J": {"$ref": "#/x", "x-apidog-overrides": {}}},
                "properties": {"x-apidog-mock": {"type": "string", "x-apidog-mock": "1", "example": {"x-apidog-name": 1}}}
            }}},
            "paths": {"/a": {"get": {"x-apidog-status": "released", "x-other": {"x-inner": 1},
                "security": [{"bearer": [], "x-apidog": {"required": true}}]}}}
        });
        let unknown = strip(&mut fragment);
        assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["x-other"]);
        assert_eq!(
            fragment,
            json!({
                "components": {"schemas": {"x-apidog-name": {
                    "type": "object",
                    "properties": {"x-apidog-mock": {"type": "string", "example": {"x-apidog-name": 1}}}
                }}},
                "paths": {"/a": {"get": {"x-other": {"x-inner": 1}, "security": [{"bearer": []}]}}}
            })
        );
    }
}
