//! The particulars of a finding in a few words, on one line.

use serde_json::Value;

/// A value in a note: short, on one line.
pub(super) fn brief(value: Option<&Value>) -> String {
    const LONGEST: usize = 60;
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(LONGEST).collect::<String>())
}

/// What changed in a text: the part between what both versions begin and end with, and a few words before it.
pub(super) fn reworded(keyword: &str, old: Option<&Value>, new: Option<&Value>) -> String {
    const BEFORE: usize = 20;
    const SHOWN: usize = 80;
    let (Some(a), Some(b)) = (old.and_then(Value::as_str), new.and_then(Value::as_str)) else {
        return format!("{keyword}: {} → {}", brief(old), brief(new));
    };
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[same..]
        .iter()
        .rev()
        .zip(b[same..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let from = same.saturating_sub(BEFORE);
    let excerpt = |text: &[char]| -> String {
        let end = (text.len() - tail).min(from + SHOWN);
        text[from..end.max(same.min(text.len()))]
            .iter()
            .collect::<String>()
            .replace('\n', " ")
    };
    let dots = if from > 0 { "…" } else { "" };
    format!("{keyword}: `{dots}{}` → `{dots}{}`", excerpt(&a), excerpt(&b))
}

/// Names, each in backticks.
pub(super) fn listed(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("`{}`", item.as_ref())).collect();
    if items.is_empty() {
        "nothing".to_owned()
    } else {
        items.join(", ")
    }
}
