//! What was sold: what each document comes to, and what all of them come to in a day, a month, or under a tax.

pub(crate) mod amounts;
mod entry;
mod rate;
mod reconcile;
pub(crate) mod report;
pub(crate) mod span;

pub use entry::{LedgerEntry, LedgerPlace, LedgerQuery, TaxShare};
pub use rate::Rate;
pub use reconcile::{Difference, Discrepancy, Reconciliation, TheirDocument, reconcile};
pub use report::{Divide, Report, ReportQuery, Sales, Standing, Sums, TaxKey, Unsettled};
pub use span::Span;
