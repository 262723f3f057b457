//! Fiscalise invoices and credit notes in Zimbabwe through Fiscal Harmony.
//!
//! A [`Document`] goes in (built by [`Invoice::builder`] or [`CreditNote::builder`], or read from JSON), a [`Client`]
//! signs and submits it, and an [`Outcome`] comes back: a [`Receipt`] with the QR code and verification code that must be
//! printed, a rejection with its reason, or an honest "not settled yet". Amounts are exact decimals, every error says
//! whether the document may have reached the service ([`Delivery`]), and nothing is ever called fiscalised without its
//! QR data.
//!
//! Nobody in this project has an account with the service: the wire contract is reconstructed from public facts. Items of
//! this documentation carry their evidence: \[docs\] stated by the vendor, \[example\] seen in its samples, \[vendor-code\]
//! and \[third-party\] read from published integrations, \[kb\] its knowledge base, \[zimra\] the tax authority, \[inferred\]
//! our conclusion.
//!
//! ```no_run
#![doc = include_str!("../examples/fiscalise.rs")]
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod account;
pub mod catalogue;
pub mod client;
pub mod codes;
pub mod device;
pub mod document;
mod error;
pub mod mapping;
pub mod outcome;
mod pdf;
#[cfg(feature = "preflight")]
pub mod preflight;
#[cfg(feature = "print")]
pub mod print;
#[cfg(feature = "qr")]
mod qr;
pub mod receipt;
mod record;
pub mod report;
mod retry;
pub mod tax;
pub mod webhook;

#[cfg(feature = "blocking")]
pub mod blocking;

pub use client::{Client, ClientBuilder, ConfigurationError, Environment};
pub use document::{
    Address, Attempt, BuildError, Buyer, CreditNote, Document, DocumentError, DocumentKind, Frozen, Invoice, Line,
    LineItem, PaymentMethod, Prices, View,
};
pub use error::{Delivery, Error, ErrorKind, FieldError};
pub use fh_auth as auth;
pub use fh_types as types;
pub use outcome::{Fiscalisation, Outcome, Rejection};
pub use pdf::Pdf;
#[cfg(feature = "qr")]
pub use qr::{Qr, QrError};
pub use receipt::{Receipt, VerificationLink};
pub use retry::RetryPolicy;

/// The generated types, as they travel. No promise of any version covers them: they change with the vendor's documentation
/// and with the generator.
#[cfg(feature = "unstable-wire")]
pub mod wire {
    pub use fh_raw::types::*;
}

#[cfg(not(feature = "unstable-wire"))]
mod wire {
    pub(crate) use fh_raw::types::*;
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
