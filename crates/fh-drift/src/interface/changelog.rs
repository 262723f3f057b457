//! What the changelog says.

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
}
