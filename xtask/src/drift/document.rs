//! The walk through two documents: which operations correspond, and what lies around them.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::finding::{Direction, Finding, Policy};
use super::operation::{Operation, canonical};
use super::schema::{Place, Walk, members};
use super::table::Kind;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Every difference between two OpenAPI 3.0 documents, in the order of their places.
///
/// Pure: the same two documents and policy give the same findings. Two documents that differ always give at least
/// one finding; what no rule knows is [`Kind::Unclassified`], which is breaking.
pub fn classify(old: &Value, new: &Value, policy: Policy) -> Vec<Finding> {
    if old == new {
        return Vec::new();
    }
    let mut walk = Walk {
        old,
        new,
        policy,
        findings: Vec::new(),
        seen: HashSet::new(),
        used: BTreeSet::new(),
    };
    walk.operations();
    walk.components();
    walk.around();
    let mut findings = walk.findings;
    if findings.is_empty() {
        let kind = if without_order(old) == without_order(new) {
            Kind::Reordered
        } else {
            Kind::Unclassified
        };
        findings.push(Finding::new(
            kind,
            Direction::Document,
            "#",
            "the documents differ where no rule looks",
        ));
    }
    findings.sort();
    findings.dedup();
    findings
}

impl Walk<'_> {
    fn operations(&mut self) {
        let (mut old, mut new) = (operations(self.old), operations(self.new));
        let mut pairs = Vec::new();
        for key in [by_place, by_shape, by_operation_id, by_summary, by_path] {
            pair_off(&mut old, &mut new, key, &mut pairs);
        }
        for (a, b) in pairs {
            self.moved(a, b);
            self.operation(a, b);
        }
        for gone in old {
            self.say(Kind::OperationRemoved, &gone.place(Direction::Document), name(gone));
        }
        for come in new {
            self.say(Kind::OperationAdded, &come.place(Direction::Document), name(come));
        }
        let (a, b) = (members(self.old.get("paths")), members(self.new.get("paths")));
        for (path, item) in &a {
            let Some(now) = b.get(path) else { continue };
            let place = Place::new(Direction::Document, "#/paths").child(path);
            for (keyword, kind) in [
                ("summary", Kind::DescriptionChanged),
                ("description", Kind::DescriptionChanged),
                ("servers", Kind::Unclassified),
            ] {
                if item.get(keyword) != now.get(keyword) {
                    self.say(kind, &place, keyword);
                }
            }
        }
    }

    fn moved(&mut self, old: Operation<'_>, new: Operation<'_>) {
        let place = new.place(Direction::Document);
        if old.path != new.path {
            let kind = if shape(old.path) == shape(new.path) {
                Kind::PathParameterRenamed
            } else {
                Kind::PathRenamed
            };
            self.say(kind, &place, format!("`{}` → `{}`", old.path, new.path));
        }
        if old.method != new.method {
            self.say(
                Kind::MethodChanged,
                &place,
                format!("{} → {}", old.method.to_uppercase(), new.method.to_uppercase()),
            );
        }
    }

    fn components(&mut self) {
        let (old, new) = (
            self.old.pointer("/components/schemas"),
            self.new.pointer("/components/schemas"),
        );
        let (a, b) = (members(old), members(new));
        let base = Place::new(Direction::Document, "#/components/schemas");
        for name in a.keys() {
            match b.get(name) {
                None => self.say(Kind::SchemaRemoved, &base.child(name), format!("`{name}`")),
                Some(_) if !self.used.contains(*name) => {
                    let same: Value = serde_json::json!({ "$ref": format!("#/components/schemas/{name}") });
                    self.schema(&same, &same, &base.child(name));
                }
                Some(_) => {}
            }
        }
        for name in b.keys().filter(|name| !a.contains_key(*name)) {
            self.say(Kind::SchemaAdded, &base.child(name), format!("`{name}`"));
        }

        let (old, new) = (
            self.old.pointer("/components/securitySchemes"),
            self.new.pointer("/components/securitySchemes"),
        );
        let (a, b) = (members(old), members(new));
        let base = Place::new(Direction::Document, "#/components/securitySchemes");
        for (name, scheme) in &a {
            match b.get(name) {
                None => self.say(Kind::SecuritySchemeRemoved, &base.child(name), format!("`{name}`")),
                Some(now) if without(scheme, "description") != without(now, "description") => {
                    self.say(Kind::SecuritySchemeChanged, &base.child(name), format!("`{name}`"));
                }
                Some(now) if now != scheme => self.say(Kind::DescriptionChanged, &base.child(name), "description"),
                Some(_) => {}
            }
        }
        for name in b.keys().filter(|name| !a.contains_key(*name)) {
            self.say(Kind::SecuritySchemeAdded, &base.child(name), format!("`{name}`"));
        }
    }

    /// What belongs to no operation: the version of OpenAPI, information, servers, tags, extensions.
    fn around(&mut self) {
        let place = |at: &str| Place::new(Direction::Document, at);
        let line = |document: &Value| -> String {
            let version = document.get("openapi").and_then(Value::as_str).unwrap_or_default();
            version.split('.').take(2).collect::<Vec<_>>().join(".")
        };
        let version = |document: &Value| document.get("openapi").cloned().unwrap_or_default();
        let note = format!("{} → {}", version(self.old), version(self.new));
        if line(self.old) != line(self.new) {
            self.say(Kind::SpecVersionChanged, &place("#/openapi"), note);
        } else if version(self.old) != version(self.new) {
            self.say(Kind::InfoChanged, &place("#/openapi"), note);
        }
        for (keyword, kind) in [
            ("info", Kind::InfoChanged),
            ("tags", Kind::TagsChanged),
            ("externalDocs", Kind::InfoChanged),
            ("webhooks", Kind::Unclassified),
        ] {
            if self.old.get(keyword) != self.new.get(keyword) {
                self.say(kind, &place(&format!("#/{keyword}")), keyword);
            }
        }
        self.servers(self.old.get("servers"), self.new.get("servers"), &place("#/servers"));
        let (a, b) = (members(Some(self.old)), members(Some(self.new)));
        for keyword in a
            .keys()
            .chain(b.keys())
            .filter(|keyword| keyword.starts_with("x-"))
            .collect::<BTreeSet<_>>()
        {
            if a.get(keyword) != b.get(keyword) {
                self.say(Kind::ExtensionChanged, &place(&format!("#/{keyword}")), *keyword);
            }
        }
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for (path, item) in members(document.get("paths")) {
        for (method, body) in members(Some(item)) {
            if METHODS.contains(&method) {
                found.push(Operation {
                    path,
                    method,
                    item,
                    body,
                });
            }
        }
    }
    found
}

/// Pairs operations whose key is equal and, on both sides, unique. An empty key pairs with nothing.
fn pair_off<'a>(
    old: &mut Vec<Operation<'a>>,
    new: &mut Vec<Operation<'a>>,
    key: fn(&Operation<'_>) -> String,
    pairs: &mut Vec<(Operation<'a>, Operation<'a>)>,
) {
    let one = |side: &[Operation<'a>], wanted: &str| -> Option<usize> {
        let mut hits = side
            .iter()
            .enumerate()
            .filter(|(_, operation)| key(operation) == wanted)
            .map(|(index, _)| index);
        hits.next().filter(|_| hits.next().is_none())
    };
    let mut index = 0;
    while index < old.len() {
        let wanted = key(&old[index]);
        let partner = if wanted.is_empty() || one(old, &wanted).is_none() {
            None
        } else {
            one(new, &wanted)
        };
        match partner {
            Some(partner) => pairs.push((old.remove(index), new.remove(partner))),
            None => index += 1,
        }
    }
}

fn by_place(operation: &Operation<'_>) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// The same path but for the names in braces.
fn by_shape(operation: &Operation<'_>) -> String {
    format!("{} {}", operation.method, shape(operation.path))
}

fn by_operation_id(operation: &Operation<'_>) -> String {
    operation.text("operationId").to_owned()
}

/// The same title under the same method: what a person would call "the path was renamed".
fn by_summary(operation: &Operation<'_>) -> String {
    let summary = operation.text("summary");
    if summary.is_empty() {
        String::new()
    } else {
        format!("{} {summary}", operation.method)
    }
}

/// The same path and title under another method.
fn by_path(operation: &Operation<'_>) -> String {
    let summary = operation.text("summary");
    if summary.is_empty() {
        String::new()
    } else {
        format!("{} {summary}", operation.path)
    }
}

fn shape(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

fn name(operation: Operation<'_>) -> String {
    format!("{} {}", operation.method.to_uppercase(), operation.path)
}

fn without(value: &Value, keyword: &str) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.remove(keyword);
    }
    value
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
