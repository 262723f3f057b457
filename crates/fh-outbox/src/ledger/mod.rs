//! What was sold: what each document comes to, and what all of them come to in a day, a month, or under a tax.

pub(crate) mod amounts;
mod entry;
mod rate;
mod reconcile;
pub(crate) mod report;
mod search;
pub(crate) mod span;
mod statuses;
mod z_report;

pub use entry::{LedgerEntry, LedgerPlace, LedgerQuery, NoPlace, TaxShare};
pub use rate::Rate;
pub use reconcile::{Difference, Discrepancy, Reconciliation, TheirDocument, reconcile};
pub use report::{Divide, Report, ReportQuery, Sales, Standing, Sums, TaxKey, Unsettled};
pub(crate) use search::Search;
pub use span::Span;
pub use statuses::{Asked, StatusDifference, StatusDiscrepancy, Statuses, compare_statuses};
pub use z_report::{Candidate, OfSum, SumDifference, ZComparison, compare_z_report};
