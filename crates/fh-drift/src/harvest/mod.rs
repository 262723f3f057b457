//! From the vendor's documentation site to one OpenAPI document.
//!
//! The site serves `llms.txt`, a list of links to the Markdown twin of every page ([`index`]). Each twin is fetched
//! ([`source`], [`site`], [`directory`]), taken apart ([`page`], [`yaml`]), brought into OpenAPI 3.0 without the documentation tool's
//! own extensions ([`dialect`], [`extensions`]) and merged with the others ([`merge`]). What does not fit is named with its page and
//! its kind ([`cause`]). A harvest with any problem writes nothing, unless it is allowed to be [`partial`]: then the last known text
//! of what could not be read is kept ([`store`]).

mod agree;
mod alternatives;
pub mod cause;
pub mod dialect;
pub mod directory;
pub mod extensions;
pub mod gather;
pub mod index;
pub mod merge;
pub mod open;
pub mod page;
pub mod partial;
pub mod run;
pub mod site;
pub mod source;
pub mod store;
pub(crate) mod words;
pub mod yaml;

pub use cause::{Cause, Notice, Problem, Remark};
pub use directory::Directory;
pub use gather::{Failure, Harvest, gather, gather_partly};
pub use merge::Conflicts;
pub use open::open;
pub use partial::Known;
pub use site::Site;
pub use source::{Fetched, Limits, Source};
