//! A durable outbox for fiscal documents: in once, fiscalised exactly once, nothing lost when the power goes.
//!
//! The intent to send is on the disk before the first byte leaves, as the very bytes that will be signed. One lane per device, head
//! of line first; a worker holds a document by a lease with a fencing token; what may have arrived is never sent again blindly.

mod error;
pub mod failpoint;
mod machine;
mod outbox;
mod policy;
mod run;
mod state;
mod store;

pub use error::OutboxError;
pub use outbox::{Enqueued, Entry, Outbox};
pub use policy::{OnRejected, OnUnknown, Policy};
pub use rusqlite;
pub use state::State;
