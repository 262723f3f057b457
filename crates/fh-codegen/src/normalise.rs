//! The specification as it is checked in: what the two sources say, in one order, and nothing that only the generator wants.
//!
//! What the generator could not take is refused here by name; what it wants said otherwise is said otherwise in [`crate::lower`],
//! on its own way to it. The result is a valid OpenAPI 3.0 document that says what was composed: media types, answers and enums
//! as they travel.

mod schemas;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{Place, operations, resolve, sorted};
use crate::lower::lower;
use crate::names::snake_case;
use crate::{Error, Result};

pub use self::schemas::{order_required, require_distinct_properties, require_distinct_variants};

/// Applies every rule, and sorts the members of all objects.
///
/// # Errors
///
/// The first construct that no rule can rewrite, with its JSON pointer and what to do about it.
pub fn normalise(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    require_openapi_3_0(&document)?;
    require_operation_ids(&document)?;
    require_plain_parameters(&document)?;
    require_distinct_properties(&mut document)?;
    require_distinct_variants(&mut document)?;
    order_required(&mut document)?;
    lower(&document)?;
    Ok(sorted(&document))
}

/// The generator reads OpenAPI 3.0 only.
pub fn require_openapi_3_0(document: &Value) -> Result<()> {
    match document.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.0.") => Ok(()),
        other => Err(Error::at(
            "/openapi",
            format!(
                "{} cannot be generated from; write the document as OpenAPI 3.0",
                other.unwrap_or("no version")
            ),
        )),
    }
}

/// Names of Rust methods come from operation ids: each is there, unlike all others, and in snake case already.
pub fn require_operation_ids(document: &Value) -> Result<()> {
    let mut seen = BTreeMap::new();
    for Place { pointer, path, method } in operations(document) {
        let id = document
            .pointer(&format!("{pointer}/operationId"))
            .and_then(Value::as_str)
            .ok_or_else(|| Error::at(&pointer, unnamed(&path, method)))?;
        if !is_snake_case(id) {
            return Err(Error::at(&pointer, respell(id, &path, method)));
        }
        if let Some(other) = seen.insert(id.to_owned(), pointer.clone()) {
            return Err(Error::at(
                &pointer,
                format!("operationId `{id}` is also that of {other}"),
            ));
        }
    }
    Ok(())
}

fn unnamed(path: &str, method: &str) -> String {
    let id = method_name(&format!("{method} {path}"));
    format!("has no operationId; {}", action(path, method, &id))
}

fn respell(id: &str, path: &str, method: &str) -> String {
    let wanted = method_name(id);
    format!(
        "operationId `{id}` is not in snake case, as the name of a Rust method is; {}",
        action(path, method, &wanted)
    )
}

/// What to write where, so that it can be copied.
fn action(path: &str, method: &str, id: &str) -> String {
    format!(
        "add to spec/overlay.yaml, under `actions`:\n  - target: $.paths['{path}'].{method}\n    description: '[inferred] The name of \
         the method in Rust.'\n    update: {{ operationId: {id} }}"
    )
}

/// A name for a method, made of whatever the vendor wrote.
fn method_name(text: &str) -> String {
    let words = snake_case(text);
    let name = words
        .split('_')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_");
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name
    } else {
        format!("call_{name}")
    }
}

fn is_snake_case(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Cookies, `deepObject` and `content` parameters are beyond the generator.
pub fn require_plain_parameters(document: &Value) -> Result<()> {
    for Place { pointer, .. } in operations(document) {
        let place = format!("{pointer}/parameters");
        let Some(Value::Array(parameters)) = document.pointer(&place) else {
            continue;
        };
        for (index, parameter) in parameters.iter().enumerate() {
            let place = format!("{place}/{index}");
            let parameter = resolve(document, parameter, &place)?;
            let problem = if parameter.get("in").and_then(Value::as_str) == Some("cookie") {
                "is a cookie; this API has none, so remove it in the overlay"
            } else if parameter.get("style").and_then(Value::as_str) == Some("deepObject") {
                "has the style `deepObject`; describe the single query parameters instead"
            } else if parameter.get("content").is_some() {
                "has `content`; give it a `schema`"
            } else {
                continue;
            };
            return Err(Error::at(place, problem));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
