//! What stands in a schema itself: members beyond the named ones, and references.

use serde_json::{Map, Value};

/// What a schema says about properties it does not name.
pub(super) enum Additional<'a> {
    /// Any further property.
    Open,
    /// None.
    Closed,
    /// Those that satisfy this schema.
    Typed(&'a Value),
}

impl<'a> Additional<'a> {
    pub(super) fn of(schema: &'a Map<String, Value>) -> Self {
        match schema.get("additionalProperties") {
            None | Some(Value::Bool(true)) => Additional::Open,
            Some(Value::Bool(false)) => Additional::Closed,
            Some(Value::Object(empty)) if empty.is_empty() => Additional::Open,
            Some(schema) => Additional::Typed(schema),
        }
    }
}

/// Equal text can still differ in what its references lead to.
pub(super) fn references_inside(schema: &Map<String, Value>) -> bool {
    fn search(value: &Value) -> bool {
        match value {
            Value::Object(object) => object.contains_key("$ref") || object.values().any(search),
            Value::Array(items) => items.iter().any(search),
            _ => false,
        }
    }
    schema.values().any(search)
}
