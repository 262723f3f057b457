//! `fh` as people and scripts meet it: the real binary as a child process, against the simulator.

mod account;
mod bad_input;
mod configuration;
mod docs;
mod harness;
mod interruption;
mod service_faults;
mod submit;
