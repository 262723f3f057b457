//! What two pages say, without the words they say it in.

use serde_json::{Map, Value};

use super::extensions::{NAMED, OPAQUE};

/// Members that are words: they explain, and change nothing that travels.
const WORDS: &[&str] = &[
    "description",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "title",
    "operationId",
    "tags",
    "deprecated",
];

/// The value without words and extensions, and a reference that stands alone in its `allOf` as a reference.
pub(crate) fn wordless(value: &Value) -> Value {
    bare(value, false)
}

/// Whether a member of this name is words, where names are keywords.
pub(super) fn is_words(keyword: &str) -> bool {
    WORDS.contains(&keyword) || keyword.starts_with("x-")
}

fn bare(value: &Value, keys_are_names: bool) -> Value {
    match value {
        Value::Object(object) => {
            let mut kept: Map<String, Value> = object
                .iter()
                .filter(|(key, _)| keys_are_names || !is_words(key))
                .map(|(key, inner)| {
                    let named = !keys_are_names && NAMED.contains(&key.as_str()) && inner.is_object();
                    let opaque = !keys_are_names && OPAQUE.contains(&key.as_str());
                    let inner = if opaque { inner.clone() } else { bare(inner, named) };
                    (key.clone(), inner)
                })
                .collect();
            // With a description beside it, a reference is written inside `allOf`.
            if !keys_are_names
                && kept.len() == 1
                && let Some(Value::Array(members)) = kept.get("allOf")
                && let [only] = members.as_slice()
                && only.get("$ref").is_some()
            {
                kept = only.as_object().cloned().unwrap_or_default();
            }
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| bare(item, false)).collect()),
        other => other.clone(),
    }
}

/// The first few places at which two values differ.
pub(super) fn differences(a: &Value, b: &Value) -> String {
    const SHOWN: usize = 4;
    let mut found = Vec::new();
    differ(a, b, "", &mut found);
    let more = found.len().saturating_sub(SHOWN);
    found.truncate(SHOWN);
    let mut text = found.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn differ(a: &Value, b: &Value, at: &str, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            for key in x.keys().chain(y.keys().filter(|key| !x.contains_key(*key))) {
                let here = format!("{at}/{key}");
                match (x.get(key), y.get(key)) {
                    (Some(x), Some(y)) => differ(x, y, &here, found),
                    (Some(_), None) => found.push(format!("{here} only in the first")),
                    _ => found.push(format!("{here} only in the second")),
                }
            }
        }
        (a, b) if a != b => {
            let brief = |value: &Value| value.to_string().chars().take(60).collect::<String>();
            found.push(format!(
                "{} {} ≠ {}",
                if at.is_empty() { "/" } else { at },
                brief(a),
                brief(b)
            ));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_go_and_members_that_are_called_like_words_stay() {
        let schema = json!({"type": "object", "title": "T", "description": "d", "properties": {
            "description": {"type": "string", "description": "d", "enum": [{"title": "v"}]},
            "who": {"allOf": [{"$ref": "#/components/schemas/A"}], "description": "d"}
        }});
        let bare = json!({"type": "object", "properties": {
            "description": {"type": "string", "enum": [{"title": "v"}]},
            "who": {"$ref": "#/components/schemas/A"}
        }});
        assert_eq!(wordless(&schema), bare);
        let nullable = json!({"allOf": [{"$ref": "#/components/schemas/A"}], "nullable": true});
        assert_eq!(wordless(&nullable), nullable);
    }
}
