//! Who sells and how receipts are printed: keys of the profile file, and flags over them.
//!
//! `profile` reads the tables of a profile, `flags` makes the one list of choices into arguments.

mod flags;
mod profile;

pub(crate) use flags::PrintFlags;
pub(crate) use profile::{OfProfile, read_print, read_seller};
