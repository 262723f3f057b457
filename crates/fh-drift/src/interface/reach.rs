//! What others can name or meet, in what rustdoc says of a whole crate.
//!
//! rustdoc describes private items too when asked to. An item is *named* when a path of public modules and re-exports leads to it, and
//! *met* when it stands in the signature of something that is named or met: a builder in a private module, the type state of that
//! builder. Everything else is taken out. What is met but not named gets a place of its own below [`UNNAMED`], so that moving it between
//! private files is no change: by its name alone where it has something to call or to read, together with its module otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The module, in the text alone, of what can be met and not named. It cannot be the name of a real one.
pub(super) const UNNAMED: &str = "(unnamed)";

type Id = u64;

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

struct Reach<'a> {
    index: &'a Map<String, Value>,
    root: Id,
    /// What a public path leads to.
    named: BTreeSet<Id>,
    /// Modules whose items a glob re-exports.
    opened: BTreeSet<Id>,
    /// Named, met, and the parts of both.
    shown: BTreeSet<Id>,
    /// Met and not named.
    met: BTreeSet<Id>,
}

impl<'a> Reach<'a> {
    fn of(described: &'a Value) -> Self {
        static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        let mut reach = Reach {
            index: described.get("index").and_then(Value::as_object).unwrap_or(&NOTHING),
            root: described.get("root").and_then(Value::as_u64).unwrap_or_default(),
            named: BTreeSet::new(),
            opened: BTreeSet::new(),
            shown: BTreeSet::new(),
            met: BTreeSet::new(),
        };
        reach.name(reach.root);
        let mut waiting: Vec<Id> = reach.named.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            for met in reach.show(id) {
                if reach.is_ours(met) && !reach.named.contains(&met) && reach.met.insert(met) {
                    waiting.push(met);
                }
            }
        }
        reach
    }

    fn item(&self, id: Id) -> Option<&'a Value> {
        self.index.get(&id.to_string())
    }

    fn is_ours(&self, id: Id) -> bool {
        self.item(id).is_some_and(|item| item["crate_id"] == 0)
    }

    fn is_public(&self, id: Id) -> bool {
        self.item(id).is_some_and(|item| item["visibility"] == "public")
    }

    /// Follows a public path on from here.
    fn name(&mut self, id: Id) {
        let Some((kind, inner)) = self.item(id).and_then(inner) else {
            return;
        };
        if !self.named.insert(id) {
            return;
        }
        match kind {
            "module" => self.open(inner),
            "use" => {
                let Some(target) = inner["id"].as_u64() else { return };
                if inner["is_glob"] != true {
                    self.name(target);
                } else if self.opened.insert(target)
                    && let Some(("module", module)) = self.item(target).and_then(self::inner)
                {
                    // It has no name itself, and is read where the glob stands.
                    self.shown.insert(target);
                    self.open(module);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, module: &Value) {
        for child in ids(&module["items"]) {
            if self.is_public(child) {
                self.name(child);
            }
        }
    }

    /// Shows an item with its parts; returns what stands in their signatures.
    fn show(&mut self, id: Id) -> Vec<Id> {
        let Some((kind, inner)) = self.item(id).and_then(inner) else {
            return Vec::new();
        };
        self.shown.insert(id);
        let mut met = Vec::new();
        match kind {
            "module" | "use" => return met,
            "struct" | "union" => {
                for field in fields(inner) {
                    if self.is_public(field) {
                        met.extend(self.part(field));
                    }
                }
            }
            "enum" => {
                for variant in ids(&inner["variants"]) {
                    met.extend(self.part(variant));
                    for field in self
                        .item(variant)
                        .and_then(self::inner)
                        .map(|(_, inner)| fields(inner))
                        .unwrap_or_default()
                    {
                        met.extend(self.part(field));
                    }
                }
            }
            "trait" => {
                for item in ids(&inner["items"]) {
                    met.extend(self.part(item));
                }
            }
            _ => {}
        }
        met.extend(signature(inner));
        // The implementations of a trait that nobody can name are the business of whoever wrote it.
        if kind != "trait" || self.named.contains(&id) {
            for implementation in ids(&inner["impls"]).chain(ids(&inner["implementations"])) {
                met.extend(self.implementation(implementation, kind == "trait"));
            }
        }
        met
    }

    fn part(&mut self, id: Id) -> Vec<Id> {
        self.shown.insert(id);
        self.item(id)
            .and_then(inner)
            .map(|(_, inner)| signature(inner))
            .unwrap_or_default()
    }

    fn implementation(&mut self, id: Id, listed_by_trait: bool) -> Vec<Id> {
        let Some(("impl", inner)) = self.item(id).and_then(inner) else {
            return Vec::new();
        };
        if inner["is_synthetic"] == true || !inner["blanket_impl"].is_null() {
            return Vec::new();
        }
        let mut items: Vec<Id> = ids(&inner["items"]).collect();
        if inner["trait"].is_null() {
            items.retain(|item| self.is_public(*item));
            if items.is_empty() {
                return Vec::new();
            }
        } else {
            // Nobody can ask for it who cannot say the trait and what it is applied to.
            let mut said = signature(&inner["trait"]);
            if listed_by_trait {
                said.extend(signature(&inner["for"]));
            }
            if said.into_iter().any(|id| self.is_ours(id) && !self.named.contains(&id)) {
                return Vec::new();
            }
        }
        self.shown.insert(id);
        let mut met = signature(inner);
        for item in items {
            met.extend(self.part(item));
        }
        met
    }

    /// Structs, enums and traits that other code may write out in full, and what it would write.
    fn exhaustive(&self) -> BTreeMap<Id, Vec<String>> {
        let mut found = BTreeMap::new();
        for id in &self.named {
            let Some(item) = self.item(*id) else { continue };
            let Some((kind, inner)) = inner(item) else { continue };
            if ids_or_texts(&item["attrs"]).any(|attribute| attribute == "non_exhaustive") {
                continue;
            }
            let parts: Vec<Id> = match kind {
                "struct" if !inner["kind"]["plain"].is_null() => {
                    let fields = fields(inner);
                    if fields.is_empty()
                        || inner["kind"]["plain"]["has_stripped_fields"] == true
                        || !fields.iter().all(|field| self.is_public(*field))
                    {
                        continue;
                    }
                    fields
                }
                "enum" => ids(&inner["variants"]).collect(),
                "trait"
                    if !signature(&inner["bounds"])
                        .into_iter()
                        .any(|bound| self.met.contains(&bound)) =>
                {
                    ids(&inner["items"]).filter(|item| self.is_demanded(*item)).collect()
                }
                _ => continue,
            };
            let mut names: Vec<String> = parts
                .into_iter()
                .filter_map(|part| self.item(part)?["name"].as_str().map(str::to_owned))
                .collect();
            names.sort();
            found.insert(*id, names);
        }
        found
    }

    /// Whether an implementation of a trait must bring this item itself.
    fn is_demanded(&self, id: Id) -> bool {
        match self.item(id).and_then(inner) {
            Some(("function", function)) => function["has_body"] != true,
            Some(("assoc_type", inner)) => inner["type"].is_null(),
            Some(("assoc_const", inner)) => inner["value"].is_null(),
            _ => false,
        }
    }

    /// Where each thing that is met and not named goes: module below [`UNNAMED`], if any, and the item.
    fn homes(&self) -> BTreeMap<Id, Option<String>> {
        let parents = self.parents();
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        let name = |id: Id| self.item(id).and_then(|item| item["name"].as_str()).unwrap_or_default();
        for id in self.met.iter().filter(|id| self.says_something(**id)) {
            *by_name.entry(name(*id)).or_default() += 1;
        }
        self.met
            .iter()
            .map(|id| {
                let alone = self.says_something(*id) && by_name.get(name(*id)) == Some(&1);
                let module = parents
                    .get(id)
                    .filter(|_| !alone)
                    .map(|parent| name(*parent).to_owned());
                (*id, module)
            })
            .collect()
    }

    /// Whether an item has something to call or to read.
    fn says_something(&self, id: Id) -> bool {
        let Some((kind, inner)) = self.item(id).and_then(inner) else {
            return false;
        };
        let called = ids(&inner["impls"]).any(|implementation| {
            let implementation = self
                .item(implementation)
                .filter(|_| self.shown.contains(&implementation));
            implementation
                .and_then(self::inner)
                .is_some_and(|(_, inner)| inner["trait"].is_null())
        });
        kind == "enum" || called || fields(inner).iter().any(|field| self.shown.contains(field))
    }

    /// A type that is only a mark in the arguments of another, such as the states of a builder: its name shows there.
    fn is_silent(&self, id: Id) -> bool {
        let kind = self.item(id).and_then(inner).map(|(kind, _)| kind);
        kind == Some("struct") && !self.says_something(id)
    }

    fn parents(&self) -> BTreeMap<Id, Id> {
        let mut parents = BTreeMap::new();
        for (key, item) in self.index {
            if let (Ok(id), Some(("module", module))) = (key.parse::<Id>(), inner(item)) {
                parents.extend(ids(&module["items"]).map(|child| (child, id)));
            }
        }
        parents
    }
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

/// Kind and description of an item.
fn inner(item: &Value) -> Option<(&str, &Value)> {
    let (kind, inner) = item.get("inner")?.as_object()?.iter().next()?;
    Some((kind, inner))
}

fn ids(list: &Value) -> impl Iterator<Item = Id> {
    list.as_array().into_iter().flatten().filter_map(Value::as_u64)
}

fn ids_or_texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The fields of a struct, a union or a variant, in whatever form it has.
fn fields(inner: &Value) -> Vec<Id> {
    let kind = &inner["kind"];
    [
        &inner["fields"],
        &kind["plain"]["fields"],
        &kind["struct"]["fields"],
        &kind["tuple"],
    ]
    .into_iter()
    .flat_map(ids)
    .collect()
}

/// The items that a type, a bound or a signature speaks of: whatever is a path with an id, at any depth.
fn signature(value: &Value) -> Vec<Id> {
    let mut found = Vec::new();
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(object) => {
                if object.contains_key("path")
                    && let Some(id) = object.get("id").and_then(Value::as_u64)
                {
                    found.push(id);
                }
                waiting.extend(object.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    found
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
