//! From the vendor's documentation to formatted Rust, in pure functions over JSON values.
//!
//! The way of a specification through this crate: [`overlay::compose`] applies every recorded correction to the vendor's
//! document, [`normalise()`] puts the result in order and refuses what the generator could not take, [`evidence::check`]
//! refuses elements that do not say how they are known, [`lower()`](lower::lower) brings it into the one shape that the
//! generator handles well, [`generate()`] turns it into the source of the client, and [`documents()`] into the types of documents
//! that the facade owns.
//! `cargo xtask regen` writes the normalised document; the build script of `fh-raw` generates from it.
//!
//! Errors name the place as a JSON pointer into the document at hand.

pub mod document;
pub mod documents;
pub mod error;
pub mod evidence;
pub mod generate;
pub mod json_path;
pub mod lower;
mod names;
pub mod normalise;
pub mod overlay;
pub mod reference;
pub mod schema;

pub use documents::documents;
pub use error::{Error, Result};
pub use generate::generate;
pub use normalise::normalise;
pub use overlay::{ActionReport, Composed, Contradiction, FailedAction, compose, compose_what_fits};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
