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
mod waiting;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fh_auth::Identity;
use fh_types::{
    Clock, SystemClock,
    jiff::{SignedDuration, Timestamp},
};

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
    clock_ahead: Mutex<Option<SignedDuration>>,
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

    /// How far this machine's clock is ahead of the service's, by the `Date` of the latest answer to a submission or a status
    /// question; negative when it is behind, `None` before the first such answer. It is exact to about a second.
    ///
    /// A document dated ahead of the authority's clock spoils the numbering of those after it \[zimra\], so a difference of a
    /// minute or more is worth mending.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        *self.shared.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_date(&self, headers: &http::HeaderMap) {
        let date = headers
            .get(http::header::DATE)
            .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        if let Some(date) = date.and_then(|date| Timestamp::try_from(date).ok()) {
            // The header has whole seconds, cut off: on average the moment was half a second later.
            let ahead = SystemClock.now().duration_since(date) - SignedDuration::from_millis(500);
            *self.shared.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
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
