//! The mark: how far a store has come, kept outside of it, so that an older copy put in its place is noticed.
//!
//! It is kept twice: in the machine's folder of state under the store's identity, and beside the file. Before the first byte of a
//! sending leaves, the store is committed first and the mark second. So a store is never behind its mark, unless it is another one
//! than the one that was there.

mod file;
mod keeper;
mod machine;

pub(crate) use file::Mark;
pub(crate) use keeper::{Found, Keeper};
pub use machine::state_folder;
pub(crate) use machine::{fresh, mark_folder, name_of};
