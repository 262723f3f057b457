//! Asks a test environment of Fiscal Harmony what its documentation does not say, and looks for what stands between a till and its receipts.
//!
//! Half of the wire contract is inferred, because nobody in this project has an account. A [`Probe`] asks, in many small
//! [experiments](EXPERIMENTS), and writes down what it saw: each exchange, and each [`Conclusion`] with the exchanges that support it. What
//! comes of it is a [`Bundle`], redacted, which a simulator can be taught with ([`Bundle::profile`]).
//!
//! It speaks to no environment that is not shown to be a test one ([`proof`]). What was sent is in a journal before it leaves, so that a
//! probe that was killed goes on. [`reading`] goes from exchanges to conclusions and does nothing else.
//!
//! The [`doctor`] asks anybody's environment what stands between a till and its receipts, and changes nothing there.

mod bench;
mod bundle;
mod conclusion;
pub mod doctor;
pub mod exchange;
mod experiments;
mod journal;
mod listen;
mod log;
mod looks;
pub mod proof;
mod question;
pub mod reading;
mod redaction;
mod run;
mod sample;
pub mod verdict;
mod wire;

pub use bench::{Event, Limits};
pub use bundle::{About, Bundle, BundleError};
pub use conclusion::{Conclusion, Finding};
pub use exchange::Exchange;
pub use journal::{Begin, Held, JournalError, Made, read_journal};
pub use log::Log;
pub use question::{EXPERIMENTS, Experiment, QUESTIONS, Question, RED_NOTICE, Risk};
pub use redaction::Redactor;
pub use run::{Outcome, Probe, ProbeError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
