//! Results as they are pushed: checking that they come from the service, and receiving them.
//!
//! The service posts a JSON array of records to an address that is set for each API key, signed like a request with that
//! key's secret \[docs\]\[vendor-code\]. [`verify`] checks the signature over the raw bytes and reads what they say. With the
//! feature `axum`, [`Receiver`] keeps the service's rules for receivers and [`serve`] listens.
//!
//! Nothing that is signed tells two deliveries apart: there is no time and no event id \[docs\]. A delivery that comes again,
//! or is played back by somebody who recorded it, verifies as it did the first time. So it is for the store behind a
//! [`Sink`] to take the same news twice without doing anything twice, and to let no news take back a receipt.

#[cfg(feature = "axum")]
mod body;
mod message;
#[cfg(feature = "axum")]
mod receiver;
mod secrets;
#[cfg(feature = "axum")]
mod serve;
mod signature;
mod sink;

pub use fh_auth::VerifyError;
pub use message::{Event, Message, Unreadable};
#[cfg(feature = "axum")]
pub use receiver::{Counts, Receiver, ReceiverBuilder};
pub use secrets::Secrets;
#[cfg(feature = "axum")]
pub use serve::{ConnectionLimits, serve};
pub use signature::{sign, verify};
pub use sink::{Sink, SinkError};
