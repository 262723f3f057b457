//! Pages of text: which came, went or changed their words.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use super::class::Direction;
use super::finding::Finding;
use super::table::Kind;

/// Compares pages by file name. A change in words is cosmetic for the program and still a finding: limits and header
/// rules are written there.
pub fn compare(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Finding> {
    let say =
        |kind, name: &str, note: String| Finding::new(kind, Direction::Document, format!("spec/prose/{name}"), note);
    let mut findings = Vec::new();
    for (name, before) in old {
        match new.get(name) {
            None => findings.push(say(Kind::ProseRemoved, name, String::from("the page is gone"))),
            Some(after) if after != before => findings.push(say(Kind::ProseChanged, name, summary(before, after))),
            Some(_) => {}
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        findings.push(say(Kind::ProseAdded, name, String::from("a new page")));
    }
    findings.sort();
    findings
}

/// The changed lines, enough of them to see what it is about.
fn summary(before: &str, after: &str) -> String {
    const SHOWN: usize = 6;
    const WIDEST: usize = 100;
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    let mut more = 0;
    for change in diff.iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        let text: String = change.value().trim().chars().take(WIDEST).collect();
        if text.is_empty() {
            continue;
        }
        if lines.len() < SHOWN {
            lines.push(format!("{sign} {text}"))
        } else {
            more += 1
        }
    }
    if more > 0 {
        lines.push(format!("and {more} more lines"));
    }
    lines.join("; ")
}
