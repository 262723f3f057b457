//! The outbox as a program uses it.

mod correcting;
mod deciding;
mod handle;
mod intake;
mod looking;

pub use handle::{Outbox, Subscription};
pub use intake::Enqueued;
