//! The time that a report speaks of.

use fiscal_harmony::types::jiff::civil::Date;
use serde::{Serialize, Serializer};

/// The time that a report speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Span {
    /// Whole days of the calendar in Central Africa Time, by the documents' own `Date`; both ends are in it.
    Days {
        /// The first day.
        #[serde(serialize_with = "written")]
        from: Date,
        /// The last day.
        #[serde(serialize_with = "written")]
        to: Date,
    },
    /// A fiscal day, by the number on the receipts.
    FiscalDay {
        /// The authority's id of the device; none for every device, whose fiscal days are counted for each by itself.
        device: Option<i64>,
        /// The number of the day.
        number: i64,
    },
}

/// As `2026-11-27`.
fn written<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

impl Span {
    /// One day.
    #[must_use]
    pub fn day(day: Date) -> Self {
        Self::Days { from: day, to: day }
    }

    /// From the first to the last day of a month, of which `day` is one.
    #[must_use]
    pub fn month(day: Date) -> Self {
        Self::Days {
            from: day.first_of_month(),
            to: day.last_of_month(),
        }
    }
}

const SECONDS: i64 = 86_400;
/// Central Africa Time is two hours ahead, all year.
const AHEAD: i64 = 2 * 3_600;

/// The day of a time (in seconds since 1970), counted from 1 January 1970.
pub(crate) fn day_of(seconds: i64) -> i64 {
    (seconds + AHEAD).div_euclid(SECONDS)
}

/// The hour of the day of a time.
pub(crate) fn hour_of(seconds: i64) -> i64 {
    (seconds + AHEAD).rem_euclid(SECONDS) / 3_600
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// A date as a number of days.
pub(crate) fn number_of(date: Date) -> i64 {
    i64::from(date.since(EPOCH).map_or(0, |span| span.get_days()))
}

/// And back.
pub(crate) fn date_of(day: i64) -> Date {
    let span = fiscal_harmony::types::jiff::Span::new().try_days(day);
    span.and_then(|span| EPOCH.checked_add(span)).unwrap_or(EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_central_africa() {
        let at = |text: &str| {
            text.parse::<fiscal_harmony::types::jiff::Timestamp>()
                .unwrap()
                .as_second()
        };
        let day: Date = "2026-11-27".parse().unwrap();
        assert_eq!(date_of(day_of(at("2026-11-26T22:00:00Z"))), day);
        assert_eq!(date_of(day_of(at("2026-11-27T21:59:59Z"))), day);
        assert_eq!(hour_of(at("2026-11-26T22:00:00Z")), 0);
        assert_eq!(date_of(number_of(day)), day);
        assert_eq!(number_of("1969-12-31".parse().unwrap()), -1);
    }
}
