//! The rules about schemas, wherever they stand in the document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

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
