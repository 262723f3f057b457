//! Asks a test environment of Fiscal Harmony what its documentation does not say, and looks for what stands between a till and its receipts.
//!
//! Half of the wire contract is inferred, because nobody in this project has an account. The probe asks, in many small experiments, and
//! writes down what it saw: each exchange, and each conclusion with the exchanges that support it. It speaks to no environment that is
//! not shown to be a test one ([`proof`]).
//!
//! The [`doctor`] asks anybody's environment, and changes nothing there.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod doctor;
pub mod exchange;
pub mod proof;
