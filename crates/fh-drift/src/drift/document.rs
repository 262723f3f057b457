//! The walk through two documents: which operations correspond, and what lies around them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use super::access::servers;
use super::class::{Direction, Policy};
use super::endpoint::Operation;
use super::finding::Finding;
use super::json::{members, without, without_order};
use super::operation::operation;
use super::schema::settle;
use super::still::Stills;
use super::table::Kind;
use super::walk::{Place, Walk, to_component};
use crate::harvest::words::wordless;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Every difference between two OpenAPI 3.0 documents, in the order of their places.
///
/// Pure: the same two documents and policy give the same findings. Two documents that differ always give at least
/// one finding; what no rule knows is [`Kind::Unclassified`], which is breaking.
pub fn classify(old: &Value, new: &Value, policy: Policy) -> Vec<Finding> {
    if old == new {
        return Vec::new();
    }
    judged(old, new, policy, Stills::of(old, new))
}

/// The findings, with the components that need no look.
pub(super) fn judged(old: &Value, new: &Value, policy: Policy, stills: Stills) -> Vec<Finding> {
    let mut walk = Walk::new(old, new, policy);
    walk.stills = Rc::new(stills);
    operations(&mut walk);
    components(&mut walk);
    around(&mut walk);
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

fn operations(walk: &mut Walk<'_>) {
    let (mut old, mut new) = (listed(walk.old), listed(walk.new));
    let mut pairs = Vec::new();
    for key in [by_place, by_shape, by_operation_id, by_summary, by_path] {
        pair_off(&mut old, &mut new, key, &mut pairs);
    }
    for (a, b) in pairs {
        moved(walk, a, b);
        operation(walk, a, b);
        settle(walk);
    }
    for gone in old {
        walk.say(Kind::OperationRemoved, &gone.place(Direction::Document), name(gone));
    }
    for come in new {
        walk.say(Kind::OperationAdded, &come.place(Direction::Document), name(come));
    }
    let (a, b) = (members(walk.old.get("paths")), members(walk.new.get("paths")));
    for (path, item) in &a {
        let Some(now) = b.get(path) else { continue };
        let place = Place::new(Direction::Document, "#/paths").child(path);
        for (keyword, kind) in [
            ("summary", Kind::DescriptionChanged),
            ("description", Kind::DescriptionChanged),
            ("servers", Kind::Unclassified),
        ] {
            if item.get(keyword) != now.get(keyword) {
                walk.say(kind, &place, keyword);
            }
        }
    }
}

fn moved(walk: &mut Walk<'_>, old: Operation<'_>, new: Operation<'_>) {
    let place = new.place(Direction::Document);
    if old.path != new.path {
        let kind = if shape(old.path) == shape(new.path) {
            Kind::PathParameterRenamed
        } else {
            Kind::PathRenamed
        };
        walk.say(kind, &place, format!("`{}` → `{}`", old.path, new.path));
    }
    if old.method != new.method {
        walk.say(
            Kind::MethodChanged,
            &place,
            format!("{} → {}", old.method.to_uppercase(), new.method.to_uppercase()),
        );
    }
}

fn components(walk: &mut Walk<'_>) {
    let (old, new) = (
        walk.old.pointer("/components/schemas"),
        walk.new.pointer("/components/schemas"),
    );
    let (a, b) = (members(old), members(new));
    let base = Place::new(Direction::Document, "#/components/schemas");
    for name in a.keys() {
        match b.get(name) {
            None => walk.say(Kind::SchemaRemoved, &base.child(name), format!("`{name}`")),
            Some(_) if !walk.used.contains(*name) => {
                let same = to_component(name);
                walk.later(&same, &same, &base.child(name));
                settle(walk);
            }
            Some(_) => {}
        }
    }
    for name in b.keys().filter(|name| !a.contains_key(*name)) {
        walk.say(Kind::SchemaAdded, &base.child(name), format!("`{name}`"));
    }

    let (old, new) = (
        walk.old.pointer("/components/securitySchemes"),
        walk.new.pointer("/components/securitySchemes"),
    );
    let (a, b) = (members(old), members(new));
    let base = Place::new(Direction::Document, "#/components/securitySchemes");
    for (name, scheme) in &a {
        match b.get(name) {
            None => walk.say(Kind::SecuritySchemeRemoved, &base.child(name), format!("`{name}`")),
            Some(now) if without(scheme, "description") != without(now, "description") => {
                walk.say(Kind::SecuritySchemeChanged, &base.child(name), format!("`{name}`"));
            }
            Some(now) if now != scheme => walk.say(Kind::DescriptionChanged, &base.child(name), "description"),
            Some(_) => {}
        }
    }
    for name in b.keys().filter(|name| !a.contains_key(*name)) {
        walk.say(Kind::SecuritySchemeAdded, &base.child(name), format!("`{name}`"));
    }
}

/// What belongs to no operation: the version of OpenAPI, information, servers, tags, extensions.
fn around(walk: &mut Walk<'_>) {
    let place = |at: &str| Place::new(Direction::Document, at);
    let line = |document: &Value| -> String {
        let version = document.get("openapi").and_then(Value::as_str).unwrap_or_default();
        version.split('.').take(2).collect::<Vec<_>>().join(".")
    };
    let version = |document: &Value| document.get("openapi").cloned().unwrap_or_default();
    let note = format!("{} → {}", version(walk.old), version(walk.new));
    if line(walk.old) != line(walk.new) {
        walk.say(Kind::SpecVersionChanged, &place("#/openapi"), note);
    } else if version(walk.old) != version(walk.new) {
        walk.say(Kind::InfoChanged, &place("#/openapi"), note);
    }
    for (keyword, kind) in [
        ("info", Kind::InfoChanged),
        ("tags", Kind::TagsChanged),
        ("externalDocs", Kind::InfoChanged),
        ("webhooks", Kind::Unclassified),
    ] {
        if walk.old.get(keyword) != walk.new.get(keyword) {
            walk.say(kind, &place(&format!("#/{keyword}")), keyword);
        }
    }
    webhooks(walk);
    servers(
        walk,
        walk.old.get("servers"),
        walk.new.get("servers"),
        &place("#/servers"),
    );
    let (a, b) = (members(Some(walk.old)), members(Some(walk.new)));
    for keyword in a
        .keys()
        .chain(b.keys())
        .filter(|keyword| keyword.starts_with("x-") && **keyword != WEBHOOKS)
        .collect::<BTreeSet<_>>()
    {
        if a.get(keyword) != b.get(keyword) {
            walk.say(Kind::ExtensionChanged, &place(&format!("#/{keyword}")), *keyword);
        }
    }
}

/// Where a document of 3.0 keeps what 3.1 calls `webhooks`.
const WEBHOOKS: &str = "x-webhooks";

/// Calls that the vendor makes to us. What they carry is compared as a whole: receivers are written by hand.
fn webhooks(walk: &mut Walk<'_>) {
    let (a, b) = (members(walk.old.get(WEBHOOKS)), members(walk.new.get(WEBHOOKS)));
    for name in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
        let place = Place::new(Direction::Document, format!("#/{WEBHOOKS}")).child(name);
        match (a.get(name), b.get(name)) {
            (None, _) => walk.say(Kind::WebhookAdded, &place, format!("`{name}`")),
            (_, None) => walk.say(Kind::WebhookChanged, &place, format!("`{name}` is gone")),
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) if wordless(old) == wordless(new) => {
                walk.say(Kind::DescriptionChanged, &place, "words about the webhook");
            }
            _ => walk.say(Kind::WebhookChanged, &place, format!("`{name}`")),
        }
    }
}

fn listed(document: &Value) -> Vec<Operation<'_>> {
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
    // Each key with the place where it stands, or nothing where several operations have it.
    let by_key = |side: &[Operation<'a>]| {
        let mut found: HashMap<String, Option<usize>> = HashMap::new();
        for (index, operation) in side.iter().enumerate() {
            found
                .entry(key(operation))
                .and_modify(|place| *place = None)
                .or_insert(Some(index));
        }
        found.remove("");
        found
    };
    let (before, after) = (by_key(old), by_key(new));
    let mut gone = HashSet::new();
    old.retain(|operation| {
        let key = key(operation);
        let alone = before.get(&key).is_some_and(Option::is_some);
        let partner = after.get(&key).copied().flatten().filter(|_| alone);
        if let Some(partner) = partner {
            pairs.push((*operation, new[partner]));
            gone.insert(partner);
        }
        partner.is_none()
    });
    let mut index = 0;
    new.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
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
