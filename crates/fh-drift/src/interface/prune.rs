//! A crate's description, as rustdoc makes it, without what is no part of its interface.
//!
//! What is met but not named gets a place of its own below [`UNNAMED`], so that moving it between private files is no change: by its name
//! alone where it has something to call or to read, together with its module otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::reach::{Id, Reach};

/// The module, in the text alone, of what can be met and not named. It cannot be the name of a real one.
const UNNAMED: &str = "(unnamed)";

/// Leaves in a crate's description what belongs to its interface. Returns the parts that a user's own code may list in full, by the id of
/// their item: adding to them breaks that code.
pub(super) fn interface(described: &mut Value) -> BTreeMap<Id, Vec<String>> {
    let reach = Reach::of(described);
    let exhaustive = reach.exhaustive();
    let homes = reach.homes();
    let silent: BTreeSet<Id> = reach.met.iter().copied().filter(|id| reach.is_silent(*id)).collect();
    let Reach { mut shown, named, .. } = reach;
    shown.retain(|id| !silent.contains(id));
    close_tuples(described, &shown);
    let highest = highest_id(described);
    if let Some(index) = described.get_mut("index").and_then(Value::as_object_mut) {
        index.retain(|id, _| id.parse().is_ok_and(|id| shown.contains(&id)));
        index.values_mut().for_each(|item| {
            own_up(item);
            list_only(item, &named);
        });
    }
    rehouse(described, &homes, &silent, highest);
    exhaustive
}

/// Methods that a derive wrote are written for users to call, unlike the traits that it implements.
fn own_up(item: &mut Value) {
    if item.pointer("/inner/impl/trait").is_some_and(Value::is_null)
        && let Some(Value::Array(attributes)) = item.get_mut("attrs")
    {
        attributes.retain(|attribute| attribute != "automatically_derived");
    }
}

/// A module lists what has a name there.
fn list_only(item: &mut Value, named: &BTreeSet<Id>) {
    if let Some(Value::Array(items)) = item.pointer_mut("/inner/module/items") {
        items.retain(|id| id.as_u64().is_some_and(|id| named.contains(&id)));
    }
}

/// Fields of tuples have a place each; what is not shown is an underscore there.
fn close_tuples(described: &mut Value, shown: &BTreeSet<Id>) {
    let Some(index) = described.get_mut("index").and_then(Value::as_object_mut) else {
        return;
    };
    for item in index.values_mut() {
        for kind in ["struct", "variant"] {
            let Some(Value::Array(places)) = item.pointer_mut(&format!("/inner/{kind}/kind/tuple")) else {
                continue;
            };
            for place in places {
                if place.as_u64().is_some_and(|id| !shown.contains(&id)) {
                    *place = Value::Null;
                }
            }
        }
    }
}

fn highest_id(described: &Value) -> Id {
    let tables = [&described["index"], &described["paths"]]
        .into_iter()
        .filter_map(Value::as_object);
    tables
        .flat_map(Map::keys)
        .filter_map(|key| key.parse().ok())
        .max()
        .unwrap_or_default()
}

/// Gives what is met and not named its place in the table of paths and, but for the silent, in the tree of modules.
fn rehouse(described: &mut Value, homes: &BTreeMap<Id, Option<String>>, silent: &BTreeSet<Id>, mut free: Id) {
    if homes.is_empty() {
        return;
    }
    let root = described["root"].as_u64().unwrap_or_default();
    let name = described["index"][root.to_string()]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut modules: BTreeMap<Option<&str>, Vec<Id>> = BTreeMap::from([(None, Vec::new())]);
    for (id, module) in homes {
        if !silent.contains(id) {
            modules.entry(module.as_deref()).or_default().push(*id);
        }
        let known = described["paths"][id.to_string()]["path"]
            .as_array()
            .and_then(|path| path.last());
        let own = known.cloned().unwrap_or_default();
        let path: Vec<Value> = [Some(name.as_str()), Some(UNNAMED), module.as_deref()]
            .into_iter()
            .flatten()
            .map(Value::from)
            .chain([own])
            .collect();
        described["paths"][id.to_string()]["path"] = path.into();
    }
    let outer = modules.remove(&None).unwrap_or_default();
    let mut inner_ids = outer;
    for (module, items) in modules {
        free += 1;
        described["index"][free.to_string()] = synthetic(free, module.unwrap_or_default(), items);
        inner_ids.push(free);
    }
    free += 1;
    described["index"][free.to_string()] = synthetic(free, UNNAMED, inner_ids);
    if let Some(Value::Array(items)) = described["index"][root.to_string()].pointer_mut("/inner/module/items") {
        items.push(free.into());
    }
}

fn synthetic(id: Id, name: &str, items: Vec<Id>) -> Value {
    json!({
        "id": id, "crate_id": 0, "name": name, "span": null, "visibility": "public", "docs": null, "links": {}, "attrs": [],
        "deprecation": null, "stability": null, "const_stability": null,
        "inner": { "module": { "is_crate": false, "items": items, "is_stripped": false } }
    })
}
