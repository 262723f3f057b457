//! The rules about schemas, wherever they stand in the document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::json_path::escape;
use crate::{Error, Result, schema};

/// Two properties that differ only by case or punctuation would become one Rust field, silently.
pub fn require_distinct_properties(document: &mut Value) -> Result<()> {
    schema::visit_all(document, &mut |pointer, node| {
        let Some(Value::Object(properties)) = node.get("properties") else {
            return Ok(());
        };
        collision(properties.keys().map(String::as_str)).map_or(Ok(()), |(one, other)| {
            Err(Error::at(
                format!("{pointer}/properties"),
                format!("`{one}` and `{other}` would be one Rust field; remove one in the overlay"),
            ))
        })
    })
}

/// Enum values that become one Rust variant make the generator panic.
pub fn require_distinct_variants(document: &mut Value) -> Result<()> {
    schema::visit_all(document, &mut |pointer, node| {
        let Some(Value::Array(values)) = node.get("enum") else {
            return Ok(());
        };
        collision(values.iter().filter_map(Value::as_str)).map_or(Ok(()), |(one, other)| {
            Err(Error::at(
                format!("{pointer}/enum"),
                format!("`{one}` and `{other}` would be one Rust variant; remove one in the overlay"),
            ))
        })
    })
}

fn collision<'a>(names: impl Iterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
    let mut seen = BTreeMap::new();
    for name in names {
        let folded: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if let Some(other) = seen.insert(folded, name) {
            return Some((other, name));
        }
    }
    None
}

/// A closed enum in an answer fails the whole answer on the first value the vendor adds. So an enum that only answers
/// hold is used as "one of these, or any other text".
pub fn open_response_enums(document: &mut Value) -> Result<()> {
    let requests = schema::in_requests(document);
    let open: BTreeSet<String> = schema::in_responses(document)
        .difference(&requests)
        .filter(|name| {
            document
                .pointer(&format!("/components/schemas/{}/enum", escape(name)))
                .is_some()
        })
        .map(|name| format!("#/components/schemas/{name}"))
        .collect();
    schema::visit_all(document, &mut |_, node| {
        let names_an_enum = |value: &Value| {
            value
                .get("$ref")
                .and_then(Value::as_str)
                .is_some_and(|reference| open.contains(reference))
        };
        if let Some(Value::Object(properties)) = node.get_mut("properties") {
            for property in properties.values_mut() {
                if names_an_enum(property) {
                    *property = json!({ "oneOf": [property.take(), { "type": "string" }] });
                } else if property
                    .get("allOf")
                    .and_then(Value::as_array)
                    .is_some_and(|all| all.len() == 1 && names_an_enum(&all[0]))
                    && let Some(wrapper) = property.as_object_mut()
                    && let Some(Value::Array(mut all)) = wrapper.remove("allOf")
                {
                    all.push(json!({ "type": "string" }));
                    wrapper.insert("oneOf".to_owned(), Value::Array(all));
                }
            }
        }
        if let Some(items) = node.get_mut("items")
            && names_an_enum(items)
        {
            *items = json!({ "oneOf": [items.take(), { "type": "string" }] });
        }
        Ok(())
    })
}

/// Every number of this API is money, a quantity or a rate: none may become a float.
pub fn tie_numbers_to_amount(document: &mut Value) -> Result<()> {
    tie(document, "fh_types::Amount", |node| {
        node.get("type").and_then(Value::as_str) == Some("number")
    })
}

/// Every date of this API has a time and is read and written in Central Africa Time.
pub fn tie_date_times(document: &mut Value) -> Result<()> {
    tie(document, "fh_types::CatDateTime", |node| {
        node.get("type").and_then(Value::as_str) == Some("string")
            && node.get("format").and_then(Value::as_str) == Some("date-time")
    })
}

fn tie(document: &mut Value, path: &str, applies: impl Fn(&Value) -> bool) -> Result<()> {
    schema::visit_all(document, &mut |_, node| {
        if applies(node)
            && let Some(map) = node.as_object_mut()
        {
            map.insert(
                "x-rust-type".to_owned(),
                json!({ "crate": "fh-types", "version": "*", "path": path }),
            );
        }
        Ok(())
    })
}

/// `required` is a set: in order, and each name is a property.
pub fn order_required(document: &mut Value) -> Result<()> {
    schema::visit_all(document, &mut |pointer, node| {
        let Some(Value::Array(required)) = node.get("required") else {
            return Ok(());
        };
        let names: BTreeSet<String> = required
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        for name in &names {
            if node.get("properties").and_then(|map| map.get(name)).is_none() {
                return Err(Error::at(
                    format!("{pointer}/required"),
                    format!("`{name}` is required but not described"),
                ));
            }
        }
        node["required"] = json!(names);
        Ok(())
    })
}
