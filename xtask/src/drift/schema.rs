//! The walk through two schemas in one direction.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::finding::{Direction, Finding, Policy};
use super::resolve::{View, view};
use super::table::Kind;

/// Where the walk is: a direction and a pointer.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) direction: Direction,
    pub(super) at: String,
    /// A free string is accepted beside the values of the enum that is being compared.
    pub(super) open: bool,
}

impl Place {
    pub(super) fn new(direction: Direction, at: impl Into<String>) -> Self {
        Place {
            direction,
            at: at.into(),
            open: false,
        }
    }

    pub(super) fn child(&self, segment: &str) -> Self {
        let escaped = segment.replace('~', "~0").replace('/', "~1");
        Place {
            direction: self.direction,
            at: format!("{}/{escaped}", self.at),
            open: false,
        }
    }

    fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }
}

/// The two documents and what was found so far.
pub(super) struct Walk<'a> {
    pub(super) old: &'a Value,
    pub(super) new: &'a Value,
    pub(super) policy: Policy,
    pub(super) findings: Vec<Finding>,
    /// Pairs of schemas already compared: recursion ends here, and a shared schema is reported once per direction.
    pub(super) seen: HashSet<(String, String, Direction, bool)>,
    /// Named schemas that were compared in some direction; the others are compared as part of no conversation.
    pub(super) used: BTreeSet<String>,
}

impl Walk<'_> {
    pub(super) fn say(&mut self, kind: Kind, place: &Place, note: impl Into<String>) {
        self.findings
            .push(Finding::new(kind, place.direction, place.at.clone(), note));
    }

    /// Compares two schemas that stand at the same place.
    pub(super) fn schema(&mut self, old: &Value, new: &Value, place: &Place) {
        if self.wrapped_in_composition(old, new, place) {
            return;
        }
        let (a, b) = (view(self.old, old), view(self.new, new));
        self.used.extend(b.name.clone());
        self.used.extend(a.name.clone());
        if a == b && old != new {
            self.say(Kind::Respelled, place, "the same schema in other keywords");
        }
        match (&a.name, &b.name) {
            (Some(x), Some(y)) if x == y => {
                let target = Place::new(place.direction, "#/components/schemas")
                    .child(x)
                    .open(place.open);
                self.once(x, y, &target, &a.body, &b.body);
                self.keywords(&a.beside, &b.beside, place);
            }
            (None, None) => self.keywords(&a.body, &b.body, place),
            _ => self.renamed(&a, &b, place),
        }
    }

    fn renamed(&mut self, a: &View, b: &View, place: &Place) {
        let inline = format!("inline at {}", place.at);
        let (x, y) = (
            a.name.clone().unwrap_or(inline.clone()),
            b.name.clone().unwrap_or(inline),
        );
        let (kind, note) = match (&a.name, &b.name) {
            (Some(_), Some(_)) => (Kind::SchemaRenamed, format!("`{x}` → `{y}`")),
            (None, _) => (Kind::SchemaExtracted, format!("now `{y}`")),
            (_, None) => (Kind::SchemaInlined, format!("was `{x}`")),
        };
        self.say(kind, place, note);
        self.once(&x, &y, place, &a.merged(), &b.merged());
    }

    fn once(&mut self, x: &str, y: &str, place: &Place, a: &Map<String, Value>, b: &Map<String, Value>) {
        if self
            .seen
            .insert((x.to_owned(), y.to_owned(), place.direction, place.open))
        {
            self.keywords(a, b, place);
        }
    }

    /// Compares two resolved schemas keyword by keyword. A keyword that no rule knows is unclassified when it differs.
    pub(super) fn keywords(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
        if a == b && !references_inside(a) {
            return;
        }
        self.words(a, b, place);
        if !self.types(a, b, place) {
            return; // another type: what is below it cannot be compared
        }
        self.flags(a, b, place);
        self.enums(a, b, place);
        self.constraints(a, b, place);
        self.properties(a, b, place);
        self.additional(a, b, place);
        self.items(a, b, place);
        self.compositions(a, b, place);
        for keyword in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            if !KNOWN.contains(&keyword.as_str()) && !keyword.starts_with("x-") && a.get(keyword) != b.get(keyword) {
                self.say(
                    Kind::Unclassified,
                    place,
                    format!("`{keyword}`: {} → {}", brief(a.get(keyword)), brief(b.get(keyword))),
                );
            }
        }
    }

    fn words(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
        for (keyword, kind) in [
            ("description", Kind::DescriptionChanged),
            ("example", Kind::ExampleChanged),
            ("examples", Kind::ExampleChanged),
            ("externalDocs", Kind::DescriptionChanged),
            ("xml", Kind::ExtensionChanged),
        ] {
            if a.get(keyword) != b.get(keyword) {
                self.say(kind, place, reworded(keyword, a.get(keyword), b.get(keyword)));
            }
        }
        if a.get("title") != b.get("title") {
            let names_a_type = !place.at.starts_with("#/components/schemas/") || place.at.matches('/').count() > 3;
            let is_type = b.contains_key("properties")
                || b.contains_key("enum")
                || b.contains_key("oneOf")
                || b.contains_key("anyOf");
            let kind = if names_a_type && is_type {
                Kind::TypeTitleChanged
            } else {
                Kind::TitleChanged
            };
            self.say(
                kind,
                place,
                format!("{} → {}", brief(a.get("title")), brief(b.get("title"))),
            );
        }
        for keyword in a
            .keys()
            .chain(b.keys())
            .filter(|keyword| keyword.starts_with("x-"))
            .collect::<BTreeSet<_>>()
        {
            if a.get(keyword) != b.get(keyword) {
                // The generator obeys this one: it names the Rust type.
                let kind = if keyword == "x-rust-type" {
                    Kind::Unclassified
                } else {
                    Kind::ExtensionChanged
                };
                self.say(kind, place, keyword.as_str());
            }
        }
    }

    /// Type and format. False when the types have nothing to do with each other.
    fn types(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) -> bool {
        let (old, new) = (type_set(a), type_set(b));
        if old != new {
            let note = format!("{} → {}", brief(a.get("type")), brief(b.get("type")));
            let kind = match (&old, &new) {
                (None, _) => Kind::TypeNarrowed,
                (_, None) => Kind::TypeWidened,
                (Some(old), Some(new)) if covers(new, old) => Kind::TypeWidened,
                (Some(old), Some(new)) if covers(old, new) => Kind::TypeNarrowed,
                _ => Kind::TypeChanged,
            };
            self.say(kind, place, note);
            if kind == Kind::TypeChanged {
                return false;
            }
        }
        match (a.get("format"), b.get("format")) {
            (old, new) if old == new => {}
            (None, Some(new)) => self.say(Kind::FormatAdded, place, brief(Some(new))),
            (Some(old), None) => self.say(Kind::FormatRemoved, place, brief(Some(old))),
            (old, new) => self.say(Kind::FormatChanged, place, format!("{} → {}", brief(old), brief(new))),
        }
        true
    }

    fn flags(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
        for (keyword, added, removed) in [
            ("nullable", Kind::NullableAdded, Kind::NullableRemoved),
            ("readOnly", Kind::ReadOnlyAdded, Kind::ReadOnlyRemoved),
            ("writeOnly", Kind::WriteOnlyAdded, Kind::WriteOnlyRemoved),
            ("deprecated", Kind::DeprecationChanged, Kind::DeprecationChanged),
        ] {
            match (flag(a, keyword), flag(b, keyword)) {
                (false, true) => self.say(added, place, format!("now `{keyword}`")),
                (true, false) => self.say(removed, place, format!("no longer `{keyword}`")),
                _ => {}
            }
        }
        match (a.get("default"), b.get("default")) {
            (old, new) if old == new => {}
            (None, new) => self.say(Kind::DefaultAdded, place, brief(new)),
            (old, None) => self.say(Kind::DefaultRemoved, place, brief(old)),
            (old, new) => self.say(Kind::DefaultChanged, place, format!("{} → {}", brief(old), brief(new))),
        }
    }

    fn enums(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
        match (
            a.get("enum").and_then(Value::as_array),
            b.get("enum").and_then(Value::as_array),
        ) {
            (None, None) => {}
            (None, Some(new)) => self.say(Kind::EnumAdded, place, brief(Some(&Value::Array(new.clone())))),
            (Some(old), None) => self.say(Kind::EnumRemoved, place, brief(Some(&Value::Array(old.clone())))),
            (Some(old), Some(new)) => {
                let ours =
                    self.policy.response_enums_open && old.iter().all(|value| value.is_string() || value.is_null());
                let open = place.direction == Direction::Response && (place.open || ours);
                let kind = if open {
                    Kind::OpenEnumValueAdded
                } else {
                    Kind::EnumValueAdded
                };
                for value in new.iter().filter(|value| !old.contains(value)) {
                    self.say(kind, place, brief(Some(value)));
                }
                for value in old.iter().filter(|value| !new.contains(value)) {
                    self.say(Kind::EnumValueRemoved, place, brief(Some(value)));
                }
                if old != new && old.len() == new.len() && old.iter().all(|value| new.contains(value)) {
                    self.say(Kind::Reordered, place, "enum");
                }
            }
        }
    }

    fn properties(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
        let none = Map::new();
        let old = a.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let new = b.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let (old_required, new_required) = (names(a, "required"), names(b, "required"));
        for (name, schema) in old {
            let here = place.child("properties").child(name);
            match new.get(name) {
                None => self.say(Kind::PropertyRemoved, &here, format!("`{name}`")),
                Some(now) => self.schema(schema, now, &here),
            }
        }
        for name in new.keys().filter(|name| !old.contains_key(*name)) {
            let required = new_required.contains(name.as_str());
            let kind = match (Additional::of(a), place.direction, required) {
                (Additional::Closed, Direction::Response, _) => Kind::PropertyAddedToClosed,
                (Additional::Typed(_), _, _) => Kind::PropertyAddedToMap,
                (_, _, true) => Kind::PropertyAddedRequired,
                _ => Kind::PropertyAddedOptional,
            };
            let here = place.child("properties").child(name);
            self.say(kind, &here, format!("`{name}`"));
            if required && kind == Kind::PropertyAddedToMap {
                self.say(Kind::PropertyAddedRequired, &here, format!("`{name}`"));
            }
        }
        for name in new_required
            .difference(&old_required)
            .filter(|name| old.contains_key(**name) || !new.contains_key(**name))
        {
            self.say(
                Kind::PropertyNowRequired,
                &place.child("properties").child(name),
                format!("`{name}`"),
            );
        }
        for name in old_required
            .difference(&new_required)
            .filter(|name| new.contains_key(**name) || !old.contains_key(**name))
        {
            self.say(
                Kind::PropertyNowOptional,
                &place.child("properties").child(name),
                format!("`{name}`"),
            );
        }
    }

    fn additional(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
        let here = place.child("additionalProperties");
        match (Additional::of(a), Additional::of(b)) {
            (Additional::Open, Additional::Open) | (Additional::Closed, Additional::Closed) => {}
            (Additional::Typed(old), Additional::Typed(new)) => self.schema(old, new, &here),
            (_, Additional::Closed) => self.say(Kind::AdditionalForbidden, &here, "now false"),
            (Additional::Closed, _) => self.say(Kind::AdditionalAllowed, &here, "was false"),
            (Additional::Open, Additional::Typed(_)) => self.say(Kind::AdditionalNarrowed, &here, "now a schema"),
            (Additional::Typed(_), Additional::Open) => self.say(Kind::AdditionalWidened, &here, "was a schema"),
        }
    }

    fn items(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, place: &Place) {
        let here = place.child("items");
        match (a.get("items"), b.get("items")) {
            (None, None) => {}
            (None, Some(_)) => self.say(Kind::TypeNarrowed, &here, "elements are now described"),
            (Some(_), None) => self.say(Kind::TypeWidened, &here, "elements are no longer described"),
            (Some(old), Some(new)) => self.schema(old, new, &here),
        }
    }
}

/// Keywords with a rule of their own.
const KNOWN: &[&str] = &[
    "$ref",
    "type",
    "format",
    "enum",
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "default",
    "title",
    "description",
    "example",
    "examples",
    "externalDocs",
    "xml",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "oneOf",
    "anyOf",
    "discriminator",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
    "multipleOf",
    "uniqueItems",
];

/// What a schema says about properties it does not name.
enum Additional<'a> {
    Open,
    Closed,
    Typed(&'a Value),
}

impl<'a> Additional<'a> {
    fn of(schema: &'a Map<String, Value>) -> Self {
        match schema.get("additionalProperties") {
            None | Some(Value::Bool(true)) => Additional::Open,
            Some(Value::Bool(false)) => Additional::Closed,
            Some(Value::Object(empty)) if empty.is_empty() => Additional::Open,
            Some(schema) => Additional::Typed(schema),
        }
    }
}

/// Equal text can still differ in what its references lead to.
fn references_inside(schema: &Map<String, Value>) -> bool {
    fn search(value: &Value) -> bool {
        match value {
            Value::Object(object) => object.contains_key("$ref") || object.values().any(search),
            Value::Array(items) => items.iter().any(search),
            _ => false,
        }
    }
    schema.values().any(search)
}

fn type_set(schema: &Map<String, Value>) -> Option<BTreeSet<&str>> {
    match schema.get("type")? {
        Value::String(one) => Some(BTreeSet::from([one.as_str()])),
        Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// Whether every value of the types `inner` is also of the types `outer`; an integer is a number.
fn covers(outer: &BTreeSet<&str>, inner: &BTreeSet<&str>) -> bool {
    inner
        .iter()
        .all(|kind| outer.contains(kind) || (*kind == "integer" && outer.contains("number")))
}

pub(super) fn flag(object: &Map<String, Value>, keyword: &str) -> bool {
    object.get(keyword) == Some(&Value::Bool(true))
}

fn names<'a>(object: &'a Map<String, Value>, keyword: &str) -> BTreeSet<&'a str> {
    object
        .get(keyword)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// A value in a note: short, on one line.
pub(super) fn brief(value: Option<&Value>) -> String {
    const LONGEST: usize = 60;
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(LONGEST).collect::<String>())
}

/// What changed in a text: the part between what both versions begin and end with, and a few words before it.
pub(super) fn reworded(keyword: &str, old: Option<&Value>, new: Option<&Value>) -> String {
    const BEFORE: usize = 20;
    const SHOWN: usize = 80;
    let (Some(a), Some(b)) = (old.and_then(Value::as_str), new.and_then(Value::as_str)) else {
        return format!("{keyword}: {} → {}", brief(old), brief(new));
    };
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[same..]
        .iter()
        .rev()
        .zip(b[same..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let from = same.saturating_sub(BEFORE);
    let excerpt = |text: &[char]| -> String {
        let end = (text.len() - tail).min(from + SHOWN);
        text[from..end.max(same.min(text.len()))]
            .iter()
            .collect::<String>()
            .replace('\n', " ")
    };
    let dots = if from > 0 { "…" } else { "" };
    format!("{keyword}: `{dots}{}` → `{dots}{}`", excerpt(&a), excerpt(&b))
}

/// The members of a JSON object, or none.
pub(super) fn members(value: Option<&Value>) -> BTreeMap<&str, &Value> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
        .collect()
}
