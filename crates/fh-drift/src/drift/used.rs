//! What is used: the vendor's document with our overlay on it, before and after, and the vendor's alone beside it.
//!
//! The vendor's document alone misses most: half of its schemas are reached by no operation there, because the operations are the
//! overlay's. And the composed document alone hides what the overlay covers. So both are compared, and what the documentation now
//! says against the overlay is told by name.

use std::collections::BTreeSet;

use fh_codegen::{Composed, Contradiction, compose_what_fits};
use serde_json::Value;

use super::class::{Direction, Policy};
use super::document::classify;
use super::finding::Finding;
use super::note::brief;
use super::table::Kind;

/// The two sources of a specification.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The vendor's document.
    pub upstream: Value,
    /// The overlay's text, where there is one.
    pub overlay: Option<String>,
}

/// The findings between two specifications, by what is used of them.
///
/// # Errors
///
/// When an overlay is none.
pub fn compare(old: &Sources, new: &Sources) -> fh_codegen::Result<Vec<Finding>> {
    let (before, after) = (composed(old)?, composed(new)?);
    let mut findings = documents(&before.document, &after.document);
    // Where what is used has changed, that is the judgement; the vendor's document alone speaks where nothing else does.
    let seen: BTreeSet<String> = findings.iter().map(|finding| finding.at.clone()).collect();
    let alone = documents(&old.upstream, &new.upstream)
        .into_iter()
        .filter(|finding| !seen.contains(&finding.at));
    findings.extend(alone.map(|finding| Finding {
        note: format!("in the vendor's document alone: {}", finding.note),
        ..finding
    }));
    overlay(old, new, &before, &after, &mut findings);
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// The findings between two documents. Our own tags (`x-fh-…`) are no words of the vendor.
#[must_use]
pub fn documents(old: &Value, new: &Value) -> Vec<Finding> {
    classify(&without_our_tags(old), &without_our_tags(new), Policy::OURS)
}

fn composed(sources: &Sources) -> fh_codegen::Result<Composed> {
    match &sources.overlay {
        Some(overlay) => compose_what_fits(&sources.upstream, overlay),
        None => compose_what_fits(
            &sources.upstream,
            "overlay: 1.0.0\ninfo: {title: none, version: '0'}\nactions: []\n",
        ),
    }
}

/// What the new documentation does to the overlay.
fn overlay(old: &Sources, new: &Sources, before: &Composed, after: &Composed, findings: &mut Vec<Finding>) {
    let mut say = |kind, at: String, note| findings.push(Finding::new(kind, Direction::Document, at, note));
    for action in &after.failed {
        let place = format!("overlay action {} (`{}`)", action.index, action.target);
        say(Kind::OverlayDoesNotFit, place, action.problem.clone());
    }
    for action in &after.report {
        let place = format!("overlay action {} (`{}`)", action.index, action.target);
        for said in &action.contradicted {
            if moved(said, old, new) {
                let words = is_words(&said.pointer);
                let kind = if words {
                    Kind::ContradictsWords
                } else {
                    Kind::Contradicts
                };
                let ours = match &said.overlaid {
                    Some(value) => format!("the overlay says {}", brief(Some(value))),
                    None => "the overlay takes it out".to_owned(),
                };
                let now = brief(Some(&said.documented));
                say(
                    kind,
                    format!("#{}", said.pointer),
                    format!("the documentation now says {now}, {ours} ({place})"),
                );
            }
        }
        let known = before.report.iter().find(|other| other.target == action.target);
        for pointer in &action.documented {
            if known.is_none_or(|known| !known.documented.contains(pointer)) {
                say(
                    Kind::Repeats,
                    format!("#{pointer}"),
                    format!("the documentation now says so itself ({place})"),
                );
            }
        }
        if !action.changed && known.is_some_and(|known| known.changed) {
            say(Kind::Repeats, place, "changes nothing any more".to_owned());
        }
    }
}

/// Whether it is the documentation that moved, and not a correction that has stood all along.
fn moved(said: &Contradiction, old: &Sources, new: &Sources) -> bool {
    let at = |sources: &Sources| sources.upstream.pointer(&said.pointer).map(without_our_tags);
    at(old) != at(new)
}

fn is_words(pointer: &str) -> bool {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    let inside = pointer.rsplit('/').nth(1).unwrap_or_default();
    inside != "properties" && matches!(last, "description" | "summary" | "title" | "example")
}

fn without_our_tags(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| !key.starts_with("x-fh-"));
            Value::Object(
                kept.map(|(key, value)| (key.clone(), without_our_tags(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(without_our_tags).collect()),
        other => other.clone(),
    }
}
