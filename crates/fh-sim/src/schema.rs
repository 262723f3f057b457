use std::collections::HashMap;

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Map, Value, json};

use crate::{Operation, Options, UnknownFields, leniency, problem::FieldErrors};

/// The OpenAPI document that requests are checked against: a copy, so that it travels inside the package.
const DOCUMENT: &str = include_str!("../openapi.json");

const DECIMAL: &str = r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$";
const INTEGER: &str = r"^-?\d+$";

/// Keywords that bound values rather than give their form.
const CONSTRAINTS: [&str; 10] = [
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
];

/// Checks request bodies against the OpenAPI document.
pub(crate) struct Schemas {
    bodies: HashMap<Operation, Body>,
}

struct Body {
    required: bool,
    validator: Validator,
}

impl Schemas {
    /// Compiles the request bodies of all operations. The error is about the document, not about a request.
    pub(crate) fn load(options: &Options) -> Result<Self, String> {
        let document: Value = serde_json::from_str(DOCUMENT).map_err(|error| format!("not JSON: {error}"))?;
        let components = document.get("components").cloned().unwrap_or_default();
        let components = components
            .get("schemas")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let mut components: Map<String, Value> = components
            .iter()
            .map(|(name, schema)| (name.clone(), translate(schema, options)))
            .collect();
        leniency::apply(&mut components, options);
        let mut bodies = HashMap::new();
        for operation in Operation::ALL {
            let found = find(&document, operation).ok_or_else(|| format!("there is no {} in it", operation.path()))?;
            let body = found.get("requestBody");
            let Some(schema) = body.and_then(|body| body.pointer("/content/application~1json/schema")) else {
                continue;
            };
            let whole = json!({ "allOf": [translate(schema, options)], "components": { "schemas": components } });
            let validator = jsonschema::validator_for(&whole).map_err(|error| format!("{operation}: {error}"))?;
            let required = body
                .and_then(|body| body.get("required"))
                .and_then(Value::as_bool)
                .unwrap_or(false);
            bodies.insert(operation, Body { required, validator });
        }
        Ok(Self { bodies })
    }

    /// Whether the operation must have a body.
    pub(crate) fn needs_body(&self, operation: Operation) -> bool {
        self.bodies.get(&operation).is_some_and(|body| body.required)
    }

    /// Checks a body.
    pub(crate) fn check(&self, operation: Operation, body: &Value) -> Result<(), FieldErrors> {
        let Some(schema) = self.bodies.get(&operation) else {
            return Ok(());
        };
        let mut errors = FieldErrors::new();
        for error in schema.validator.iter_errors(body) {
            describe(&error, &mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The operation's object in the document. Path parameters may have other names there.
fn find(document: &Value, operation: Operation) -> Option<&Value> {
    let shape = |path: &str| -> Vec<String> {
        path.split('/')
            .map(|part| {
                if part.starts_with('{') {
                    "{}".to_owned()
                } else {
                    part.to_owned()
                }
            })
            .collect()
    };
    let wanted = shape(operation.path());
    let (_, item) = document
        .get("paths")?
        .as_object()?
        .iter()
        .find(|(path, _)| shape(path) == wanted)?;
    item.get(operation.method().as_str().to_lowercase())
}

/// An OpenAPI 3.0 schema as JSON Schema, with the leniency that the options ask for.
fn translate(schema: &Value, options: &Options) -> Value {
    let Some(object) = schema.as_object() else {
        return schema.clone();
    };
    if let Some(reference) = object.get("$ref") {
        return json!({ "$ref": reference });
    }
    let mut out = Map::new();
    for (key, value) in object {
        match key.as_str() {
            "properties" => {
                let translated = value.as_object().into_iter().flatten();
                let translated = translated.map(|(name, schema)| (name.clone(), translate(schema, options)));
                out.insert(key.clone(), Value::Object(translated.collect()));
            }
            "items" | "not" => {
                out.insert(key.clone(), translate(value, options));
            }
            "allOf" | "anyOf" | "oneOf" => {
                let all = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|schema| translate(schema, options));
                out.insert(key.clone(), all.collect());
            }
            "required" => {
                // What only the server sets is not asked of a client.
                let read_only = |name: &str| {
                    schema
                        .pointer(&format!("/properties/{name}/readOnly"))
                        .and_then(Value::as_bool)
                        == Some(true)
                };
                let names = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|name| !name.as_str().is_some_and(read_only));
                out.insert(key.clone(), names.cloned().collect());
            }
            "type" | "enum" => {
                out.insert(key.clone(), value.clone());
            }
            name if CONSTRAINTS.contains(&name) && options.constraints => {
                out.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    exclusive_bounds(&mut out);
    numbers(&mut out, options);
    if options.unknown_fields == UnknownFields::Refuse && out.contains_key("properties") {
        out.insert("additionalProperties".into(), false.into());
    }
    if object.get("nullable").and_then(Value::as_bool) == Some(true) {
        json!({ "anyOf": [{ "type": "null" }, out] })
    } else {
        Value::Object(out)
    }
}

/// OpenAPI 3.0 has a boolean beside the bound; JSON Schema has the bound itself.
fn exclusive_bounds(schema: &mut Map<String, Value>) {
    for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match schema.get(flag).and_then(Value::as_bool) {
            Some(true) => {
                let value = schema.remove(bound);
                schema.remove(flag);
                schema.extend(value.map(|value| (flag.to_owned(), value)));
            }
            Some(false) => {
                schema.remove(flag);
            }
            None => {}
        }
    }
}

/// Numbers may come as numeric strings, as several published clients send them.
fn numbers(schema: &mut Map<String, Value>, options: &Options) {
    let pattern = match schema.get("type").and_then(Value::as_str) {
        Some("number") => DECIMAL,
        Some("integer") => INTEGER,
        _ => return,
    };
    if options.numeric_strings {
        let number = schema.get("type").cloned().unwrap_or_default();
        schema.insert("type".into(), json!([number, "string"]));
        schema.insert("pattern".into(), pattern.into());
    }
}

/// Writes a finding the way the framework does.
fn describe(error: &ValidationError<'_>, errors: &mut FieldErrors) {
    let path = dotted(error.instance_path().as_str());
    let name = path.rsplit('.').next().unwrap_or_default().to_owned();
    let mut add = |key: String, message: String| {
        let messages = errors.entry(key).or_default();
        if !messages.contains(&message) {
            messages.push(message);
        }
    };
    let required = |name: &str| format!("The {name} field is required.");
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            let key = if path.is_empty() {
                property.to_owned()
            } else {
                format!("{path}.{property}")
            };
            add(key, required(property));
        }
        ValidationErrorKind::MinLength { .. } if error.instance().as_str() == Some("") => add(path, required(&name)),
        ValidationErrorKind::Pattern { .. } | ValidationErrorKind::Not { .. }
            if error.instance().as_str() == Some("") =>
        {
            add(path, required(&name));
        }
        ValidationErrorKind::Not { .. } => add(path, format!("The field {name} is invalid.")),
        ValidationErrorKind::Type { .. } if error.instance().is_null() => add(path, required(&name)),
        ValidationErrorKind::MinLength { limit } | ValidationErrorKind::MinItems { limit } => {
            add(
                path,
                format!("The field {name} must be a string or array type with a minimum length of '{limit}'."),
            );
        }
        ValidationErrorKind::MaxLength { limit } | ValidationErrorKind::MaxItems { limit } => {
            add(
                path,
                format!("The field {name} must be a string or array type with a maximum length of '{limit}'."),
            );
        }
        ValidationErrorKind::Pattern { pattern } if pattern != DECIMAL && pattern != INTEGER => {
            add(
                path,
                format!("The field {name} must match the regular expression '{pattern}'."),
            );
        }
        ValidationErrorKind::Minimum { .. }
        | ValidationErrorKind::Maximum { .. }
        | ValidationErrorKind::ExclusiveMinimum { .. }
        | ValidationErrorKind::ExclusiveMaximum { .. } => add(path, format!("The field {name} is out of range.")),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for property in unexpected {
                let key = if path.is_empty() {
                    format!("$.{property}")
                } else {
                    format!("$.{path}.{property}")
                };
                add(
                    key,
                    format!("The JSON property '{property}' could not be mapped to any .NET member."),
                );
            }
        }
        ValidationErrorKind::AnyOf { context } => match context.get(1).filter(|_| context.len() == 2) {
            // A nullable value that is not null: what its own schema says is of interest.
            Some(own) => own.iter().for_each(|error| describe(error, errors)),
            None => add(format!("$.{path}"), unconvertible(&path)),
        },
        _ => add(
            if path.is_empty() {
                "$".to_owned()
            } else {
                format!("$.{path}")
            },
            unconvertible(&path),
        ),
    }
}

fn unconvertible(path: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    format!("The JSON value could not be converted. Path: ${dot}{path}.")
}

/// `/LineItems/0/ProductCode` as `LineItems[0].ProductCode`.
pub(crate) fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str(&format!("[{part}]"));
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&part.replace("~1", "/").replace("~0", "~"));
        }
    }
    path
}
