//! Files in, documents out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod books;
mod broken;
mod columns;
mod formats;
mod tables;
mod watching;
