//! The generated Fiscal Harmony client and the one seam where signing happens.
//!
//! Everything in [`types`] and the methods of [`Client`] come from `openapi.json` at build time; nothing generated is
//! checked in. By hand are only the hooks that sign each request and make errors readable, and [`Client::send_frozen`],
//! which sends bytes that were serialised before. The crate is unstable by name: depend on `fiscal-harmony`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod documents;
mod frozen;
mod hooks;
mod limit;
mod problem;
mod spelling;
mod unspecified;

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::unwrap_used,
    rustdoc::all,
    reason = "generated: what it looks like is the generator's business"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

pub use frozen::FrozenOperation;
pub use generated::{Client, types};
pub use limit::TooLong;
pub use problem::UNREADABLE_BODY;
pub use progenitor_client::{ByteStream, Error, ResponseValue};

/// The OpenAPI document that this crate was generated from.
pub const SPEC: &str = include_str!("../openapi.json");

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
