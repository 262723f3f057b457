//! What changed between two versions of the documentation, and whom it breaks.
//!
//! [`classify`] is a pure function from two OpenAPI 3.0 documents to [`Finding`]s. Each finding names one change,
//! where it is, whether it concerns what we send or what we receive, and its class on two axes that are judged
//! separately: the wire, and the Rust API that is generated from the document. The judgement itself is one table
//! (`table.rs`); the walk (`document.rs`, `schema.rs`) only says what it saw.
//!
//! [`ack`] holds the breaking changes that a person has accepted; [`report`] says the result to people, to a pull
//! request and to machines.

pub mod ack;
mod composition;
mod constraint;
mod document;
mod finding;
mod operation;
pub mod prose;
pub mod report;
mod resolve;
pub mod run;
mod schema;
mod table;

pub use document::classify;
pub use finding::{Class, Direction, Finding, Policy};
pub use table::{Judgement, Kind};
