//! One test per rule.

use serde_json::json;

use super::*;

/// A document with one operation, `GET /a`, that has these members.
fn with_operation(operation: Value) -> Value {
    let mut document = json!({"openapi": "3.0.3", "paths": {"/a": {"get": {"operationId": "get_a"}}}});
    let target = document["paths"]["/a"]["get"].as_object_mut().unwrap();
    target.extend(operation.as_object().unwrap().clone());
    document
}

fn with_responses(responses: Value) -> Value {
    with_operation(json!({ "responses": responses }))
}

fn json_of(schema: Value) -> Value {
    json!({"content": {"application/json": {"schema": schema}}})
}

/// The rule's error must name both the place and the matter.
fn assert_refused(result: Result<()>, place: &str, matter: &str) {
    let error = result.unwrap_err().to_string();
    assert!(
        error.starts_with(place) && error.contains(matter),
        "expected `{place}` and `{matter}` in: {error}"
    );
}

#[test]
fn default_becomes_both_error_ranges() {
    let mut document = with_responses(json!({"200": {}, "4XX": {"mine": 1}, "default": {"d": 1}}));
    expand_default_responses(&mut document).unwrap();
    assert_eq!(
        document["paths"]["/a"]["get"]["responses"],
        json!({"200": {}, "4XX": {"mine": 1}, "5XX": {"d": 1}})
    );
}

#[test]
fn other_names_for_json_become_json() {
    let mut document = with_responses(json!({"400": {"content": {"application/problem+json": {"p": 1}}}}));
    document["components"]["responses"]["R"] = json!({"content": {"text/json": {"t": 1}}});
    unify_json_media_types(&mut document).unwrap();
    assert_eq!(
        document["paths"]["/a"]["get"]["responses"]["400"]["content"],
        json!({"application/json": {"p": 1}})
    );
    assert_eq!(
        document["components"]["responses"]["R"]["content"],
        json!({"application/json": {"t": 1}})
    );
}

#[test]
fn json_without_a_schema_is_refused() {
    let document = with_responses(json!({"200": {"content": {"application/json": {}}}}));
    assert_refused(
        require_json_schemas(&document),
        "/paths/~1a/get/responses/200/content",
        "no schema",
    );
}

#[test]
fn json_wins_among_media_types() {
    let mut document = with_operation(json!({"requestBody": {"content":
        {"application/json": {"schema": {}}, "text/plain": {"schema": {}}}}}));
    keep_one_media_type(&mut document).unwrap();
    assert_eq!(
        document["paths"]["/a"]["get"]["requestBody"]["content"],
        json!({"application/json": {"schema": {}}})
    );
    let mut document = with_responses(json!({"200": {"content": {"text/plain": {}, "application/pdf": {}}}}));
    assert_refused(
        keep_one_media_type(&mut document),
        "/paths/~1a/get/responses/200/content",
        "several media types",
    );
}

#[test]
fn bodies_that_cannot_be_sent_are_refused() {
    for media in ["multipart/form-data", "application/pdf"] {
        let mut document = with_operation(json!({"requestBody": {"content": {media: {}}}}));
        assert_refused(
            keep_one_media_type(&mut document),
            "/paths/~1a/get/requestBody/content",
            media,
        );
    }
    let mut answer = with_responses(json!({"200": {"content": {"application/pdf": {}}}}));
    keep_one_media_type(&mut answer).unwrap();
}

#[test]
fn an_empty_success_beside_a_typed_one_goes() {
    let mut document = with_responses(json!({"200": json_of(json!({})), "204": {}}));
    drop_empty_success_twins(&mut document).unwrap();
    let responses = &document["paths"]["/a"]["get"]["responses"];
    assert!(responses.get("204").is_none() && responses.get("200").is_some());

    let mut alone = with_responses(json!({"204": {}}));
    drop_empty_success_twins(&mut alone).unwrap();
    assert!(alone["paths"]["/a"]["get"]["responses"].get("204").is_some());
}

#[test]
fn two_success_types_are_refused() {
    let document =
        with_responses(json!({"200": json_of(json!({"type": "string"})), "201": json_of(json!({"type": "integer"}))}));
    assert_refused(
        require_one_success_type(&document),
        "/paths/~1a/get/responses",
        "successes of different types",
    );
    let same = with_responses(json!({"200": json_of(json!({})), "201": json_of(json!({}))}));
    require_one_success_type(&same).unwrap();
}

#[test]
fn an_empty_error_takes_the_type_of_the_others() {
    let problem = json_of(json!({"$ref": "#/components/schemas/Problem"}));
    let mut document =
        with_responses(json!({"401": {"description": "d"}, "4XX": {"$ref": "#/components/responses/Problem"}}));
    document["components"]["responses"]["Problem"] = problem.clone();
    unify_error_types(&mut document).unwrap();
    assert_eq!(
        document["paths"]["/a"]["get"]["responses"]["401"]["content"],
        problem["content"]
    );
}

#[test]
fn two_error_types_are_refused() {
    let mut document =
        with_responses(json!({"400": json_of(json!({})), "500": {"content": {"text/plain": {"schema": {}}}}}));
    assert_refused(
        unify_error_types(&mut document),
        "/paths/~1a/get/responses",
        "errors of different types",
    );
}
