//! fh-raw.
