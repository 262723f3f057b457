//! One way to look at a schema, however it is spelled.
//!
//! `$ref`, a single-member `allOf` around a `$ref`, an `allOf` of objects, and the three spellings of null are the
//! same thing said in different ways; a [`View`] says it in one.

use std::borrow::Cow;

use fh_codegen::reference;
use serde_json::{Map, Value, json};

use super::json::flag;

/// References that lead nowhere within this many steps are treated as unresolvable.
const MAX_REF_DEPTH: usize = 32;

/// Schemas that are composed of others in more steps than this are compared as they stand.
const MAX_COMPOSED: usize = 256;

/// A schema with its references and null spellings out of the way.
///
/// What a component says as it stands is borrowed: documents of many megabytes are looked at many times.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct View<'a> {
    /// The component it is named after, if it is a reference (with or without keywords beside it).
    pub(super) name: Option<String>,
    /// What the named component says, or the whole schema when it has no name.
    pub(super) body: Cow<'a, Map<String, Value>>,
    /// What is said beside the reference: a description, `nullable`. Empty when there is no name.
    pub(super) beside: Map<String, Value>,
}

impl<'a> View<'a> {
    /// Body and side keywords as one schema: what a value must satisfy.
    pub(super) fn merged(self) -> Cow<'a, Map<String, Value>> {
        if self.beside.is_empty() {
            return self.body;
        }
        Cow::Owned(combine(self.beside, vec![self.body.into_owned()]))
    }
}

/// Follows `#/…` references. The name is the last segment of the first reference.
pub(super) fn deref<'a>(document: &'a Value, value: &'a Value) -> (Option<&'a str>, &'a Value) {
    let mut name = None;
    let mut current = value;
    for _ in 0..MAX_REF_DEPTH {
        let Some(reference) = current.get("$ref").and_then(Value::as_str) else {
            return (name, current);
        };
        name.get_or_insert(reference);
        match reference::target(document, reference) {
            Some(target) => current = target,
            None => return (name, current),
        }
    }
    (name, current)
}

/// The schema as a [`View`].
pub(super) fn view<'a>(document: &'a Value, schema: &'a Value) -> View<'a> {
    look(document, schema, &mut Vec::new())
}

/// The name that a schema has as a [`View`], without looking further.
pub(super) fn name_of(document: &Value, schema: &Value) -> Option<String> {
    let object = schema.as_object()?;
    if let Some(Value::String(reference)) = object.get("$ref") {
        return Some(reference::name(reference));
    }
    // Only where shapes are put together can one of them give its name to the whole.
    ["allOf", "anyOf", "oneOf"]
        .iter()
        .any(|keyword| object.contains_key(*keyword))
        .then(|| view(document, schema).name)?
}

/// `within` holds the references that are being looked into: one that is met again adds nothing to itself.
fn look<'a>(document: &'a Value, schema: &'a Value, within: &mut Vec<String>) -> View<'a> {
    if *schema == Value::Bool(false) {
        let nothing = Map::from_iter([("not".to_owned(), json!({}))]);
        return View {
            body: Cow::Owned(nothing),
            ..View::default()
        };
    }
    let Some(object) = schema.as_object() else {
        return View::default();
    };
    if object.contains_key("$ref") {
        let (reference, target) = deref(document, schema);
        let again = reference.is_some_and(|reference| within.iter().any(|other| other == reference));
        let body = if again {
            Cow::default()
        } else if target.get("$ref").is_some() || within.len() >= MAX_COMPOSED {
            target.as_object().map(Cow::Borrowed).unwrap_or_default() // unresolvable: compared as it stands
        } else {
            within.push(reference.unwrap_or_default().to_owned());
            let body = look(document, target, within).merged();
            within.pop();
            body
        };
        // OpenAPI 3.0 ignores what stands beside `$ref`, 3.1 does not; a change there is worth a line either way.
        let beside = without(object, "$ref");
        return View {
            name: reference.map(reference::name),
            body,
            beside,
        };
    }

    let own = one_null_spelling(object);
    if !own.get("allOf").is_some_and(Value::is_array) {
        let own = match own {
            // What is no list of schemas is left out.
            Cow::Owned(mut own) => {
                own.remove("allOf");
                Cow::Owned(own)
            }
            Cow::Borrowed(own) if own.contains_key("allOf") => Cow::Owned(without(own, "allOf")),
            borrowed => borrowed,
        };
        return View {
            body: own,
            ..View::default()
        };
    }
    composed(document, own.into_owned(), within)
}

/// A schema that holds others in its `allOf`.
fn composed<'a>(document: &'a Value, mut own: Map<String, Value>, within: &mut Vec<String>) -> View<'a> {
    let Some(Value::Array(members)) = own.remove("allOf") else {
        return View::default();
    };
    if let [only] = members.as_slice() {
        let inner = look(document, only, within);
        if inner.name.is_some() {
            let mut beside = inner.beside;
            beside.extend(own);
            return View {
                name: inner.name,
                body: Cow::Owned(inner.body.into_owned()),
                beside,
            };
        }
    }
    let members = members
        .iter()
        .map(|member| look(document, member, within).merged().into_owned())
        .collect();
    View {
        body: Cow::Owned(combine(own, members)),
        ..View::default()
    }
}

fn without(object: &Map<String, Value>, keyword: &str) -> Map<String, Value> {
    let others = object.iter().filter(|(other, _)| *other != keyword);
    others.map(|(other, value)| (other.clone(), value.clone())).collect()
}

/// A schema and what its `allOf` holds, as one. What cannot be said as one stays under `allOf`.
fn combine(own: Map<String, Value>, members: Vec<Map<String, Value>>) -> Map<String, Value> {
    let nullable = flag(&own, "nullable")
        || (admits_null(&own)
            && members.iter().any(|member| flag(member, "nullable"))
            && members.iter().all(admits_null));
    let of_members = |part: &Map<String, Value>| OF_MEMBERS.iter().any(|keyword| part.contains_key(*keyword));
    let several = members.iter().chain([&own]).filter(|part| of_members(part)).count() > 1;
    let mut body = Map::new();
    for mut part in [own].into_iter().chain(members) {
        part.remove("nullable");
        // What a part says of other properties is said of those that only its neighbours name.
        if several && part.get("additionalProperties").is_some_and(|free| !is_free(free)) {
            let mut apart = Map::new();
            for keyword in OF_MEMBERS {
                if let Some(value) = part.remove(keyword) {
                    apart.insert(keyword.to_owned(), value);
                }
            }
            keep_apart(&mut body, Value::Object(apart));
        }
        merge(&mut body, part);
    }
    if nullable {
        body.insert("nullable".into(), Value::Bool(true));
    }
    body
}

/// Whether null is among what a schema takes: where it says so, or says nothing of types. What stands behind a reference is taken for a
/// type.
fn admits_null(schema: &Map<String, Value>) -> bool {
    let is_listed = |values: &Value| values.as_array().is_none_or(|values| values.contains(&Value::Null));
    let in_a_shape = |shapes: &Value| {
        let mut shapes = shapes.as_array().into_iter().flatten().filter_map(Value::as_object);
        shapes.any(admits_null)
    };
    flag(schema, "nullable")
        || (!["type", "$ref"].iter().any(|keyword| schema.contains_key(*keyword))
            && schema.get("enum").is_none_or(is_listed)
            && ["anyOf", "oneOf"]
                .iter()
                .all(|keyword| schema.get(*keyword).is_none_or(in_a_shape)))
}

/// What a schema says about the members of an object.
const OF_MEMBERS: [&str; 3] = ["properties", "required", "additionalProperties"];

/// Whether any further property is welcome.
fn is_free(additional: &Value) -> bool {
    *additional == Value::Bool(true) || additional.as_object().is_some_and(Map::is_empty)
}

fn keep_apart(into: &mut Map<String, Value>, schema: Value) {
    let rest = into.entry("allOf").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(rest) = rest
        && !rest.contains(&schema)
    {
        rest.push(schema);
    }
}

/// Both schemas at once, flat and each part once: however often a recursive schema is combined with itself, the text is the same.
fn both(first: Value, second: Value) -> Value {
    let mut parts = Vec::new();
    for schema in [first, second] {
        let inner = match &schema {
            Value::Object(object) if object.len() == 1 => object.get("allOf").and_then(Value::as_array).cloned(),
            _ => None,
        };
        for part in inner.unwrap_or_else(|| vec![schema]) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    json!({ "allOf": parts })
}

/// Adds one `allOf` member.
fn merge(into: &mut Map<String, Value>, member: Map<String, Value>) {
    // A limit that is counted out itself cannot be compared with one that is not.
    let plain = !["exclusiveMinimum", "exclusiveMaximum"]
        .iter()
        .any(|keyword| into.contains_key(*keyword) || member.contains_key(*keyword));
    for (key, value) in member {
        match (key.as_str(), into.get_mut(&key)) {
            (_, None) => {
                into.insert(key, value);
            }
            (_, Some(present)) if *present == value => {}
            ("properties", Some(Value::Object(present))) => {
                let Value::Object(more) = value else { continue };
                for (name, property) in more {
                    match present.get_mut(&name) {
                        None => {
                            present.insert(name, property);
                        }
                        Some(existing) if *existing == property => {}
                        Some(existing) => *existing = both(existing.take(), property),
                    }
                }
            }
            ("required", Some(Value::Array(present))) => {
                let Value::Array(more) = value else { continue };
                for name in more {
                    if !present.contains(&name) {
                        present.push(name);
                    }
                }
            }
            ("title" | "description" | "example" | "default", Some(_)) => {} // the outer words win
            ("items", Some(present)) => *present = both(present.take(), value),
            ("readOnly" | "writeOnly" | "deprecated", Some(present)) => {
                *present = Value::Bool(*present == Value::Bool(true) || value == Value::Bool(true));
            }
            ("allOf", Some(_)) => {
                let Value::Array(more) = value else { continue };
                for schema in more {
                    keep_apart(into, schema);
                }
            }
            (_, Some(present)) => match narrower(&key, present, &value, plain) {
                Some(narrow) => *present = narrow,
                None => keep_apart(into, json!({ key: value })),
            },
        }
    }
}

/// The one value of a keyword that says what both say, where there is one.
fn narrower(key: &str, first: &Value, second: &Value, plain: bool) -> Option<Value> {
    let by_number = |take_first: fn(f64, f64) -> bool| {
        let (a, b) = (first.as_f64()?, second.as_f64()?);
        Some(if take_first(a, b) {
            first.clone()
        } else {
            second.clone()
        })
    };
    match key {
        "maximum" if plain => by_number(|a, b| a <= b),
        "minimum" if plain => by_number(|a, b| a >= b),
        "maxLength" | "maxItems" | "maxProperties" => by_number(|a, b| a <= b),
        "minLength" | "minItems" | "minProperties" => by_number(|a, b| a >= b),
        "uniqueItems" => Some(Value::Bool(*first == Value::Bool(true) || *second == Value::Bool(true))),
        "enum" => {
            let (first, second) = (first.as_array()?, second.as_array()?);
            Some(first.iter().filter(|value| second.contains(value)).cloned().collect())
        }
        "type" => match (first.as_str()?, second.as_str()?) {
            ("integer", "number") | ("number", "integer") => Some(Value::from("integer")),
            _ => None,
        },
        _ => None,
    }
}

/// `type` lists, `anyOf`/`oneOf` with null and `const` in the form OpenAPI 3.0 has for them.
fn one_null_spelling(object: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    let is_null = |variant: &Value| variant.get("type").is_some_and(|kind| *kind == "null");
    let of_nulls = |keyword: &&str| {
        let variants = object.get(*keyword).and_then(Value::as_array);
        variants.is_some_and(|variants| variants.iter().any(is_null))
    };
    if !object.get("type").is_some_and(Value::is_array)
        && !object.contains_key("const")
        && !["anyOf", "oneOf"].iter().any(of_nulls)
    {
        return Cow::Borrowed(object);
    }
    let mut out = object.clone();
    if let Some(Value::Array(types)) = object.get("type") {
        let others: Vec<&Value> = types.iter().filter(|kind| **kind != json!("null")).collect();
        if others.len() < types.len() {
            out.insert("nullable".into(), Value::Bool(true));
        }
        match others.as_slice() {
            [] => out.remove("type"),
            [one] => out.insert("type".into(), (*one).clone()),
            several => out.insert("type".into(), several.iter().copied().cloned().collect()),
        };
    }
    for keyword in ["anyOf", "oneOf"] {
        let Some(Value::Array(variants)) = object.get(keyword) else {
            continue;
        };
        let others: Vec<Value> = variants
            .iter()
            .filter(|variant| variant.get("type") != Some(&json!("null")))
            .cloned()
            .collect();
        if others.len() == variants.len() {
            continue;
        }
        out.insert("nullable".into(), Value::Bool(true));
        out.remove(keyword);
        match others.as_slice() {
            [one] if !out.contains_key("allOf") => {
                out.insert("allOf".into(), json!([one]));
            }
            _ => {
                out.insert(keyword.into(), Value::Array(others));
            }
        }
    }
    if let Some(value) = out.remove("const") {
        out.insert("enum".into(), json!([value]));
    }
    Cow::Owned(out)
}
