//! One way to look at a schema, however it is spelled.
//!
//! `$ref`, a single-member `allOf` around a `$ref`, an `allOf` of objects, and the three spellings of null are the
//! same thing said in different ways; a [`View`] says it in one.

use serde_json::{Map, Value, json};

/// References that lead nowhere within this many steps are treated as unresolvable.
const MAX_REF_DEPTH: usize = 32;

/// A schema with its references and null spellings out of the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct View {
    /// The component it is named after, if it is a reference (with or without keywords beside it).
    pub(super) name: Option<String>,
    /// What the named component says, or the whole schema when it has no name.
    pub(super) body: Map<String, Value>,
    /// What is said beside the reference: a description, `nullable`. Empty when there is no name.
    pub(super) beside: Map<String, Value>,
}

impl View {
    /// Body and side keywords as one schema: what a value must satisfy.
    pub(super) fn merged(&self) -> Map<String, Value> {
        let mut all = self.body.clone();
        for (key, value) in &self.beside {
            all.insert(key.clone(), value.clone());
        }
        all
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
        match reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer))
        {
            Some(target) => current = target,
            None => return (name, current),
        }
    }
    (name, current)
}

/// The schema as a [`View`].
pub(super) fn view(document: &Value, schema: &Value) -> View {
    let schema = match schema {
        Value::Bool(false) => &json!({"not": {}}),
        other => other,
    };
    let Some(object) = schema.as_object() else {
        return View::default();
    };
    if object.contains_key("$ref") {
        let (reference, target) = deref(document, schema);
        let body = if target.get("$ref").is_some() {
            target.as_object().cloned().unwrap_or_default() // unresolvable: compared as it stands
        } else {
            view(document, target).merged()
        };
        // OpenAPI 3.0 ignores what stands beside `$ref`, 3.1 does not; a change there is worth a line either way.
        let mut beside = object.clone();
        beside.remove("$ref");
        return View {
            name: reference.map(component_name),
            body,
            beside,
        };
    }

    let mut own = one_null_spelling(object);
    let Some(Value::Array(members)) = own.remove("allOf") else {
        return View {
            name: None,
            body: own,
            beside: Map::new(),
        };
    };
    if let [only] = members.as_slice() {
        let inner = view(document, only);
        if inner.name.is_some() {
            let mut beside = inner.beside;
            beside.extend(own);
            return View {
                name: inner.name,
                body: inner.body,
                beside,
            };
        }
    }
    let mut body = own;
    for member in &members {
        merge(&mut body, view(document, member).merged());
    }
    View {
        name: None,
        body,
        beside: Map::new(),
    }
}

/// `#/components/schemas/Invoice` is called `Invoice`.
fn component_name(reference: &str) -> String {
    reference
        .rsplit('/')
        .next()
        .unwrap_or(reference)
        .replace("~1", "/")
        .replace("~0", "~")
}

/// Adds one `allOf` member. What cannot be merged stays under `allOf`, where any difference is unclassified.
fn merge(into: &mut Map<String, Value>, member: Map<String, Value>) {
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
                        Some(existing) => *existing = json!({"allOf": [existing.clone(), property]}),
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
            ("title" | "description" | "example", Some(_)) => {} // the outer words win
            _ => {
                let rest = into.entry("allOf").or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(rest) = rest {
                    rest.push(json!({ key: value }));
                }
            }
        }
    }
}

/// `type` lists, `anyOf`/`oneOf` with null and `const` in the form OpenAPI 3.0 has for them.
fn one_null_spelling(object: &Map<String, Value>) -> Map<String, Value> {
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
    out
}
