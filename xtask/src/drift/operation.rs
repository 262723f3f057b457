//! The walk through one operation: parameters, body, answers, credentials.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::finding::Direction;
use super::resolve::deref;
use super::schema::{Place, Walk, brief, members, reworded};
use super::table::Kind;

/// Keywords of an operation with a rule of their own.
const KNOWN: &[&str] = &[
    "operationId",
    "summary",
    "description",
    "tags",
    "deprecated",
    "externalDocs",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "servers",
];

/// One operation with the path item it stands in.
#[derive(Clone, Copy)]
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    pub(super) item: &'a Value,
    pub(super) body: &'a Value,
}

impl<'a> Operation<'a> {
    pub(super) fn text(&self, keyword: &str) -> &'a str {
        self.body.get(keyword).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn place(&self, direction: Direction) -> Place {
        Place::new(direction, "#/paths").child(self.path).child(self.method)
    }
}

impl Walk<'_> {
    pub(super) fn operation(&mut self, old: Operation<'_>, new: Operation<'_>) {
        let about = new.place(Direction::Document);
        self.names(old, new, &about);
        self.parameters(old, new);
        self.request_body(
            old.body.get("requestBody"),
            new.body.get("requestBody"),
            &new.place(Direction::Request).child("requestBody"),
        );
        self.responses(
            old.body.get("responses"),
            new.body.get("responses"),
            &new.place(Direction::Response).child("responses"),
        );
        self.security(old.body, new.body, &new.place(Direction::Request).child("security"));
        if old.body.get("servers") != new.body.get("servers") {
            let place = new.place(Direction::Request).child("servers");
            self.servers(old.body.get("servers"), new.body.get("servers"), &place);
        }
        let (a, b) = (members(Some(old.body)), members(Some(new.body)));
        for keyword in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            if KNOWN.contains(keyword) || a.get(keyword) == b.get(keyword) {
                continue;
            }
            let kind = if keyword.starts_with("x-") {
                Kind::ExtensionChanged
            } else {
                Kind::Unclassified
            };
            self.say(kind, &new.place(Direction::Request).child(keyword), *keyword);
        }
    }

    fn names(&mut self, old: Operation<'_>, new: Operation<'_>, place: &Place) {
        let (before, after) = (old.text("operationId"), new.text("operationId"));
        if before != after {
            self.say(Kind::OperationIdChanged, place, format!("`{before}` → `{after}`"));
        } else if before.is_empty() && (old.path, old.method) != (new.path, new.method) {
            self.say(
                Kind::OperationIdDerived,
                place,
                format!("{} {} → {} {}", old.method, old.path, new.method, new.path),
            );
        }
        for keyword in ["summary", "description", "externalDocs"] {
            if old.body.get(keyword) != new.body.get(keyword) {
                self.say(
                    Kind::DescriptionChanged,
                    place,
                    reworded(keyword, old.body.get(keyword), new.body.get(keyword)),
                );
            }
        }
        if old.body.get("tags") != new.body.get("tags") {
            self.say(
                Kind::TagsChanged,
                place,
                format!("{} → {}", brief(old.body.get("tags")), brief(new.body.get("tags"))),
            );
        }
        let deprecated = |operation: Operation<'_>| operation.body.get("deprecated") == Some(&Value::Bool(true));
        if deprecated(old) != deprecated(new) {
            let note = if deprecated(new) {
                "now deprecated"
            } else {
                "no longer deprecated"
            };
            self.say(Kind::DeprecationChanged, place, note);
        }
    }

    fn parameters(&mut self, old: Operation<'_>, new: Operation<'_>) {
        let base = new.place(Direction::Request).child("parameters");
        let (mut before, mut after) = (parameters(self.old, old), parameters(self.new, new));
        pair_renamed_path_parameters(old.path, new.path, &mut before, &mut after);
        for (key, parameter) in &before {
            let here = base.child(&format!("{}:{}", key.0, key.1));
            let Some(now) = after.get(key) else {
                let moved = after
                    .keys()
                    .any(|other| other.1.eq_ignore_ascii_case(&key.1) && !before.contains_key(other));
                let kind = match (moved, key.0.as_str()) {
                    (true, _) => Kind::ParameterMoved,
                    (_, "header") => Kind::HeaderRemoved,
                    _ => Kind::ParameterRemoved,
                };
                self.say(kind, &here, format!("{} `{}`", key.0, key.1));
                continue;
            };
            self.parameter(parameter, now, &here, key.0 == "header");
        }
        for (key, parameter) in &after {
            if before.contains_key(key)
                || before
                    .keys()
                    .any(|other| other.1.eq_ignore_ascii_case(&key.1) && !after.contains_key(other))
            {
                continue; // known, or moved here and already said
            }
            let required = parameter.get("required") == Some(&Value::Bool(true));
            let kind = match (key.0.as_str(), required) {
                ("header", true) => Kind::HeaderAddedRequired,
                ("header", false) => Kind::HeaderAddedOptional,
                (_, true) => Kind::ParameterAddedRequired,
                (_, false) => Kind::ParameterAddedOptional,
            };
            self.say(
                kind,
                &base.child(&format!("{}:{}", key.0, key.1)),
                format!("{} `{}`", key.0, key.1),
            );
        }
    }

    /// A parameter of an operation or a header of an answer.
    fn parameter(&mut self, a: &Value, b: &Value, place: &Place, header: bool) {
        let required = |value: &Value| value.get("required") == Some(&Value::Bool(true));
        let (now_required, now_optional) = if header {
            (Kind::HeaderNowRequired, Kind::HeaderNowOptional)
        } else {
            (Kind::ParameterNowRequired, Kind::ParameterNowOptional)
        };
        match (required(a), required(b)) {
            (false, true) => self.say(now_required, place, "now required"),
            (true, false) => self.say(now_optional, place, "now optional"),
            _ => {}
        }
        let (old, new) = (members(Some(a)), members(Some(b)));
        for keyword in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            if old.get(keyword) == new.get(keyword) {
                continue;
            }
            let kind = match *keyword {
                "name" | "in" | "required" | "schema" | "content" => continue,
                "description" => Kind::DescriptionChanged,
                "example" | "examples" => Kind::ExampleChanged,
                "deprecated" => Kind::DeprecationChanged,
                "style" | "explode" | "allowReserved" | "allowEmptyValue" => Kind::ParameterStyleChanged,
                extension if extension.starts_with("x-") => Kind::ExtensionChanged,
                _ => Kind::Unclassified,
            };
            let note = format!(
                "{keyword}: {} → {}",
                brief(old.get(keyword).copied()),
                brief(new.get(keyword).copied())
            );
            self.say(kind, place, note);
        }
        self.optional_schema(a.get("schema"), b.get("schema"), place);
        if a.get("content").is_some() || b.get("content").is_some() {
            self.content(a.get("content"), b.get("content"), &place.child("content"));
        }
    }

    fn request_body(&mut self, old: Option<&Value>, new: Option<&Value>, place: &Place) {
        let required = |body: &Value| body.get("required") == Some(&Value::Bool(true));
        match (
            old.map(|body| deref(self.old, body).1),
            new.map(|body| deref(self.new, body).1),
        ) {
            (None, None) => {}
            (Some(_), None) => self.say(Kind::BodyRemoved, place, "no body any more"),
            (None, Some(body)) => {
                let kind = if required(body) {
                    Kind::BodyAddedRequired
                } else {
                    Kind::BodyAddedOptional
                };
                self.say(kind, place, "a body now");
            }
            (Some(a), Some(b)) => {
                match (required(a), required(b)) {
                    (false, true) => self.say(Kind::BodyNowRequired, place, "now required"),
                    (true, false) => self.say(Kind::BodyNowOptional, place, "now optional"),
                    _ => {}
                }
                if a.get("description") != b.get("description") {
                    self.say(
                        Kind::DescriptionChanged,
                        place,
                        reworded("description", a.get("description"), b.get("description")),
                    );
                }
                self.content(a.get("content"), b.get("content"), &place.child("content"));
            }
        }
    }

    fn responses(&mut self, old: Option<&Value>, new: Option<&Value>, place: &Place) {
        let (old, new) = (members(old), members(new));
        for (status, answer) in &old {
            let here = place.child(status);
            match new.get(status) {
                Some(now) => self.response(deref(self.old, answer).1, deref(self.new, now).1, &here),
                None if is_success(status) => self.say(Kind::SuccessStatusRemoved, &here, *status),
                None => self.say(Kind::ErrorStatusRemoved, &here, *status),
            }
        }
        for status in new.keys().filter(|status| !old.contains_key(*status)) {
            let kind = if is_success(status) {
                Kind::SuccessStatusAdded
            } else {
                Kind::ErrorStatusAdded
            };
            self.say(kind, &place.child(status), *status);
        }
    }

    fn response(&mut self, a: &Value, b: &Value, place: &Place) {
        if a.get("description") != b.get("description") {
            self.say(
                Kind::DescriptionChanged,
                place,
                reworded("description", a.get("description"), b.get("description")),
            );
        }
        if a.get("links") != b.get("links") {
            self.say(Kind::Unclassified, place, "links");
        }
        self.content(a.get("content"), b.get("content"), &place.child("content"));
        let lower = |headers: Option<&Value>| -> BTreeMap<String, Value> {
            members(headers)
                .into_iter()
                .map(|(name, header)| (name.to_ascii_lowercase(), header.clone()))
                .collect()
        };
        let (old, new) = (lower(a.get("headers")), lower(b.get("headers")));
        for (name, header) in &old {
            let here = place.child("headers").child(name);
            match new.get(name) {
                None => self.say(Kind::HeaderRemoved, &here, name.as_str()),
                Some(now) => {
                    let (header, now) = (deref(self.old, header).1.clone(), deref(self.new, now).1.clone());
                    self.parameter(&header, &now, &here, true);
                }
            }
        }
        for (name, header) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            let required = deref(self.new, header).1.get("required") == Some(&Value::Bool(true));
            let kind = if required {
                Kind::HeaderAddedRequired
            } else {
                Kind::HeaderAddedOptional
            };
            self.say(kind, &place.child("headers").child(name), name.as_str());
        }
    }

    fn content(&mut self, old: Option<&Value>, new: Option<&Value>, place: &Place) {
        let (old, new) = (members(old), members(new));
        match (old.is_empty(), new.is_empty()) {
            (true, true) => return,
            (true, false) => return self.say(Kind::ContentAdded, place, listed(new.keys())),
            (false, true) => return self.say(Kind::ContentRemoved, place, listed(old.keys())),
            _ => {}
        }
        let gone: Vec<&str> = old.keys().filter(|media| !new.contains_key(*media)).copied().collect();
        let come: Vec<&str> = new.keys().filter(|media| !old.contains_key(*media)).copied().collect();
        match (gone.as_slice(), come.as_slice()) {
            ([before], [after]) => {
                self.say(Kind::MediaTypeChanged, place, format!("`{before}` → `{after}`"));
                self.media(old[before], new[after], &place.child(after));
            }
            _ => {
                for media in gone {
                    self.say(Kind::MediaTypeRemoved, &place.child(media), media);
                }
                for media in come {
                    self.say(Kind::MediaTypeAdded, &place.child(media), media);
                }
            }
        }
        for (media, before) in &old {
            if let Some(after) = new.get(media) {
                self.media(before, after, &place.child(media));
            }
        }
    }

    fn media(&mut self, a: &Value, b: &Value, place: &Place) {
        for keyword in ["example", "examples"] {
            if a.get(keyword) != b.get(keyword) {
                self.say(Kind::ExampleChanged, place, keyword);
            }
        }
        if a.get("encoding") != b.get("encoding") {
            self.say(Kind::Unclassified, place, "encoding");
        }
        self.optional_schema(a.get("schema"), b.get("schema"), place);
    }

    fn optional_schema(&mut self, a: Option<&Value>, b: Option<&Value>, place: &Place) {
        let here = place.child("schema");
        match (a, b) {
            (None, None) => {}
            (Some(a), Some(b)) => self.schema(a, b, &here),
            (None, Some(_)) => {
                self.say(Kind::TypeNarrowed, &here, "a schema where none was");
            }
            (Some(_), None) => self.say(Kind::TypeWidened, &here, "no schema any more"),
        }
    }

    /// Alternatives of credentials; an operation without its own list has the document's.
    fn security(&mut self, old: &Value, new: &Value, place: &Place) {
        let alternatives = |document: &Value, operation: &Value| -> BTreeSet<String> {
            let list = operation.get("security").or_else(|| document.get("security"));
            list.and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(canonical)
                .collect()
        };
        let (a, b) = (alternatives(self.old, old), alternatives(self.new, new));
        if a == b {
            return;
        }
        let note = format!("{} → {}", listed(a.iter()), listed(b.iter()));
        let free = |set: &BTreeSet<String>| set.is_empty() || set.contains("{}");
        let still_accepted = free(&b) || (!free(&a) && a.is_subset(&b));
        self.say(
            if still_accepted {
                Kind::SecurityRelaxed
            } else {
                Kind::SecurityRequired
            },
            place,
            note,
        );
    }

    pub(super) fn servers(&mut self, old: Option<&Value>, new: Option<&Value>, place: &Place) {
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
            self.say(Kind::ServerRemoved, place, format!("`{url}`"));
        }
        for (url, server) in &b {
            match a.get(url) {
                None => self.say(Kind::ServerAdded, place, format!("`{url}`")),
                Some(before) if before.get("variables") != server.get("variables") => {
                    self.say(Kind::Unclassified, place, format!("variables of `{url}`"));
                }
                Some(before) if before != server => {
                    self.say(Kind::DescriptionChanged, place, format!("words about `{url}`"))
                }
                Some(_) => {}
            }
        }
    }
}

/// Parameters by place and name (header names in lower case), the operation's own over those of its path.
fn parameters(document: &Value, operation: Operation<'_>) -> BTreeMap<(String, String), Value> {
    let mut found = BTreeMap::new();
    for list in [operation.item.get("parameters"), operation.body.get("parameters")] {
        for parameter in list.and_then(Value::as_array).into_iter().flatten() {
            let parameter = deref(document, parameter).1;
            let text = |keyword: &str| {
                parameter
                    .get(keyword)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let (place, mut name) = (text("in"), text("name"));
            if place == "header" {
                name.make_ascii_lowercase();
            }
            found.insert((place, name), parameter.clone());
        }
    }
    found
}

/// `/x/{id}` and `/x/{key}` are one path: their parameters are compared, not taken for one gone and one new.
fn pair_renamed_path_parameters(
    old_path: &str,
    new_path: &str,
    before: &mut BTreeMap<(String, String), Value>,
    after: &mut BTreeMap<(String, String), Value>,
) {
    let (old, new) = (braced(old_path), braced(new_path));
    if old.len() != new.len() {
        return;
    }
    for (from, to) in old.into_iter().zip(new).filter(|(from, to)| from != to) {
        let (from, to) = (("path".to_owned(), from), ("path".to_owned(), to));
        if before.contains_key(&to) || !after.contains_key(&to) {
            continue;
        }
        if let Some(parameter) = before.remove(&from) {
            before.insert(to, parameter);
        }
    }
}

fn braced(path: &str) -> Vec<String> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}').map(str::to_owned))
        .collect()
}

/// 1xx to 3xx; `default` counts as a refusal.
fn is_success(status: &str) -> bool {
    matches!(status.as_bytes().first(), Some(b'1'..=b'3'))
}

fn listed(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("`{}`", item.as_ref())).collect();
    if items.is_empty() {
        "nothing".to_owned()
    } else {
        items.join(", ")
    }
}

/// The value with its keys in order, so that two texts are equal exactly when the values are.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<_, _> = object.iter().collect();
            let inner: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}
