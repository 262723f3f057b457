//! Bodies and answers in the one shape that the generator handles well.
//!
//! It panics, degrades or silently writes bad code for a number of legal constructs. Each rule here either rewrites one of them or
//! refuses it by name.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::{Place, operations, resolve, sorted};
use crate::json_path::escape;
use crate::{Error, Result};

const JSON: &str = "application/json";

/// `default` beside a success of another type makes the generator panic, so it becomes `4XX` and `5XX`.
pub(super) fn expand_default_responses(document: &mut Value) -> Result<()> {
    each_responses(document, |_, responses| {
        if let Some(default) = responses.remove("default") {
            for range in ["4XX", "5XX"] {
                responses.entry(range).or_insert_with(|| default.clone());
            }
        }
        Ok(())
    })
}

/// `application/problem+json`, `text/json` and `application/*+json` are JSON; under their own names the generator would
/// hand out bytes.
pub(super) fn unify_json_media_types(document: &mut Value) -> Result<()> {
    each_content(document, |_, content| {
        let others: Vec<String> = content
            .keys()
            .filter(|media| is_json(media) && *media != JSON)
            .cloned()
            .collect();
        for media in others {
            if let Some(value) = content.remove(&media) {
                content.entry(JSON).or_insert(value);
            }
        }
        Ok(())
    })
}

fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or(media).trim();
    media == JSON || media == "text/json" || media.ends_with("+json")
}

/// A JSON body without a schema makes the generator panic.
pub(super) fn require_json_schemas(document: &Value) -> Result<()> {
    let mut scratch = document.clone();
    each_content(&mut scratch, |pointer, content| match content.get(JSON) {
        Some(media) if media.get("schema").is_none() => Err(Error::at(
            format!("{pointer}/{}", escape(JSON)),
            "has no schema; write `schema: {}` if any JSON will do",
        )),
        _ => Ok(()),
    })
}

/// One media type per body: JSON where there is JSON. Bodies that the generator cannot send are refused.
pub(super) fn keep_one_media_type(document: &mut Value) -> Result<()> {
    each_content(document, |pointer, content| {
        if content.len() > 1 {
            if !content.contains_key(JSON) {
                return Err(Error::at(
                    pointer,
                    "has several media types and none is JSON; keep one in the overlay",
                ));
            }
            content.retain(|media, _| media == JSON);
        }
        let sendable = [
            JSON,
            "text/plain",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
        ];
        match content.keys().next() {
            Some(media) if pointer.contains("/requestBody/") && !sendable.contains(&media.as_str()) => Err(Error::at(
                pointer,
                format!("`{media}` cannot be sent by the generated client"),
            )),
            _ => Ok(()),
        }
    })
}

/// A 204 beside a 200 with a body is two success types, which makes the generator panic; the empty one goes.
pub(super) fn drop_empty_success_twins(document: &mut Value) -> Result<()> {
    let snapshot = document.clone();
    each_responses(document, |pointer, responses| {
        let mut empty = Vec::new();
        let mut typed = false;
        for (status, response) in responses.iter() {
            if status.starts_with('2') {
                if content_of(&snapshot, response, pointer)?.is_some() {
                    typed = true;
                } else {
                    empty.push(status.clone());
                }
            }
        }
        if typed {
            for status in empty {
                responses.remove(&status);
            }
        }
        Ok(())
    })
}

/// Two success types make the generator panic, and a caller could not tell them apart.
pub(super) fn require_one_success_type(document: &Value) -> Result<()> {
    for Place { pointer, .. } in operations(document) {
        let successes = contents_of(document, &pointer, '2')?;
        let distinct: BTreeSet<String> = successes.iter().map(|content| content.to_string()).collect();
        if distinct.len() > 1 {
            return Err(Error::at(
                format!("{pointer}/responses"),
                "has successes of different types; make them one in the overlay",
            ));
        }
    }
    Ok(())
}

/// Error answers of one operation share one type: empty ones take that of the others, different ones are refused.
pub(super) fn unify_error_types(document: &mut Value) -> Result<()> {
    let snapshot = document.clone();
    for Place { pointer, .. } in operations(&snapshot) {
        let place = format!("{pointer}/responses");
        let mut contents = contents_of(&snapshot, &pointer, '4')?;
        contents.extend(contents_of(&snapshot, &pointer, '5')?);
        let mut distinct: Vec<Value> = Vec::new();
        for content in contents {
            if !distinct.contains(&content) {
                distinct.push(content);
            }
        }
        let Some(shared) = distinct.first().cloned() else {
            continue;
        };
        if distinct.len() > 1 {
            return Err(Error::at(
                place,
                "has errors of different types; make them one in the overlay",
            ));
        }
        let Some(Value::Object(responses)) = document.pointer_mut(&place) else {
            continue;
        };
        for (status, response) in responses {
            if status.starts_with(['4', '5'])
                && content_of(&snapshot, response, &place)?.is_none()
                && let Some(response) = response.as_object_mut()
            {
                response.insert("content".to_owned(), shared.clone());
            }
        }
    }
    Ok(())
}

fn each_responses(
    document: &mut Value,
    mut rule: impl FnMut(&str, &mut Map<String, Value>) -> Result<()>,
) -> Result<()> {
    for Place { pointer, .. } in operations(document) {
        let place = format!("{pointer}/responses");
        if let Some(Value::Object(responses)) = document.pointer_mut(&place) {
            rule(&place, responses)?;
        }
    }
    Ok(())
}

/// Calls `rule` for every `content` object: bodies, answers and shared answers.
fn each_content(document: &mut Value, mut rule: impl FnMut(&str, &mut Map<String, Value>) -> Result<()>) -> Result<()> {
    let mut places = Vec::new();
    for Place { pointer, .. } in operations(document) {
        places.push(format!("{pointer}/requestBody/content"));
        if let Some(Value::Object(responses)) = document.pointer(&format!("{pointer}/responses")) {
            places.extend(
                responses
                    .keys()
                    .map(|status| format!("{pointer}/responses/{}/content", escape(status))),
            );
        }
    }
    if let Some(Value::Object(responses)) = document.pointer("/components/responses") {
        places.extend(
            responses
                .keys()
                .map(|name| format!("/components/responses/{}/content", escape(name))),
        );
    }
    for place in places {
        if let Some(Value::Object(content)) = document.pointer_mut(&place) {
            rule(&place, content)?;
        }
    }
    Ok(())
}

fn content_of(document: &Value, response: &Value, pointer: &str) -> Result<Option<Value>> {
    let response = resolve(document, response, pointer)?;
    Ok(response
        .get("content")
        .filter(|content| content.as_object().is_some_and(|map| !map.is_empty()))
        .cloned())
}

/// The contents of all answers of one class ('2', '4', '5'), empty ones left out.
fn contents_of(document: &Value, pointer: &str, class: char) -> Result<Vec<Value>> {
    let place = format!("{pointer}/responses");
    let mut found = Vec::new();
    if let Some(Value::Object(responses)) = document.pointer(&place) {
        for (status, response) in responses {
            if status.starts_with(class)
                && let Some(content) = content_of(document, response, &place)?
            {
                found.push(sorted(&content));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
