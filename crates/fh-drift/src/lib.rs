//! What follows a change, in both directions.
//!
//! The vendor changes a page: [`harvest`] reads the documentation into one OpenAPI document, [`drift`] says what is different and whom
//! it breaks, [`regen`] composes the document with our overlay into the specification that drives the build ([`evidence_table`] writes
//! down how each part of it is known, [`document_schemas`] what editors and the agent's callers read of documents). A user probes the service: [`adopt`] makes evidence of what was
//! seen. We change our code: [`interface`] reads the public interface of each published crate
//! ([`published`]) and says what the next version must be.
//!
//! Not published: only the tasks of this workspace (`cargo xtask …`) call it.

pub mod adopt;
pub mod document_schemas;
pub mod drift;
pub mod evidence_table;
pub mod harvest;
pub mod interface;
pub mod published;
pub mod regen;
