//! OpenAPI 3.1 spellings in the form that 3.0 has for them.
//!
//! The generator reads 3.0. What 3.0 can say is said in 3.0: null in a type list or in `anyOf`, `const`, exclusive
//! limits as numbers. What it cannot say is refused.

use fh_codegen::schema::visit_all;
use serde_json::{Map, Value, json};

/// Keywords of JSON Schema that OpenAPI 3.0 has no form for.
const BEYOND: &[&str] = &[
    "$defs",
    "$dynamicRef",
    "$id",
    "contains",
    "contentEncoding",
    "contentMediaType",
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

/// Brings every schema of a document or fragment into the form of OpenAPI 3.0.
///
/// # Errors
///
/// The first schema that 3.0 cannot express, by its JSON pointer.
pub fn to_3_0(document: &mut Value) -> Result<(), String> {
    visit_all(document, &mut |pointer, schema| {
        lower(schema).map_err(|problem| fh_codegen::Error::Document {
            pointer: pointer.to_owned(),
            problem,
        })
    })
    .map_err(|error| error.to_string())
}

fn lower(schema: &mut Value) -> Result<(), String> {
    if schema == &Value::Bool(true) {
        *schema = json!({});
    }
    let Some(object) = schema.as_object_mut() else {
        return Err(format!("`{schema}` is no schema"));
    };
    if let Some(keyword) = BEYOND.iter().find(|keyword| object.contains_key(**keyword)) {
        return Err(format!("`{keyword}` has no form in OpenAPI 3.0"));
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
        object.insert("enum".into(), json!([value]));
    }
    if let Some(Value::Array(examples)) = object.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        object.entry("example").or_insert(first);
    }
    Ok(())
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
            Err("a schema that is always null has no form in OpenAPI 3.0".to_owned())
        }
        Some(Value::Array(types)) => {
            let others: Vec<Value> = types.iter().filter(|kind| **kind != "null").cloned().collect();
            if others.len() < types.len() {
                object.insert("nullable".into(), Value::Bool(true));
            }
            let Some(Value::Array(types)) = object.remove("type") else {
                return Ok(());
            };
            match others.as_slice() {
                [one] => drop(object.insert("type".into(), one.clone())),
                [] => return Err(format!("the type list {} leaves nothing but null", Value::Array(types))),
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
        [] => Err(format!("`{keyword}` leaves nothing but null")),
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
        for schema in [
            json!({"type": "null"}),
            json!({"patternProperties": {}}),
            json!({"type": ["null"]}),
        ] {
            assert!(lowered(schema).expect_err("no form").contains("/components/schemas/T"));
        }
    }
}
