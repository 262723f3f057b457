//! A durable outbox for fiscal documents: in once, fiscalised exactly once, nothing lost when the power goes.
//!
//! The intent to send is on the disk before the first byte leaves, as the very bytes that will be signed. One lane per device, head
//! of line first; a worker holds a document by a lease with a fencing token; what may have arrived is never sent again blindly.
//!
//! The feature `sqlite` (default) keeps it in a file, `postgres` in a database that many nodes share; either alone will do.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!(
    "fh-outbox needs a store: switch on its feature `sqlite` (a file; the default) or `postgres` (many nodes), or both"
);

mod alarm;
mod bells;
mod breaker;
mod cause;
mod counter;
mod entry;
mod error;
mod evidence;
#[cfg(feature = "failpoints")]
#[doc(hidden)]
pub mod failpoint;
#[cfg(not(feature = "failpoints"))]
#[expect(unreachable_pub, reason = "it is public with the feature")]
mod failpoint;
mod handed;
mod ledger;
mod machine;
mod mark;
mod observed;
mod outbox;
mod policy;
mod prune;
mod revision;
mod roster;
mod run;
mod state;
mod stats;
mod store;
mod tempo;
mod vitals;

pub use alarm::{Alarm, AlarmKind, Gravity, Reader};
pub use cause::Cause;
pub use counter::Hurry;
pub use entry::{Change, Entry, Query, WaitsFor};
pub use error::OutboxError;
pub use evidence::Evidence;
#[cfg(feature = "sqlite")]
pub use handed::{Handed, HandedError};
pub use ledger::{
    Asked, Candidate, Difference, Discrepancy, Divide, LedgerEntry, LedgerPlace, LedgerQuery, NoPlace, OfSum, Rate,
    Reconciliation, Report, ReportQuery, Sales, Span, Standing, StatusDifference, StatusDiscrepancy, Statuses,
    SumDifference, Sums, TaxKey, TaxShare, TheirDocument, Unsettled, ZComparison, compare_statuses, compare_z_report,
    reconcile,
};
pub use mark::state_folder;
pub use outbox::{Backup, PutBack};
pub use outbox::{Enqueued, Loss, MaySend, Outbox, OutboxBuilder, Printable, Recovery, Subscription};
pub use policy::{CorrectedAs, OnLate, OnRejected, OnUnknown, Order, Policy, Reaches};
pub use revision::{Corrected, Revision};
#[cfg(feature = "sqlite")]
pub use rusqlite;
pub use state::State;
pub use stats::{LaneStats, Stats};
#[cfg(feature = "postgres")]
pub use tokio_postgres;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
