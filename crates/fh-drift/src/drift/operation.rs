//! The walk through one operation: parameters, body, answers, credentials.

use std::collections::BTreeSet;

use serde_json::Value;

use super::access::{security, servers};
use super::answer::{request_body, responses};
use super::class::Direction;
use super::endpoint::Operation;
use super::json::members;
use super::note::{brief, reworded};
use super::parameter::parameters;
use super::table::Kind;
use super::walk::{Place, Walk};

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

pub(super) fn operation(walk: &mut Walk<'_>, old: Operation<'_>, new: Operation<'_>) {
    let about = new.place(Direction::Document);
    names(walk, old, new, &about);
    parameters(walk, old, new);
    request_body(
        walk,
        old.body.get("requestBody"),
        new.body.get("requestBody"),
        &new.place(Direction::Request).child("requestBody"),
    );
    responses(
        walk,
        old.body.get("responses"),
        new.body.get("responses"),
        &new.place(Direction::Response).child("responses"),
    );
    security(
        walk,
        old.body,
        new.body,
        &new.place(Direction::Request).child("security"),
    );
    if old.body.get("servers") != new.body.get("servers") {
        let place = new.place(Direction::Request).child("servers");
        servers(walk, old.body.get("servers"), new.body.get("servers"), &place);
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
        walk.say(kind, &new.place(Direction::Request).child(keyword), *keyword);
    }
}

fn names(walk: &mut Walk<'_>, old: Operation<'_>, new: Operation<'_>, place: &Place) {
    let (before, after) = (old.text("operationId"), new.text("operationId"));
    if before != after {
        walk.say(Kind::OperationIdChanged, place, format!("`{before}` → `{after}`"));
    } else if before.is_empty() && (old.path, old.method) != (new.path, new.method) {
        walk.say(
            Kind::OperationIdDerived,
            place,
            format!("{} {} → {} {}", old.method, old.path, new.method, new.path),
        );
    }
    for keyword in ["summary", "description", "externalDocs"] {
        if old.body.get(keyword) != new.body.get(keyword) {
            walk.say(
                Kind::DescriptionChanged,
                place,
                reworded(keyword, old.body.get(keyword), new.body.get(keyword)),
            );
        }
    }
    if old.body.get("tags") != new.body.get("tags") {
        walk.say(
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
        walk.say(Kind::DeprecationChanged, place, note);
    }
}
