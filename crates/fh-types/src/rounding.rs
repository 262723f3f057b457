//! Products and shares of amounts, computed exactly and rounded once.

use rust_decimal::Decimal;

use crate::Amount;

/// A result that was rounded half away from zero, and whether that was a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounded {
    /// The rounded amount.
    pub value: Amount,
    /// True when the exact result lay precisely between two neighbours, so that another rounding rule (half to even) may
    /// give another answer. The authority's specification does not name its rule \[zimra\].
    pub tie: bool,
}

impl Amount {
    /// This amount at `decimals` digits after the dot, half away from zero.
    ///
    /// ```
    /// # use fh_types::Amount;
    /// let amount: Amount = "13636.275".parse()?;
    /// assert_eq!(amount.rounded(2), "13636.28".parse()?);
    /// assert_eq!((-amount).rounded(2), "-13636.28".parse()?);
    /// # Ok::<(), fh_types::AmountError>(())
    /// ```
    #[must_use]
    pub fn rounded(self, decimals: u32) -> Self {
        let decimal = self.decimal();
        if decimal.scale() <= decimals {
            return self;
        }
        Self::from_decimal_unchecked(
            decimal.round_dp_with_strategy(decimals, rust_decimal::RoundingStrategy::MidpointAwayFromZero),
        )
    }

    /// `self × other`, computed exactly and rounded once to `decimals` digits after the dot, half away from zero.
    ///
    /// `None` when the result is too large to be an amount of anything.
    ///
    /// ```
    /// # use fh_types::Amount;
    /// // A float says 51.434999999999995 and rounds it to 51.43.
    /// let line = "571.5".parse::<Amount>()?.times("0.09".parse()?, 2).unwrap();
    /// assert_eq!(line.value, "51.44".parse()?);
    /// # Ok::<(), fh_types::AmountError>(())
    /// ```
    #[must_use]
    pub fn times(self, other: Self, decimals: u32) -> Option<Rounded> {
        let (a, b) = (self.decimal().normalize(), other.decimal().normalize());
        let product = a.mantissa().checked_mul(b.mantissa())?;
        quotient(product, 1, a.scale() + b.scale(), decimals)
    }

    /// `self × numerator ÷ denominator`, computed exactly and rounded once to `decimals` digits after the dot, half away
    /// from zero. This is how a tax is taken from a sum.
    ///
    /// `None` when the denominator is zero or the result is too large to be an amount of anything.
    ///
    /// ```
    /// # use fh_types::Amount;
    /// // The tax inside 115.50 at 15.5 %.
    /// let tax = "115.50".parse::<Amount>()?.portion("15.5".parse()?, "115.5".parse()?, 2).unwrap();
    /// assert_eq!(tax.value, "15.50".parse()?);
    /// # Ok::<(), fh_types::AmountError>(())
    /// ```
    #[must_use]
    pub fn portion(self, numerator: Self, denominator: Self, decimals: u32) -> Option<Rounded> {
        let (a, n, d) = (
            self.decimal().normalize(),
            numerator.decimal().normalize(),
            denominator.decimal().normalize(),
        );
        let product = a.mantissa().checked_mul(n.mantissa())?;
        let product_scale = a.scale() + n.scale();
        // Both sides at one scale: what the denominator has more of goes to the product, and the other way round.
        let (product, scale) = if product_scale >= d.scale() {
            (product, product_scale - d.scale())
        } else {
            (product.checked_mul(power_of_ten(d.scale() - product_scale)?)?, 0)
        };
        quotient(product, d.mantissa(), scale, decimals)
    }
}

fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// `dividend ÷ divisor ÷ 10^scale`, rounded half away from zero to `decimals`.
fn quotient(dividend: i128, divisor: i128, scale: u32, decimals: u32) -> Option<Rounded> {
    let (mut dividend, mut divisor) = (dividend, divisor);
    if decimals >= scale {
        dividend = dividend.checked_mul(power_of_ten(decimals - scale)?)?;
    } else {
        divisor = divisor.checked_mul(power_of_ten(scale - decimals)?)?;
    }
    if divisor == 0 {
        return None;
    }
    let negative = (dividend < 0) != (divisor < 0);
    let (dividend, divisor) = (dividend.unsigned_abs(), divisor.unsigned_abs());
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    let twice = rest.checked_mul(2)?;
    let magnitude = i128::try_from(if twice >= divisor { whole + 1 } else { whole }).ok()?;
    let mantissa = if negative { -magnitude } else { magnitude };
    Some(Rounded {
        value: Amount::from_decimal_unchecked(Decimal::try_from_i128_with_scale(mantissa, decimals).ok()?),
        tie: twice == divisor,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn the_published_half_cent_cases_round_up() {
        assert_eq!(amount("571.5").times(amount("0.09"), 2).unwrap().value, amount("51.44"));
        assert_eq!(
            amount("13636.275").times(amount("1"), 2).unwrap(),
            Rounded {
                value: amount("13636.28"),
                tie: true
            }
        );
    }

    #[test]
    fn an_exclusive_tie_is_seen() {
        // 3.00 at 15.5 % is exactly 0.465: half-up says 0.47, half-even 0.46.
        let tax = amount("3.00").portion(amount("15.5"), amount("100"), 2).unwrap();
        assert_eq!(
            tax,
            Rounded {
                value: amount("0.47"),
                tie: true
            }
        );
        let tax = amount("3.01").portion(amount("15.5"), amount("100"), 2).unwrap();
        assert_eq!(
            tax,
            Rounded {
                value: amount("0.47"),
                tie: false
            }
        );
    }

    #[test]
    fn products_beyond_28_digits_stay_exact() {
        let large = amount("999999999999999");
        let small = amount("0.999999999999999");
        assert_eq!(large.times(small, 2).unwrap().value, amount("999999999999998"));
    }

    #[test]
    fn what_cannot_be_said_is_none() {
        assert_eq!(amount("1").portion(amount("1"), Amount::ZERO, 2), None);
        assert_eq!(amount("999999999999999").times(amount("999999999999999"), 6), None);
    }

    proptest! {
        #[test]
        fn a_product_is_within_half_a_unit_of_the_exact_one(a in -10_000_000_i64..10_000_000, b in 0_i64..10_000_000) {
            let exact = i128::from(a) * i128::from(b); // in units of 10^-6
            let rounded = Amount::try_from(Decimal::new(a, 3)).unwrap().times(Decimal::new(b, 3).try_into().unwrap(), 2).unwrap();
            let cents = rounded.value.decimal().mantissa();
            let distance = (cents * 10_000 - exact).abs();
            prop_assert!(distance <= 5_000);
            prop_assert_eq!(rounded.tie, distance == 5_000);
            if rounded.tie { prop_assert!(cents.abs() * 10_000 > exact.abs()); }
        }
    }
}
