//! OpenAPI Overlay 1.0: corrections and additions to a document, each with its reason.
//!
//! Two things are stricter than the Overlay specification: an action that matches nothing is an error, as it would
//! otherwise rot unseen, and each action must have a `description` (its evidence). One thing is kinder: where an update
//! meets an array, entries that are already there are not added twice, so that `required` lists stay sets and a change that
//! the vendor has made meanwhile shows as "changed nothing".

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::json_path::JsonPath;
use crate::{Error, Result, evidence};

/// A composed document and what each action did to it.
#[derive(Debug, Clone)]
pub struct Composed {
    /// The upstream document after all actions, in order.
    pub document: Value,
    /// One entry per action, in order.
    pub report: Vec<ActionReport>,
}

/// What one action of the overlay did.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    let overlay: Overlay = serde_saphyr::from_str(overlay).map_err(|error| Error::Overlay(error.to_string()))?;
    if !overlay.overlay.starts_with("1.0.") {
        return Err(Error::Overlay(format!(
            "version {} is not supported; write `overlay: 1.0.0`",
            overlay.overlay
        )));
    }
    let mut document = upstream.clone();
    evidence::tag_as_documented(&mut document);
    let mut vanished = Vec::new();
    let mut report = Vec::with_capacity(overlay.actions.len());
    for (index, action) in overlay.actions.into_iter().enumerate() {
        if JsonPath::parse(&action.target).is_ok_and(|path| path.select(&document).is_empty()) {
            vanished.push((index, action.target));
            continue;
        }
        let applied = apply(&mut document, &action).map_err(|problem| Error::Action {
            index,
            target: action.target.clone(),
            problem,
        })?;
        report.push(ActionReport {
            index,
            target: action.target,
            description: action.description,
            matched: applied.matched,
            changed: applied.changed,
            documented: applied.documented,
        });
    }
    if let Some((index, target)) = vanished.first().cloned() {
        let others: Vec<String> = vanished[1..]
            .iter()
            .map(|(index, target)| format!("{index} (`{target}`)"))
            .collect();
        let mut problem = "matches nothing: the document has changed, or the target is misspelt".to_owned();
        if !others.is_empty() {
            problem.push_str(&format!("; nor do actions {}", others.join(", ")));
        }
        return Err(Error::Action { index, target, problem });
    }
    Ok(Composed { document, report })
}

struct Applied {
    matched: usize,
    changed: bool,
    documented: Vec<String>,
}

fn apply(document: &mut Value, action: &Action) -> std::result::Result<Applied, String> {
    let targets = JsonPath::parse(&action.target)?.select(document);
    let before = document.clone();
    match (action.remove, &action.update) {
        (true, None) => {
            // From the back, so that an index is still right when its turn comes.
            for pointer in targets.iter().rev() {
                remove(document, pointer)?;
            }
        }
        (false, Some(update)) => {
            for pointer in &targets {
                let node = document
                    .pointer_mut(pointer)
                    .ok_or_else(|| format!("{pointer} is gone"))?;
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
    })
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
mod tests {
    use super::*;
    use serde_json::json;

    fn overlay(actions: &str) -> String {
        format!("overlay: 1.0.0\ninfo: {{ title: t, version: '1' }}\nactions:\n{actions}")
    }

    #[test]
    fn updates_merge_and_removals_remove() {
        let upstream = json!({"a": {"keep": 1, "old": 2, "list": [1]}, "gone": [10, 20]});
        let text = overlay(
            "  - { target: $.a, description: d, update: { old: 3, list: [1, 2], new: { deep: true } } }\n\
             \x20 - { target: '$.gone[0]', description: d, remove: true }\n",
        );
        let composed = compose(&upstream, &text).unwrap();
        assert_eq!(
            composed.document,
            json!({"a": {"keep": 1, "old": 3, "list": [1, 2], "new": {"deep": true}}, "gone": [20]})
        );
    }

    #[test]
    fn an_action_that_changes_nothing_is_reported() {
        let text = overlay(
            "  - { target: $.a, description: d, update: { x: 1, list: [1] } }\n\
             \x20 - { target: '$.*', description: e, update: { y: 2 } }\n",
        );
        let composed = compose(&json!({"a": {"x": 1, "list": [1]}, "b": {}}), &text).unwrap();
        let seen: Vec<_> = composed
            .report
            .iter()
            .map(|action| (action.matched, action.changed))
            .collect();
        assert_eq!(seen, [(1, false), (2, true)]);
        assert_eq!(composed.report[1].description, "e");
    }

    #[test]
    fn an_action_that_matches_nothing_is_an_error() {
        let text = overlay("  - { target: $.missing.member, description: d, remove: true }\n");
        let error = compose(&json!({}), &text).unwrap_err().to_string();
        assert!(
            error.contains("action 0") && error.contains("$.missing.member"),
            "{error}"
        );
    }

    #[test]
    fn all_vanished_targets_are_named_at_once() {
        let text = overlay(
            "  - { target: $.gone, description: d, remove: true }\n\
             \x20 - { target: $.here, description: d, update: { a: 1 } }\n\
             \x20 - { target: $.lost, description: d, update: { a: 1 } }\n",
        );
        let error = compose(&json!({"here": {}}), &text).unwrap_err().to_string();
        assert!(
            error.contains("action 0 (`$.gone`)") && error.contains("2 (`$.lost`)"),
            "{error}"
        );
    }

    #[test]
    fn what_was_inferred_and_is_now_documented_is_known_from_the_documentation() {
        let text = overlay(
            "  - target: $.components.schemas.S.properties\n    description: d\n    update:\n\
             \x20     a: { type: string, x-fh-evidence: inferred }\n\
             \x20     b: { type: string, x-fh-evidence: inferred }\n",
        );
        let upstream = |properties: Value| json!({"components": {"schemas": {"S": {"properties": properties}}}});
        let tag = |composed: &Composed, name: &str| {
            composed.document["components"]["schemas"]["S"]["properties"][name][evidence::KEY].clone()
        };

        let composed = compose(&upstream(json!({"a": {"type": "string"}})), &text).unwrap();
        assert_eq!(
            (tag(&composed, "a"), tag(&composed, "b")),
            (json!("docs"), json!("inferred"))
        );
        assert!(composed.report[0].changed);
        assert_eq!(composed.report[0].documented, ["/components/schemas/S/properties/a"]);

        let both = json!({"a": {"type": "string"}, "b": {"type": "string"}});
        let composed = compose(&upstream(both), &text).unwrap();
        assert_eq!(
            (tag(&composed, "b"), composed.report[0].changed),
            (json!("docs"), false)
        );

        let otherwise = compose(&upstream(json!({"a": {"type": "integer"}})), &text).unwrap();
        assert_eq!(
            tag(&otherwise, "a"),
            json!("inferred"),
            "a correction keeps its own evidence"
        );
        assert!(otherwise.report[0].documented.is_empty());
    }

    #[test]
    fn an_update_never_changes_the_kind_of_a_value() {
        let text = overlay("  - { target: $, description: d, update: { a: { b: { c: 1 } } } }\n");
        let error = compose(&json!({"a": {"b": [1]}}), &text).unwrap_err().to_string();
        assert!(error.contains("`/a/b`"), "{error}");
    }

    #[test]
    fn the_overlay_itself_is_read_strictly() {
        let versions = compose(
            &json!({}),
            "overlay: 2.0.0\ninfo: {title: t, version: '1'}\nactions: []",
        );
        assert!(versions.unwrap_err().to_string().contains("2.0.0"));
        for actions in [
            "  - { target: $, update: {} }\n",
            "  - { target: $, description: d, updat: {} }\n",
            "  - { target: $, description: d }\n",
            "  - { target: $, description: d, update: {}, remove: true }\n",
        ] {
            assert!(compose(&json!({}), &overlay(actions)).is_err(), "{actions}");
        }
    }
}
