//! Shows JSON whose fields nobody knows in advance: a list of names and values, and a table for each list of objects.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{exit::Failure, output::Output};

/// Shows one thing: a line of JSON, or names and values.
pub(crate) fn show(output: &Output, thing: &impl Serialize) -> Result<(), Failure> {
    if output.is_json() {
        output.json(thing);
    } else {
        describe(output, &to_value(thing)?);
    }
    Ok(())
}

/// Shows several things: a line of JSON each, or a table.
pub(crate) fn show_all(output: &Output, things: &[impl Serialize], none: &str) -> Result<(), Failure> {
    if output.is_json() {
        things.iter().for_each(|thing| output.json(thing));
        return Ok(());
    }
    let items: Vec<Map<String, Value>> = things
        .iter()
        .map(to_value)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .filter_map(|value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        })
        .collect();
    if items.is_empty() {
        output.line(none);
    } else {
        table(output, &items);
    }
    Ok(())
}

fn to_value(thing: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(thing).map_err(|error| Failure::service(format!("the answer cannot be shown: {error}")))
}

/// Shows an object to people.
fn describe(output: &Output, value: &Value) {
    let mut flat = Flat::default();
    flat.add("", value);
    if !flat.rows.is_empty() {
        output.table(&["field", "value"], flat.rows);
    }
    for (name, items) in flat.tables {
        output.line(&format!("\n{name}"));
        table(output, &items);
    }
}

/// Shows a list of objects to people.
fn table(output: &Output, items: &[Map<String, Value>]) {
    let mut header: Vec<&str> = Vec::new();
    for item in items {
        for key in item.keys() {
            if !header.contains(&key.as_str()) {
                header.push(key);
            }
        }
    }
    // What a person types next comes first.
    header.sort_by_key(|key| *key != "Id");
    let rows = items.iter().map(|item| {
        header
            .iter()
            .map(|key| item.get(*key).map_or_else(String::new, plain))
            .collect()
    });
    output.table(&header, rows);
}

#[derive(Default)]
struct Flat {
    rows: Vec<Vec<String>>,
    tables: Vec<(String, Vec<Map<String, Value>>)>,
}

impl Flat {
    fn add(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let name = if name.is_empty() {
                        key.clone()
                    } else {
                        format!("{name}.{key}")
                    };
                    self.add(&name, value);
                }
            }
            Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
                let items = items.iter().filter_map(Value::as_object).cloned().collect();
                self.tables.push((name.to_owned(), items));
            }
            // The device's configuration is JSON within a string.
            Value::String(text) => match serde_json::from_str(text) {
                Ok(inner @ Value::Object(_)) => self.add(name, &inner),
                _ => self.rows.push(vec![name.to_owned(), text.clone()]),
            },
            other => self.rows.push(vec![name.to_owned(), plain(other)]),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_flattened_and_lists_of_objects_set_apart() {
        let mut flat = Flat::default();
        let config = r#"{"taxPayerName":"Acme","applicableTaxes":[{"taxID":1},{"taxID":2}]}"#;
        flat.add(
            "",
            &serde_json::json!({ "Id": 3, "Nothing": null, "List": [], "CurrentConfig": config }),
        );
        let mut rows = flat.rows;
        rows.sort();
        let expected = [
            ["CurrentConfig.taxPayerName", "Acme"],
            ["Id", "3"],
            ["List", "[]"],
            ["Nothing", "-"],
        ];
        assert_eq!(rows, expected.map(|row| row.map(String::from).to_vec()));
        assert_eq!(flat.tables[0].0, "CurrentConfig.applicableTaxes");
        assert_eq!(flat.tables[0].1.len(), 2);
    }
}
