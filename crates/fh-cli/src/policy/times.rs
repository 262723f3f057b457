//! Durations as people write them.

use std::time::Duration;

/// The longest that is taken: beyond it nothing is meant.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);
/// Units, the longest first; `m` is read for those who write it.
const UNITS: [(&str, Duration); 6] = [
    ("d", Duration::from_secs(86_400)),
    ("h", Duration::from_secs(3_600)),
    ("min", Duration::from_secs(60)),
    ("m", Duration::from_secs(60)),
    ("s", Duration::from_secs(1)),
    ("ms", Duration::from_millis(1)),
];

/// What is said about a duration that could not be read.
pub(super) const FORM: &str = "a time with its unit, such as 500ms, 90s, 15min, 4h, 6d or \"1h 30min\"";

/// Reads whole numbers with units, added up; each unit once. None for anything else.
pub(super) fn read(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    let mut last = None;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        if last.is_some_and(|last| unit >= last) {
            return None;
        }
        last = Some(unit);
        total = total.checked_add(unit.checked_mul(number.parse().ok()?)?)?;
        rest = after.trim_start();
    }
    (last.is_some() && total <= LONGEST).then_some(total)
}

/// Writes a duration in the longest unit that is whole.
pub(super) fn said(time: Duration) -> String {
    let millis = time.as_millis();
    let unit = UNITS
        .into_iter()
        .filter(|(name, _)| *name != "m")
        .find(|(_, unit)| millis >= unit.as_millis() && millis.is_multiple_of(unit.as_millis()));
    unit.map_or_else(
        || "0s".to_owned(),
        |(name, unit)| format!("{}{name}", millis / unit.as_millis()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        let read_as = [
            ("90s", 90_000),
            ("1500ms", 1_500),
            ("15 min", 900_000),
            ("1h 30min", 5_400_000),
            ("1h30m", 5_400_000),
            ("6d", 518_400_000),
            ("0s", 0),
        ];
        for (text, millis) in read_as {
            assert_eq!(read(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            " ",
            "90",
            "s",
            "-1s",
            "1.5h",
            "1 fortnight",
            "30min 1h",
            "1h 1h",
            "1h,2s",
            "401d",
            "99999999999999999999d",
            "9999999999d",
            "٣s",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_said_is_read_as_the_same() {
        for (millis, text) in [
            (0, "0s"),
            (50, "50ms"),
            (1_500, "1500ms"),
            (90_000, "90s"),
            (60_000, "1min"),
            (3_600_000 * 4, "4h"),
            (86_400_000 * 6, "6d"),
        ] {
            let time = Duration::from_millis(millis);
            assert_eq!(said(time), text);
            assert_eq!(read(text), Some(time), "{text}");
        }
    }
}
