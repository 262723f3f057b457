//! The project's own tasks, as functions that tests can call; `main.rs` only parses arguments.
//!
//! What other crates need too lives in a crate; here is what only a developer of this workspace does.

pub mod bench;
pub mod document_schemas;
pub mod drift;
pub mod evidence_table;
pub mod harvest;
pub mod package;
pub mod postgres;
pub mod process;
pub mod regen;
pub mod semver;
pub mod test;
pub mod workspace;
