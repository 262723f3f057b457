//! The macros by which the facade defines its documents: see `fh_codegen::documents`.

include!(concat!(env!("OUT_DIR"), "/documents.rs"));
