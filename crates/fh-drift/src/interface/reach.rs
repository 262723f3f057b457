//! What others can name or meet, in what rustdoc says of a whole crate.
//!
//! rustdoc describes private items too when asked to. An item is *named* when a path of public modules and re-exports leads to it, and
//! *met* when it stands in the signature of something that is named or met: a builder in a private module, the type state of that
//! builder.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// How rustdoc numbers items.
pub(super) type Id = u64;

/// What was found.
pub(super) struct Reach<'a> {
    index: &'a Map<String, Value>,
    root: Id,
    /// What a public path leads to.
    pub(super) named: BTreeSet<Id>,
    /// Modules whose items a glob re-exports.
    opened: BTreeSet<Id>,
    /// Named, met, and the parts of both.
    pub(super) shown: BTreeSet<Id>,
    /// Met and not named.
    pub(super) met: BTreeSet<Id>,
}

impl<'a> Reach<'a> {
    pub(super) fn of(described: &'a Value) -> Self {
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
    pub(super) fn exhaustive(&self) -> BTreeMap<Id, Vec<String>> {
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

    /// By which module each thing that is met and not named is to be told apart, if its name alone does not say enough.
    pub(super) fn homes(&self) -> BTreeMap<Id, Option<String>> {
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
    pub(super) fn is_silent(&self, id: Id) -> bool {
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
