//! A durable outbox for fiscal documents: in once, fiscalised exactly once, nothing lost when the power goes.
//!
//! The intent to send is on the disk before the first byte leaves, as the very bytes that will be signed. One lane per device, head
//! of line first; a worker holds a document by a lease with a fencing token; what may have arrived is never sent again blindly.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod alarm;
mod breaker;
mod entry;
mod error;
pub mod failpoint;
mod machine;
mod outbox;
mod policy;
mod prune;
mod run;
mod state;
mod store;

pub use alarm::{Alarm, AlarmKind, Gravity, LaneStats, Stats};
pub use entry::{Change, Entry, Query};
pub use error::OutboxError;
pub use outbox::{Enqueued, Outbox, Subscription};
pub use policy::{OnRejected, OnUnknown, Policy};
pub use rusqlite;
pub use state::State;
#[cfg(feature = "postgres")]
pub use tokio_postgres;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
