//! A discount on a whole bill, on its lines.

use fh_types::Amount;

use crate::tax::MONEY_DECIMALS;

/// A discount on a whole bill as discounts of its lines, in proportion to their amounts: they add up to it to the cent.
///
/// `None` when there is nothing to spread it over, or when it is more than the lines.
pub(crate) fn spread(discount: Amount, lines: &[Amount]) -> Option<Vec<Amount>> {
    let whole = Amount::checked_sum(lines.iter().copied())?;
    if !discount.is_positive() || discount > whole || lines.iter().any(|line| line.is_negative()) {
        return None;
    }
    // What falls to the first lines together is rounded, so that the steps add up.
    let (mut sum, mut spread) = (Amount::ZERO, Amount::ZERO);
    lines
        .iter()
        .map(|line| {
            sum += *line;
            let up_to = discount.portion(sum, whole, MONEY_DECIMALS)?.value;
            let share = up_to - spread;
            spread = up_to;
            (share <= *line).then_some(share)
        })
        .collect()
}

/// The shares of lines in words: `6.75 on line 1, 6.00 on line 2`.
pub(crate) fn shares(shares: &[Amount]) -> String {
    const SHOWN: usize = 8;
    let words = shares
        .iter()
        .enumerate()
        .filter(|(_, share)| !share.is_zero())
        .map(|(at, share)| format!("{share} on line {}", at + 1));
    let mut shown: Vec<String> = words.take(SHOWN + 1).collect();
    if shown.len() > SHOWN {
        shown[SHOWN] = "…".to_owned();
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_add_up_to_the_cent() {
        let lines = [5_997, 4_999, 500].map(Amount::cents);
        for discount in [1, 2, 999, 1_150, 11_495, 11_496] {
            let spread = spread(Amount::cents(discount), &lines).unwrap();
            assert_eq!(spread.iter().copied().sum::<Amount>(), Amount::cents(discount));
            assert!(spread.iter().zip(&lines).all(|(share, line)| share <= line));
        }
        assert_eq!(spread(Amount::cents(11_497), &lines), None, "more than the bill");
        let (chairs, table) = (Amount::cents(13_500), Amount::cents(12_000));
        let spread = spread(Amount::cents(1_275), &[chairs, table]).unwrap();
        assert_eq!(shares(&spread), "6.75 on line 1, 6.00 on line 2");
    }
}
