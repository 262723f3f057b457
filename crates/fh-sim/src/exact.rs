//! Numbers in integers. The authority shares no arithmetic with those it judges.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Ten to the power of [`Exact::PLACES`].
const UNIT: i128 = 1_000_000;

/// An exact number in millionths, as the simulator reads it from JSON text. The authority counts in integers, so that it
/// shares no arithmetic with those it judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exact {
    millionths: i128,
    /// Decimal places needed to write it, beyond which digits were given that do not fit.
    places: u32,
}

impl Exact {
    const PLACES: u32 = 6;

    /// The nearest cent, halves away from zero.
    pub(crate) fn cents(self) -> i128 {
        round_div(self.millionths, UNIT / 100)
    }

    pub(crate) fn millionths(self) -> i128 {
        self.millionths
    }

    pub(crate) fn places(self) -> u32 {
        self.places
    }

    fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, digits) = match mantissa.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || !all_digits(whole)
            || !all_digits(fraction)
            || (digits.contains('.') && fraction.is_empty())
        {
            return None;
        }
        let significant = format!("{whole}{fraction}");
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self {
                millionths: 0,
                places: 0,
            });
        }
        let kept = significant.trim_end_matches('0');
        let dropped = i32::try_from(significant.len() - kept.len()).ok()?;
        // The value is kept x 10^power.
        let power = exponent
            .checked_sub(i32::try_from(fraction.len()).ok()?)?
            .checked_add(dropped)?;
        let places = u32::try_from(-power.min(0)).ok()?;
        if kept.len() > 28 || power > 22 {
            return None;
        }
        let value: i128 = kept.parse().ok()?;
        let shift = power + i32::try_from(Self::PLACES).ok()?;
        let millionths = if let Ok(up) = u32::try_from(shift) {
            value.checked_mul(10_i128.checked_pow(up)?)?
        } else {
            10_i128.checked_pow(shift.unsigned_abs()).map_or(0, |down| value / down)
        };
        Some(Self {
            millionths: sign * millionths,
            places,
        })
    }
}

/// `numerator / denominator` to the nearest integer, halves away from zero. The denominator is positive.
pub(crate) fn round_div(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (numerator / denominator, numerator % denominator);
    if rest.abs() * 2 >= denominator {
        quotient + numerator.signum()
    } else {
        quotient
    }
}

/// As [`round_div`], halves to the even neighbour.
pub(crate) fn round_half_even(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (numerator / denominator, numerator % denominator);
    if rest.abs() * 2 == denominator && quotient % 2 == 0 {
        quotient
    } else {
        round_div(numerator, denominator)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get().trim_matches('"').trim();
        Self::parse(text).ok_or_else(|| serde::de::Error::custom("could not be converted to System.Decimal"))
    }
}

/// Cents as people write them.
pub(crate) fn money(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Option<(i128, u32)> {
        Exact::parse(text).map(|exact| (exact.millionths, exact.places))
    }

    #[test]
    fn numbers_are_read_exactly_from_their_text() {
        assert_eq!(exact("115"), Some((115_000_000, 0)));
        assert_eq!(exact("115.0"), Some((115_000_000, 0)));
        assert_eq!(exact("-0.01"), Some((-10_000, 2)));
        assert_eq!(exact("1.5e3"), Some((1_500_000_000, 0)));
        assert_eq!(exact("25e-1"), Some((2_500_000, 1)));
        assert_eq!(exact("0.1234567"), Some((123_456, 7)));
        assert_eq!(exact("1e400"), None);
        assert_eq!(exact("1."), None);
        assert_eq!(exact("0x1"), None);
        assert_eq!(exact(""), None);
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(round_div(5, 10), 1);
        assert_eq!(round_div(-5, 10), -1);
        assert_eq!(round_div(4, 10), 0);
        assert_eq!(round_div(-14, 10), -1);
        assert_eq!([5, 15, 14, 16, -5].map(|n| round_half_even(n, 10)), [0, 2, 1, 2, 0]);
    }
}
