//! OpenAPI Overlay 1.0: corrections and additions to a document, each with its reason.
//!
//! Two things are stricter than the Overlay specification: an action that matches nothing is an error, as it would
//! otherwise rot unseen, and each action must have a `description` (its evidence). One thing is kinder: where an update
//! meets an array, entries that are already there are not added twice, so that `required` lists stay sets and a change that
//! the vendor has made meanwhile shows as "changed nothing".

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::json_path::{JsonPath, escape};
use crate::{Error, Result, evidence};

/// A composed document and what each action did to it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Composed {
    /// The upstream document after all actions, in order.
    pub document: Value,
    /// One entry per action that was applied, in order.
    pub report: Vec<ActionReport>,
    /// The actions that could not be applied, in order; none where [`compose`] succeeds.
    pub failed: Vec<FailedAction>,
}

/// An action that does not fit the document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedAction {
    /// The action's place in `actions`, from 0.
    pub index: usize,
    /// The action's JSONPath, as written.
    pub target: String,
    /// Why it does not fit.
    pub problem: String,
    /// Whether its target is gone: the path selects nothing.
    pub gone: bool,
}

/// Something that the documentation says and an action says otherwise.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Contradiction {
    /// Where, as a JSON pointer into the vendor's document.
    pub pointer: String,
    /// What the documentation says.
    pub documented: Value,
    /// What the action says; nothing when it takes the element out.
    pub overlaid: Option<Value>,
}

/// What one action of the overlay did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ActionReport {
    /// The action's place in `actions`, from 0.
    pub index: usize,
    /// The action's JSONPath, as written.
    pub target: String,
    /// The action's evidence.
    pub description: String,
    /// How many nodes the target matched; never 0.
    pub matched: usize,
    /// Whether the document differs afterwards. An action that changes nothing is no longer needed.
    pub changed: bool,
    /// Elements that the documentation says itself by now, as the action does: pointers. They are `docs`, whatever tag
    /// the action gives them, and it no longer needs to name them.
    pub documented: Vec<String>,
    /// What the documentation says and the action says otherwise.
    pub contradicted: Vec<Contradiction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overlay {
    overlay: String,
    #[serde(rename = "info")]
    _info: Info,
    actions: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "version")]
    _version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    target: String,
    description: String,
    #[serde(default)]
    update: Option<Value>,
    #[serde(default)]
    remove: bool,
}

/// Applies an overlay (YAML or JSON text) to a document.
///
/// # Errors
///
/// [`Error::Overlay`] when the text is not an Overlay 1.0 document, [`Error::Action`] for an action that matches nothing,
/// does nothing, or merges values of different kinds.
pub fn compose(upstream: &Value, overlay: &str) -> Result<Composed> {
    let composed = compose_what_fits(upstream, overlay)?;
    let Some((first, others)) = composed.failed.split_first() else {
        return Ok(composed);
    };
    let mut problem = first.problem.clone();
    let vanished: Vec<String> = others
        .iter()
        .filter(|action| first.gone && action.gone)
        .map(|action| format!("{} (`{}`)", action.index, action.target))
        .collect();
    if !vanished.is_empty() {
        problem.push_str(&format!("; nor do actions {}", vanished.join(", ")));
    }
    Err(Error::Action {
        index: first.index,
        target: first.target.clone(),
        problem,
    })
}

/// Applies every action that fits, and says which do not: for a comparison, which must not end where a target is gone.
///
/// # Errors
///
/// [`Error::Overlay`] when the text is not an Overlay 1.0 document.
pub fn compose_what_fits(upstream: &Value, overlay: &str) -> Result<Composed> {
    let overlay: Overlay = serde_saphyr::from_str(overlay).map_err(|error| Error::Overlay(error.to_string()))?;
    if !overlay.overlay.starts_with("1.0.") {
        return Err(Error::Overlay(format!(
            "version {} is not supported; write `overlay: 1.0.0`",
            overlay.overlay
        )));
    }
    let mut document = upstream.clone();
    evidence::tag_as_documented(&mut document);
    let mut failed = Vec::new();
    let mut report = Vec::with_capacity(overlay.actions.len());
    for (index, action) in overlay.actions.into_iter().enumerate() {
        let gone = JsonPath::parse(&action.target).is_ok_and(|path| path.select(&document).is_empty());
        let applied = if gone {
            Err("matches nothing: the document has changed, or the target is misspelt".to_owned())
        } else {
            // An action that fails half way leaves nothing behind.
            let mut scratch = document.clone();
            apply(&mut scratch, &action, upstream).inspect(|_| document = scratch)
        };
        match applied {
            Ok(applied) => report.push(ActionReport {
                index,
                target: action.target,
                description: action.description,
                matched: applied.matched,
                changed: applied.changed,
                documented: applied.documented,
                contradicted: applied.contradicted,
            }),
            Err(problem) => failed.push(FailedAction {
                index,
                target: action.target,
                problem,
                gone,
            }),
        }
    }
    Ok(Composed {
        document,
        report,
        failed,
    })
}

struct Applied {
    matched: usize,
    changed: bool,
    documented: Vec<String>,
    contradicted: Vec<Contradiction>,
}

fn apply(document: &mut Value, action: &Action, upstream: &Value) -> std::result::Result<Applied, String> {
    let targets = JsonPath::parse(&action.target)?.select(document);
    let before = document.clone();
    let mut contradicted = Vec::new();
    match (action.remove, &action.update) {
        (true, None) => {
            // From the back, so that an index is still right when its turn comes.
            for pointer in targets.iter().rev() {
                if let Some(documented) = upstream.pointer(pointer) {
                    contradicted.push(Contradiction {
                        pointer: pointer.clone(),
                        documented: documented.clone(),
                        overlaid: None,
                    });
                }
                remove(document, pointer)?;
            }
        }
        (false, Some(update)) => {
            for pointer in &targets {
                let node = document
                    .pointer_mut(pointer)
                    .ok_or_else(|| format!("{pointer} is gone"))?;
                if let Some(documented) = upstream.pointer(pointer) {
                    otherwise(pointer, documented, update, &mut contradicted);
                }
                merge_target(node, update).map_err(|problem| format!("{pointer}: {problem}"))?;
            }
        }
        (true, Some(_)) => return Err("has both `update` and `remove`; split it".to_owned()),
        (false, None) => return Err("has neither `update` nor `remove: true`".to_owned()),
    }
    let documented = evidence::keep_documented(&before, document);
    Ok(Applied {
        matched: targets.len(),
        changed: *document != before,
        documented,
        contradicted,
    })
}

/// The places at which the update replaces what the documentation says; our own extensions are no word of it.
fn otherwise(place: &str, documented: &Value, update: &Value, found: &mut Vec<Contradiction>) {
    match (documented, update) {
        (Value::Object(documented), Value::Object(update)) => {
            for (name, value) in update.iter().filter(|(name, _)| !name.starts_with("x-fh-")) {
                if let Some(member) = documented.get(name) {
                    otherwise(&format!("{place}/{}", escape(name)), member, value, found);
                }
            }
        }
        // Arrays are joined: what the documentation says stays.
        (Value::Array(_), _) => {}
        (documented, update) if documented != update => found.push(Contradiction {
            pointer: place.to_owned(),
            documented: documented.clone(),
            overlaid: Some(update.clone()),
        }),
        _ => {}
    }
}

fn remove(document: &mut Value, pointer: &str) -> std::result::Result<(), String> {
    let (parent, token) = pointer.rsplit_once('/').ok_or("the root cannot be removed")?;
    let name = crate::json_path::unescape(token);
    match document.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.remove(&name);
        }
        Some(Value::Array(items)) => {
            if let Ok(index) = name.parse::<usize>() {
                items.remove(index);
            }
        }
        _ => return Err(format!("{pointer} is gone")),
    }
    Ok(())
}

/// The selected node itself: an array takes the update as one more entry.
fn merge_target(node: &mut Value, update: &Value) -> std::result::Result<(), String> {
    match (node, update) {
        (Value::Array(items), entry) if !entry.is_array() => {
            if !items.contains(entry) {
                items.push(entry.clone());
            }
            Ok(())
        }
        (node, update) => merge("", node, update),
    }
}

/// Objects merge by member, arrays are joined, everything else is replaced; a value never changes its kind silently.
fn merge(place: &str, node: &mut Value, update: &Value) -> std::result::Result<(), String> {
    match (node, update) {
        (Value::Object(map), Value::Object(update)) => {
            for (name, value) in update {
                merge_member(place, map, name, value)?;
            }
            Ok(())
        }
        (Value::Array(items), Value::Array(update)) => {
            for entry in update {
                if !items.contains(entry) {
                    items.push(entry.clone());
                }
            }
            Ok(())
        }
        (node, update) if is_container(node) || is_container(update) => Err(format!(
            "cannot merge {} into {} at `{place}`; remove the old value first",
            kind(update),
            kind(node)
        )),
        (node, update) => {
            *node = update.clone();
            Ok(())
        }
    }
}

fn merge_member(
    place: &str,
    map: &mut Map<String, Value>,
    name: &str,
    value: &Value,
) -> std::result::Result<(), String> {
    match map.get_mut(name) {
        Some(member) => merge(&format!("{place}/{name}"), member, value),
        None => {
            map.insert(name.to_owned(), value.clone());
            Ok(())
        }
    }
}

fn is_container(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "an object",
        Value::Array(_) => "an array",
        _ => "a plain value",
    }
}

#[cfg(test)]
mod tests;
