//! fh-auth.
