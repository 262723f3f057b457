//! The probe against the simulator.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;
mod path;
