//! What the generator should see of the specification: one media type for JSON, one type of success and one of error, Rust types
//! where it would make floats, and the shapes without the limits. None of it is written into the specification, which others read.
//!
//! With a length or a pattern on a string the generator writes a wrapper type whose constructor checks it. Here the
//! checks belong to preflight, which can explain them, so the wire types stay plain. The document itself keeps them, for
//! the simulator and for readers.

mod answers;
mod types;

use serde_json::{Value, json};

use crate::document::operations;
use crate::{Result, reference, schema};

const LIMITS: [&str; 12] = [
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "example",
];

/// The specification as the generator should see it.
///
/// # Errors
///
/// The first construct that no rule can rewrite, with its JSON pointer and what to do about it.
pub fn lower(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    answers::expand_default_responses(&mut document)?;
    answers::unify_json_media_types(&mut document)?;
    answers::require_json_schemas(&document)?;
    answers::keep_one_media_type(&mut document)?;
    answers::drop_empty_success_twins(&mut document)?;
    answers::require_one_success_type(&document)?;
    answers::unify_error_types(&mut document)?;
    types::open_response_enums(&mut document)?;
    types::tie_numbers_to_amount(&mut document)?;
    types::tie_date_times(&mut document)?;
    // The generator looks names up as they are written.
    reference::each(&mut document, &mut reference::plain);
    schema::visit_all(&mut document, &mut |_, node| {
        always_null(node);
        drop_limits(node);
        keep_unknown_members(node);
        Ok(())
    })?;
    drop_covered_statuses(&mut document);
    Ok(document)
}

/// Limits, examples and this project's own extensions.
fn drop_limits(node: &mut Value) {
    if let Some(map) = node.as_object_mut() {
        map.retain(|name, _| !LIMITS.contains(&name.as_str()) && !name.starts_with("x-fh-"));
    }
}

/// What is always null has no Rust type of its own: it is read as any value.
fn always_null(node: &mut Value) {
    if node.get("enum") == Some(&json!([null]))
        && let Some(map) = node.as_object_mut()
    {
        map.retain(|name, _| matches!(name.as_str(), "description" | "title" | "deprecated"));
    }
}

/// `additionalProperties: true` says that there are members we do not know, and they must not be lost; the generator
/// keeps them for the equivalent `{}` only.
fn keep_unknown_members(node: &mut Value) {
    if node.get("additionalProperties") == Some(&Value::Bool(true)) {
        node["additionalProperties"] = json!({});
    }
}

/// A 404 with a description of its own beside `4XX` of the same type is an unreachable match arm.
fn drop_covered_statuses(document: &mut Value) {
    for place in operations(document) {
        if let Some(Value::Object(responses)) = document.pointer_mut(&format!("{}/responses", place.pointer)) {
            let ranges: Vec<String> = responses
                .keys()
                .filter_map(|status| status.strip_suffix("XX").map(str::to_owned))
                .collect();
            responses
                .retain(|status, _| status.ends_with("XX") || !ranges.iter().any(|class| status.starts_with(class)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(schema: Value) -> Value {
        lower(&json!({"components": {"schemas": {"S": schema}}})).unwrap()["components"]["schemas"]["S"].take()
    }

    #[test]
    fn limits_go_and_shapes_stay() {
        // The property is called like a limit, and is none.
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["pattern"],
            "properties": {"pattern": {"type": "string", "pattern": "x", "maxLength": 3, "x-fh-evidence": "docs",
                "nullable": true, "x-rust-type": {"crate": "c"}}}
        });
        assert_eq!(
            lowered(schema),
            json!({
                "type": "object", "additionalProperties": false, "required": ["pattern"],
                "properties": {"pattern": {"type": "string", "nullable": true, "x-rust-type": {"crate": "c"}}}
            })
        );
    }

    #[test]
    fn unknown_members_are_kept_where_the_document_says_that_there_are_some() {
        assert_eq!(
            lowered(json!({"additionalProperties": true})),
            json!({"additionalProperties": {}})
        );
    }

    #[test]
    fn a_status_inside_a_range_goes() {
        let document = json!({"paths": {"/a": {"get": {"responses": {"200": {}, "404": {}, "4XX": {}, "500": {}}}}}});
        let lowered = lower(&document).unwrap();
        let responses = lowered["paths"]["/a"]["get"]["responses"].as_object().unwrap();
        assert_eq!(responses.keys().collect::<Vec<_>>(), ["200", "4XX", "500"]);
    }
}
