//! The probe against the simulator.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod days;
mod docs;
mod faults;
mod harness;
mod interruption;
mod path;
mod redaction;
mod refusals;
mod switches;
mod webhooks;
