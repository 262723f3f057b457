use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
    str::FromStr,
};

use rust_decimal::Decimal;

/// An exact decimal number of money or goods: a price, a quantity, a tax, a total.
///
/// The unit is whatever the document says (its `CurrencyCode`, or the unit of sale). The digits are kept as they were
/// given: `10.10` stays `10.10`. There is no conversion from a float, because a float has already lost the answer.
///
/// # JSON
///
/// An amount is written as a plain number and read from a number or from a numeric string, as published clients send both
/// \[vendor-code\]. A number of more than [`Amount::MAX_DIGITS`] significant digits is refused, never rounded:
///
/// * read from JSON text (`from_str`, `from_slice`, `from_reader`), its digits are taken as they stand in the text;
/// * inside of a type that is `#[serde(untagged)]`, `#[serde(flatten)]` or `#[serde(tag = "…")]`, and in formats that hand
///   over floats, serde has made a float of any number with a dot before this type sees it. Such a number is **refused**;
///   whole numbers and numeric strings are taken;
/// * read from a [`serde_json::Value`], it is what the `Value` prints. A `Value` keeps floats: what had more than 15 digits
///   in the text was changed when the `Value` was made, and nobody can tell any more. Likewise an amount that is put into a
///   `Value` becomes a float there, which prints the same digits. So read and write amounts from and to text.
///
/// # Arithmetic
///
/// `+`, `-` and [`sum`](Iterator::sum) hold 28 digits: a result that needs more is rounded in its last digit, and one of
/// 7.9 × 10²⁸ or more **panics**. Sums of amounts of money come nowhere near either. [`checked_add`](Self::checked_add),
/// [`checked_sub`](Self::checked_sub) and [`checked_sum`](Self::checked_sum) are exact or `None`.
///
/// ```
/// use fh_types::Amount;
/// let price: Amount = "19.99".parse()?;
/// assert_eq!(price + Amount::cents(1), Amount::from_units(20));
/// assert_eq!(serde_json::to_string(&price).unwrap(), "19.99");
/// # Ok::<(), fh_types::AmountError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(Decimal);

/// Why a text or a number is not an [`Amount`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// The text is not a plain decimal number such as `1234.50`.
    #[error("{0:?} is not a decimal number; write it as digits with a dot, such as 1234.50")]
    NotANumber(String),
    /// The number has more significant digits than can be carried exactly through every JSON reader.
    #[error("{0} has more than {max} significant digits, which cannot be carried exactly; shorten it", max = Amount::MAX_DIGITS)]
    TooManyDigits(String),
    /// The number has more than 28 digits after the dot.
    #[error("{0} has more than 28 digits after the dot, which cannot be carried exactly; shorten it")]
    TooFine(String),
    /// A float, which may have been another number before it was one.
    #[error(
        "{0} came as a floating-point number, whose digits cannot be trusted; read the amount from JSON text, or write it as a \
         string, such as \"1234.50\""
    )]
    Float(String),
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// How many significant digits an amount may have to be read or written: every JSON reader carries 15 exactly.
    pub const MAX_DIGITS: usize = 15;

    /// An amount of hundredths: `Amount::cents(1999)` is `19.99`.
    #[must_use]
    pub fn cents(cents: i64) -> Self {
        Self(Decimal::new(cents, 2))
    }

    /// An amount of whole units: `Amount::from_units(3)` is `3`.
    #[must_use]
    pub fn from_units(units: i64) -> Self {
        Self(Decimal::from(units))
    }

    /// The decimal inside.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// How many digits stand after the dot as written: 2 for `10.10`, 0 for `7`.
    #[must_use]
    pub fn scale(self) -> u32 {
        self.0.scale()
    }

    /// How many digits after the dot are needed: 1 for `10.10`, 0 for `7.00`.
    #[must_use]
    pub fn needed_scale(self) -> u32 {
        self.0.normalize().scale()
    }

    /// True below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// True above zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.0 > Decimal::ZERO
    }

    /// True at zero, however many noughts it is written with.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The same distance from zero, never below it.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The exact sum, or `None` when it has more digits than can be held (28).
    ///
    /// ```
    /// # use fh_types::Amount;
    /// let (large, fine): (Amount, Amount) = ("999999999999999".parse()?, "0.00000000000000000001".parse()?);
    /// assert_eq!(Amount::cents(1010).checked_add(Amount::cents(90)), Some(Amount::from_units(11)));
    /// assert_eq!(large.checked_add(fine), None);
    /// # Ok::<(), fh_types::AmountError>(())
    /// ```
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.0.scale().max(other.0.scale());
        let at_scale = |decimal: Decimal| {
            let factor = 10_i128.checked_pow(scale - decimal.scale())?;
            decimal.mantissa().checked_mul(factor)
        };
        let sum = at_scale(self.0)?.checked_add(at_scale(other.0)?)?;
        exact(sum, scale)
    }

    /// The exact difference, or `None` when it has more digits than can be held (28).
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(-other)
    }

    /// The exact sum of all, or `None` when it, or the sum on the way to it, has more digits than can be held (28).
    ///
    /// ```
    /// # use fh_types::Amount;
    /// assert_eq!(Amount::checked_sum([Amount::cents(1), Amount::cents(2)]), Some(Amount::cents(3)));
    /// ```
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    pub(crate) fn from_decimal_unchecked(decimal: Decimal) -> Self {
        Self(decimal)
    }

    pub(super) fn checked(decimal: Decimal) -> Result<Self, AmountError> {
        const LIMIT: u128 = 10_u128.pow(Amount::MAX_DIGITS as u32);
        if decimal.mantissa().unsigned_abs() < LIMIT {
            return Ok(Self(decimal));
        }
        // Trailing noughts after the dot are dropped before anything is refused: they carry no value.
        let shortest = decimal.normalize();
        if shortest.mantissa().unsigned_abs() < LIMIT {
            return Ok(Self(shortest));
        }
        Err(AmountError::TooManyDigits(decimal.to_string()))
    }
}

/// `mantissa ÷ 10^scale`, if it can be held without rounding. Noughts after the dot are given up where that is needed.
fn exact(mut mantissa: i128, mut scale: u32) -> Option<Amount> {
    loop {
        if let Ok(decimal) = Decimal::try_from_i128_with_scale(mantissa, scale) {
            return Some(Amount(decimal));
        }
        if scale == 0 || mantissa % 10 != 0 {
            return None;
        }
        (mantissa, scale) = (mantissa / 10, scale - 1);
    }
}

impl TryFrom<Decimal> for Amount {
    type Error = AmountError;

    fn try_from(decimal: Decimal) -> Result<Self, AmountError> {
        Self::checked(decimal)
    }
}

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads digits with at most one dot and an optional leading minus; exponents (`1e3`) are read too, as JSON has them.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let not_a_number = || AmountError::NotANumber(text.chars().take(40).collect());
        let digits = text.strip_prefix('-').unwrap_or(text);
        // The decimal parser also takes `+1`, `1_000`, `.5` and `5.`; none of these is a JSON number.
        if !digits.starts_with(|c: char| c.is_ascii_digit()) || text.contains('_') || text.ends_with('.') {
            return Err(not_a_number());
        }
        let shown = || text.chars().take(40).collect::<String>();
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            None => (text, 0),
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| not_a_number())?),
        };
        let significant = mantissa
            .bytes()
            .filter(u8::is_ascii_digit)
            .skip_while(|digit| *digit == b'0')
            .count();
        // The decimal parser would round a longer tail silently; 28 digits are what it holds exactly.
        if significant > 28 {
            return Err(AmountError::TooManyDigits(shown()));
        }
        let decimal = Decimal::from_str_exact(mantissa).map_err(|error| match error {
            rust_decimal::Error::Underflow => AmountError::TooFine(shown()),
            _ => not_a_number(),
        })?;
        if exponent == 0 {
            return Self::checked(decimal);
        }
        let scale = i32::try_from(decimal.scale())
            .unwrap_or(i32::MAX)
            .saturating_sub(exponent);
        let (mantissa, scale) = match u32::try_from(scale) {
            Ok(scale) => (Some(decimal.mantissa()), scale),
            Err(_) => (
                10_i128
                    .checked_pow(scale.unsigned_abs())
                    .and_then(|factor| decimal.mantissa().checked_mul(factor)),
                0,
            ),
        };
        match mantissa {
            _ if decimal.is_zero() => Ok(Self::ZERO),
            None => Err(AmountError::TooManyDigits(shown())),
            Some(mantissa) => exact(mantissa, scale)
                .ok_or_else(|| {
                    if scale > Decimal::MAX_SCALE {
                        AmountError::TooFine(shown())
                    } else {
                        AmountError::TooManyDigits(shown())
                    }
                })
                .and_then(|amount| Self::checked(amount.0)),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amount({})", self.0)
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Neg for Amount {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Amount> for Amount {
    fn sum<I: Iterator<Item = &'a Self>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn trailing_noughts_do_not_count_as_digits() {
        assert_eq!(amount("12345678901234.50"), amount("12345678901234.500000"));
        assert_eq!(
            serde_json::to_string(&amount("123456789012345.000")).unwrap(),
            "123456789012345"
        );
    }

    #[test]
    fn an_exponent_and_a_long_tail_lose_no_digit_silently() {
        assert_eq!(amount("1.50e2"), amount("150"));
        assert_eq!(amount("1500e-3").to_string(), "1.500");
        assert_eq!(amount("0e999"), Amount::ZERO);
        assert_eq!(amount("1.0e-28"), amount("0.0000000000000000000000000001"));
        for text in [
            "0.00000000000000000000000000000123e20",
            "0.00000000000000000000000000001",
            "1e-29",
            "1e-2147483648",
        ] {
            assert!(matches!(text.parse::<Amount>(), Err(AmountError::TooFine(_))), "{text}");
        }
        for text in ["1e15", "1e2147483647", "100000000000000000001e-20"] {
            assert!(
                matches!(text.parse::<Amount>(), Err(AmountError::TooManyDigits(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn checked_arithmetic_is_exact_or_nothing() {
        assert_eq!(amount("10.10").checked_add(amount("0.9")).unwrap().to_string(), "11.00");
        assert_eq!(amount("1").checked_sub(amount("1.01")), Some(amount("-0.01")));
        let (large, fine) = (amount("999999999999999"), amount("0.00000000000001"));
        assert_eq!(large.checked_add(fine), None, "29 digits");
        assert_eq!(large.checked_add(amount("0.0000000000001")).unwrap().scale(), 13);
        let most = Amount(Decimal::MAX);
        assert_eq!(most.checked_add(Amount::from_units(1)), None);
        assert_eq!(
            Amount::checked_sum([most, Amount::from_units(-1)]),
            most.checked_sub(Amount::from_units(1))
        );
        assert_eq!(Amount::checked_sum([most, most]), None);
    }

    #[test]
    fn only_plain_numbers_are_read() {
        for text in [
            "", " 1", "1 ", "+1", ".5", "5.", "1_000", "1,5", "0x10", "NaN", "--1", "1e", "e1", "-",
        ] {
            assert!(text.parse::<Amount>().is_err(), "{text:?}");
        }
        assert_eq!(amount("1.5e2"), amount("150"));
        assert!(serde_json::from_str::<Amount>("true").is_err());
        assert!(serde_json::from_str::<Amount>("null").is_err());
    }

    proptest! {
        #[test]
        fn any_fifteen_digit_amount_survives_json(mantissa in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u32..=6) {
            let amount = Amount(Decimal::new(mantissa, scale));
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount);
            prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
        }

        #[test]
        fn a_checked_sum_is_what_integers_say(a in -9_999_999_999_i64..=9_999_999_999, b in -9_999_999_999_i64..=9_999_999_999, more in 0_u32..=6) {
            let (left, right) = (Amount(Decimal::new(a, 2)), Amount(Decimal::new(b, 2 + more)));
            let sum = i128::from(a) * 10_i128.pow(more) + i128::from(b);
            prop_assert_eq!(left.checked_add(right), Some(Amount(Decimal::from_i128_with_scale(sum, 2 + more))));
            prop_assert_eq!(left.checked_add(right), Some(left + right));
            prop_assert_eq!(left.checked_sub(right), Some(left - right));
        }

        #[test]
        fn reading_any_text_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Amount>();
        }
    }
}
