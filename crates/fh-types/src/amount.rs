use std::{
    fmt,
    io::Write as _,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
    str::FromStr,
};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// An exact decimal number of money or goods: a price, a quantity, a tax, a total.
///
/// The unit is whatever the document says (its `CurrencyCode`, or the unit of sale). The digits are kept as they were
/// given: `10.10` stays `10.10`. There is no conversion from a float, because a float has already lost the answer.
///
/// In JSON an amount is written as a plain number and read from a number or from a numeric string, as published clients
/// send both \[vendor-code\]. A number of more than [`Amount::MAX_DIGITS`] significant digits is refused, never rounded.
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

    pub(crate) fn from_decimal_unchecked(decimal: Decimal) -> Self {
        Self(decimal)
    }

    fn checked(decimal: Decimal) -> Result<Self, AmountError> {
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
        let significant = digits
            .split(['e', 'E'])
            .next()
            .unwrap_or_default()
            .bytes()
            .filter(u8::is_ascii_digit)
            .skip_while(|digit| *digit == b'0')
            .count();
        // The decimal parser would round a longer tail silently; 28 digits are what it holds exactly.
        if significant > 28 {
            return Err(AmountError::TooManyDigits(text.chars().take(40).collect()));
        }
        let decimal = if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
            let well_formed = mantissa.parse::<Decimal>().is_ok() && exponent.parse::<i64>().is_ok();
            Decimal::from_scientific(text).map_err(|_| {
                if well_formed {
                    AmountError::TooManyDigits(text.chars().take(40).collect())
                } else {
                    not_a_number()
                }
            })
        } else {
            Decimal::from_str_exact(text).map_err(|_| not_a_number())
        };
        decimal.and_then(Self::checked)
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

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Self::checked(self.0).map_err(ser::Error::custom)?;
        // A sign, fifteen digits, a dot, and noughts to the scale of 28 fit; the heap is not needed.
        let mut text = [0_u8; 48];
        let mut rest = &mut text[..];
        write!(rest, "{}", written.0).map_err(ser::Error::custom)?;
        let unused = rest.len();
        let text = std::str::from_utf8(&text[..text.len() - unused]).map_err(ser::Error::custom)?;
        serde_json::from_str::<&serde_json::value::RawValue>(text)
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A JSON number or a string that holds one.
        struct NumberOrString;

        impl de::Visitor<'_> for NumberOrString {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Amount, E> {
                Amount::checked(Decimal::from(value)).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Amount, E> {
                Amount::checked(Decimal::from(value)).map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
                // The shortest text that reads back as this float is the text that was sent, up to 15 digits; a longer
                // one shows 16 or 17 digits here and is refused.
                serde_json::Number::from_f64(value)
                    .ok_or_else(|| E::custom(AmountError::NotANumber(value.to_string())))?
                    .to_string()
                    .parse()
                    .map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Amount, E> {
                value.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(NumberOrString)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number" })
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
    fn json_keeps_every_digit_in_both_directions() {
        for text in [
            "0",
            "0.00",
            "10.10",
            "-5.5",
            "1234567890123.45",
            "0.000001",
            "999999999999999",
        ] {
            let read: Amount = serde_json::from_str(text).unwrap();
            let from_string: Amount = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            assert_eq!(from_string, read, "{text}");
            assert_eq!(serde_json::to_string(&from_string).unwrap(), text);
        }
    }

    #[test]
    fn more_than_fifteen_digits_are_refused_as_number_as_string_and_on_writing() {
        for text in [
            "1234567890123456",
            "12345678901234.56",
            "0.1234567890123456",
            "99999999999999999999999999999999",
        ] {
            let error = serde_json::from_str::<Amount>(text).unwrap_err().to_string();
            assert!(error.contains("more than 15 significant digits"), "{text}: {error}");
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
        let sum = amount("999999999999999") + amount("0.01");
        assert!(
            serde_json::to_string(&sum)
                .unwrap_err()
                .to_string()
                .contains("significant")
        );
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
        fn reading_any_text_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Amount>();
        }
    }
}
