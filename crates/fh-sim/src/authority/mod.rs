//! The tax authority: what it finds wrong with a receipt, and the receipt that it keeps.

mod arithmetic;
mod codes;
mod draft;
mod findings;
mod issue;
mod judge;
mod notes;
mod structure;

pub use codes::{Colour, RCPT_CODES, RcptCode};
pub(crate) use draft::Draft;
pub(crate) use issue::issue;
pub(crate) use judge::{CURRENCIES, judge};
pub(crate) use structure::structure;
