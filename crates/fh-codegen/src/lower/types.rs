//! Which Rust types the generator is to use.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::json_path::escape;
use crate::{Result, reference, schema};

/// A closed enum in an answer fails the whole answer on the first value the vendor adds. So an enum that only answers
/// hold is used as "one of these, or any other text".
pub(super) fn open_response_enums(document: &mut Value) -> Result<()> {
    let requests = schema::in_requests(document);
    let open: BTreeSet<String> = schema::in_responses(document)
        .difference(&requests)
        .filter(|name| {
            document
                .pointer(&format!("/components/schemas/{}/enum", escape(name)))
                .is_some()
        })
        .cloned()
        .collect();
    schema::visit_all(document, &mut |_, node| {
        let names_an_enum = |value: &Value| {
            value
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(reference::schema)
                .is_some_and(|name| open.contains(&name))
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
pub(super) fn tie_numbers_to_amount(document: &mut Value) -> Result<()> {
    tie(document, "fh_types::Amount", |node| {
        node.get("type").and_then(Value::as_str) == Some("number")
    })
}

/// Every date of this API has a time and is read and written in Central Africa Time.
pub(super) fn tie_date_times(document: &mut Value) -> Result<()> {
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

#[cfg(test)]
mod tests;
