//! Time as the store keeps it.

use std::time::Duration;

/// Microseconds since 1970.
pub(crate) type Micros = i64;

pub(crate) fn later(now: Micros, by: Duration) -> Micros {
    now.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
}

pub(crate) fn since(now: Micros, then: Micros) -> Duration {
    Duration::from_micros(u64::try_from(now.saturating_sub(then)).unwrap_or(0))
}
