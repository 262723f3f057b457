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
fn enums_of_answers_are_open_and_those_of_requests_stay_closed() {
    let mut document = with_operation(json!({
        "requestBody": json_of(json!({"$ref": "#/components/schemas/In"})),
        "responses": {"200": json_of(json!({"$ref": "#/components/schemas/Out"}))}
    }));
    let closed = json!({"$ref": "#/components/schemas/Closed"});
    let open = json!({"$ref": "#/components/schemas/Open"});
    document["components"]["schemas"] = json!({
        "Closed": {"type": "string", "enum": ["a"]},
        "Open": {"type": "string", "enum": ["b"]},
        "In": {"properties": {"closed": closed}},
        "Out": {"properties": {
            "closed": closed, "open": open, "list": {"type": "array", "items": open},
            "wrapped": {"description": "d", "nullable": true, "allOf": [open]}
        }}
    });
    open_response_enums(&mut document).unwrap();
    let either = json!([open, {"type": "string"}]);
    let out = &document["components"]["schemas"]["Out"]["properties"];
    assert_eq!(out["open"], json!({"oneOf": either}));
    assert_eq!(out["list"]["items"], json!({"oneOf": either}));
    assert_eq!(
        out["wrapped"],
        json!({"description": "d", "nullable": true, "oneOf": either})
    );
    assert_eq!(out["closed"], closed);
    assert_eq!(document["components"]["schemas"]["In"]["properties"]["closed"], closed);
}

#[test]
fn every_number_is_an_amount_whatever_else_it_says() {
    let mut document = with_schemas(
        json!({"S": {"properties": {"a": {"type": "number", "minimum": 0, "nullable": true}, "b": {"type": "integer"}}}}),
    );
    tie_numbers_to_amount(&mut document).unwrap();
    let properties = &document["components"]["schemas"]["S"]["properties"];
    assert_eq!(properties["a"]["x-rust-type"]["path"], "fh_types::Amount");
    assert_eq!(properties["a"]["minimum"], 0);
    assert!(properties["b"].get("x-rust-type").is_none());
}

#[test]
fn every_date_time_is_in_central_africa_time() {
    let mut document = with_schemas(
        json!({"S": {"properties": {"a": {"type": "string", "format": "date-time"}, "b": {"type": "string"}}}}),
    );
    tie_date_times(&mut document).unwrap();
    let properties = &document["components"]["schemas"]["S"]["properties"];
    assert_eq!(properties["a"]["x-rust-type"]["path"], "fh_types::CatDateTime");
    assert!(properties["b"].get("x-rust-type").is_none());
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
fn normalising_twice_is_normalising_once() {
    let document = with_responses(json!({"200": json_of(json!({"type": "number"})), "204": {},
        "default": {"content": {"application/problem+json": {"schema": {"type": "string"}}}}}));
    let once = normalise(&document).unwrap();
    assert_eq!(normalise(&once).unwrap(), once);
    assert_ne!(once, document);
}
