//! What the changelog says.

use std::collections::BTreeSet;

/// The entries of one section of a changelog in the form of Keep a Changelog; `None` without the section.
#[must_use]
pub fn entries<'a>(changelog: &'a str, section: &str) -> Option<Vec<&'a str>> {
    let heading = format!("## [{section}]");
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with(&heading));
    lines.next()?;
    Some(
        lines
            .take_while(|line| !line.starts_with("## "))
            .filter(|line| line.starts_with("- "))
            .collect(),
    )
}

/// Every name that the entries of a section give as code: `Outbox::{adopt, release}` gives all three.
#[must_use]
pub fn names(changelog: &str, section: &str) -> BTreeSet<String> {
    let heading = format!("## [{section}]");
    let text: Vec<&str> = changelog
        .lines()
        .skip_while(|line| !line.starts_with(&heading))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .collect();
    let text = text.join("\n");
    let code = text.split('`').skip(1).step_by(2);
    code.flat_map(|code| code.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn entries_belong_to_their_section() {
        let text =
            "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- One.\n- Two.\n\n## [0.1.0] - 2026-11-23\n\n- Old.\n";
        assert_eq!(entries(text, "Unreleased"), Some(vec!["- One.", "- Two."]));
        assert_eq!(entries(text, "0.1.0"), Some(vec!["- Old."]));
        assert_eq!(entries(text, "0.2.0"), None);
    }

    #[test]
    fn names_are_what_stands_as_code_in_any_line_of_an_entry() {
        let text = "## [Unreleased]\n\n- Gone is `Outbox::{adopt,\n  release}` and not adopt_all; `fh-auth`.\n\n## [0.1.0]\n- `Old`.\n";
        let found: Vec<String> = names(text, "Unreleased").into_iter().collect();
        assert_eq!(found, ["Outbox", "adopt", "auth", "fh", "release"]);
    }
}
