//! Which elements of the specification were seen, and what was seen that it does not say.

use std::collections::BTreeSet;

use fh_codegen::document::operations;
use fh_codegen::json_path::escape;
use serde_json::Value;

use super::bundle::{Bundle, Exchange};

/// What a bundle shows of the specification.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Pointers of the elements that were seen as the specification has them.
    pub elements: BTreeSet<String>,
    /// What was seen otherwise: a sentence each. Nothing is overwritten for them.
    pub contradictions: BTreeSet<String>,
}

/// Compares what was exchanged with the specification.
#[must_use]
pub fn seen(bundle: &Bundle, document: &Value) -> Seen {
    let mut seen = Seen::default();
    let prefix = bundle
        .switches
        .get("base_path")
        .map_or("", String::as_str)
        .trim_end_matches('/');
    let fiscalised = fiscalised(bundle);
    for exchange in &bundle.exchanges {
        let Some(answer) = &exchange.reply.answer else { continue };
        let Some((pointer, operation)) = operation(document, prefix, exchange) else {
            continue;
        };
        let at = format!("{} {}", exchange.request.method, pointer_path(&pointer));
        if !(200..300).contains(&answer.status) {
            continue;
        }
        seen.elements.insert(pointer.clone());
        let schema = ["200", "201"]
            .iter()
            .find_map(|status| operation.pointer(&format!("/responses/{status}/content/application~1json/schema")));
        if let (Some(schema), Ok(body)) = (schema, serde_json::from_str::<Value>(&answer.body)) {
            walk(document, schema, None, &body, &format!("{at} answered"), &mut seen);
        }
        let name = exchange.step.strip_suffix("/submit").unwrap_or_default();
        let sent = exchange
            .request
            .body
            .as_deref()
            .and_then(|body| serde_json::from_str::<Value>(body).ok());
        let schema = operation.pointer("/requestBody/content/application~1json/schema");
        // What was sent counts when it came to a receipt; of others nobody knows what was looked at.
        if let (Some(schema), Some(body), true) = (schema, sent, fiscalised.contains(name)) {
            walk(document, schema, None, &body, &format!("{at} took"), &mut seen);
        }
    }
    seen.contradictions.extend(sentences(bundle));
    seen
}

/// The documents, by their attempts, that came to a receipt and were as the documentation has them.
fn fiscalised(bundle: &Bundle) -> BTreeSet<String> {
    let plain = [
        "plain/",
        "payment-method/",
        "credit-note/",
        "buyers/address/",
        "discounts/",
    ];
    let polls = bundle.exchanges.iter().filter(|one| one.step.contains("/poll-"));
    polls
        .filter(|one| plain.iter().any(|place| one.step.starts_with(place)))
        .filter(|one| {
            let body = one
                .reply
                .answer
                .as_ref()
                .and_then(|answer| serde_json::from_str::<Value>(&answer.body).ok());
            let records = body.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
            records.iter().any(|record| {
                let member = |name: &str| {
                    record
                        .as_object()?
                        .iter()
                        .find(|(key, _)| key.eq_ignore_ascii_case(name))
                        .map(|(_, value)| value)
                };
                member("Success") == Some(&Value::Bool(true)) && member("QrData").is_some_and(Value::is_object)
            })
        })
        .filter_map(|one| one.step.split_once("/poll-").map(|(name, _)| name.to_owned()))
        .collect()
}

/// The operation that an exchange called.
fn operation<'d>(document: &'d Value, prefix: &str, exchange: &Exchange) -> Option<(String, &'d Value)> {
    let path = exchange.request.path.split('?').next()?.strip_prefix(prefix)?;
    let fits = |template: &str| {
        let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        template.len() == path.len()
            && template
                .iter()
                .zip(&path)
                .all(|(wanted, part)| wanted == part || (wanted.starts_with('{') && !part.is_empty()))
    };
    let mut found: Vec<_> = operations(document)
        .into_iter()
        .filter(|place| place.method.eq_ignore_ascii_case(&exchange.request.method) && fits(&place.path))
        .collect();
    // A path without a parameter is meant where both fit.
    found.sort_by_key(|place| place.path.contains('{'));
    let place = found.into_iter().next()?;
    let operation = document.pointer(&place.pointer)?;
    Some((place.pointer, operation))
}

fn pointer_path(pointer: &str) -> String {
    let path = pointer.strip_prefix("/paths/").unwrap_or(pointer);
    let path = path.rsplit_once('/').map_or(path, |(path, _)| path);
    path.replace("~1", "/").replace("~0", "~")
}

/// Follows a value through its schema. `place` is the pointer of the component that the schema is of, where it is of one.
fn walk(document: &Value, schema: &Value, place: Option<&str>, value: &Value, at: &str, seen: &mut Seen) {
    if value.is_null() {
        return;
    }
    if let Some(name) = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
    {
        let pointer = format!("/components/schemas/{name}");
        let Some(target) = document.pointer(&pointer) else {
            return;
        };
        return walk(document, target, Some(&pointer), value, at, seen);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        for part in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            walk(document, part, place, value, at, seen);
        }
    }
    if let Some(kind) = schema.get("type").and_then(Value::as_str)
        && !is_of(value, kind)
    {
        let what = place.map_or_else(|| "a value".to_owned(), short);
        seen.contradictions.insert(format!(
            "{at} {what} as {}; the specification says {kind}",
            kind_of(value)
        ));
        return;
    }
    if let Some(place) = place {
        seen.elements.insert(place.to_owned());
    }
    match value {
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items
                    .iter()
                    .for_each(|item| walk(document, schema, None, item, at, seen));
            }
        }
        Value::Object(object) => members(document, schema, place, object, at, seen),
        _ => {}
    }
}

fn members(
    document: &Value,
    schema: &Value,
    place: Option<&str>,
    object: &serde_json::Map<String, Value>,
    at: &str,
    seen: &mut Seen,
) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let what = place.map_or_else(|| "an object".to_owned(), short);
    for (name, value) in object {
        let Some(property) = properties.get(name) else {
            let other = properties.keys().find(|known| known.eq_ignore_ascii_case(name));
            seen.contradictions.insert(match other {
                Some(known) => format!("{at} {what} with `{name}`; the specification spells it `{known}`"),
                None => format!("{at} {what} with `{name}`, which the specification does not have"),
            });
            continue;
        };
        let inside = place.map(|place| format!("{place}/properties/{}", escape(name)));
        walk(document, property, inside.as_deref(), value, at, seen);
        // The configuration travels as JSON inside a string.
        if name == "CurrentConfig"
            && let Some(config) = value.as_str().and_then(|text| serde_json::from_str(text).ok())
            && let Some(target) = document.pointer("/components/schemas/DeviceConfig")
        {
            walk(
                document,
                target,
                Some("/components/schemas/DeviceConfig"),
                &config,
                at,
                seen,
            );
        }
        // A reference has been followed into its component; the property itself was seen too.
        if !value.is_null() {
            seen.elements.extend(inside);
        }
    }
    if at.ends_with("answered") {
        for name in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !object.keys().any(|key| key.eq_ignore_ascii_case(name)) {
                seen.contradictions.insert(format!(
                    "{at} {what} without `{name}`, which the specification requires"
                ));
            }
        }
    }
}

fn short(pointer: &str) -> String {
    format!(
        "`{}`",
        pointer
            .trim_start_matches("/components/schemas/")
            .replace("/properties/", ".")
    )
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "number" | "integer" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Answers that are other than what the overlay states in words.
fn sentences(bundle: &Bundle) -> Vec<String> {
    const STATED: [(&str, &[&str], &str); 6] = [
        (
            "submit-answer",
            &["bare-text"],
            "a submission is answered with bare text",
        ),
        (
            "identity",
            &["true"],
            "X-Application and X-App-Station go with every request",
        ),
        (
            "signature",
            &["checked"],
            "the signature is over the raw bytes of the body, and is checked",
        ),
        (
            "signature-get",
            &["ignored"],
            "a request without a body carries no signature",
        ),
        (
            "status-empty",
            &["200 application/json []"],
            "`[]` is a question without effect, by which the secret is checked",
        ),
        ("client-count", &["false"], "X-Client-Count is sent only when it is set"),
    ];
    let differs = STATED.iter().filter_map(|(question, stated, words)| {
        let value = bundle.answer(question)?;
        let said = bundle
            .conclusions
            .iter()
            .find(|one| one.question == *question)
            .map_or("", |one| one.said.as_str());
        (!stated.contains(&value)).then(|| format!("{question}: seen is: {said}; spec/overlay.yaml says that {words}"))
    });
    differs.collect()
}
