//! Walking the schemas of a document.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{Place, operations};
use crate::json_path::escape;
use crate::{Result, reference};

/// Calls `visit` for every schema in the document, outer before inner, with its JSON pointer.
///
/// # Errors
///
/// The first error of `visit`.
pub fn visit_all(document: &mut Value, visit: &mut dyn FnMut(&str, &mut Value) -> Result<()>) -> Result<()> {
    for root in roots(document) {
        if let Some(schema) = document.pointer_mut(&root) {
            visit_tree(&root, schema, visit)?;
        }
    }
    Ok(())
}

/// Calls `visit` for a schema and every schema inside it.
///
/// # Errors
///
/// The first error of `visit`.
pub fn visit_tree(
    pointer: &str,
    schema: &mut Value,
    visit: &mut dyn FnMut(&str, &mut Value) -> Result<()>,
) -> Result<()> {
    visit(pointer, schema)?;
    for child in children(schema) {
        let place = format!("{pointer}{child}");
        if let Some(inner) = schema.pointer_mut(&child) {
            visit_tree(&place, inner, visit)?;
        }
    }
    Ok(())
}

/// The pointers, relative to a schema, of the schemas directly inside it.
fn children(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(Value::Object(properties)) = schema.get("properties") {
        found.extend(properties.keys().map(|name| format!("/properties/{}", escape(name))));
    }
    for list in ["allOf", "oneOf", "anyOf"] {
        if let Some(Value::Array(items)) = schema.get(list) {
            found.extend((0..items.len()).map(|index| format!("/{list}/{index}")));
        }
    }
    for single in ["items", "additionalProperties", "not"] {
        if schema.get(single).is_some_and(Value::is_object) {
            found.push(format!("/{single}"));
        }
    }
    found
}

/// The pointers of all outermost schemas: components, parameters, bodies, answers.
fn roots(document: &Value) -> Vec<String> {
    let mut found: Vec<String> = component_names(document)
        .into_iter()
        .map(|name| format!("/components/schemas/{}", escape(&name)))
        .collect();
    for Place { pointer, .. } in operations(document) {
        let Some(operation) = document.pointer(&pointer) else {
            continue;
        };
        if let Some(Value::Array(parameters)) = operation.get("parameters") {
            found.extend((0..parameters.len()).map(|index| format!("{pointer}/parameters/{index}/schema")));
        }
        found.extend(contents(operation, &pointer, "/requestBody"));
        if let Some(Value::Object(responses)) = operation.get("responses") {
            for status in responses.keys() {
                found.extend(contents(operation, &pointer, &format!("/responses/{}", escape(status))));
            }
        }
    }
    for section in ["responses", "requestBodies"] {
        for name in names(document, section) {
            let place = format!("/components/{section}/{}", escape(&name));
            found.extend(contents(document, "", &place));
        }
    }
    for section in ["parameters", "headers"] {
        found.extend(
            names(document, section)
                .into_iter()
                .map(|name| format!("/components/{section}/{}/schema", escape(&name))),
        );
    }
    found.retain(|pointer| document.pointer(pointer).is_some());
    found
}

fn contents(base: &Value, pointer: &str, inside: &str) -> Vec<String> {
    match base.pointer(&format!("{inside}/content")) {
        Some(Value::Object(content)) => content
            .keys()
            .map(|media| format!("{pointer}{inside}/content/{}/schema", escape(media)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The names of all component schemas.
#[must_use]
pub fn component_names(document: &Value) -> BTreeSet<String> {
    names(document, "schemas")
}

fn names(document: &Value, section: &str) -> BTreeSet<String> {
    match document.pointer(&format!("/components/{section}")) {
        Some(Value::Object(members)) => members.keys().cloned().collect(),
        _ => BTreeSet::new(),
    }
}

/// The component schemas that a request body can hold, directly or through other schemas.
#[must_use]
pub fn in_requests(document: &Value) -> BTreeSet<String> {
    reachable(document, |operation| {
        operation.get("requestBody").cloned().into_iter().collect()
    })
}

/// The component schemas that an answer can hold, errors among them.
#[must_use]
pub fn in_responses(document: &Value) -> BTreeSet<String> {
    reachable(document, |operation| {
        operation.get("responses").cloned().into_iter().collect()
    })
}

fn reachable(document: &Value, start: impl Fn(&Value) -> Vec<Value>) -> BTreeSet<String> {
    let mut open: Vec<Value> = operations(document)
        .iter()
        .filter_map(|place| document.pointer(&place.pointer))
        .flat_map(start)
        .collect();
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    while let Some(value) = open.pop() {
        for reference in references(&value) {
            if !seen.insert(reference.clone()) {
                continue;
            }
            found.extend(reference::schema(&reference));
            if let Some(target) = reference::target(document, &reference) {
                open.push(target.clone());
            }
        }
    }
    found
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(name, member)| match (name.as_str(), member) {
                ("$ref", Value::String(reference)) => vec![reference.clone()],
                _ => references(member),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "paths": {"/a": {"post": {
                "parameters": [{"name": "p", "schema": {"type": "integer"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                "responses": {"200": {"content": {"application/json": {"schema":
                    {"type": "array", "items": {"$ref": "#/components/schemas/Out"}}}}},
                    "default": {"$ref": "#/components/responses/Bad"}}
            }}},
            "components": {
                "responses": {"Bad": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}},
                "schemas": {
                    "In": {"properties": {"x/y": {"allOf": [{"$ref": "#/components/schemas/Both"}]}}},
                    "Both": {"properties": {"self": {"$ref": "#/components/schemas/Both"}}},
                    "Out": {"additionalProperties": {"$ref": "#/components/schemas/Both"}},
                    "Problem": {}, "Loose": {}
                }
            }
        })
    }

    #[test]
    fn every_schema_is_visited_with_its_pointer() {
        let mut document = document();
        let mut seen = Vec::new();
        visit_all(&mut document, &mut |pointer, _| {
            seen.push(pointer.to_owned());
            Ok(())
        })
        .unwrap();
        for pointer in [
            "/components/schemas/In/properties/x~1y/allOf/0",
            "/components/schemas/Out/additionalProperties",
            "/paths/~1a/post/parameters/0/schema",
            "/paths/~1a/post/requestBody/content/application~1json/schema",
            "/paths/~1a/post/responses/200/content/application~1json/schema/items",
            "/components/responses/Bad/content/application~1json/schema",
        ] {
            assert!(seen.iter().any(|place| place == pointer), "{pointer} not in {seen:#?}");
        }
    }

    #[test]
    fn directions_follow_references() {
        let names = |found: BTreeSet<String>| found.into_iter().collect::<Vec<_>>();
        assert_eq!(names(in_requests(&document())), ["Both", "In"]);
        assert_eq!(names(in_responses(&document())), ["Both", "Out", "Problem"]);
    }
}
