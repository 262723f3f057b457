//! What changed between two versions of the documentation, and whom it breaks.
//!
//! [`classify`] is a pure function from two OpenAPI 3.0 documents to [`Finding`]s. Each finding names one change,
//! where it is, whether it concerns what we send or what we receive, and its class on two axes that are judged
//! separately: the wire, and the Rust API that is generated from the document. The judgement itself is one table
//! (`table.rs`); the rules (`document.rs` and what it calls) only say what they saw, and what they leave to be compared next waits
//! in the walk (`walk.rs`).
//!
//! [`used`] says what is compared: the specification as it is composed, the vendor's document beside it, and what of the overlay the
//! documentation now contradicts.
//!
//! [`ack`] holds the breaking changes that a person has accepted; [`report`] says the result to people, to a pull
//! request and to machines.

mod access;
pub mod ack;
mod additional;
mod answer;
mod apart;
mod class;
mod composition;
mod constraint;
mod content;
mod document;
mod endpoint;
mod finding;
mod json;
mod note;
mod object;
mod operation;
mod parameter;
pub mod prose;
pub mod report;
mod resolve;
pub mod run;
mod schema;
mod still;
mod table;
pub mod used;
mod value;
mod walk;

pub use class::{Class, Direction, Policy};
pub use document::classify;
pub use finding::Finding;
pub use table::{Judgement, Kind};
