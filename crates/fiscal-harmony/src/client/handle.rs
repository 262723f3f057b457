use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use fh_auth::{Credentials, Identity, Signer, Station};
use fh_types::{
    Clock, SystemClock,
    jiff::{SignedDuration, Timestamp},
};

use crate::{RetryPolicy, catalogue::Catalogue};

/// A connection to Fiscal Harmony for one fiscal device (its API key) and one station.
///
/// Clones share connections and settings; there is no global state, so that a program may have as many clients as it has
/// devices. All methods take `&self` and may be called from many tasks at once.
///
/// Calls that only read are repeated on faults that pass, under the [`RetryPolicy`]; calls that change something are made
/// once. A submission is never repeated by the client: see [`Error::delivery`](crate::Error::delivery).
///
/// # Cancellation
///
/// A future that is dropped before it is done, as by a `select!` or a time-out of your own, sends nothing more. What that
/// leaves behind:
///
/// * [`submit`](Self::submit): the document **may have been taken**, and its request id is lost. Treat it as
///   [`Delivery::MaybeSent`](crate::Delivery::MaybeSent), unless the future was never polled.
/// * [`fiscalise`](Self::fiscalise), [`fiscalise_within`](Self::fiscalise_within): the same, also when the document was taken
///   and only its outcome was waited for, since the request id goes with the future. Whoever must be able to give up calls
///   [`submit`](Self::submit), keeps the request id, and [`wait`](Self::wait)s.
/// * [`call`](Self::call) and what adds, changes or deletes a mapping: it may have been done. Look before doing it again.
/// * [`wait`](Self::wait), [`outcome`](Self::outcome), [`outcomes`](Self::outcomes), PDFs, and all else that reads: nothing.
///
/// ```no_run
/// use fiscal_harmony::{Client, Environment, auth::{AppVersion, Application, Credentials, Identity, Station}};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder()
///     .environment(Environment::Test)
///     .credentials(Credentials::from_env()?)
///     .identity(Identity::new(
///         Application::new("CornerShopPOS")?,
///         Station::new("till-3")?,
///         AppVersion::new("2.1.0")?,
///     ))
///     .build()?;
/// println!("{:?}", client.profile().await?.full_name);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) raw: fh_raw::Client,
    pub(super) base_url: String,
    pub(super) identity: Identity,
    pub(super) signer: Arc<Signer>,
    pub(super) retry: RetryPolicy,
    pub(super) deadline: Duration,
    pub(super) random: Mutex<fastrand::Rng>,
    pub(super) catalogue: Mutex<Option<Arc<Catalogue>>>,
    pub(super) clock_ahead: Mutex<Option<SignedDuration>>,
    pub(super) service_time: Mutex<Option<(Timestamp, Instant)>>,
}

impl Client {
    /// A client for another device, or another station of this one, over the same connections.
    ///
    /// It shares the HTTP client with its trust store and its time-outs, the base URL, the retry policy and the deadline, and
    /// has a catalogue and a clock difference of its own. Nothing is read or set up again: a thousand devices cost a
    /// thousand times a few kilobytes.
    ///
    /// ```no_run
    /// # use fiscal_harmony::{Client, auth::{AppVersion, Application, Credentials, Identity, Station}};
    /// # fn example(first: &Client, key: String, secret: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let second = first.for_device(
    ///     Credentials::new(&key, &secret)?,
    ///     Identity::new(Application::new("CornerShopPOS")?, Station::new("till-4")?, AppVersion::new("2.1.0")?),
    /// );
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn for_device(&self, credentials: Credentials, identity: Identity) -> Self {
        let Shared {
            raw,
            base_url,
            retry,
            deadline,
            ..
        } = &*self.shared;
        let signer = Arc::new(Signer::new(credentials, identity.clone()));
        Self {
            shared: Arc::new(Shared {
                raw: raw.signed_by(signer.clone()),
                signer,
                base_url: base_url.clone(),
                identity,
                retry: *retry,
                deadline: *deadline,
                random: Mutex::new(self.draw(fastrand::Rng::fork)),
                catalogue: Mutex::default(),
                clock_ahead: Mutex::default(),
                service_time: Mutex::default(),
            }),
        }
    }

    /// A client for the same device that speaks as another station: a till of several that share the device. It shares the connections, and
    /// takes over what this one knows of the account and of the clock.
    #[must_use]
    pub fn for_station(&self, station: Station) -> Self {
        let signer = Arc::new(self.shared.signer.for_station(station));
        let clock_ahead = *self.shared.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let service_time = *self.shared.service_time.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            shared: Arc::new(Shared {
                raw: self.shared.raw.signed_by(signer.clone()),
                base_url: self.shared.base_url.clone(),
                identity: signer.identity().clone(),
                signer,
                retry: self.shared.retry,
                deadline: self.shared.deadline,
                random: Mutex::new(self.draw(fastrand::Rng::fork)),
                catalogue: Mutex::new(self.kept_catalogue()),
                clock_ahead: Mutex::new(clock_ahead),
                service_time: Mutex::new(service_time),
            }),
        }
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

    /// How far this machine's clock is ahead of the service's, by the `Date` of the latest answer that had one; negative when it is behind,
    /// `None` before the first such answer. It is exact to about a second.
    ///
    /// A document dated ahead of the authority's clock spoils the numbering of those after it \[zimra\], so a difference of a
    /// minute or more is worth mending.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        *self.shared.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is by the service's clock: the `Date` of the latest answer and what has passed since by this machine's stopwatch, so
    /// that setting the clock here changes nothing. `None` before the first answer, and when the latest had no `Date`. It is exact to about
    /// a second, unless this machine slept since.
    #[must_use]
    pub fn service_time(&self) -> Option<Timestamp> {
        let noted = *self.shared.service_time.lock().unwrap_or_else(PoisonError::into_inner);
        let (date, at) = noted?;
        date.checked_add(at.elapsed()).ok()
    }

    pub(super) fn note_date(&self, headers: &http::HeaderMap) {
        let date = headers
            .get(http::header::DATE)
            .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        // The header has whole seconds, cut off: on average the moment was half a second later.
        let date = date
            .and_then(|date| Timestamp::try_from(date).ok())
            .and_then(|date| date.checked_add(SignedDuration::from_millis(500)).ok());
        if let Some(date) = date {
            let ahead = SystemClock.now().duration_since(date);
            *self.shared.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
        *self.shared.service_time.lock().unwrap_or_else(PoisonError::into_inner) =
            date.map(|date| (date, Instant::now()));
    }

    /// The generated client behind this one, with all that the specification knows, as the wire has it. No promise of any
    /// version covers it. Requests through it are signed and made once; nothing is translated, repeated or capped beyond
    /// what this client does on the wire. [`call`](Self::call) is enough for an operation that is too new to be here.
    #[cfg(feature = "unstable-wire")]
    #[must_use]
    pub fn raw(&self) -> &fh_raw::Client {
        &self.shared.raw
    }

    #[cfg(not(feature = "unstable-wire"))]
    pub(super) fn raw(&self) -> &fh_raw::Client {
        &self.shared.raw
    }

    /// Draws from this client's random numbers.
    pub(super) fn draw<T>(&self, from: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
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
