//! From the vendor's documentation site to one OpenAPI document.
//!
//! The site serves `llms.txt`, a list of links to the Markdown twin of every page ([`index`]). Each twin is fetched
//! ([`source`], [`site`], [`directory`]), taken apart ([`page`], [`yaml`]), brought into OpenAPI 3.0 without the documentation tool's
//! own extensions ([`dialect`], [`extensions`]) and merged with the others ([`merge`]). What does not fit is refused with the page named; all
//! problems are collected, and a harvest with any problem writes nothing ([`store`]).

pub mod dialect;
pub mod directory;
pub mod extensions;
pub mod gather;
pub mod index;
pub mod merge;
pub mod open;
pub mod page;
pub mod run;
pub mod site;
pub mod source;
pub mod store;
pub mod yaml;

pub use directory::Directory;
pub use gather::{Conflicts, Failure, Harvest, Problem, gather};
pub use open::open;
pub use site::Site;
pub use source::{Fetched, Limits, Source};
