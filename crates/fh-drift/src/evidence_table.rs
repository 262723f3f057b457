//! `docs/spec-evidence.md`: how each operation and property is known, from the specification itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fh_codegen::document::operations;
use fh_codegen::evidence::{KEY, OBSERVED, TAGS, elements};
use serde_json::Value;

/// Where the table is written, from the root of the workspace.
pub const FILE: &str = "docs/spec-evidence.md";

/// The whole file. The document must have passed `fh_codegen::evidence::check`.
#[must_use]
pub fn render(document: &Value) -> String {
    let mut out = String::from(
        "# What is known, and from where\n\nWritten by `cargo xtask regen` from `spec/openapi.json`; `docs/spec.md` says what the tags mean.\n",
    );
    summary(document, &mut out);
    operation_table(document, &mut out);
    property_tables(document, &mut out);
    out
}

fn tag(element: &Value) -> &str {
    element.get(KEY).and_then(Value::as_str).unwrap_or("none")
}

/// The tag in a table, with when and where something was observed.
fn known_from(element: &Value) -> String {
    match element.get(OBSERVED).and_then(Value::as_str) {
        Some(source) => format!("`{}` ({source})", tag(element)),
        None => format!("`{}`", tag(element)),
    }
}

fn summary(document: &Value, out: &mut String) {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for pointer in elements(document) {
        let Some(element) = document.pointer(&pointer) else {
            continue;
        };
        let column = if pointer.contains("/properties/") {
            1
        } else if pointer.starts_with("/paths/") && !pointer.contains("/parameters/") {
            0
        } else {
            2
        };
        counts.entry(tag(element)).or_default()[column] += 1;
    }
    out.push_str("\n| tag | operations | properties | others |\n| --- | --- | --- | --- |\n");
    for name in TAGS {
        if let Some([operations, properties, others]) = counts.get(name) {
            let _ = writeln!(out, "| `{name}` | {operations} | {properties} | {others} |");
        }
    }
}

fn operation_table(document: &Value, out: &mut String) {
    out.push_str("\n## Operations\n\n| operation | name | known from | experimental |\n| --- | --- | --- | --- |\n");
    for place in operations(document) {
        let Some(operation) = document.pointer(&place.pointer) else {
            continue;
        };
        let _ = writeln!(
            out,
            "| `{} {}` | `{}` | {} | {} |",
            place.method.to_uppercase(),
            place.path,
            operation.get("operationId").and_then(Value::as_str).unwrap_or_default(),
            known_from(operation),
            if operation.get("x-fh-experimental") == Some(&Value::Bool(true)) {
                "yes"
            } else {
                ""
            },
        );
    }
}

fn property_tables(document: &Value, out: &mut String) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut names: Vec<_> = schemas.into_iter().flatten().collect();
    names.sort_by_key(|(name, _)| *name);
    for (name, schema) in names {
        let _ = writeln!(out, "\n## {name}\n\nThe schema itself: {}.", known_from(schema));
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut properties: Vec<_> = properties.into_iter().flatten().collect();
        if properties.is_empty() {
            continue;
        }
        properties.sort_by_key(|(name, _)| *name);
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        out.push_str("\n| property | type | required | known from |\n| --- | --- | --- | --- |\n");
        for (property, schema) in properties {
            let mark = if required.contains(&property.as_str()) {
                "yes"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "| `{property}` | {} | {mark} | {} |",
                kind(schema),
                known_from(schema)
            );
        }
    }
}

/// The type in a word or two.
fn kind(schema: &Value) -> String {
    let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
    if let Some(reference) = text("$ref") {
        return format!("`{}`", reference.rsplit('/').next().unwrap_or(reference));
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        if let Some(first) = schema.get(keyword).and_then(|list| list.get(0)) {
            return kind(first);
        }
    }
    match (text("type"), text("format")) {
        (Some("array"), _) => schema
            .get("items")
            .map_or_else(|| "array".to_owned(), |items| format!("array of {}", kind(items))),
        (Some(name), Some(format)) => format!("{name} ({format})"),
        (Some(name), None) => name.to_owned(),
        (None, _) => "any".to_owned(),
    }
}
