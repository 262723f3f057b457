//! `cargo xtask features`: every published crate compiles with each of its sets of features.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use fh_drift::published::{Published, published};

use crate::process::{Failed, cargo, run};

/// What to check.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// Only these crates.
    crates: Vec<String>,
    /// Say which sets there are, and check none of them.
    #[arg(long)]
    list: bool,
}

/// Features switched on together.
type Set = BTreeSet<String>;

/// Up to this many features every set is checked; of more, the sets that find what is wrong between two of them.
const ALL_SETS_UP_TO: usize = 4;

/// Checks every published crate with each of its sets, says each set and its time, and names at the end what did not compile.
///
/// # Errors
///
/// When cargo cannot be asked for the crates, or a set does not compile.
pub(crate) fn features(root: &Path, arguments: &Arguments) -> Result<(), Failed> {
    let mut broken = Vec::new();
    let mut checked = 0;
    let wanted = |one: &Published| arguments.crates.is_empty() || arguments.crates.contains(&one.name);
    for one in published(root).map_err(Failed::new)?.iter().filter(|one| wanted(one)) {
        let sets = sets(one);
        println!("{}: {} sets", one.name, sets.len());
        for set in sets {
            let list = set.into_iter().collect::<Vec<_>>().join(",");
            let name = format!(
                "{} with {}",
                one.name,
                if list.is_empty() { "no feature" } else { &list }
            );
            if arguments.list {
                println!("  {name}");
                continue;
            }
            let started = Instant::now();
            let what = [
                "check",
                "--quiet",
                "--package",
                &one.name,
                "--no-default-features",
                "--features",
                &list,
            ];
            let outcome = run(root, &cargo(), what);
            println!("  {name}: {} s", started.elapsed().as_secs());
            checked += 1;
            if outcome.is_err() {
                broken.push(name);
            }
        }
    }
    if broken.is_empty() {
        if !arguments.list {
            println!("{checked} sets compile");
        }
        Ok(())
    } else {
        Err(Failed::new(format!("these do not compile:\n  {}", broken.join("\n  "))))
    }
}

/// The sets to check, the smallest first: all of them where there are few features; else none, each alone, each two together, all but
/// each one, the default, and all. Sets that come to the same, since one feature switches on another, count once; a set without any of a
/// group of which one is needed (`one-of`) is no build.
fn sets(one: &Published) -> Vec<Set> {
    let names: Vec<&str> = one
        .features
        .keys()
        .map(String::as_str)
        .filter(|name| *name != "default")
        .collect();
    let mut wanted: Vec<Set> = Vec::new();
    if names.len() <= ALL_SETS_UP_TO {
        for bits in 0..1_u32 << names.len() {
            let chosen = names.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
            wanted.push(chosen.map(|(_, name)| (*name).to_owned()).collect());
        }
    } else {
        let all: Set = names.iter().map(|name| (*name).to_owned()).collect();
        wanted.push(Set::new());
        for (index, first) in names.iter().enumerate() {
            wanted.push(Set::from([(*first).to_owned()]));
            for second in &names[index + 1..] {
                wanted.push(Set::from([*first, *second].map(str::to_owned)));
            }
            wanted.push(all.iter().filter(|name| name != first).cloned().collect());
        }
        wanted.push(all);
    }
    wanted.extend(
        one.features
            .contains_key("default")
            .then(|| Set::from(["default".to_owned()])),
    );

    let mut different: BTreeMap<(usize, Set), Set> = BTreeMap::new();
    for set in wanted {
        let mut reached = closure(one, &set);
        reached.remove("default");
        let complete = one
            .one_of
            .iter()
            .all(|group| group.iter().any(|name| reached.contains(name)));
        if complete {
            different.entry((reached.len(), reached)).or_insert(set);
        }
    }
    different.into_values().collect()
}

/// A set with every feature of the crate that it switches on.
fn closure(one: &Published, set: &Set) -> Set {
    let mut reached = Set::new();
    let mut waiting: Vec<&str> = set.iter().map(String::as_str).collect();
    while let Some(name) = waiting.pop() {
        if let Some(more) = one.features.get(name)
            && reached.insert(name.to_owned())
        {
            waiting.extend(more.iter().map(String::as_str));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(features: &[(&str, &[&str])], one_of: &[&[&str]]) -> Published {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Published {
            name: "made-up".to_owned(),
            folder: "made-up".into(),
            library: true,
            features: features
                .iter()
                .map(|(name, more)| ((*name).to_owned(), texts(more)))
                .collect(),
            one_of: one_of.iter().map(|group| texts(group)).collect(),
        }
    }

    fn listed(one: &Published) -> Vec<String> {
        sets(one)
            .into_iter()
            .map(|set| set.into_iter().collect::<Vec<_>>().join("+"))
            .collect()
    }

    #[test]
    fn of_few_features_every_set_that_differs_is_checked_once() {
        let one = published(
            &[("default", &["a"]), ("a", &["dep:x"]), ("b", &["a"]), ("c", &["y?/z"])],
            &[],
        );
        // b is a+b, and the default is a.
        assert_eq!(listed(&one), ["", "a", "c", "b", "a+c", "b+c"]);
        assert_eq!(listed(&published(&[], &[])), [""]);
    }

    #[test]
    fn of_many_features_each_alone_each_two_and_all_but_each_are_checked() {
        let one = published(&[("a", &[]), ("b", &[]), ("c", &[]), ("d", &[]), ("e", &[])], &[]);
        let sets = listed(&one);
        assert_eq!(sets.len(), 1 + 5 + 10 + 5 + 1, "{sets:?}");
        for wanted in ["", "d", "b+e", "a+b+d+e", "a+b+c+d+e"] {
            assert!(sets.iter().any(|set| set == wanted), "{wanted} is not in {sets:?}");
        }
        assert!(!sets.iter().any(|set| set == "a+b+c"), "{sets:?}");
    }

    #[test]
    fn a_set_without_any_of_a_needed_group_is_no_build() {
        let one = published(
            &[("default", &["sqlite"]), ("sqlite", &[]), ("postgres", &[])],
            &[&["sqlite", "postgres"]],
        );
        assert_eq!(listed(&one), ["postgres", "sqlite", "postgres+sqlite"]);
    }
}
