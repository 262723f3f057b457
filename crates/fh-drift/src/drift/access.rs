//! Where the service is, and who may use it: servers and credentials.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json::canonical;
use super::note::listed;
use super::table::Kind;
use super::walk::{Place, Walk};

/// Alternatives of credentials; an operation without its own list has the document's.
pub(super) fn security(walk: &mut Walk<'_>, old: &Value, new: &Value, place: &Place) {
    let alternatives = |document: &Value, operation: &Value| -> BTreeSet<String> {
        let list = operation.get("security").or_else(|| document.get("security"));
        list.and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(canonical)
            .collect()
    };
    let (a, b) = (alternatives(walk.old, old), alternatives(walk.new, new));
    if a == b {
        return;
    }
    let note = format!("{} → {}", listed(a.iter()), listed(b.iter()));
    let free = |set: &BTreeSet<String>| set.is_empty() || set.contains("{}");
    let still_accepted = free(&b) || (!free(&a) && a.is_subset(&b));
    walk.say(
        if still_accepted {
            Kind::SecurityRelaxed
        } else {
            Kind::SecurityRequired
        },
        place,
        note,
    );
}

pub(super) fn servers(walk: &mut Walk<'_>, old: Option<&Value>, new: Option<&Value>, place: &Place) {
    let read = |list: Option<&Value>| -> BTreeMap<String, Value> {
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.map(|server| {
            (
                server.get("url").and_then(Value::as_str).unwrap_or_default().to_owned(),
                server.clone(),
            )
        })
        .collect()
    };
    let (a, b) = (read(old), read(new));
    for url in a.keys().filter(|url| !b.contains_key(*url)) {
        walk.say(Kind::ServerRemoved, place, format!("`{url}`"));
    }
    for (url, server) in &b {
        match a.get(url) {
            None => walk.say(Kind::ServerAdded, place, format!("`{url}`")),
            Some(before) if before.get("variables") != server.get("variables") => {
                walk.say(Kind::Unclassified, place, format!("variables of `{url}`"));
            }
            Some(before) if before != server => {
                walk.say(Kind::DescriptionChanged, place, format!("words about `{url}`"))
            }
            Some(_) => {}
        }
    }
}
