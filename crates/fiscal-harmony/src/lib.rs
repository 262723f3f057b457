//! fiscal-harmony.
