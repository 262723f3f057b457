//! What a difference between two public interfaces asks of the version.

use std::collections::BTreeSet;
use std::fmt;

/// What the next version must be at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// The public interface is the same.
    Patch,
    /// Something was added.
    Minor,
    /// Something was taken away or changed.
    Major,
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Bump::Patch => "unchanged",
            Bump::Minor => "additive",
            Bump::Major => "breaking",
        })
    }
}

/// What is different between two public interfaces, and what that asks of the version.
#[must_use]
pub fn required(old: &str, new: &str) -> (Bump, Vec<String>) {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (old.lines().collect(), new.lines().collect());
    let gone = old.difference(&new).map(|line| format!("- {line}"));
    let come = new.difference(&old).map(|line| format!("+ {line}"));
    let changes: Vec<String> = gone.chain(come).collect();
    let bump = match changes.first() {
        None => Bump::Patch,
        Some(first) if first.starts_with('-') => Bump::Major,
        Some(_) => Bump::Minor,
    };
    (bump, changes)
}

/// The lowest version that may follow `released`. Before 1.0 the second number breaks and the third adds.
///
/// `None` when `released` is no version of three numbers.
#[must_use]
pub fn next(released: &str, bump: Bump) -> Option<String> {
    let [major, minor, patch] = numbers(released)?;
    let next = match (major, bump) {
        (0, Bump::Major) => [0, minor + 1, 0],
        (0, _) | (_, Bump::Patch) => [major, minor, patch + 1],
        (_, Bump::Minor) => [major, minor + 1, 0],
        (_, Bump::Major) => [major + 1, 0, 0],
    };
    Some(next.map(|number| number.to_string()).join("."))
}

/// The three numbers of a version, with or without a `v` before them.
pub(super) fn numbers(version: &str) -> Option<[u64; 3]> {
    let parts: Vec<u64> = version
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn what_is_gone_breaks_and_what_is_new_adds() {
        assert_eq!(required("a\nb\n", "b\na\n").0, Bump::Patch);
        assert_eq!(required("a\n", "a\nb\n"), (Bump::Minor, vec!["+ b".to_owned()]));
        assert_eq!(required("fn f()\n", "fn f(u8)\n").0, Bump::Major);
    }

    #[test]
    fn before_one_the_second_number_breaks() {
        let next = |released, bump| next(released, bump).unwrap();
        assert_eq!(next("v0.1.3", Bump::Major), "0.2.0");
        assert_eq!(next("0.1.3", Bump::Minor), "0.1.4");
        assert_eq!(next("1.2.3", Bump::Major), "2.0.0");
        assert_eq!(next("1.2.3", Bump::Minor), "1.3.0");
        assert_eq!(next("1.2.3", Bump::Patch), "1.2.4");
        assert_eq!(super::next("1.2", Bump::Patch), None);
    }
}
