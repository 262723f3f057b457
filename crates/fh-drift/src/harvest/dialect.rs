//! OpenAPI 3.1 spellings in the form that 3.0 has for them.
//!
//! The generator reads 3.0. What 3.0 can say is said in 3.0: null in a type list or in `anyOf`, `const`, exclusive
//! limits as numbers. What says nothing of the shape is left out and named; what 3.0 cannot say is refused.

use std::collections::BTreeSet;

use fh_codegen::schema::visit_all;
use serde_json::{Map, Value, json};

/// Keywords of JSON Schema that OpenAPI 3.0 has no form for.
const BEYOND: &[&str] = &[
    "$defs",
    "$dynamicRef",
    "contains",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords of JSON Schema that say nothing of the shape: where a schema is known, which dialect it is written in, what a text holds.
const ASIDE: &[&str] = &[
    "$anchor",
    "$comment",
    "$dynamicAnchor",
    "$id",
    "$schema",
    "contentEncoding",
    "contentMediaType",
];

/// Brings every schema of a document or fragment into the form of OpenAPI 3.0. Returns the keywords that were left out.
///
/// # Errors
///
/// The first schema that 3.0 cannot express, by its JSON pointer.
pub fn to_3_0(document: &mut Value) -> Result<BTreeSet<String>, String> {
    let mut left_out = BTreeSet::new();
    if document
        .as_object_mut()
        .is_some_and(|object| object.remove("jsonSchemaDialect").is_some())
    {
        left_out.insert("jsonSchemaDialect".to_owned());
    }
    visit_all(document, &mut |pointer, schema| {
        lower(schema, &mut left_out).map_err(|problem| fh_codegen::Error::Document {
            pointer: pointer.to_owned(),
            problem,
        })
    })
    .map_err(|error| error.to_string())?;
    Ok(left_out)
}

fn lower(schema: &mut Value, left_out: &mut BTreeSet<String>) -> Result<(), String> {
    if schema == &Value::Bool(true) {
        *schema = json!({});
    }
    let Some(object) = schema.as_object_mut() else {
        return Err(format!("`{schema}` is no schema"));
    };
    if let Some(keyword) = BEYOND.iter().find(|keyword| object.contains_key(**keyword)) {
        return Err(format!("`{keyword}` has no form in OpenAPI 3.0"));
    }
    contents_of_text(object);
    for keyword in ASIDE {
        if object.remove(*keyword).is_some() {
            left_out.insert((*keyword).to_owned());
        }
    }
    beside_reference(object);
    type_list(object)?;
    null_variant(object, "anyOf")?;
    null_variant(object, "oneOf")?;
    for (exclusive, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if object.get(exclusive).is_some_and(Value::is_number) {
            if object.contains_key(limit) {
                return Err(format!("both `{limit}` and a number as `{exclusive}`"));
            }
            let value = object.insert(exclusive.into(), Value::Bool(true)).unwrap_or_default();
            object.insert(limit.into(), value);
        }
    }
    if let Some(value) = object.remove("const") {
        if value.is_null() {
            object.insert("nullable".into(), Value::Bool(true));
        }
        object.insert("enum".into(), json!([value]));
    }
    if let Some(Value::Array(examples)) = object.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        object.entry("example").or_insert(first);
    }
    Ok(())
}

/// Bytes in a text: 3.0 says so in the format.
fn contents_of_text(object: &mut Map<String, Value>) {
    if object.contains_key("format") {
        return;
    }
    let format = match (
        object.get("contentEncoding").and_then(Value::as_str),
        object.get("contentMediaType").and_then(Value::as_str),
    ) {
        (Some("base64" | "base64url"), _) => "byte",
        (None, Some("application/octet-stream")) => "binary",
        _ => return,
    };
    object.remove("contentEncoding");
    object.remove("contentMediaType");
    object.insert("format".into(), format.into());
}

/// What stands beside `$ref` means nothing in 3.0; inside `allOf` it does.
fn beside_reference(object: &mut Map<String, Value>) {
    if object.len() > 1
        && let Some(reference) = object.remove("$ref")
    {
        object.insert("allOf".into(), json!([{ "$ref": reference }]));
    }
}

fn type_list(object: &mut Map<String, Value>) -> Result<(), String> {
    match object.get("type") {
        Some(Value::String(null)) if null == "null" => {
            always_null(object);
            Ok(())
        }
        Some(Value::Array(types)) => {
            let others: Vec<Value> = types.iter().filter(|kind| **kind != "null").cloned().collect();
            if others.len() < types.len() {
                object.insert("nullable".into(), Value::Bool(true));
            }
            object.remove("type");
            match others.as_slice() {
                [one] => drop(object.insert("type".into(), one.clone())),
                [] => always_null(object),
                several if object.contains_key("anyOf") => {
                    return Err(format!("{} types beside `anyOf`", several.len()));
                }
                several => {
                    let variants = several.iter().map(|kind| json!({ "type": kind })).collect();
                    object.insert("anyOf".into(), Value::Array(variants));
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What is always null: 3.0 has no type for it, and an enum says it.
fn always_null(object: &mut Map<String, Value>) {
    object.remove("type");
    object.insert("nullable".into(), Value::Bool(true));
    object.insert("enum".into(), json!([null]));
}

fn null_variant(object: &mut Map<String, Value>, keyword: &str) -> Result<(), String> {
    let Some(Value::Array(variants)) = object.get(keyword) else {
        return Ok(());
    };
    let others: Vec<Value> = variants
        .iter()
        .filter(|variant| variant.get("type") != Some(&json!("null")))
        .cloned()
        .collect();
    if others.len() == variants.len() {
        return Ok(());
    }
    object.remove(keyword);
    object.insert("nullable".into(), Value::Bool(true));
    match others.as_slice() {
        [] => {
            always_null(object);
            Ok(())
        }
        [Value::Object(only)] if !only.contains_key("$ref") && only.keys().all(|key| !object.contains_key(key)) => {
            object.extend(only.clone());
            type_list(object)
        }
        [only] if !object.contains_key("allOf") => {
            object.insert("allOf".into(), json!([only]));
            Ok(())
        }
        _ => {
            object.insert(keyword.into(), Value::Array(others));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(schema: Value) -> Result<Value, String> {
        let mut document = json!({"components": {"schemas": {"T": schema}}});
        to_3_0(&mut document)?;
        Ok(document["components"]["schemas"]["T"].clone())
    }

    #[test]
    fn every_spelling_of_null_is_one() {
        let expected = json!({"type": "string", "nullable": true});
        for schema in [
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
            json!({"type": ["null", "string"]}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "null"}, {"type": "string"}]}),
        ] {
            assert_eq!(lowered(schema).expect("3.0"), expected);
        }
        let reference = json!({"anyOf": [{"$ref": "#/components/schemas/U"}, {"type": "null"}], "description": "d"});
        let expected = json!({"allOf": [{"$ref": "#/components/schemas/U"}], "nullable": true, "description": "d"});
        assert_eq!(lowered(reference).expect("3.0"), expected);
        let several = lowered(json!({"type": ["string", "integer", "null"]})).expect("3.0");
        assert_eq!(
            several,
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": true})
        );
    }

    #[test]
    fn other_words_of_3_1_are_translated_or_refused() {
        assert_eq!(
            lowered(json!({"exclusiveMinimum": 0})).expect("3.0"),
            json!({"minimum": 0, "exclusiveMinimum": true})
        );
        assert_eq!(
            lowered(json!({"const": "a", "examples": ["a"]})).expect("3.0"),
            json!({"enum": ["a"], "example": "a"})
        );
        let nested = json!({"type": "object", "properties": {"a": {"items": {"type": ["integer", "null"]}}}});
        assert_eq!(
            lowered(nested).expect("3.0")["properties"]["a"]["items"],
            json!({"type": "integer", "nullable": true})
        );
        let refused = lowered(json!({"patternProperties": {}})).expect_err("no form");
        assert!(refused.contains("/components/schemas/T"), "{refused}");
    }

    #[test]
    fn what_is_always_null_is_said_by_an_enum() {
        let null = json!({"nullable": true, "enum": [null]});
        for schema in [
            json!({"type": "null"}),
            json!({"type": ["null"]}),
            json!({"const": null}),
            json!({"anyOf": [{"type": "null"}]}),
        ] {
            assert_eq!(lowered(schema).expect("3.0"), null);
        }
    }

    #[test]
    fn what_says_nothing_of_the_shape_is_left_out_and_named() {
        let mut document = json!({
            "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
            "components": {"schemas": {"T": {
                "$id": "https://a.test/T", "type": "object", "properties": {
                    "$id": {"type": "string", "contentMediaType": "text/html"},
                    "file": {"type": "string", "contentMediaType": "application/octet-stream"},
                    "seal": {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}
                }
            }}}
        });
        let left_out = to_3_0(&mut document).expect("3.0");
        assert_eq!(
            left_out.into_iter().collect::<Vec<_>>(),
            ["$id", "contentMediaType", "jsonSchemaDialect"]
        );
        assert_eq!(
            document["components"]["schemas"]["T"],
            json!({"type": "object", "properties": {
                "$id": {"type": "string"},
                "file": {"type": "string", "format": "binary"},
                "seal": {"type": "string", "format": "byte"}
            }})
        );
        assert!(document.get("jsonSchemaDialect").is_none());
    }
}
