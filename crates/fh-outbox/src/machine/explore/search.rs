//! Every world that can be reached, the nearest first, each once.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
};

use super::{
    act::{Act, Rule, Wrote},
    after::after,
    truths::Broken,
    world::World,
};
use crate::{policy::Policy, state::State};

/// How far to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// How many acts in a row.
    pub(super) depth: usize,
    /// How many worlds.
    pub(super) worlds: usize,
}

/// A line of the history: the event, and from what to what.
pub(super) type Line = (&'static str, State, State);

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Explored {
    /// Different worlds.
    pub(super) worlds: usize,
    /// To this many acts in a row, all of them.
    pub(super) depth: usize,
    pub(super) lines: BTreeMap<Line, u64>,
    pub(super) refused: BTreeMap<&'static str, u64>,
    /// The first promise that was broken, and how.
    pub(super) broken: Option<(Broken, Vec<Act>)>,
}

impl Explored {
    pub(super) fn add(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.depth = if self.depth == 0 {
            other.depth
        } else {
            self.depth.min(other.depth)
        };
        for (line, count) in other.lines {
            *self.lines.entry(line).or_default() += count;
        }
        for (why, count) in other.refused {
            *self.refused.entry(why).or_default() += count;
        }
        self.broken = self.broken.take().or(other.broken);
    }
}

/// A fingerprint is spread evenly already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are kept")
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

/// Tries each of the acts in every world, and stops at the first promise that is broken.
pub(super) fn explore(start: World, acts: &[Act], policy: &Policy, rule: Rule<'_>, bounds: Bounds) -> Explored {
    let mut found = Explored::default();
    let mut seen: HashSet<u64, BuildHasherDefault<AsItIs>> = HashSet::default();
    // From which world by which act each came.
    let mut ways: Vec<(u32, u8)> = vec![(0, 0)];
    let mut next = VecDeque::from([(start, 0_u32, 0_usize)]);
    seen.insert(fingerprint(&start));
    while let Some((world, place, depth)) = next.pop_front() {
        if depth == bounds.depth || seen.len() >= bounds.worlds {
            found.depth = depth;
            break;
        }
        found.depth = depth;
        for (number, act) in acts.iter().enumerate() {
            let number = u8::try_from(number).expect("fewer acts than 256");
            let tried = after(&world, *act, policy, rule).and_then(|reached| match reached {
                Some((reached, wrote)) => {
                    Broken::by_act(&world, &reached, *act, wrote, policy)?;
                    Ok(Some((reached, wrote)))
                }
                None => Ok(None),
            });
            let tried = tried.and_then(|tried| {
                let Some((reached, wrote)) = tried else { return Ok(()) };
                match wrote {
                    Wrote::Line { event, from, to } => *found.lines.entry((event, from, to)).or_default() += 1,
                    Wrote::Refused(why) => *found.refused.entry(why).or_default() += 1,
                    Wrote::Nothing => {}
                }
                if seen.insert(fingerprint(&reached)) {
                    Broken::by_standing(&reached, policy, rule)?;
                    let here = u32::try_from(ways.len()).expect("fewer worlds than 2^32");
                    ways.push((place, number));
                    next.push_back((reached, here, depth + 1));
                }
                Ok(())
            });
            if let Err(broken) = tried {
                let mut way = vec![*act];
                let mut at = place;
                while at != 0 {
                    let (from, number) = ways[at as usize];
                    way.push(acts[usize::from(number)]);
                    at = from;
                }
                way.reverse();
                found.worlds = seen.len();
                found.broken = Some((broken, way));
                return found;
            }
        }
    }
    found.worlds = seen.len();
    found
}
