//! fh-codegen.
