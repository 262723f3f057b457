//! The simulator over HTTP, as a client sees it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod authority;
mod contents;
mod credit_notes;
mod faults;
mod form;
mod lifecycle;
mod operations;
mod pdf;
mod switches;
mod till;
mod transactions;
mod webhooks;
