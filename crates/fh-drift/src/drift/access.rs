//! Where the service is, and who may use it: servers and credentials.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json::members;
use super::note::listed;
use super::table::Kind;
use super::walk::{Place, Walk};

/// Alternatives of credentials; an operation without its own list has the document's.
pub(super) fn security(walk: &mut Walk<'_>, old: &Value, new: &Value, place: &Place) {
    let alternatives = |document: &Value, operation: &Value| -> BTreeSet<Credentials> {
        let list = operation.get("security").or_else(|| document.get("security"));
        let list = list.and_then(Value::as_array).into_iter().flatten();
        let mut found: BTreeSet<Credentials> = list.map(credentials).collect();
        if found.is_empty() {
            found.insert(Credentials::new());
        }
        found
    };
    let (a, b) = (alternatives(walk.old, old), alternatives(walk.new, new));
    if a == b {
        return;
    }
    let note = format!("{} → {}", listed(a.iter().map(said)), listed(b.iter().map(said)));
    // Whoever could call before holds one of the old alternatives; each must still be enough.
    let still_accepted = a.iter().all(|held| b.iter().any(|asked| enough(held, asked)));
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

/// One alternative: schemes, all of them needed, each with its scopes.
type Credentials = BTreeMap<String, BTreeSet<String>>;

fn credentials(alternative: &Value) -> Credentials {
    let scopes = |list: &Value| -> BTreeSet<String> {
        let list = list.as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let schemes = members(Some(alternative)).into_iter();
    schemes
        .map(|(scheme, list)| (scheme.to_owned(), scopes(list)))
        .collect()
}

fn enough(held: &Credentials, asked: &Credentials) -> bool {
    asked
        .iter()
        .all(|(scheme, scopes)| held.get(scheme).is_some_and(|held| scopes.is_subset(held)))
}

fn said(credentials: &Credentials) -> String {
    if credentials.is_empty() {
        return "nothing".to_owned();
    }
    let schemes = credentials.iter().map(|(scheme, scopes)| {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        if scopes.is_empty() {
            scheme.clone()
        } else {
            format!("{scheme} ({})", scopes.join(", "))
        }
    });
    schemes.collect::<Vec<_>>().join(" and ")
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
