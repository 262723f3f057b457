//! Several answers for one status: the documentation tool calls the second `x-200:With details`, because OpenAPI has one per status.
//!
//! Either may come, so the one answer becomes "one of these shapes". Where both have the same shape, the second was there to show
//! another example.

use fh_codegen::document::operations;
use serde_json::{Map, Value, json};

use super::words::wordless;

/// Folds alternative answers into the answers of their status. Returns what was done, a line each.
pub(super) fn fold(fragment: &mut Value) -> Vec<String> {
    let mut said = Vec::new();
    for place in operations(fragment) {
        let Some(Value::Object(responses)) = fragment.pointer_mut(&format!("{}/responses", place.pointer)) else {
            continue;
        };
        let alternatives: Vec<String> = responses.keys().filter(|key| named(key).is_some()).cloned().collect();
        for key in alternatives {
            let Some((status, name)) = named(&key).map(|(status, name)| (status.to_owned(), name.to_owned())) else {
                continue;
            };
            let Some(answer) = responses.remove(&key) else { continue };
            let who = format!("{} {}, {status}", place.method.to_uppercase(), place.path);
            match responses.get_mut(&status) {
                None => {
                    responses.insert(status, answer);
                    said.push(format!("{who}: `{name}` is the only answer"));
                }
                Some(first) if content(first).is_none() || content(&answer).is_none() => {
                    if content(first).is_none() {
                        *first = answer;
                    }
                    said.push(format!(
                        "{who}: `{name}` and the first answer are one with a body and one without"
                    ));
                }
                Some(first) => {
                    let shapes = join(first, &answer);
                    said.push(match shapes {
                        0 => format!("{who}: `{name}` has the shape of the first answer"),
                        _ => format!("{who}: `{name}` is one more shape beside the first"),
                    });
                }
            }
        }
    }
    said
}

/// `x-200:With details` is the answer `With details` of 200.
fn named(key: &str) -> Option<(&str, &str)> {
    let (status, name) = key.strip_prefix("x-")?.split_once(':')?;
    let plain = status == "default" || (status.len() == 3 && status.starts_with(|first: char| first.is_ascii_digit()));
    plain.then_some((status, name.trim()))
}

fn content(answer: &Value) -> Option<&Map<String, Value>> {
    answer.get("content")?.as_object().filter(|content| !content.is_empty())
}

/// Adds the shapes of the second answer to the first; returns how many were new.
fn join(first: &mut Value, second: &Value) -> usize {
    let mut added = 0;
    let Some(Value::Object(into)) = first.get_mut("content") else {
        return added;
    };
    for (media, body) in content(second).into_iter().flatten() {
        let Some(present) = into.get_mut(media) else {
            into.insert(media.clone(), body.clone());
            added += 1;
            continue;
        };
        let (Some(known), Some(schema)) = (present.get("schema").cloned(), body.get("schema")) else {
            continue;
        };
        let shapes = match (known.get("anyOf").and_then(Value::as_array), known.as_object()) {
            (Some(shapes), Some(object)) if object.len() == 1 => shapes.clone(),
            _ => vec![known],
        };
        if !shapes.iter().any(|shape| wordless(shape) == wordless(schema)) {
            let all: Vec<Value> = shapes.into_iter().chain([schema.clone()]).collect();
            present["schema"] = json!({ "anyOf": all });
            added += 1;
        }
    }
    added
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(schema: Value) -> Value {
        json!({"description": "", "content": {"application/json": {"schema": schema}}})
    }

    #[test]
    fn another_shape_is_one_of_two_and_the_same_shape_is_one() {
        let mut fragment = json!({"paths": {"/a": {"get": {"responses": {
            "200": answer(json!({"type": "object", "description": "plain"})),
            "x-200:With details": answer(json!({"type": "array", "items": {}})),
            "x-200:Again": answer(json!({"type": "object"})),
            "x-404:Gone": answer(json!({"type": "string"})),
            "x-note": "kept"
        }}}}});
        let said = fold(&mut fragment);
        assert_eq!(said.len(), 3);
        let responses = &fragment["paths"]["/a"]["get"]["responses"];
        assert_eq!(
            responses["200"]["content"]["application/json"]["schema"],
            json!({"anyOf": [{"type": "object", "description": "plain"}, {"type": "array", "items": {}}]})
        );
        assert_eq!(responses["404"], answer(json!({"type": "string"})));
        assert_eq!(responses.as_object().map(Map::len), Some(3));
    }
}
