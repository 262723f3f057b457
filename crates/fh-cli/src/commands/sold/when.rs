//! Days as they are typed.

use fh_types::{CatDateTime, SystemClock, jiff::civil::Date};

/// Today, where the people are.
pub(super) fn today() -> Date {
    CatDateTime::now(&SystemClock).civil().date()
}

/// A day as it is typed: a date, `today` or `yesterday`.
pub(super) fn date(text: &str) -> Result<Date, String> {
    match text {
        "today" => Ok(today()),
        "yesterday" => today().yesterday().map_err(|error| error.to_string()),
        text => text
            .parse()
            .map_err(|_| format!("{text:?} is no date such as 2026-11-27; today and yesterday are known too")),
    }
}
