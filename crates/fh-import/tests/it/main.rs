//! Files in, documents out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod books;
mod broken;
mod formats;
mod large;
mod tables;
mod watching;
