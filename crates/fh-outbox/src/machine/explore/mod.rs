//! The machine in a world that does what it likes: two workers that die, a service that may not keep its word, a clock that is set, a
//! person, an invoice that decides late. Every world that can be reached is visited, and held to the promises in `truths`.

mod act;
mod after;
mod mutants;
mod row;
mod search;
mod service;
mod truths;
mod units;
mod world;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::step;
use crate::policy::{OnRejected, OnUnknown};
use act::{Act, Rule};
use search::{Bounds, Explored, explore};
use units::policy;
use world::World;

/// A policy and a service: whether it keeps its word about retries, and whether the authority checks numbers.
type Setting = (OnUnknown, OnRejected, bool, bool);

fn settings() -> Vec<Setting> {
    let mut settings = Vec::new();
    for on_unknown in [OnUnknown::Resend, OnUnknown::Hold] {
        for on_rejected in [OnRejected::StepAside, OnRejected::ParkLane] {
            for (keeps, checks) in [(true, true), (true, false), (false, true), (false, false)] {
                settings.push((on_unknown, on_rejected, keeps, checks));
            }
        }
    }
    settings
}

/// Explores under each setting, on as many threads as there are cores.
fn everywhere(start: fn(bool, bool) -> World, acts: &[Act], rule: Rule<'_>, bounds: Bounds) -> Explored {
    let (settings, turn, all) = (settings(), AtomicUsize::new(0), Mutex::new(Explored::default()));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((on_unknown, on_rejected, keeps, checks)) =
                    settings.get(turn.fetch_add(1, Ordering::Relaxed))
                {
                    let policy = policy(*on_unknown, *on_rejected);
                    let found = explore(start(*keeps, *checks), acts, &policy, rule, bounds);
                    println!(
                        "{on_unknown:?}, {on_rejected:?}, retries {}, numbers {}: {} worlds, all to {} acts",
                        if *keeps { "recognised" } else { "not recognised" },
                        if *checks { "checked" } else { "not checked" },
                        found.worlds,
                        found.depth,
                    );
                    all.lock().expect("no thread has panicked").add(found);
                }
            });
        }
    });
    all.into_inner().expect("no thread has panicked")
}

/// The way to a broken promise, act by act: what to look at.
fn retold(way: &[Act]) -> String {
    way.iter().map(|act| format!("  {act:?}\n")).collect()
}

/// What the machine may write into a history: `event: from -> to`, a line each, and [`RARELY`] behind what only the longer run reaches. The
/// histories of the real store are held against it.
const LINES: &str = include_str!("lines.txt");
const RARELY: &str = " (long run)";

#[test]
fn in_the_nearest_worlds_the_promises_hold() {
    let bounds = Bounds {
        depth: usize::MAX,
        worlds: 8_000,
    };
    let found = everywhere(World::new, &Act::all(), &step, bounds);
    if let Some((broken, way)) = &found.broken {
        panic!("{broken}\n{}", retold(way));
    }
    assert!(found.worlds >= 128_000);
    for (event, from, to) in found.lines.keys() {
        let line = format!("{event}: {from} -> {to}");
        assert!(
            LINES.lines().any(|known| known.trim_end_matches(RARELY) == line),
            "lines.txt does not know of `{line}`"
        );
    }
}

#[test]
#[ignore = "`cargo xtask test` runs it, optimised"]
fn in_every_world_that_can_be_reached_the_promises_hold() {
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some();
    let bounds = Bounds {
        depth: usize::MAX,
        worlds: if is_long { 6_500_000 } else { 650_000 },
    };
    let mut found = everywhere(World::new, &Act::all(), &step, bounds);
    let least = if is_long { 100_000_000 } else { 10_000_000 };
    println!("{} worlds", found.worlds);
    assert!(
        found.broken.is_some() || found.worlds >= least,
        "{} worlds are too few to tell anything",
        found.worlds
    );
    // Fewer acts, and longer ways; these worlds are not counted, since some are among those.
    let bounds = Bounds {
        worlds: 60_000,
        ..bounds
    };
    found.add(everywhere(World::new, &Act::of_a_calm_day(), &step, bounds));
    found.add(everywhere(World::new, &Act::of_mending(), &step, bounds));
    found.add(everywhere(
        World::given_up,
        &Act::all(),
        &step,
        Bounds {
            worlds: 5_000,
            ..bounds
        },
    ));
    if let Some((broken, way)) = &found.broken {
        panic!("{broken}\n{}", retold(way));
    }
    let known: BTreeSet<_> = LINES.lines().collect();
    let mut lines = String::new();
    for ((event, from, to), count) in &found.lines {
        println!("{count:>10}  {event}: {from} -> {to}");
        let line = format!("{event}: {from} -> {to}");
        let rarely = format!("{line}{RARELY}");
        lines.push_str(if known.contains(rarely.as_str()) {
            &rarely
        } else {
            &line
        });
        lines.push('\n');
    }
    for (why, count) in &found.refused {
        println!("{count:>10}  refused: {why}");
    }
    // Among ten times as many worlds a few more are reached, which the shorter run cannot be held to.
    let reached: BTreeSet<_> = lines.lines().collect();
    let expected = known.iter().filter(|line| is_long || !line.ends_with(RARELY));
    assert!(
        reached.iter().all(|line| known.contains(line)) && expected.into_iter().all(|line| reached.contains(line)),
        "the machine reaches other lines than lines.txt says; if that is meant, this is its text now:\n{lines}"
    );
}

#[test]
#[ignore = "`cargo xtask test` runs it, optimised"]
fn each_fault_put_in_on_purpose_is_found_by_the_promise_it_breaks() {
    let bounds = Bounds {
        depth: 20,
        worlds: 1_500_000,
    };
    let (mut names, mut others) = (BTreeSet::new(), Vec::new());
    for mutant in mutants::MUTANTS {
        assert!(names.insert(mutant.name), "{} is there twice", mutant.name);
        let policy = policy(mutant.on_unknown, mutant.on_rejected);
        // Most show where little else happens, and the way to them is short.
        let days = [Act::of_a_calm_day(), Act::of_mending(), Act::all()];
        let mut tries = days
            .iter()
            .map(|acts| explore(World::new(false, false), acts, &policy, &mutant.rule, bounds));
        let Some((broken, way)) = tries.find_map(|explored| explored.broken) else {
            panic!("{} is not found", mutant.name)
        };
        println!("{}: {broken}\n{}", mutant.name, retold(&way));
        if broken != mutant.breaks {
            others.push(format!("{}: {broken}\n{}", mutant.name, retold(&way)));
        }
    }
    assert!(
        others.is_empty(),
        "found by other promises than theirs:\n{}",
        others.concat()
    );
    assert!(names.len() >= 30);
}
