//! Every element of the specification says how it is known.

use serde_json::Value;

use crate::document::operations;
use crate::json_path::escape;
use crate::schema;

/// The extension that holds the tag.
pub const KEY: &str = "x-fh-evidence";

/// The extension that says when and where something was observed.
pub const OBSERVED: &str = "x-fh-observed";

/// The tags, strongest first.
pub const TAGS: [&str; 8] = [
    "observed",
    "docs",
    "example",
    "vendor-code",
    "third-party",
    "kb",
    "zimra",
    "inferred",
];

/// The pointers of all elements that carry a tag: servers, security schemes, operations, parameters, component schemas and
/// every property inside them.
#[must_use]
pub fn elements(document: &Value) -> Vec<String> {
    let mut wanted = Vec::new();
    if let Some(Value::Array(servers)) = document.get("servers") {
        wanted.extend((0..servers.len()).map(|index| format!("/servers/{index}")));
    }
    if let Some(Value::Object(schemes)) = document.pointer("/components/securitySchemes") {
        wanted.extend(
            schemes
                .keys()
                .map(|name| format!("/components/securitySchemes/{}", escape(name))),
        );
    }
    for place in operations(document) {
        if let Some(Value::Array(parameters)) = document.pointer(&format!("{}/parameters", place.pointer)) {
            wanted.extend((0..parameters.len()).map(|index| format!("{}/parameters/{index}", place.pointer)));
        }
        wanted.push(place.pointer);
    }
    wanted.extend(
        schema::component_names(document)
            .into_iter()
            .map(|name| format!("/components/schemas/{}", escape(&name))),
    );
    let mut scratch = document.clone();
    // The visitor never fails, so neither does the walk.
    let _ = schema::visit_all(&mut scratch, &mut |pointer, node| {
        if let Some(Value::Object(properties)) = node.get("properties") {
            wanted.extend(
                properties
                    .keys()
                    .map(|name| format!("{pointer}/properties/{}", escape(name))),
            );
        }
        Ok(())
    });
    wanted.sort();
    wanted
}

/// The pointers of all [`elements`] without a valid tag. Empty when all is well.
#[must_use]
pub fn missing(document: &Value) -> Vec<String> {
    let mut missing = elements(document);
    missing.retain(|pointer| !tagged(document, pointer));
    missing
}

/// Tags everything that has no tag yet as `docs`: a harvested document is the vendor's word and nothing else.
pub(crate) fn tag_as_documented(document: &mut Value) {
    for pointer in elements(document) {
        if let Some(Value::Object(element)) = document.pointer_mut(&pointer) {
            element.entry(KEY).or_insert_with(|| "docs".into());
        }
    }
}

/// Undoes a weaker tag where nothing but the tag changed: what the documentation says by now is known from it, however
/// it was known before. Returns the pointers.
pub(crate) fn keep_documented(before: &Value, after: &mut Value) -> Vec<String> {
    let tag = |element: &Value| element.get(KEY).and_then(Value::as_str).map(str::to_owned);
    let mut kept = Vec::new();
    for pointer in elements(before) {
        let (Some(was), Some(is)) = (before.pointer(&pointer), after.pointer_mut(&pointer)) else {
            continue;
        };
        let is_weaker = !matches!(tag(is).as_deref(), Some("docs" | "observed"));
        if tag(was).as_deref() == Some("docs") && is_weaker && untagged(was) == untagged(is) {
            is[KEY] = "docs".into();
            kept.push(pointer);
        }
    }
    kept
}

/// Gives each element the tag that it had before, where nothing but tags differs: the documentation says again what was known, and a
/// sample is still a sample. What is new or says something else stays as it is, which in a harvest means `docs`.
pub fn keep_tags(before: &Value, after: &mut Value) {
    for pointer in elements(after) {
        let (Some(was), Some(is)) = (before.pointer(&pointer), after.pointer_mut(&pointer)) else {
            continue;
        };
        if let (Some(tag), Some(element)) = (was.get(KEY), is.as_object_mut())
            && untagged(was) == untagged(&Value::Object(element.clone()))
        {
            element.entry(KEY).or_insert_with(|| tag.clone());
        }
    }
}

/// The value without any tag in it.
fn untagged(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(key, _)| *key != KEY && *key != OBSERVED)
                .map(|(key, value)| (key.clone(), untagged(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(untagged).collect()),
        other => other.clone(),
    }
}

/// Refuses a document with an element that does not say how it is known.
///
/// # Errors
///
/// Names the first such element and counts the others.
pub fn check(document: &Value) -> crate::Result<()> {
    let missing = missing(document);
    match missing.split_first() {
        None => Ok(()),
        Some((first, others)) => Err(crate::Error::at(
            first,
            format!(
                "has no `{KEY}` out of {}{}",
                TAGS.join(", "),
                if others.is_empty() {
                    String::new()
                } else {
                    format!(" ({} more like it: {})", others.len(), others.join(" "))
                }
            ),
        )),
    }
}

fn tagged(document: &Value, pointer: &str) -> bool {
    document
        .pointer(pointer)
        .and_then(|element| element.get(KEY))
        .and_then(Value::as_str)
        .is_some_and(|tag| TAGS.contains(&tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tag_is_kept_while_the_element_is_the_same() {
        let before = json!({"components": {"schemas": {"S": {"x-fh-evidence": "example", "properties": {
            "a": {"type": "string", "x-fh-evidence": "example"}, "b": {"type": "string", "x-fh-evidence": "docs"}}}}}});
        let mut after = untagged(&before);
        keep_tags(&before, &mut after);
        assert_eq!(after, before);

        let mut after = untagged(&before);
        after["components"]["schemas"]["S"]["properties"]["a"]["maxLength"] = json!(3);
        keep_tags(&before, &mut after);
        let schema = &after["components"]["schemas"]["S"];
        assert_eq!((schema.get(KEY), schema["properties"]["a"].get(KEY)), (None, None));
        assert_eq!(schema["properties"]["b"][KEY], "docs");
    }

    #[test]
    fn each_kind_of_element_is_asked() {
        let document = json!({
            "servers": [{"url": "x"}],
            "paths": {"/a": {"get": {"parameters": [{"name": "p"}], "responses": {"200": {"content":
                {"application/json": {"schema": {"properties": {"inline": {}}}}}}}}}},
            "components": {
                "securitySchemes": {"Key": {}},
                "schemas": {"S": {"properties": {"a": {"x-fh-evidence": "docs", "properties": {"deep": {}}},
                    "b": {"x-fh-evidence": "hearsay"}}}}
            }
        });
        assert_eq!(
            missing(&document),
            [
                "/components/schemas/S",
                "/components/schemas/S/properties/a/properties/deep",
                "/components/schemas/S/properties/b",
                "/components/securitySchemes/Key",
                "/paths/~1a/get",
                "/paths/~1a/get/parameters/0",
                "/paths/~1a/get/responses/200/content/application~1json/schema/properties/inline",
                "/servers/0",
            ]
        );
        let error = check(&document).unwrap_err().to_string();
        assert!(
            error.starts_with("/components/schemas/S:") && error.contains("7 more"),
            "{error}"
        );
        assert!(check(&json!({"paths": {}})).is_ok());
    }
}
