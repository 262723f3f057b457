//! Many fragments, one document.

use std::collections::{BTreeMap, BTreeSet};

use fh_codegen::document::{METHODS, sorted};
use fh_codegen::json_path::escape;
use serde_json::{Map, Value, json};

/// The page that a fragment stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its path on the site.
    pub page: String,
    /// Its title.
    pub title: String,
    /// What it, or else the server, says of its age.
    pub last_modified: Option<String>,
}

/// A thing that stands on several pages in several forms.
#[derive(Debug)]
struct Variant {
    value: Value,
    pages: Vec<String>,
    /// Whether a page of its own (one without operations) says it so.
    own_page: bool,
}

/// The document so far.
#[derive(Debug, Default)]
pub struct Merger {
    paths: BTreeMap<String, Map<String, Value>>,
    components: BTreeMap<(String, String), Vec<Variant>>,
    origins: BTreeMap<String, Origin>,
    tags: Vec<Value>,
    servers: Vec<(Vec<(String, String)>, Value)>,
    problems: Vec<(String, String)>,
}

/// Everything merged.
#[derive(Debug)]
pub struct Merged {
    /// The document, without `info`.
    pub document: Map<String, Value>,
    /// Where each operation and component came from.
    pub provenance: Value,
    /// Disagreements that were settled in favour of a schema's own page.
    pub settled: Vec<String>,
}

const TOP_LEVEL: &[&str] = &[
    "openapi",
    "info",
    "tags",
    "paths",
    "components",
    "servers",
    "security",
    "externalDocs",
];

impl Merger {
    /// Adds one fragment; what is wrong with it is told by [`Merger::finish`].
    pub fn add(&mut self, origin: &Origin, fragment: &Value) {
        if let Err(problem) = self.try_add(origin, fragment) {
            self.problems.push((origin.page.clone(), problem));
        }
    }

    fn try_add(&mut self, origin: &Origin, fragment: &Value) -> Result<(), String> {
        let object = fragment.as_object().ok_or("the specification is no mapping")?;
        let version = object.get("openapi").and_then(Value::as_str).unwrap_or_default();
        if !version.starts_with("3.0") && !version.starts_with("3.1") {
            return Err(format!("`openapi: {version}` where 3.0 or 3.1 is expected"));
        }
        if let Some(key) = object
            .keys()
            .find(|key| !TOP_LEVEL.contains(&key.as_str()) && !key.starts_with("x-"))
        {
            return Err(format!("an unknown member `{key}` beside `paths`"));
        }
        let operations = self.paths(origin, object)?;
        let own_page = operations.is_empty();
        let mut components = 0;
        for (section, members) in object
            .get("components")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if section.starts_with("x-") {
                continue;
            }
            let members = members
                .as_object()
                .ok_or_else(|| format!("`components.{section}` is no mapping"))?;
            for (name, value) in members {
                components += 1;
                self.component(origin, section, name, value, own_page);
            }
        }
        if operations.is_empty() && components == 0 {
            return Err("the specification describes nothing: no operation, no schema".to_owned());
        }
        if let Some(servers) = object
            .get("servers")
            .filter(|servers| servers.as_array().is_some_and(|list| !list.is_empty()))
        {
            self.servers.push((operations, servers.clone()));
        }
        for tag in object.get("tags").and_then(Value::as_array).into_iter().flatten() {
            if !self.tags.contains(tag) {
                self.tags.push(tag.clone());
            }
        }
        Ok(())
    }

    fn paths(&mut self, origin: &Origin, fragment: &Map<String, Value>) -> Result<Vec<(String, String)>, String> {
        let mut operations = Vec::new();
        for (path, item) in fragment.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let item = item.as_object().ok_or_else(|| format!("`{path}` is no mapping"))?;
            for (key, value) in item {
                let mut value = value.clone();
                let method = METHODS.contains(&key.as_str());
                if method {
                    operations.push((path.clone(), key.clone()));
                    if let (Some(object), Some(security)) = (value.as_object_mut(), fragment.get("security")) {
                        object.entry("security").or_insert_with(|| security.clone());
                    }
                }
                let name = if method {
                    format!("{} {path}", key.to_uppercase())
                } else {
                    format!("{path} {key}")
                };
                let present = self.paths.entry(path.clone()).or_default();
                match present.get(key) {
                    None => {
                        present.insert(key.clone(), value);
                        if method {
                            self.origins.insert(name, origin.clone());
                        }
                    }
                    Some(other) if *other == value => {}
                    Some(other) => {
                        let first = self
                            .origins
                            .get(&name)
                            .map_or("another page", |origin| origin.page.as_str());
                        return Err(format!(
                            "says of {name} otherwise than {first}: {}",
                            differences(other, &value)
                        ));
                    }
                }
            }
        }
        Ok(operations)
    }

    fn component(&mut self, origin: &Origin, section: &str, name: &str, value: &Value, own_page: bool) {
        let key = format!("#/components/{section}/{}", escape(name));
        let variants = self
            .components
            .entry((section.to_owned(), name.to_owned()))
            .or_default();
        if own_page || variants.is_empty() {
            self.origins.insert(key, origin.clone());
        }
        match variants.iter_mut().find(|variant| variant.value == *value) {
            Some(variant) => {
                variant.own_page |= own_page;
                // The first few pages say where to look; hundreds would only fill memory.
                if variant.pages.len() < 3 {
                    variant.pages.push(origin.page.clone());
                }
            }
            None => variants.push(Variant {
                value: value.clone(),
                pages: vec![origin.page.clone()],
                own_page,
            }),
        }
    }

    /// The document, or every problem with the page it concerns. With `own_page_wins`, a disagreement about a schema is
    /// settled in favour of the one page that describes it alone.
    ///
    /// # Errors
    ///
    /// Fragments that did not fit, schemas that disagree, references that lead nowhere.
    pub fn finish(mut self, own_page_wins: bool) -> Result<Merged, Vec<(String, String)>> {
        let mut components: Map<String, Value> = Map::new();
        let mut settled = Vec::new();
        for ((section, name), variants) in std::mem::take(&mut self.components) {
            let own: Vec<&Variant> = variants.iter().filter(|variant| variant.own_page).collect();
            let value = match (variants.as_slice(), own.as_slice()) {
                ([only], _) => &only.value,
                (_, [own]) if own_page_wins => {
                    settled.push(disagreement(&section, &name, &variants));
                    &own.value
                }
                ([first, ..], _) => {
                    self.problems
                        .push((first.pages.join(", "), disagreement(&section, &name, &variants)));
                    &first.value
                }
                ([], _) => continue,
            };
            if let Value::Object(members) = components.entry(section).or_insert_with(|| json!({})) {
                members.insert(name, value.clone());
            }
        }
        let mut document = Map::new();
        document.insert("openapi".into(), "3.0.3".into());
        self.place_servers(&mut document);
        if !self.tags.is_empty() {
            document.insert("tags".into(), Value::Array(std::mem::take(&mut self.tags)));
        }
        let paths = std::mem::take(&mut self.paths)
            .into_iter()
            .map(|(path, item)| (path, Value::Object(item)))
            .collect();
        document.insert("paths".into(), Value::Object(paths));
        document.insert("components".into(), Value::Object(components));
        let whole = Value::Object(document);
        for (name, origin) in &self.origins {
            let pointer = match name.split_once(' ') {
                Some((method, path)) => format!("/paths/{}/{}", escape(path), method.to_lowercase()),
                None => name.trim_start_matches('#').to_owned(),
            };
            let mut lost = BTreeSet::new();
            dangling(&whole, whole.pointer(&pointer).unwrap_or(&Value::Null), &mut lost);
            let lost = lost.into_iter().map(|reference| {
                (
                    origin.page.clone(),
                    format!("{name} refers to `{reference}`, which no page describes"),
                )
            });
            self.problems.extend(lost);
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let Value::Object(document) = whole else {
            return Err(Vec::new());
        };
        Ok(Merged {
            document,
            provenance: provenance(&self.origins),
            settled,
        })
    }

    /// The same servers on every page belong to the document; otherwise each operation keeps its own.
    fn place_servers(&mut self, document: &mut Map<String, Value>) {
        let servers = std::mem::take(&mut self.servers);
        let Some((_, first)) = servers.first() else { return };
        if servers.iter().all(|(_, list)| list == first) {
            document.insert("servers".into(), first.clone());
            return;
        }
        for (operations, list) in servers {
            for (path, method) in operations {
                if let Some(Value::Object(operation)) = self.paths.get_mut(&path).and_then(|item| item.get_mut(&method))
                {
                    operation.entry("servers").or_insert_with(|| list.clone());
                }
            }
        }
    }
}

fn disagreement(section: &str, name: &str, variants: &[Variant]) -> String {
    let mut text = format!("`components.{section}.{name}` differs between pages:");
    for variant in &variants[1..] {
        let said = differences(&variants[0].value, &variant.value);
        text.push_str(&format!(
            " {} against {}: {said};",
            variants[0].pages.join(", "),
            variant.pages.join(", ")
        ));
    }
    text.trim_end_matches(';').to_owned()
}

/// The first few places at which two values differ.
fn differences(a: &Value, b: &Value) -> String {
    const SHOWN: usize = 4;
    let mut found = Vec::new();
    differ(a, b, "", &mut found);
    let more = found.len().saturating_sub(SHOWN);
    found.truncate(SHOWN);
    let mut text = found.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn differ(a: &Value, b: &Value, at: &str, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            for key in x.keys().chain(y.keys().filter(|key| !x.contains_key(*key))) {
                let here = format!("{at}/{key}");
                match (x.get(key), y.get(key)) {
                    (Some(x), Some(y)) => differ(x, y, &here, found),
                    (Some(_), None) => found.push(format!("{here} only in the first")),
                    _ => found.push(format!("{here} only in the second")),
                }
            }
        }
        (a, b) if a != b => {
            let brief = |value: &Value| value.to_string().chars().take(60).collect::<String>();
            found.push(format!(
                "{} {} ≠ {}",
                if at.is_empty() { "/" } else { at },
                brief(a),
                brief(b)
            ));
        }
        _ => {}
    }
}

/// The references below a value that lead nowhere in the document.
fn dangling(document: &Value, value: &Value, lost: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str)
                && reference
                    .strip_prefix('#')
                    .and_then(|pointer| document.pointer(pointer))
                    .is_none()
            {
                lost.insert(reference.to_owned());
            }
            for (_, inner) in object.iter().filter(|(key, _)| *key != "example" && *key != "examples") {
                dangling(document, inner, lost);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| dangling(document, item, lost)),
        _ => {}
    }
}

fn provenance(origins: &BTreeMap<String, Origin>) -> Value {
    let entries: Map<String, Value> = origins
        .iter()
        .map(|(name, origin)| {
            (
                name.clone(),
                json!({ "page": origin.page, "title": origin.title, "last-modified": origin.last_modified }),
            )
        })
        .collect();
    sorted(&Value::Object(entries))
}
