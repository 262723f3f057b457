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

fn with_schemas(schemas: Value) -> Value {
    json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}})
}

fn json_of(schema: Value) -> Value {
    json!({"content": {"application/json": {"schema": schema}}})
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
