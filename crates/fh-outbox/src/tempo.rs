//! How long a lane's documents usually take between acceptance and result, and when to ask for one that somebody waits for.
//!
//! What is seen of a document is an interval: it was pending at one question and decided at the next. A log-normal distribution is fitted to
//! the intervals of the latest documents (expectation and maximisation), which needs few of them, is not misled
//! by what lies between two questions, and is near enough to any distribution with one hump. Pure arithmetic.

#![expect(clippy::float_arithmetic, reason = "times, not money")]

use std::time::Duration;

/// How many of the latest documents count.
const MEMORY: usize = 24;

/// When the first questions come while nothing is known: wide apart, since one document is enough to do better.
const UNKNOWN: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(600),
    Duration::from_millis(1_400),
    Duration::from_millis(3_200),
    Duration::from_millis(7_500),
];

/// Where in the distribution the questions lie, in standard deviations of the logarithm. The first is a little before the median: waiting
/// for the median would be too long for the fastest documents, and half of the questions would be in vain all the same.
const PLACES: [f64; 5] = [-0.5, 0.2, 0.9, 1.6, 2.4];

/// At so many points of an interval the distribution is looked at.
const POINTS: u32 = 24;

/// What one document has shown, in seconds after its acceptance.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    /// It was still pending; 0 when it was never seen so.
    after: f64,
    /// It was decided.
    within: f64,
}

/// What was learnt of a lane.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tempo {
    seen: Vec<Seen>,
}

/// The fitted distribution, of the logarithm of seconds.
#[derive(Debug, Clone, Copy)]
struct Fit {
    middle: f64,
    deviation: f64,
}

impl Tempo {
    /// A document was decided so long after its acceptance, and pending before.
    pub(crate) fn learn(&mut self, pending: Duration, decided: Duration) {
        let within = decided.as_secs_f64().max(0.005);
        let new = Seen {
            after: pending.as_secs_f64().min(within * 0.99),
            within,
        };
        // Two in a row that the others hold to be impossible: the service has changed.
        if let Some((last, before)) = self.seen.split_last()
            && let Some(fit) = fit(before)
            && before.len() >= 3
            && let (Some(one), Some(other)) = (fit.excludes(*last), fit.excludes(new))
            && one == other
        {
            self.seen = vec![*last];
        }
        self.seen.push(new);
        let surplus = self.seen.len().saturating_sub(MEMORY);
        self.seen.drain(..surplus);
    }

    /// When to ask for a document that somebody waits for, counted from its acceptance; at most `most` times.
    pub(crate) fn questions(&self, most: u32) -> Vec<Duration> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let Some(fit) = fit(&self.seen) else {
            return UNKNOWN.into_iter().take(most).collect();
        };
        let [first, later @ ..] = PLACES.map(|place| (fit.middle + place * fit.deviation).exp());
        let mut questions = Vec::new();
        // When all were decided by the first question, nothing says that they were not decided long before.
        if self.seen.len() >= 3 && self.seen.iter().rev().take(3).all(|seen| seen.after == 0.0) {
            questions.push(first / 2.0);
        }
        questions.push(first);
        let mut last = first;
        for place in later {
            // Neither so soon that the answer is the same, nor so late that the wait shows.
            last = place.clamp(last + 0.05 + 0.02 * last, last + 0.2 + 0.2 * last);
            questions.push(last);
        }
        questions.truncate(most.min(PLACES.len()));
        questions.into_iter().map(Duration::from_secs_f64).collect()
    }

    /// As it is kept: pairs of milliseconds, oldest first.
    pub(crate) fn to_text(&self) -> String {
        let pairs: Vec<_> = self
            .seen
            .iter()
            .map(|seen| [seen.after, seen.within].map(|seconds| (seconds * 1_000.0).round()))
            .collect();
        serde_json::to_string(&pairs).unwrap_or_default()
    }

    /// Nothing is known when it cannot be read.
    pub(crate) fn from_text(text: &str) -> Self {
        let pairs: Vec<[f64; 2]> = serde_json::from_str(text).unwrap_or_default();
        let seen = pairs.into_iter().map(|[after, within]| Seen {
            after: after / 1_000.0,
            within: within.max(5.0) / 1_000.0,
        });
        Self {
            seen: seen.filter(|seen| seen.after < seen.within).collect(),
        }
    }
}

impl Fit {
    /// On which side of it an observation lies, if it lies wholly outside.
    fn excludes(self, seen: Seen) -> Option<bool> {
        /// So many deviations are outside.
        const OUTSIDE: f64 = 3.5;
        let reach = OUTSIDE * self.deviation;
        if seen.after > 0.0 && seen.after.ln() > self.middle + reach {
            return Some(true);
        }
        (seen.within.ln() < self.middle - reach).then_some(false)
    }

    fn density(self, at: f64) -> f64 {
        let away = (at - self.middle) / self.deviation;
        (-0.5 * away * away).exp()
    }
}

/// Fits the distribution; none without an observation.
fn fit(seen: &[Seen]) -> Option<Fit> {
    const ROUNDS: usize = 12;
    /// What is believed of the spread before anything is seen, and for how many documents that counts.
    const USUAL: f64 = 0.25;
    const WEIGHT: f64 = 2.0;
    const LEAST: f64 = 0.03;
    if seen.is_empty() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
    let count = seen.len() as f64;
    // As if each were in the middle of what is known of it.
    let middles = seen
        .iter()
        .map(|seen| (seen.after.max(seen.within / 4.0) * seen.within).sqrt().ln());
    let mut fit = Fit {
        middle: middles.sum::<f64>() / count,
        deviation: 0.5,
    };
    for _ in 0..ROUNDS {
        let (mut sum, mut squares) = (0.0, 0.0);
        for one in seen {
            let (first, second) = expected(fit, *one);
            sum += first;
            squares += second;
        }
        let middle = sum / count;
        let variance = (squares - 2.0 * middle * sum + count * middle * middle).max(0.0);
        fit = Fit {
            middle,
            deviation: ((variance + WEIGHT * USUAL * USUAL) / (count + WEIGHT))
                .sqrt()
                .max(LEAST),
        };
    }
    Some(fit)
}

/// The first two moments of the logarithm of one document's time, by the fit and by what was seen of it.
fn expected(fit: Fit, seen: Seen) -> (f64, f64) {
    let (from, to) = (seen.after.max(0.000_1).ln(), seen.within.ln());
    // What lies further away weighs nothing.
    let reach = 5.0 * fit.deviation;
    let (low, high) = (from.max(fit.middle - reach), to.min(fit.middle + reach));
    let (mut weight, mut sum, mut squares) = (0.0, 0.0, 0.0);
    if low < high {
        for point in 0..POINTS {
            let at = low + (high - low) * (f64::from(point) + 0.5) / f64::from(POINTS);
            let density = fit.density(at);
            weight += density;
            sum += density * at;
            squares += density * at * at;
        }
    }
    if weight > 1e-12 {
        return (sum / weight, squares / weight);
    }
    // Where the fit sees nothing: at the end that is nearest to it.
    let at = fit.middle.clamp(from.min(to), to);
    (at, at * at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// Waits for documents that take so long, and says for each how long the wait was and how many questions it took.
    fn wait_for(tempo: &mut Tempo, times: impl IntoIterator<Item = f64>) -> Vec<(f64, f64, usize)> {
        let mut waits = Vec::new();
        for time in times {
            let mut asked = 0;
            let mut pending = 0.0;
            let questions = tempo.questions(5).into_iter().map(|at| at.as_secs_f64());
            // Afterwards as where nobody waits: twice as late each time.
            let frugal = std::iter::successors(Some(3.0), |at| Some(at * 2.0));
            let last = questions.clone().next_back().unwrap_or_default();
            for at in questions.chain(frugal.skip_while(|at| *at < last)) {
                asked += 1;
                if at >= time {
                    waits.push((time, at, asked));
                    tempo.learn(seconds(pending), seconds(at));
                    break;
                }
                pending = at;
            }
        }
        waits
    }

    /// The share of waits that were longer than the service's own time, a quarter of it, and 0.3 s.
    fn too_long(waits: &[(f64, f64, usize)]) -> f64 {
        let late = waits
            .iter()
            .filter(|(time, found, _)| *found > time * 1.25 + 0.25)
            .count();
        late as f64 / waits.len() as f64
    }

    #[test]
    fn ten_documents_teach_it_any_time_from_a_fifth_of_a_second_to_twenty() {
        for middle in [0.02, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0] {
            for seed in 0..5 {
                let mut random = fastrand::Rng::with_seed(seed);
                let mut times =
                    |count: usize| -> Vec<f64> { (0..count).map(|_| middle * (0.8 + 0.4 * random.f64())).collect() };
                let mut tempo = Tempo::default();
                wait_for(&mut tempo, times(10));
                let waits = wait_for(&mut tempo, times(100));
                let late = too_long(&waits);
                assert!(
                    late <= 0.05,
                    "{middle} s, seed {seed}: {late} of the waits are too long: {waits:?}"
                );
                let most = waits.iter().map(|(_, _, asked)| *asked).max().unwrap();
                let asked = waits.iter().map(|(_, _, asked)| asked).sum::<usize>() as f64 / 100.0;
                assert!(
                    most <= 6 && asked < 3.0,
                    "{middle} s, seed {seed}: {asked} questions, at most {most}"
                );
            }
        }
    }

    #[test]
    fn a_service_that_becomes_slower_or_faster_is_followed_within_a_few_documents() {
        for (before, after) in [(0.5, 10.0), (10.0, 0.5), (2.0, 3.0), (3.0, 2.0)] {
            let mut tempo = Tempo::default();
            wait_for(&mut tempo, [before; 30]);
            wait_for(&mut tempo, [after; 12]);
            let waits = wait_for(&mut tempo, [after; 20]);
            assert!(too_long(&waits) <= 0.05, "from {before} s to {after} s: {waits:?}");
        }
    }

    #[test]
    fn a_wide_spread_is_followed_as_far_as_five_questions_go() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut times = |count: usize| -> Vec<f64> {
            let mut draw = || {
                let (one, other) = (1.0 - random.f64(), random.f64());
                let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos();
                2.0 * (0.5 * normal).exp()
            };
            (0..count).map(|_| draw()).collect()
        };
        let mut tempo = Tempo::default();
        wait_for(&mut tempo, times(20));
        let waits = wait_for(&mut tempo, times(300));
        assert!(too_long(&waits) < 0.3, "{waits:?}");
    }

    #[test]
    fn questions_come_one_after_another_and_as_many_as_allowed() {
        let mut tempo = Tempo::default();
        for nth in 0..40_u32 {
            for most in [1, 3, 5, 9] {
                let questions = tempo.questions(most);
                assert_eq!(questions.len(), most.min(5) as usize);
                assert!(questions.is_sorted(), "{questions:?}");
            }
            let decided = Duration::from_millis(u64::from(nth * 37 % 11) * 900);
            tempo.learn(decided / 2, decided);
        }
    }

    #[test]
    fn what_was_learnt_is_kept_as_text_and_rubbish_is_nothing() {
        let mut tempo = Tempo::default();
        wait_for(&mut tempo, [1.7, 2.3, 1.9]);
        let kept = Tempo::from_text(&tempo.to_text());
        let near = |one: &Duration, other: &Duration| one.abs_diff(*other) < Duration::from_millis(5);
        let both = tempo.questions(5).into_iter().zip(kept.questions(5));
        assert!(both.into_iter().all(|(one, other)| near(&one, &other)));
        for rubbish in ["", "[]", "[[5,1]]", "{}", "[[\"a\",2]]"] {
            assert_eq!(Tempo::from_text(rubbish), Tempo::default(), "{rubbish}");
        }
    }
}
