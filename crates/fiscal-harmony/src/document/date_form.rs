//! Dates as people, databases and spreadsheets write them, and how the wire wants them.

use fh_types::{
    CatDateTime,
    jiff::{Timestamp, civil::DateTime, civil::date},
};

use super::{fault::Fault, faults};

/// What is wrong with the form of a date, and how it is written: one way where that is certain, two where it is not.
#[derive(Debug, PartialEq)]
pub(super) struct DateForm {
    pub(super) fault: &'static Fault,
    pub(super) right: String,
    pub(super) other: String,
}

impl DateForm {
    fn of(fault: &'static Fault, right: Option<String>) -> Self {
        Self {
            fault,
            right: right.unwrap_or_default(),
            other: String::new(),
        }
    }
}

/// The time that stands in for one that is not given.
const HALF_PAST_TWO: (i8, i8, i8) = (14, 30, 0);

/// Judges a text that is no date and time of the wire.
pub(super) fn judge_text(text: &str) -> DateForm {
    let text = text.trim();
    let (day, time) = text.split_once([' ', 'T', ',']).unwrap_or((text, ""));
    let time = if time.trim().is_empty() {
        None
    } else {
        clock(time.trim())
    };
    let unknown = || DateForm::of(&faults::DATE_FORM, None);
    let parts: Vec<&str> = day.split(['/', '.', '-']).collect();
    let ([first, second, third], true) = (&parts[..], time.is_some() || !text.contains([' ', 'T', ','])) else {
        return unknown();
    };
    let number = |part: &str| part.parse::<i16>().ok().filter(|number| *number >= 0);
    let (Some(a), Some(b), Some(c)) = (number(first), number(second), number(third)) else {
        return unknown();
    };
    let fault = if time.is_some() {
        &faults::DATE_ORDER
    } else {
        &faults::DATE_ONLY
    };
    if first.len() == 4 {
        return written(a, b, c, time).map_or_else(unknown, |right| DateForm::of(fault, Some(right)));
    }
    let year = match third.len() {
        4 => c,
        2 => 2000 + c,
        _ => return unknown(),
    };
    match (written(year, b, a, time), written(year, a, b, time)) {
        (Some(day_first), Some(month_first)) if a != b => DateForm {
            other: month_first,
            ..DateForm::of(&faults::DATE_UNCLEAR, Some(day_first))
        },
        (Some(right), _) | (None, Some(right)) => DateForm::of(fault, Some(right)),
        (None, None) => unknown(),
    }
}

/// Judges a number in the place of a date.
pub(super) fn judge_number(text: &str) -> Option<DateForm> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let at = |instant: Timestamp| Some(CatDateTime::from_timestamp(instant).to_string());
    match whole {
        // The days since the end of 1899, of the years from 1982 to 2119.
        30_000..80_000 => {
            let fraction: String = fraction.chars().take(10).collect();
            let (part, of) = if fraction.is_empty() {
                (0, 1)
            } else {
                (
                    fraction.parse::<i64>().ok()?,
                    10_i64.pow(u32::try_from(fraction.len()).ok()?),
                )
            };
            let seconds = (part * 86_400 + of / 2) / of;
            let moment = date(1899, 12, 30)
                .at(0, 0, 0, 0)
                .checked_add(fh_types::jiff::Span::new().days(whole).seconds(seconds))
                .ok()?;
            Some(DateForm::of(&faults::DATE_SERIAL, Some(cat(moment))))
        }
        1_000_000_000..10_000_000_000 => Some(DateForm::of(
            &faults::DATE_EPOCH,
            at(Timestamp::from_second(whole).ok()?),
        )),
        1_000_000_000_000..10_000_000_000_000 => Some(DateForm::of(
            &faults::DATE_EPOCH,
            at(Timestamp::from_millisecond(whole).ok()?),
        )),
        _ => None,
    }
}

/// Hours, minutes and, where given, seconds.
fn clock(text: &str) -> Option<(i8, i8, i8)> {
    let mut parts = text.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        None => 0,
        Some(second) => second?,
    };
    parts.next().is_none().then_some((hour, minute, second))
}

fn written(year: i16, month: i16, day: i16, time: Option<(i8, i8, i8)>) -> Option<String> {
    let (hour, minute, second) = time.unwrap_or(HALF_PAST_TWO);
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    DateTime::new(year, month, day, hour, minute, second, 0).ok().map(cat)
}

fn cat(moment: DateTime) -> String {
    format!("{}+02:00", moment.strftime("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart_and_written_as_the_wire_wants_them() {
        for (text, fault, right, other) in [
            ("26/11/2026 20:00", "date-order", "2026-11-26T20:00:00+02:00", ""),
            ("26.11.26 20:00:05", "date-order", "2026-11-26T20:00:05+02:00", ""),
            ("11/26/2026 20:00", "date-order", "2026-11-26T20:00:00+02:00", ""),
            ("2026/11/26 20:00", "date-order", "2026-11-26T20:00:00+02:00", ""),
            ("07/07/2026 08:00", "date-order", "2026-07-07T08:00:00+02:00", ""),
            (
                "05/11/2026 20:00",
                "date-unclear",
                "2026-11-05T20:00:00+02:00",
                "2026-05-11T20:00:00+02:00",
            ),
            ("2026-11-26", "date-only", "2026-11-26T14:30:00+02:00", ""),
            ("26-11-2026", "date-only", "2026-11-26T14:30:00+02:00", ""),
            ("31/02/2026 20:00", "date-form", "", ""),
            ("yesterday", "date-form", "", ""),
            ("26/11/2026 8 pm", "date-form", "", ""),
            ("", "date-form", "", ""),
        ] {
            let form = judge_text(text);
            assert_eq!(
                (form.fault.name, form.right.as_str(), form.other.as_str()),
                (fault, right, other),
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_are_dates_of_a_spreadsheet_or_seconds() {
        for (text, fault, right) in [
            ("46352", "date-serial", "2026-11-26T00:00:00+02:00"),
            ("46352.8333333333", "date-serial", "2026-11-26T20:00:00+02:00"),
            ("1795716000", "date-epoch", "2026-11-26T20:00:00+02:00"),
            ("1795716000000", "date-epoch", "2026-11-26T20:00:00+02:00"),
        ] {
            let form = judge_number(text).unwrap();
            assert_eq!((form.fault.name, form.right.as_str()), (fault, right), "{text}");
        }
        assert_eq!(judge_number("5"), None);
    }
}
