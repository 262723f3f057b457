//! Exact amounts, Central Africa Time and the identifiers of fiscalisation.
//!
//! This is the leaf of the workspace: values that every other crate speaks, no I/O. An [`Amount`] is an exact decimal that
//! is read from text and written as text, never by way of a float; a [`CatDateTime`] is an instant that is always written the way the service expects;
//! the identifiers ([`Tin`], [`HsCode`], …) are checked when they are made, so that holding one is proof of its form.
//! [`Clock`] is how the rest of the workspace is told the time, and how its tests tell it.
//!
//! With the feature `schemars` every type here has a JSON Schema.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod amount;
mod amount_json;
mod clock;
mod date_time;
mod identifiers;
mod rounding;

pub use amount::{Amount, AmountError};
pub use clock::{Clock, ManualClock, SystemClock};
pub use date_time::{CatDateTime, DateTimeError};
pub use identifiers::{CurrencyCode, HsCode, IdentifierError, RequestId, Tin, VatNumber, VerificationCode};
pub use jiff;
pub use rounding::Rounded;
pub use rust_decimal::Decimal;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
