//! The outbox as a program uses it.

#[cfg(feature = "sqlite")]
mod backups;
mod builder;
mod correcting;
mod deciding;
mod fresh;
mod guard;
mod handle;
mod intake;
mod looking;
mod marks;
mod printing;
mod recovering;
mod sources;
mod telling;

#[cfg(feature = "sqlite")]
pub use backups::{Backup, PutBack};
pub use builder::OutboxBuilder;
pub use guard::MaySend;
pub use handle::{Outbox, Subscription};
pub use intake::Enqueued;
pub use printing::Printable;
pub use recovering::{Loss, Recovery};
