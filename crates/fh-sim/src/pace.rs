//! How long the service takes between acceptance and result.

#![expect(clippy::float_arithmetic, reason = "times, not money")]

use std::{collections::HashMap, fmt, str::FromStr, time::Duration};

/// How the times between acceptance and result lie around [`Options::settle_delay`](crate::Options::settle_delay). The real service's are
/// not known.
///
/// ```
/// use fh_sim::Spread;
/// assert_eq!("20%".parse(), Ok(Spread::Even(0.2)));
/// assert_eq!("log-normal 0.5".parse(), Ok(Spread::LogNormal(0.5)));
/// assert!("wide".parse::<Spread>().is_err());
/// assert_eq!(Spread::Even(0.2).to_string(), "20%");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Spread {
    /// All are the same.
    #[default]
    None,
    /// Drawn evenly, up to this share above and below: `0.2` is ±20 %.
    Even(f64),
    /// Drawn log-normally, with the delay as the median and this standard deviation of the logarithm: with `0.5` one in six takes 1.6
    /// times as long or longer.
    LogNormal(f64),
}

/// A spread that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a spread is \"none\", a share such as \"20%\", or \"log-normal 0.5\"")]
pub struct SpreadError;

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Even(share) => write!(f, "{}%", (share * 1e6).round() / 1e4),
            Self::LogNormal(deviation) => write!(f, "log-normal {deviation}"),
        }
    }
}

impl FromStr for Spread {
    type Err = SpreadError;

    fn from_str(text: &str) -> Result<Self, SpreadError> {
        let number = |text: &str| {
            text.trim()
                .parse()
                .ok()
                .filter(|number: &f64| (0.0..=10.0).contains(number))
        };
        let text = text.trim();
        if text == "none" {
            return Ok(Self::None);
        }
        if let Some(percent) = text.strip_suffix('%') {
            let percent: Option<f64> = percent.trim().parse().ok();
            let share = percent.map(|percent| percent / 100.0);
            return share
                .filter(|share| (0.0..=1.0).contains(share))
                .map(Self::Even)
                .ok_or(SpreadError);
        }
        text.strip_prefix("log-normal")
            .and_then(number)
            .map(Self::LogNormal)
            .ok_or(SpreadError)
    }
}

impl Spread {
    fn draw(self, middle: Duration, random: &mut fastrand::Rng) -> Duration {
        match self {
            Self::None => middle,
            Self::Even(share) => middle.mul_f64((1.0 + share * (2.0 * random.f64() - 1.0)).max(0.0)),
            Self::LogNormal(deviation) => {
                // Box and Muller's way to a normal draw; the first may not be zero.
                let (one, other) = (1.0 - random.f64(), random.f64());
                let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos();
                middle.mul_f64((deviation * normal).exp())
            }
        }
    }
}

/// The delays as they are drawn, and those that were.
pub(crate) struct Pace {
    pub(crate) delay: Duration,
    pub(crate) spread: Spread,
    random: fastrand::Rng,
    drawn: HashMap<String, Duration>,
}

impl Pace {
    pub(crate) fn new(delay: Duration, spread: Spread, seed: u64) -> Self {
        Self {
            delay,
            spread,
            random: fastrand::Rng::with_seed(seed ^ 0x5E77_1E00),
            drawn: HashMap::new(),
        }
    }

    /// How long this request takes.
    pub(crate) fn draw(&mut self, request: &str) -> Duration {
        /// Enough for any test; a simulator that runs for days must not grow by its log.
        const KEPT: usize = 100_000;
        let delay = self.spread.draw(self.delay, &mut self.random);
        if self.spread != Spread::None && self.drawn.len() < KEPT {
            self.drawn.insert(request.to_owned(), delay);
        }
        delay
    }

    /// How long this request takes, or took.
    pub(crate) fn of(&self, request: &str) -> Duration {
        self.drawn.get(request).copied().unwrap_or(self.delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_lie_as_they_are_said_to() {
        let middle = Duration::from_secs(2);
        let draws = |spread| {
            let mut pace = Pace::new(middle, spread, 1);
            let mut draws: Vec<_> = (0..1_001).map(|nth| pace.draw(&nth.to_string())).collect();
            assert_eq!(pace.of("7"), draws[7]);
            draws.sort();
            draws
        };
        assert!(draws(Spread::None).iter().all(|drawn| *drawn == middle));
        let even = draws(Spread::Even(0.2));
        assert!(
            even[0] >= middle.mul_f64(0.8) && even[1_000] <= middle.mul_f64(1.2),
            "{even:?}"
        );
        assert!(
            even[0] < middle.mul_f64(0.81) && even[1_000] > middle.mul_f64(1.19),
            "{even:?}"
        );
        let wide = draws(Spread::LogNormal(0.5));
        let share = |nth: usize| wide[nth].as_secs_f64() / middle.as_secs_f64();
        assert!(
            (0.9..1.1).contains(&share(500)) && (1.5..1.8).contains(&share(841)),
            "{wide:?}"
        );
    }
}
