//! Finding one's way in an OpenAPI document, and writing it so that equal documents are equal bytes.

use serde_json::{Map, Value};

use crate::json_path::escape;
use crate::{Error, Result, reference};

/// The methods under which a path item holds operations.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Where one operation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path template, such as `/taxmapping/{id}`.
    pub path: String,
    /// The method in lower case.
    pub method: &'static str,
    /// The JSON pointer of the operation.
    pub pointer: String,
}

/// All operations, by path and then by method.
#[must_use]
pub fn operations(document: &Value) -> Vec<Place> {
    let mut places = Vec::new();
    if let Some(Value::Object(paths)) = document.get("paths") {
        for (path, item) in paths {
            for method in METHODS {
                if item.get(method).is_some() {
                    places.push(Place {
                        path: path.clone(),
                        method,
                        pointer: format!("/paths/{}/{method}", escape(path)),
                    });
                }
            }
        }
    }
    places.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    places
}

/// Follows a `$ref` into the same document; anything else is returned as it is.
///
/// # Errors
///
/// When the reference leads out of the document or to nothing.
pub fn resolve<'v>(document: &'v Value, value: &'v Value, pointer: &str) -> Result<&'v Value> {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
        return Ok(value);
    };
    reference::target(document, reference)
        .ok_or_else(|| Error::at(pointer, format!("`{reference}` leads to nothing here")))
}

/// The document as text: members in alphabetical order, two spaces, a final newline.
///
/// The order is made here and not left to the map type, which differs between builds of `serde_json`.
#[must_use]
pub fn render(document: &Value) -> String {
    format!("{:#}\n", sorted(document))
}

/// The same value with the members of every object in alphabetical order.
#[must_use]
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            Value::Object(
                members
                    .into_iter()
                    .map(|(name, member)| (name.clone(), sorted(member)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_are_found_in_order() {
        let document = json!({"paths": {"/b": {"put": {}, "get": {}, "summary": "x"}, "/a": {"post": {}}}});
        let found: Vec<_> = operations(&document).into_iter().map(|place| place.pointer).collect();
        assert_eq!(found, ["/paths/~1a/post", "/paths/~1b/get", "/paths/~1b/put"]);
    }

    #[test]
    fn rendering_sorts_and_ends_with_a_newline() {
        let document = json!({"b": [{"d": 1, "c": 2}], "a": null});
        assert_eq!(
            render(&document),
            "{\n  \"a\": null,\n  \"b\": [\n    {\n      \"c\": 2,\n      \"d\": 1\n    }\n  ]\n}\n"
        );
    }

    #[test]
    fn a_dangling_reference_is_named() {
        let document = json!({"a": {"$ref": "#/components/schemas/Gone"}});
        let error = resolve(&document, &document["a"], "/a").unwrap_err().to_string();
        assert!(error.contains("/a") && error.contains("Gone"), "{error}");
    }
}
