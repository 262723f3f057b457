//! `fh` as people and scripts meet it: the real binary as a child process, against the simulator.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic about")]

mod account;
mod agent;
mod alarms;
mod back_office;
mod backup;
mod bad_input;
mod clock;
mod configuration;
mod corrections;
mod docs;
mod doctor;
mod doubt;
mod extra_fields;
mod going_live;
mod harness;
mod imports;
mod interruption;
mod mappings;
mod names;
mod page;
mod policy;
mod preflight;
mod probe;
mod queue;
mod receipts_by_name;
mod service_faults;
mod simulator;
mod sold;
mod standing;
mod submit;
mod surprises;
mod tills;
