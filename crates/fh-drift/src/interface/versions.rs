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

/// The lines that are gone, each by the names under which a changelog may speak of it: its own, and that of the type it belongs to.
#[must_use]
pub fn broken(old: &str, new: &str) -> Vec<(String, Vec<String>)> {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (old.lines().collect(), new.lines().collect());
    old.difference(&new)
        .map(|line| ((*line).to_owned(), spoken_of(line)))
        .collect()
}

/// `pub fn fh_auth::Signer::sign(&self)` is spoken of as `sign` or `Signer`; `impl core::fmt::Debug for fh_auth::Signer` as `Signer`.
fn spoken_of(line: &str) -> Vec<String> {
    let item = line.rsplit_once(" for ").map_or(line, |(_, item)| item);
    let path = item
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':')
        .find(|word| word.contains("::"))
        .unwrap_or_default();
    let segments: Vec<&str> = path
        .trim_matches(':')
        .split("::")
        .filter(|segment| !segment.is_empty())
        .collect();
    let own = segments.last().copied().into_iter();
    let types = segments
        .iter()
        .rev()
        .skip(1)
        .copied()
        .filter(|segment| segment.starts_with(char::is_uppercase));
    own.chain(types).map(str::to_owned).collect()
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
    fn a_broken_line_is_spoken_of_by_its_name_or_its_types() {
        let old = "pub fn a::m::Store::open(path: &std::path::Path) -> a::Store\npub a::Kind::Old\npub const a::MOST: u8\n\
                   impl core::fmt::Debug for a::Gone\npub struct a::Kept\n";
        let broken = broken(old, "pub struct a::Kept\npub struct a::New\n");
        let names: Vec<Vec<String>> = broken.into_iter().map(|(_, names)| names).collect();
        assert_eq!(
            names,
            [vec!["Gone"], vec!["Old", "Kind"], vec!["MOST"], vec!["open", "Store"]]
        );
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
