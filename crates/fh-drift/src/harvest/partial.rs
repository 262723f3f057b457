//! A harvest with pages that could not be read: what they said last is kept and marked, and nothing goes because a page was silent.

use std::collections::BTreeMap;

use fh_codegen::document::operations;
use fh_codegen::reference;
use serde_json::{Map, Value, json};

use super::cause::{Cause, Notice, Problem, Remark};
use super::merge::{component, element, lost_references, pointer};

/// What the last harvest brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// `spec/upstream.json`.
    pub document: Value,
    /// `spec/provenance.json`; null before the first harvest.
    pub provenance: Value,
    /// `spec/prose`, by file name.
    pub prose: BTreeMap<String, String>,
}

/// The member of an entry of `spec/provenance.json` that says why it is not of today.
pub const STALE: &str = "stale";

/// What a harvest has so far, to be completed from what was known.
pub(super) struct Partial<'a> {
    pub(super) document: &'a mut Map<String, Value>,
    pub(super) provenance: &'a mut Map<String, Value>,
    pub(super) prose: &'a mut BTreeMap<String, String>,
    pub(super) problems: &'a [Problem],
}

/// Completes a harvest. `file_of` gives the file of a page of text. Returns a line for everything that was kept.
pub(super) fn keep(partial: Partial<'_>, known: &Known, file_of: impl Fn(&str) -> Option<String>) -> Vec<Notice> {
    let Partial {
        document,
        provenance,
        prose,
        problems,
    } = partial;
    let mut notices = Vec::new();
    let unread: BTreeMap<&str, &Problem> = problems
        .iter()
        .filter(|problem| problem.about.is_none() && problem.cause != Cause::ForeignLink)
        .map(|problem| (problem.page.as_str(), problem))
        .collect();
    let broken: BTreeMap<&str, &Problem> = problems
        .iter()
        .filter_map(|problem| Some((problem.about.as_deref()?, problem)))
        .collect();

    for (name, problem) in &broken {
        if problem.cause == Cause::Disagreement && known.document.pointer(&pointer(name)).is_none() {
            let text = "nothing older is known, so what the first page says was taken";
            notices.push(Notice::new(Remark::Settled, *name, text));
        }
    }
    let mut whole = Value::Object(std::mem::take(document));
    for name in elements(&known.document) {
        let page = known.provenance[&name]["page"].as_str();
        let there = whole.pointer(&pointer(&name)).is_some();
        let why = if let Some(problem) = broken.get(name.as_str()) {
            format!("{}: {}", problem.page, problem.problem)
        } else if there {
            continue;
        } else if let Some(problem) = page.and_then(|page| unread.get(page)) {
            format!("{} cannot be read: {}", problem.page, problem.problem)
        } else if let Some(problem) = unread
            .values()
            .find(|problem| unknown_page(&known.provenance, &problem.page))
        {
            format!("it may stand on {}, which cannot be read", problem.page)
        } else {
            continue; // gone, as far as the pages that were read can say
        };
        restore(&mut whole, provenance, known, &name, &why);
        notices.push(Notice::new(Remark::Stale, name, why));
    }
    // What is kept may need what no page describes any more, and that something else.
    while let Some((name, user)) = needed(&whole, provenance, &known.document) {
        let why = format!("{user} refers to it, and no page that could be read describes it");
        restore(&mut whole, provenance, known, &name, &why);
        notices.push(Notice::new(Remark::Stale, name, why));
    }
    while let Some(name) = without_ground(&whole, provenance) {
        remove(&mut whole, &name);
        provenance.remove(&name);
        let why = "left out: it refers to what no page describes, and nothing older is known of it";
        notices.push(Notice::new(Remark::Stale, name, why));
    }
    for key in ["servers", "tags"] {
        if !unread.is_empty()
            && whole.get(key).is_none()
            && let Some(value) = known.document.get(key)
        {
            whole[key] = value.clone();
        }
    }
    if let Value::Object(completed) = whole {
        *document = completed;
    }

    for (page, problem) in unread {
        let Some(file) = file_of(page) else { continue };
        if let Some(text) = known.prose.get(&file)
            && !prose.contains_key(&file)
        {
            prose.insert(file.clone(), text.clone());
            let why = format!("{page} cannot be read: {}", problem.problem);
            let name = format!("prose/{file}");
            mark(provenance, &known.provenance, &name, &why);
            notices.push(Notice::new(Remark::Stale, name, why));
        }
    }
    notices
}

/// The names of everything that has an origin.
fn elements(document: &Value) -> Vec<String> {
    let mut names: Vec<String> = operations(document)
        .into_iter()
        .map(|place| element(&place.path, place.method))
        .collect();
    for (section, members) in document
        .get("components")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        names.extend(
            members
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| component(section, name)),
        );
    }
    names.extend(
        document
            .get("x-webhooks")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| format!("#/x-webhooks/{}", fh_codegen::json_path::escape(name))),
    );
    names
}

/// Whether nothing is known to stand on this page: then anything that is missing may.
fn unknown_page(provenance: &Value, page: &str) -> bool {
    !provenance
        .as_object()
        .into_iter()
        .flatten()
        .any(|(_, entry)| entry["page"] == page)
}

fn restore(whole: &mut Value, provenance: &mut Map<String, Value>, known: &Known, name: &str, why: &str) {
    let pointer = pointer(name);
    let Some(value) = known.document.pointer(&pointer) else {
        return;
    };
    let mut node = &mut *whole;
    for token in pointer.split('/').skip(1).map(fh_codegen::json_path::unescape) {
        if !node.is_object() {
            *node = json!({});
        }
        node = &mut node[token];
    }
    *node = value.clone();
    mark(provenance, &known.provenance, name, why);
}

fn mark(provenance: &mut Map<String, Value>, known: &Value, name: &str, why: &str) {
    let mut entry = known.get(name).cloned().unwrap_or_else(|| json!({}));
    entry[STALE] = why.into();
    provenance.insert(name.to_owned(), entry);
}

/// A component that something refers to, that is not there, and that was known; and what refers to it.
fn needed(whole: &Value, provenance: &Map<String, Value>, known: &Value) -> Option<(String, String)> {
    provenance.keys().find_map(|user| {
        lost_references(whole, user).into_iter().find_map(|lost| {
            let pointer = reference::pointer(&lost)?;
            let mut tokens = pointer.trim_start_matches('/').splitn(3, '/');
            let (kind, section, name) = (tokens.next()?, tokens.next()?, tokens.next()?.split('/').next()?);
            let name = component(section, &fh_codegen::json_path::unescape(name));
            (kind == "components"
                && known.pointer(name.trim_start_matches('#')).is_some()
                && whole.pointer(name.trim_start_matches('#')).is_none())
            .then(|| (name, user.clone()))
        })
    })
}

/// Something that refers to nothing.
fn without_ground(whole: &Value, provenance: &Map<String, Value>) -> Option<String> {
    provenance
        .keys()
        .find(|name| !lost_references(whole, name).is_empty())
        .cloned()
}

fn remove(whole: &mut Value, name: &str) {
    let pointer = pointer(name);
    if let Some((parent, token)) = pointer.rsplit_once('/')
        && let Some(Value::Object(members)) = whole.pointer_mut(parent)
    {
        members.remove(&fh_codegen::json_path::unescape(token));
        if members.is_empty()
            && parent.starts_with("/paths/")
            && let Some((paths, path)) = parent.rsplit_once('/')
            && let Some(Value::Object(paths)) = whole.pointer_mut(paths)
        {
            paths.remove(&fh_codegen::json_path::unescape(path));
        }
    }
}
