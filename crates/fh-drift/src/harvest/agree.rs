//! Several pages for one operation: put together where they agree, and shown where they do not.

use serde_json::{Map, Value};

use super::words::{is_words, wordless};

/// What became of one more page's word on an operation.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Words that differ; the first page's are kept.
    pub(super) words: Vec<String>,
    /// What only the other page has.
    pub(super) added: Vec<String>,
    /// What the pages say differently; the first page's is kept.
    pub(super) against: Vec<String>,
}

/// Puts what another page says of an operation to what is known of it.
pub(super) fn put_together(known: &mut Value, other: &Value) -> Outcome {
    let mut outcome = Outcome::default();
    let (Some(into), Some(from)) = (known.as_object_mut(), other.as_object()) else {
        outcome.against.push("/".to_owned());
        return outcome;
    };
    for (key, value) in from {
        let at = format!("/{key}");
        match (key.as_str(), into.get_mut(key)) {
            ("parameters", Some(Value::Array(present))) => parameters(present, value, &mut outcome),
            ("tags", Some(Value::Array(present))) => {
                for tag in value.as_array().into_iter().flatten() {
                    if !present.contains(tag) {
                        present.push(tag.clone());
                    }
                }
            }
            ("responses", Some(Value::Object(present))) => named(present, value, &at, &mut outcome, 2),
            ("requestBody", Some(Value::Object(present))) => body(present, value, &at, &mut outcome),
            _ => one(into, key, value, &at, &mut outcome),
        }
    }
    outcome
}

/// A single member: taken when it is new, kept when it is the same, and otherwise the first page's.
fn one(into: &mut Map<String, Value>, key: &str, value: &Value, at: &str, outcome: &mut Outcome) {
    let Some(present) = into.get(key) else {
        into.insert(key.to_owned(), value.clone());
        if !is_words(key) {
            outcome.added.push(at.to_owned());
        }
        return;
    };
    if present == value {
    } else if is_words(key) || wordless(present) == wordless(value) {
        outcome.words.push(at.to_owned());
    } else {
        outcome.against.push(at.to_owned());
    }
}

/// Members with names of their own, such as statuses and media types, so many levels deep.
fn named(present: &mut Map<String, Value>, other: &Value, at: &str, outcome: &mut Outcome, levels: usize) {
    for (key, value) in other.as_object().into_iter().flatten() {
        let here = format!("{at}/{key}");
        match present.get_mut(key) {
            Some(Value::Object(inner)) if levels > 0 && inner.get("$ref").is_none() && value.get("$ref").is_none() => {
                if levels > 1 {
                    body(inner, value, &here, outcome);
                } else {
                    named(inner, value, &here, outcome, 0);
                }
            }
            _ => one(present, key, value, &here, outcome),
        }
    }
}

/// A body or an answer: its media types one by one.
fn body(present: &mut Map<String, Value>, other: &Value, at: &str, outcome: &mut Outcome) {
    for (key, value) in other.as_object().into_iter().flatten() {
        let here = format!("{at}/{key}");
        match present.get_mut(key) {
            Some(Value::Object(inner)) if key == "content" => named(inner, value, &here, outcome, 1),
            _ => one(present, key, value, &here, outcome),
        }
    }
}

fn parameters(present: &mut Vec<Value>, other: &Value, outcome: &mut Outcome) {
    for parameter in other.as_array().into_iter().flatten() {
        let at = format!("/parameters/{}", name(parameter));
        match present.iter().find(|known| name(known) == name(parameter)) {
            None => {
                present.push(parameter.clone());
                outcome.added.push(at);
            }
            Some(known) if known == parameter => {}
            Some(known) if wordless(known) == wordless(parameter) => outcome.words.push(at),
            Some(_) => outcome.against.push(at),
        }
    }
}

fn name(parameter: &Value) -> String {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
    match parameter.get("$ref").and_then(Value::as_str) {
        Some(reference) => reference.to_owned(),
        None => format!("{}:{}", text("in"), text("name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_agrees_is_put_together_and_what_does_not_is_named() {
        let mut known = json!({
            "summary": "Create a product", "tags": ["A"],
            "parameters": [{"in": "query", "name": "a", "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object"}, "example": 1}}},
            "responses": {"200": {"description": "d", "content": {"application/json": {"schema": {"type": "string"}}}}}
        });
        let other = json!({
            "summary": "Create a digital product", "tags": ["B"], "security": [],
            "parameters": [
                {"in": "query", "name": "a", "schema": {"type": "string"}, "description": "words"},
                {"in": "query", "name": "b", "schema": {"type": "string"}}
            ],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object"}, "example": 2}, "text/plain": {}}},
            "responses": {
                "200": {"description": "d", "content": {"application/json": {"schema": {"type": "integer"}}}},
                "404": {"description": "gone"}
            }
        });
        let outcome = put_together(&mut known, &other);
        assert_eq!(
            outcome.words,
            [
                "/parameters/query:a",
                "/requestBody/content/application/json/example",
                "/summary"
            ]
        );
        assert_eq!(
            outcome.added,
            [
                "/parameters/query:b",
                "/requestBody/content/text/plain",
                "/responses/404",
                "/security"
            ]
        );
        assert_eq!(outcome.against, ["/responses/200/content/application/json/schema"]);
        assert_eq!(known["tags"], json!(["A", "B"]));
        assert_eq!(
            known["responses"]["200"]["content"]["application/json"]["schema"]["type"],
            "string"
        );
        assert_eq!(known["responses"]["404"]["description"], "gone");
    }
}
