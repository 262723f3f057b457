//! The documents as schemas for other people's tools: what has no limits and no evidence, only the fields.
//!
//! Limits are left out on purpose: preflight checks them, and explains.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::parts::{Made, PARTS, Part};
use crate::lower::lower;
use crate::{Error, Result, reference};

/// The schemas of documents as an OpenAPI 3.0 document has them, by name, for the description of an API that takes documents.
///
/// # Errors
///
/// When a schema of [`PARTS`] is missing.
pub fn openapi_schemas(document: &Value) -> Result<Vec<(&'static str, Value)>> {
    let lowered = lower(document)?;
    PARTS
        .iter()
        .map(|part| {
            let mut schema = schema_of(&lowered, part)?;
            let required = required(&schema);
            if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                for (name, property) in properties.iter_mut() {
                    plainly(property);
                    if !required.contains(name) {
                        property["nullable"] = json!(true);
                    }
                }
            }
            Ok((part.schema, schema))
        })
        .collect()
}

/// The JSON Schema of a document, as editors read it: the text of the file.
///
/// # Errors
///
/// When the schema, or one that it refers to, is not in [`PARTS`].
pub fn json_schema(document: &Value, name: &str) -> Result<String> {
    let lowered = lower(document)?;
    let mut inside = BTreeSet::new();
    let mut root = as_json_schema(&lowered, name, &mut inside)?;
    root.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    root.insert("title".to_owned(), json!(name));
    let mut parts = Map::new();
    let mut open: Vec<String> = inside.iter().cloned().collect();
    while let Some(part) = open.pop() {
        if parts.contains_key(&part) {
            continue;
        }
        let mut further = BTreeSet::new();
        let schema = as_json_schema(&lowered, &part, &mut further)?;
        parts.insert(part, Value::Object(schema));
        open.extend(further);
    }
    if !parts.is_empty() {
        root.insert("$defs".to_owned(), Value::Object(parts));
    }
    let mut text = String::new();
    write(&Value::Object(root), Members::OfASchema, 0, &mut text);
    text.push('\n');
    Ok(text)
}

fn schema_of(lowered: &Value, part: &Part) -> Result<Value> {
    let pointer = format!("/components/schemas/{}", part.schema);
    lowered
        .pointer(&pointer)
        .cloned()
        .ok_or_else(|| Error::at(pointer, "documents are made of this schema, and it is gone"))
}

fn required(schema: &Value) -> BTreeSet<String> {
    schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// Without what only the generator of Rust wants.
fn plainly(property: &mut Value) {
    if let Some(property) = property.as_object_mut() {
        property.remove("x-rust-type");
        if property.get("format").is_some_and(|format| format == "decimal") {
            property.remove("format");
        }
    }
}

fn as_json_schema(lowered: &Value, name: &str, inside: &mut BTreeSet<String>) -> Result<Map<String, Value>> {
    let part = PARTS
        .iter()
        .find(|part| part.schema == name)
        .ok_or_else(|| Error::at(format!("/components/schemas/{name}"), "this is no part of a document"))?;
    let mut schema = schema_of(lowered, part)?;
    let required = required(&schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (name, property) in properties.iter_mut() {
            let nullable = !required.contains(name) || property["nullable"] == true;
            *property = Value::Object(property_as_json_schema(property, nullable, inside));
        }
    }
    match schema {
        Value::Object(mut schema) => {
            if part.made == Made::Word {
                schema.entry("type").or_insert_with(|| json!("string"));
            }
            Ok(schema)
        }
        _ => Ok(Map::new()),
    }
}

fn property_as_json_schema(property: &Value, nullable: bool, inside: &mut BTreeSet<String>) -> Map<String, Value> {
    let mut written = Map::new();
    if let Some(description) = property.get("description") {
        written.insert("description".to_owned(), description.clone());
    }
    let inner = property["$ref"]
        .as_str()
        .or_else(|| property["allOf"].as_array()?.first()?["$ref"].as_str());
    if let Some(name) = inner.map(reference::name) {
        inside.insert(name.clone());
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        if nullable {
            written.insert("anyOf".to_owned(), json!([reference, { "type": "null" }]));
        } else {
            written.insert("$ref".to_owned(), reference["$ref"].clone());
        }
        return written;
    }
    if let Some(kind) = property.get("type") {
        let kind = if nullable { json!([kind, "null"]) } else { kind.clone() };
        written.insert("type".to_owned(), kind);
    }
    if let Some(format) = property.get("format").filter(|format| *format != "decimal") {
        written.insert("format".to_owned(), format.clone());
    }
    if let Some(items) = property.get("items") {
        written.insert(
            "items".to_owned(),
            Value::Object(property_as_json_schema(items, false, inside)),
        );
    }
    written
}

/// The order in which the members of an object are written.
#[derive(Clone, Copy)]
enum Members {
    /// As people read a schema.
    OfASchema,
    /// By name: properties and definitions.
    ByName,
}

const ORDER: [&str; 13] = [
    "$schema",
    "title",
    "description",
    "type",
    "format",
    "properties",
    "items",
    "anyOf",
    "additionalProperties",
    "required",
    "enum",
    "$ref",
    "$defs",
];

/// Two spaces to a level, whatever order the map has in this build of `serde_json`.
fn write(value: &Value, members: Members, depth: usize, out: &mut String) {
    let indent = |depth: usize| "  ".repeat(depth);
    match value {
        Value::Object(object) if !object.is_empty() => {
            let mut names: Vec<&String> = object.keys().collect();
            names.sort_by_key(|name| match members {
                Members::OfASchema => (
                    ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len()),
                    name.as_str(),
                ),
                Members::ByName => (0, name.as_str()),
            });
            out.push_str("{\n");
            for (at, name) in names.iter().enumerate() {
                let inner = match (members, name.as_str()) {
                    (Members::OfASchema, "properties" | "$defs") => Members::ByName,
                    _ => Members::OfASchema,
                };
                out.push_str(&format!("{}{}: ", indent(depth + 1), Value::from(name.as_str())));
                write(&object[name.as_str()], inner, depth + 1, out);
                out.push_str(if at + 1 < names.len() { ",\n" } else { "\n" });
            }
            out.push_str(&indent(depth));
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push_str("[\n");
            for (at, item) in items.iter().enumerate() {
                out.push_str(&indent(depth + 1));
                write(item, Members::OfASchema, depth + 1, out);
                out.push_str(if at + 1 < items.len() { ",\n" } else { "\n" });
            }
            out.push_str(&indent(depth));
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
