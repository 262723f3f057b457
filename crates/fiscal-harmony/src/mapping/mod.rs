//! Mappings: your codes, each with the authority's tax or currency that it stands for.
//!
//! [`TaxMapping`] and [`CurrencyMapping`] are what the service keeps. [`Wanted`] says what should be mapped, with the authority's taxes by
//! name and rate, so that one file serves every environment; [`Plan::of`] compares it with what [`Mapped`] is, and
//! [`Client::apply_mappings`](crate::Client::apply_mappings) does what a plan says. [`Seen`] proposes mappings from documents.

mod mapped;
mod named;
mod pair;
mod plan;
mod problem;
mod seen;
mod step;
mod suggest;
mod wanted;

pub use mapped::Mapped;
pub use named::{NamedTax, Unresolved};
pub use pair::{CurrencyMapping, TaxMapping};
pub use plan::{Left, Plan};
pub use problem::Problem;
pub use seen::Seen;
pub use step::Step;
pub use suggest::{CurrencyProposal, Proposals, TaxProposal};
pub use wanted::{Wanted, WantedCurrency, WantedTax};
