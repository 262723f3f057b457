//! Reading JSON without asking at each step whether it is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// The members of a JSON object, or none.
pub(super) fn members(value: Option<&Value>) -> BTreeMap<&str, &Value> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
        .collect()
}

/// Whether a keyword is present and true.
pub(super) fn flag(object: &Map<String, Value>, keyword: &str) -> bool {
    object.get(keyword) == Some(&Value::Bool(true))
}

/// The texts of a list.
pub(super) fn names<'a>(object: &'a Map<String, Value>, keyword: &str) -> BTreeSet<&'a str> {
    object
        .get(keyword)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The value but for one of its members.
pub(super) fn without(value: &Value, keyword: &str) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.remove(keyword);
    }
    value
}

/// The value with its keys in order, so that two texts are equal exactly when the values are.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<_, _> = object.iter().collect();
            let inner: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// The value as text, with arrays sorted: equal for documents that differ in order alone.
pub(super) fn without_order(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(object) => {
                Value::Object(object.iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
            }
            Value::Array(items) => {
                let mut items: Vec<Value> = items.iter().map(sorted).collect();
                items.sort_by_key(canonical);
                Value::Array(items)
            }
            other => other.clone(),
        }
    }
    canonical(&sorted(value))
}
