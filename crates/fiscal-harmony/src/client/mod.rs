//! The client: one for each fiscal device and station.

mod account;
mod applying;
mod builder;
mod call;
mod catalogue;
mod configuration;
mod environment;
mod handle;
mod http;
mod mappings;
mod outcomes;
mod reports;
mod submissions;
mod translate;
mod unspecified;
mod waiting;

pub use applying::ApplyError;
pub use builder::ClientBuilder;
pub use configuration::ConfigurationError;
pub use environment::Environment;
pub use handle::Client;
pub use outcomes::STATUS_BATCH;
pub use unspecified::{Answer, Method};
