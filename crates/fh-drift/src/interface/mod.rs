//! The public interface of each published crate, kept as text, and what a change to it asks of the next version.
//!
//! [`text`] has rustdoc describe a crate and writes one line for each thing that others can name or meet: what stands at a public path,
//! and what is handed out by something that does (builders live in private modules and are met through return types; `reach` follows
//! them, `prune` leaves out the rest). [`versions`] compares two texts, [`changelog`] reads what was said about it, and [`semver`] is the whole check.

pub mod changelog;
mod prune;
mod reach;
pub mod semver;
pub mod text;
pub mod versions;
