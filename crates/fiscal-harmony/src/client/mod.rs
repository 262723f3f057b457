//! The client: one for each fiscal device and station.

mod account;
mod builder;
mod call;
mod catalogue;
mod mappings;
mod outcomes;
mod reports;
mod submissions;
mod translate;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fh_auth::Identity;

pub use builder::{ClientBuilder, ConfigurationError, Environment};
pub use outcomes::STATUS_BATCH;

use crate::{RetryPolicy, catalogue::Catalogue};

/// A connection to Fiscal Harmony for one fiscal device (its API key) and one station.
///
/// Clones share connections and settings; there is no global state, so that a program may have as many clients as it has
/// devices. All methods take `&self` and may be called from many tasks at once.
///
/// Calls that only read are repeated on faults that pass, under the [`RetryPolicy`]; calls that change something are made
/// once. A submission is never repeated by the client: see [`Error::delivery`](crate::Error::delivery).
///
/// ```no_run
/// use fiscal_harmony::{Client, Environment, auth::{Credentials, Identity}};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder()
///     .environment(Environment::Test)
///     .credentials(Credentials::from_env()?)
///     .identity(Identity::new("CornerShopPOS", "till-3", "2.1.0")?)
///     .build()?;
/// println!("{:?}", client.profile().await?.full_name);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    raw: fh_raw::Client,
    base_url: String,
    identity: Identity,
    retry: RetryPolicy,
    deadline: Duration,
    random: Mutex<fastrand::Rng>,
    catalogue: Mutex<Option<Arc<Catalogue>>>,
}

impl Client {
    /// Begins a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// The address it speaks to, with the path prefix and without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// Who it speaks as.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    fn raw(&self) -> &fh_raw::Client {
        &self.shared.raw
    }

    /// Draws from this client's random numbers.
    fn draw<T>(&self, from: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        from(&mut self.shared.random.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.base_url)
            .field("identity", &self.shared.identity)
            .finish_non_exhaustive()
    }
}
