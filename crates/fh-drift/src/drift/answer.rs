//! Request bodies and answers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::content::content;
use super::json::members;
use super::note::reworded;
use super::parameter::parameter;
use super::resolve::deref;
use super::table::Kind;
use super::walk::{Place, Walk};

pub(super) fn request_body(walk: &mut Walk<'_>, old: Option<&Value>, new: Option<&Value>, place: &Place) {
    let required = |body: &Value| body.get("required") == Some(&Value::Bool(true));
    match (
        old.map(|body| deref(walk.old, body).1),
        new.map(|body| deref(walk.new, body).1),
    ) {
        (None, None) => {}
        (Some(_), None) => walk.say(Kind::BodyRemoved, place, "no body any more"),
        (None, Some(body)) => {
            let kind = if required(body) {
                Kind::BodyAddedRequired
            } else {
                Kind::BodyAddedOptional
            };
            walk.say(kind, place, "a body now");
        }
        (Some(a), Some(b)) => {
            match (required(a), required(b)) {
                (false, true) => walk.say(Kind::BodyNowRequired, place, "now required"),
                (true, false) => walk.say(Kind::BodyNowOptional, place, "now optional"),
                _ => {}
            }
            if a.get("description") != b.get("description") {
                walk.say(
                    Kind::DescriptionChanged,
                    place,
                    reworded("description", a.get("description"), b.get("description")),
                );
            }
            content(walk, a.get("content"), b.get("content"), &place.child("content"));
        }
    }
}

pub(super) fn responses(walk: &mut Walk<'_>, old: Option<&Value>, new: Option<&Value>, place: &Place) {
    let (old, new) = (members(old), members(new));
    for (status, answer) in &old {
        let here = place.child(status);
        match new.get(status) {
            Some(now) => response(walk, deref(walk.old, answer).1, deref(walk.new, now).1, &here),
            None if is_success(status) => walk.say(Kind::SuccessStatusRemoved, &here, *status),
            None => walk.say(Kind::ErrorStatusRemoved, &here, *status),
        }
    }
    for status in new.keys().filter(|status| !old.contains_key(*status)) {
        let kind = if is_success(status) {
            Kind::SuccessStatusAdded
        } else {
            Kind::ErrorStatusAdded
        };
        walk.say(kind, &place.child(status), *status);
    }
}

fn response(walk: &mut Walk<'_>, a: &Value, b: &Value, place: &Place) {
    if a.get("description") != b.get("description") {
        walk.say(
            Kind::DescriptionChanged,
            place,
            reworded("description", a.get("description"), b.get("description")),
        );
    }
    if a.get("links") != b.get("links") {
        walk.say(Kind::Unclassified, place, "links");
    }
    content(walk, a.get("content"), b.get("content"), &place.child("content"));
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
            None => walk.say(Kind::HeaderRemoved, &here, name.as_str()),
            Some(now) => {
                let (header, now) = (deref(walk.old, header).1.clone(), deref(walk.new, now).1.clone());
                parameter(walk, &header, &now, &here, true);
            }
        }
    }
    for (name, header) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let required = deref(walk.new, header).1.get("required") == Some(&Value::Bool(true));
        let kind = if required {
            Kind::HeaderAddedRequired
        } else {
            Kind::HeaderAddedOptional
        };
        walk.say(kind, &place.child("headers").child(name), name.as_str());
    }
}

/// 1xx to 3xx; `default` counts as a refusal.
fn is_success(status: &str) -> bool {
    matches!(status.as_bytes().first(), Some(b'1'..=b'3'))
}
