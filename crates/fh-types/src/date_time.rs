use std::{fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const CAT: Offset = jiff::tz::offset(2);

/// An instant in Central Africa Time, to the second, written `2026-01-13T01:34:29+02:00`.
///
/// The service wants every date with a time, in CAT (GMT+2, no daylight saving) \[docs\]. Input with another offset or `Z` is
/// converted; input without an offset is taken as CAT, as several published clients send it \[vendor-code\]; fractions of a
/// second are dropped; a date without a time is an error.
///
/// ```
/// use fh_types::CatDateTime;
/// let issued: CatDateTime = "2026-01-12T23:34:29Z".parse()?;
/// assert_eq!(issued.to_string(), "2026-01-13T01:34:29+02:00");
/// assert_eq!("2026-01-13T01:34:29".parse::<CatDateTime>()?, issued);
/// # Ok::<(), fh_types::DateTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CatDateTime(Timestamp);

/// Why a text is not a date and time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DateTimeError {
    /// A date stands alone.
    #[error("{0:?} has no time of day; write it in full, such as 2026-01-13T01:34:29+02:00")]
    NoTime(String),
    /// Not ISO 8601.
    #[error("{0:?} is not a date and time; write it such as 2026-01-13T01:34:29+02:00")]
    Malformed(String),
}

impl CatDateTime {
    /// The same instant in CAT, without its fraction of a second.
    #[must_use]
    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        let second = timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0);
        Self(Timestamp::from_second(second).unwrap_or(Timestamp::MIN))
    }

    /// The present instant on `clock`.
    #[must_use]
    pub fn now(clock: &dyn crate::Clock) -> Self {
        Self::from_timestamp(clock.now())
    }

    /// The instant.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// What a clock on the wall in Harare shows.
    #[must_use]
    pub fn civil(self) -> DateTime {
        CAT.to_datetime(self.0)
    }
}

impl FromStr for CatDateTime {
    type Err = DateTimeError;

    fn from_str(text: &str) -> Result<Self, DateTimeError> {
        let shown = || text.chars().take(40).collect::<String>();
        let text_trimmed = text.trim();
        if text_trimmed.parse::<jiff::civil::Date>().is_ok() && !text_trimmed.contains([':', 'T', 't']) {
            return Err(DateTimeError::NoTime(shown()));
        }
        if let Ok(timestamp) = text_trimmed.parse::<Timestamp>() {
            return Ok(Self::from_timestamp(timestamp));
        }
        let civil: DateTime = text_trimmed.parse().map_err(|_| DateTimeError::Malformed(shown()))?;
        TimeZone::fixed(CAT)
            .to_timestamp(civil)
            .map(Self::from_timestamp)
            .map_err(|_| DateTimeError::Malformed(shown()))
    }
}

impl fmt::Display for CatDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+02:00", self.civil().strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

impl fmt::Debug for CatDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CatDateTime({self})")
    }
}

impl From<Timestamp> for CatDateTime {
    fn from(timestamp: Timestamp) -> Self {
        Self::from_timestamp(timestamp)
    }
}

impl Serialize for CatDateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CatDateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for CatDateTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CatDateTime".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        text.parse::<CatDateTime>().unwrap().to_string()
    }

    #[test]
    fn every_form_in_use_becomes_the_documented_one() {
        assert_eq!(written("2025-01-08T01:04:58+02:00"), "2025-01-08T01:04:58+02:00");
        assert_eq!(written("2026-01-13T01:34:29"), "2026-01-13T01:34:29+02:00");
        assert_eq!(written("2026-01-13 01:34:29"), "2026-01-13T01:34:29+02:00");
        assert_eq!(written("2026-01-13T00:00:00"), "2026-01-13T00:00:00+02:00");
        assert_eq!(written("2019-08-24T14:15:22.123Z"), "2019-08-24T16:15:22+02:00");
        assert_eq!(written("2026-01-01T00:30:00+05:30"), "2025-12-31T21:00:00+02:00");
    }

    #[test]
    fn a_date_alone_is_refused_and_says_so() {
        assert_eq!(
            "2026-01-13".parse::<CatDateTime>(),
            Err(DateTimeError::NoTime("2026-01-13".into()))
        );
        for text in ["", "yesterday", "13/01/2026 10:00", "2026-13-01T00:00:00", "T10:00"] {
            assert!(
                matches!(text.parse::<CatDateTime>(), Err(DateTimeError::Malformed(_))),
                "{text:?}"
            );
        }
    }

    #[test]
    fn json_round_trips() {
        let json = "\"2024-12-31T15:36:01+02:00\"";
        let date: CatDateTime = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&date).unwrap(), json);
        assert!(
            serde_json::from_str::<CatDateTime>("\"2024-12-31\"")
                .unwrap_err()
                .to_string()
                .contains("no time of day")
        );
    }

    #[test]
    fn fractions_are_dropped_downwards() {
        let before_epoch = Timestamp::new(-1, -500_000_000).unwrap();
        assert_eq!(CatDateTime::from_timestamp(before_epoch).timestamp().as_second(), -2);
    }
}
