//! The outbox under faults, failing disks, company and bad input, with the simulator as the judge.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[cfg(unix)]
mod bad_input;
mod corrections;
mod counter;
mod credit_notes;
mod doubt;
mod faults;
mod fresh;
mod histories;
#[cfg(target_os = "linux")]
mod io_errors;
mod lanes;
mod late;
mod mended;
mod mixed_up;
mod playback;
mod profiles;
mod receiver;
mod reports;
mod restores;
#[cfg(unix)]
mod standing;
mod stations;
mod support;
mod worlds;
