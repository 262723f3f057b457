//! fh-types.
