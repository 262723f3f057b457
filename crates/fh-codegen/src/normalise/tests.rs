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

fn with_schemas(schemas: Value) -> Value {
    json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}})
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
fn only_openapi_3_0_is_taken() {
    assert_refused(require_openapi_3_0(&json!({"openapi": "3.1.0"})), "/openapi", "3.1.0");
    assert_refused(require_openapi_3_0(&json!({})), "/openapi", "no version");
    require_openapi_3_0(&json!({"openapi": "3.0.3"})).unwrap();
}

#[test]
fn an_operation_without_an_id_is_refused() {
    let document = json!({"paths": {"/a": {"get": {}}}});
    assert_refused(require_operation_ids(&document), "/paths/~1a/get", "no operationId");
}

#[test]
fn two_operations_with_one_id_are_refused() {
    let document = json!({"paths": {"/a": {"get": {"operationId": "x"}}, "/b": {"put": {"operationId": "x"}}}});
    assert_refused(require_operation_ids(&document), "/paths/~1b/put", "/paths/~1a/get");
}

#[test]
fn an_id_that_rust_would_rename_is_refused() {
    for id in ["getA", "get-a", "2a", ""] {
        let document = json!({"paths": {"/a": {"get": {"operationId": id}}}});
        assert_refused(require_operation_ids(&document), "/paths/~1a/get", "snake case");
    }
}

#[test]
fn an_id_that_does_not_fit_comes_with_the_action_to_write() {
    for (path, id, wanted) in [
        ("/due-date", Some("getHTTPStatus"), "get_http_status"),
        ("/due-date", Some("Get due date"), "get_due_date"),
        ("/due-date", Some("7"), "call_7"),
        ("/a/{fiscalDay}/pdf", None, "get_a_fiscal_day_pdf"),
    ] {
        let mut document = json!({"paths": {path: {"get": {}}}});
        if let Some(id) = id {
            document["paths"][path]["get"]["operationId"] = json!(id);
        }
        let error = require_operation_ids(&document).unwrap_err().to_string();
        let target = format!("target: $.paths['{path}'].get\n");
        let update = format!("update: {{ operationId: {wanted} }}");
        assert!(
            error.contains("spec/overlay.yaml") && error.contains(&target) && error.contains(&update),
            "{error}"
        );
        // What is offered is an overlay that works.
        let actions = error.split_once("`actions`:\n").unwrap().1;
        let overlay = format!("overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nactions:\n{actions}\n");
        let composed = crate::compose(&document, &overlay).unwrap().document;
        require_operation_ids(&composed).unwrap();
    }
}

#[test]
fn cookies_deep_objects_and_content_parameters_are_refused() {
    for (parameter, matter) in [
        (json!({"in": "cookie"}), "cookie"),
        (json!({"in": "query", "style": "deepObject"}), "deepObject"),
        (json!({"in": "query", "content": {}}), "content"),
    ] {
        let document = with_operation(json!({"parameters": [{"in": "path"}, parameter]}));
        assert_refused(
            require_plain_parameters(&document),
            "/paths/~1a/get/parameters/1",
            matter,
        );
    }
}

#[test]
fn properties_that_differ_only_by_case_are_refused() {
    let mut document = with_schemas(json!({"S": {"properties": {"ID": {}, "id": {}}}}));
    assert_refused(
        require_distinct_properties(&mut document),
        "/components/schemas/S/properties",
        "`ID` and `id`",
    );
}

#[test]
fn variants_that_collide_are_refused() {
    for values in [json!(["a", "A"]), json!(["", "+"])] {
        let mut document = with_schemas(json!({"S": {"enum": values}}));
        assert_refused(
            require_distinct_variants(&mut document),
            "/components/schemas/S/enum",
            "one Rust variant",
        );
    }
}

#[test]
fn required_is_an_ordered_set_of_properties() {
    let mut document = with_schemas(json!({"S": {"required": ["b", "a", "b"], "properties": {"a": {}, "b": {}}}}));
    order_required(&mut document).unwrap();
    assert_eq!(document["components"]["schemas"]["S"]["required"], json!(["a", "b"]));

    let mut document = with_schemas(json!({"S": {"required": ["gone"], "properties": {}}}));
    assert_refused(
        order_required(&mut document),
        "/components/schemas/S/required",
        "`gone`",
    );
}

#[test]
fn what_others_read_stays_as_it_was_composed() {
    let document = with_responses(json!({
        "200": json_of(json!({"type": "number"})), "204": {"description": "d"},
        "default": {"description": "d", "content": {"application/problem+json": {"schema": {"type": "string"}}}}
    }));
    let once = normalise(&document).unwrap();
    assert_eq!(normalise(&once).unwrap(), once);
    assert_eq!(once, document);
}

#[test]
fn what_the_generator_cannot_take_is_refused_before_it_is_written() {
    let document = with_responses(json!({"200": {"content": {"application/json": {}}}}));
    let error = normalise(&document).unwrap_err().to_string();
    assert!(error.starts_with("/paths/~1a/get/responses/200/content"), "{error}");
}
