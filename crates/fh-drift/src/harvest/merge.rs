//! Many fragments, one document.

use std::collections::{BTreeMap, BTreeSet};

use fh_codegen::document::METHODS;
use fh_codegen::json_path::escape;
use fh_codegen::reference;
use serde_json::{Map, Value, json};

use super::agree::put_together;
use super::cause::{Cause, Notice, Problem, Remark};
use super::words::{differences, wordless};

/// What to do when pages disagree about an operation or a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Conflicts {
    /// Refuse the harvest and show the difference.
    #[default]
    Refuse,
    /// Believe a schema's own page, if there is exactly one, and report the disagreement.
    SchemaPage,
    /// Believe a schema's own page, or else the page that comes first in the list, and report the disagreement.
    FirstPage,
}

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

impl Origin {
    /// As `spec/provenance.json` has it.
    pub(super) fn to_json(&self) -> Value {
        json!({ "page": self.page, "title": self.title, "last-modified": self.last_modified })
    }
}

/// A component that stands on several pages in several forms.
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
    /// What each page says of an operation, or of another member of a path.
    members: BTreeMap<(String, String), Vec<(Origin, Value)>>,
    components: BTreeMap<(String, String), Vec<Variant>>,
    webhooks: BTreeMap<String, (Origin, Value)>,
    origins: BTreeMap<String, Origin>,
    tags: Vec<Value>,
    servers: Vec<(Vec<(String, String)>, Value)>,
    problems: Vec<Problem>,
    notices: Vec<Notice>,
}

/// Everything merged.
#[derive(Debug)]
pub struct Merged {
    /// The document, without `info`.
    pub document: Map<String, Value>,
    /// Where each operation and component came from, as `spec/provenance.json` has it.
    pub provenance: Map<String, Value>,
    /// Fragments that did not fit, elements that disagree, references that lead nowhere.
    pub problems: Vec<Problem>,
    /// What a person should know.
    pub notices: Vec<Notice>,
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
    "webhooks",
];

impl Merger {
    /// Adds one fragment; what is wrong with it is told by [`Merger::finish`].
    pub fn add(&mut self, origin: &Origin, fragment: &Value) {
        if let Err(problem) = self.try_add(origin, fragment) {
            self.problems.push(problem.on(&origin.page));
        }
    }

    fn try_add(&mut self, origin: &Origin, fragment: &Value) -> Result<(), Problem> {
        let unknown = |problem: String| Cause::UnknownForm.because(problem);
        let object = fragment
            .as_object()
            .ok_or_else(|| unknown("the specification is no mapping".to_owned()))?;
        let version = object.get("openapi").and_then(Value::as_str).unwrap_or_default();
        if !version.starts_with("3.0") && !version.starts_with("3.1") {
            return Err(unknown(format!("`openapi: {version}` where 3.0 or 3.1 is expected")));
        }
        if let Some(key) = object
            .keys()
            .find(|key| !TOP_LEVEL.contains(&key.as_str()) && !key.starts_with("x-"))
        {
            return Err(unknown(format!("an unknown member `{key}` beside `paths`")));
        }
        let operations = self.paths(origin, object)?;
        let webhooks = self.webhooks(origin, object);
        let own_page = operations.is_empty() && webhooks == 0;
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
                .ok_or_else(|| unknown(format!("`components.{section}` is no mapping")))?;
            for (name, value) in members {
                components += 1;
                self.component(origin, section, name, value, own_page);
            }
        }
        if own_page && components == 0 {
            return Err(Cause::NoSpecification.because("the specification describes nothing: no operation, no schema"));
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

    fn paths(&mut self, origin: &Origin, fragment: &Map<String, Value>) -> Result<Vec<(String, String)>, Problem> {
        let mut operations = Vec::new();
        for (path, item) in fragment.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let item = item
                .as_object()
                .ok_or_else(|| Cause::UnknownForm.because(format!("`{path}` is no mapping")))?;
            for (key, value) in item {
                let mut value = value.clone();
                if METHODS.contains(&key.as_str()) {
                    operations.push((path.clone(), key.clone()));
                    if let (Some(object), Some(security)) = (value.as_object_mut(), fragment.get("security")) {
                        object.entry("security").or_insert_with(|| security.clone());
                    }
                }
                self.members
                    .entry((path.clone(), key.clone()))
                    .or_default()
                    .push((origin.clone(), value));
            }
        }
        Ok(operations)
    }

    fn webhooks(&mut self, origin: &Origin, fragment: &Map<String, Value>) -> usize {
        let mut count = 0;
        for (name, item) in fragment
            .get("webhooks")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            count += 1;
            if let Some((first, known)) = self.webhooks.get(name) {
                if wordless(known) != wordless(item) {
                    self.problems.push(
                        Cause::Disagreement
                            .because(format!(
                                "says of the webhook {name} otherwise than {}: {}",
                                first.page,
                                differences(known, item)
                            ))
                            .on(&origin.page)
                            .about(&webhook(name)),
                    );
                }
                continue;
            }
            self.notices.push(Notice::new(
                Remark::Webhook,
                &origin.page,
                format!("`{name}` is a call that the vendor makes; it is kept under `x-webhooks`"),
            ));
            self.webhooks.insert(name.clone(), (origin.clone(), item.clone()));
        }
        count
    }

    fn component(&mut self, origin: &Origin, section: &str, name: &str, value: &Value, own_page: bool) {
        let variants = self
            .components
            .entry((section.to_owned(), name.to_owned()))
            .or_default();
        if own_page || variants.is_empty() {
            self.origins.insert(component(section, name), origin.clone());
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

    /// The document, and with it every problem and the page or element it concerns.
    #[must_use]
    pub fn finish(mut self, conflicts: Conflicts) -> Merged {
        let components = self.settle_components(conflicts);
        let mut paths = self.settle_members(conflicts);
        let mut document = Map::new();
        document.insert("openapi".into(), "3.0.3".into());
        self.place_servers(&mut document, &mut paths);
        if !self.tags.is_empty() {
            document.insert("tags".into(), Value::Array(std::mem::take(&mut self.tags)));
        }
        let paths = paths.into_iter().map(|(path, item)| (path, Value::Object(item)));
        document.insert("paths".into(), Value::Object(paths.collect()));
        document.insert("components".into(), Value::Object(components));
        if !self.webhooks.is_empty() {
            let mut webhooks = Map::new();
            for (name, (origin, item)) in std::mem::take(&mut self.webhooks) {
                self.origins.insert(webhook(&name), origin);
                webhooks.insert(name, item);
            }
            document.insert("x-webhooks".into(), Value::Object(webhooks));
        }
        let whole = Value::Object(document);
        for (name, origin) in &self.origins {
            self.problems
                .extend(lost_references(&whole, name).into_iter().map(|reference| {
                    Cause::LostReference
                        .because(format!("{name} refers to `{reference}`, which no page describes"))
                        .on(&origin.page)
                        .about(name)
                }));
        }
        let provenance = self
            .origins
            .iter()
            .map(|(name, origin)| (name.clone(), origin.to_json()));
        Merged {
            provenance: provenance.collect(),
            document: match whole {
                Value::Object(document) => document,
                _ => Map::new(),
            },
            problems: self.problems,
            notices: self.notices,
        }
    }

    fn settle_components(&mut self, conflicts: Conflicts) -> Map<String, Value> {
        let mut components: Map<String, Value> = Map::new();
        for ((section, name), variants) in std::mem::take(&mut self.components) {
            let own: Vec<&Variant> = variants.iter().filter(|variant| variant.own_page).collect();
            let Some(first) = variants.first() else { continue };
            let preferred = own.first().copied().unwrap_or(first);
            if variants.len() > 1 {
                let key = component(&section, &name);
                let text = disagreement(&section, &name, &variants);
                let same = wordless(&first.value);
                let settled = match (conflicts, own.len()) {
                    (Conflicts::Refuse, _) => false,
                    (Conflicts::SchemaPage, own) => own == 1,
                    (Conflicts::FirstPage, _) => true,
                };
                if variants.iter().all(|variant| wordless(&variant.value) == same) {
                    self.notices.push(Notice::new(Remark::WordsDiffer, key, text));
                } else if settled {
                    let text = format!("believed {}: {text}", preferred.pages.join(", "));
                    self.notices.push(Notice::new(Remark::Settled, key, text));
                } else {
                    let problem = Cause::Disagreement.because(text);
                    self.problems.push(problem.on(&first.pages.join(", ")).about(&key));
                }
            }
            if let Value::Object(members) = components.entry(section).or_insert_with(|| json!({})) {
                members.insert(name, preferred.value.clone());
            }
        }
        components
    }

    fn settle_members(&mut self, conflicts: Conflicts) -> BTreeMap<String, Map<String, Value>> {
        let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for ((path, key), said) in std::mem::take(&mut self.members) {
            let name = element(&path, &key);
            let mut said = said.into_iter();
            let Some((origin, mut value)) = said.next() else {
                continue;
            };
            let mut pages = Vec::new();
            let mut words = Vec::new();
            for (other, variant) in said.filter(|(_, variant)| *variant != value).collect::<Vec<_>>() {
                let before = value.clone();
                let outcome = put_together(&mut value, &variant);
                if outcome.against.is_empty() {
                    words.extend(outcome.words);
                    if !outcome.added.is_empty() {
                        pages.push(format!("{} adds {}", other.page, outcome.added.join(", ")));
                    }
                } else {
                    let text = format!(
                        "says of {name} otherwise than {}: {}",
                        origin.page,
                        differences(&wordless(&before), &wordless(&variant))
                    );
                    if conflicts == Conflicts::FirstPage {
                        let text = format!("believed {}: {} {text}", origin.page, other.page);
                        self.notices.push(Notice::new(Remark::Settled, &name, text));
                    } else {
                        self.problems
                            .push(Cause::Disagreement.because(text).on(&other.page).about(&name));
                    }
                }
            }
            if !words.is_empty() {
                words.sort();
                words.dedup();
                let text = format!(
                    "several pages say it in other words; {} was believed: {}",
                    origin.page,
                    words.join(", ")
                );
                self.notices.push(Notice::new(Remark::WordsDiffer, &name, text));
            }
            if !pages.is_empty() {
                let text = format!("{} begins it; {}", origin.page, pages.join("; "));
                self.notices.push(Notice::new(Remark::MergedPages, &name, text));
            }
            if METHODS.contains(&key.as_str()) {
                self.origins.insert(name, origin);
            }
            paths.entry(path).or_default().insert(key, value);
        }
        paths
    }

    /// The same servers on every page belong to the document; otherwise each operation keeps its own.
    fn place_servers(&mut self, document: &mut Map<String, Value>, paths: &mut BTreeMap<String, Map<String, Value>>) {
        let servers = std::mem::take(&mut self.servers);
        let Some((_, first)) = servers.first() else { return };
        if servers.iter().all(|(_, list)| list == first) {
            document.insert("servers".into(), first.clone());
            return;
        }
        for (operations, list) in servers {
            for (path, method) in operations {
                if let Some(Value::Object(operation)) = paths.get_mut(&path).and_then(|item| item.get_mut(&method)) {
                    operation.entry("servers").or_insert_with(|| list.clone());
                }
            }
        }
    }
}

/// What an operation, or another member of a path, is called in reports and in `spec/provenance.json`.
pub(super) fn element(path: &str, key: &str) -> String {
    if METHODS.contains(&key) {
        format!("{} {path}", key.to_uppercase())
    } else {
        format!("{path} {key}")
    }
}

/// What a component is called there.
pub(super) fn component(section: &str, name: &str) -> String {
    format!("#/components/{section}/{}", escape(name))
}

fn webhook(name: &str) -> String {
    format!("#/x-webhooks/{}", escape(name))
}

/// The JSON pointer of an element by its name.
pub(super) fn pointer(name: &str) -> String {
    match name.split_once(' ') {
        Some((method, path)) if !name.starts_with('#') => format!("/paths/{}/{}", escape(path), method.to_lowercase()),
        _ => name.trim_start_matches('#').to_owned(),
    }
}

/// The references of an element that lead nowhere in the document.
pub(super) fn lost_references(document: &Value, name: &str) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    let mut element = document.pointer(&pointer(name)).cloned().unwrap_or_default();
    reference::each(&mut element, &mut |reference| {
        if reference::target(document, reference).is_none() {
            lost.insert(reference.to_owned());
        }
        reference.to_owned()
    });
    lost
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
