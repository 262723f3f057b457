//! What adoption writes into the files of the workspace.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::bundle::Bundle;

/// Where the block of the overlay begins that is written here; it ends with the file.
const BLOCK: &str = "  # --- Observed by fh probe (written by cargo xtask adopt) ---";
const BEGIN: &str = "<!-- observed: written by cargo xtask adopt -->";
const END: &str = "<!-- observed: end -->";

/// The overlay with an action for each element that was seen. What an earlier probe saw of others stays.
#[must_use]
pub fn overlay(present: &str, elements: &BTreeSet<String>, source: &str) -> String {
    let (by_hand, written) = present
        .split_once(BLOCK)
        .map_or((present, ""), |(by_hand, written)| (by_hand, written));
    let mut actions: Vec<String> = Vec::new();
    for action in written.split("\n  - target: ").skip(1) {
        let target = action.lines().next().unwrap_or_default().trim().to_owned();
        if !elements.iter().any(|pointer| path(pointer) == target) {
            actions.push(action.trim_end().to_owned());
        }
    }
    for pointer in elements {
        actions.push(format!(
            "{}\n    description: >-\n      [observed] {source}.\n    update: {{ x-fh-evidence: observed, x-fh-observed: \"{source}\" }}",
            path(pointer)
        ));
    }
    actions.sort();
    let mut out = format!("{}\n\n{BLOCK}", by_hand.trim_end());
    for action in actions {
        let _ = write!(out, "\n  - target: {action}");
    }
    out.push('\n');
    out
}

/// A pointer as the path that an action aims at.
fn path(pointer: &str) -> String {
    let parts = pointer
        .split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"));
    parts.fold("$".to_owned(), |path, part| {
        let is_plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_plain {
            format!("{path}.{part}")
        } else {
            format!("{path}['{part}']")
        }
    })
}

/// The README with its table of what was observed.
///
/// # Errors
///
/// When the place for it is not there.
pub fn readme(present: &str, bundle: &Bundle) -> Result<String, String> {
    let missing = || format!("README.md has no place for what was observed: it lies between `{BEGIN}` and `{END}`");
    let (before, rest) = present.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    let mut table = format!(
        "Observed by `fh probe` on {} ({}); the rest is as it was before:\n\n| question | what was seen |\n| --- | --- |\n",
        bundle.source(),
        bundle.about.environment
    );
    for one in bundle.conclusions.iter().filter(|one| one.finding == "answer") {
        let said: String = one.said.chars().take(160).collect();
        let cut = if said.len() < one.said.len() { " …" } else { "" };
        let _ = writeln!(
            table,
            "| `{}` | {}{cut} |",
            one.question,
            said.replace('|', "\\|").replace('\n', " ")
        );
    }
    let open: Vec<_> = bundle
        .conclusions
        .iter()
        .filter(|one| one.finding != "answer")
        .map(|one| format!("`{}`", one.question))
        .collect();
    if !open.is_empty() {
        let _ = write!(table, "\nNot seen: {}.\n", open.join(", "));
    }
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

/// The simulator's profile `observed`.
#[must_use]
pub fn profile(bundle: &Bundle) -> String {
    let quoted = |value: &str| match value.parse::<i64>().is_ok() || matches!(value, "true" | "false") {
        true => value.to_owned(),
        false => serde_json::Value::from(value).to_string(),
    };
    let about = serde_json::Value::from(format!("What fh probe saw of the service: {}.", bundle.source()));
    let mut text = format!("about = {about}\n\n[switches]\n");
    let (colours, switches): (Vec<_>, Vec<_>) = bundle
        .switches
        .iter()
        .partition(|(name, _)| name.starts_with("colours."));
    for (name, value) in switches {
        let _ = writeln!(text, "{name} = {}", quoted(value));
    }
    if !colours.is_empty() {
        text.push_str("\n[colours]\n");
        for (name, value) in colours {
            let _ = writeln!(text, "{} = {}", name.trim_start_matches("colours."), quoted(value));
        }
    }
    text
}

/// What the outbox does unless told otherwise, where that hangs on what was seen.
#[must_use]
pub fn policy(bundle: &Bundle) -> String {
    let reaches = match bundle.answer("date-reaches-receipt") {
        Some("yes") => "Some(true)",
        Some("no") => "Some(false)",
        _ => "None",
    };
    // Taken anew, and nobody checks the number.
    let twice = bundle.answer("repeat-with-retry") == Some("second-acceptance")
        && bundle.answer("unique-numbers") == Some("false");
    format!(
        "//! What defaults of the policy rest on: {}. Written by `cargo xtask adopt`.\n\n\
         /// Whether a document's `Date` reaches the receipt, where a probe has seen it.\n\
         pub(crate) const DATE_REACHES_RECEIPT: Option<bool> = {reaches};\n\n\
         /// Whether a probe has seen that a document which comes again as a retry is fiscalised a second time.\n\
         pub(crate) const A_RETRY_IS_FISCALISED_TWICE: bool = {twice};\n",
        bundle.source()
    )
}
