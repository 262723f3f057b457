//! Faults are planted, one at a time, and each must be found and named, with what to do; and a healthy till must not be troubled.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![cfg(unix)]

mod docs;
mod faults;
mod faults_outside;
mod secrets;
mod stub;
mod till;
mod time;
