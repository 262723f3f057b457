//! The handle on an outbox: opening it, its lane, and who hears of changes.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use fh_types::{Clock, jiff::SignedDuration};
use fiscal_harmony::{Client, auth::Station, catalogue::Catalogue};
use tokio::sync::watch;

use super::{guard::Guard, sources::Sources};
use crate::{
    bells::Bells,
    breaker::Breakers,
    counter::{Counter, Hurry},
    entry::Entry,
    error::OutboxError,
    machine::Micros,
    policy::Policy,
    store::{
        Store,
        by::By,
        catalogue::{KeepCatalogue, ReadCatalogues},
        sql::Work,
    },
    vitals::Vitals,
};

/// What stands between a document and its loss.
///
/// Copies share the store. Several processes may use one file at once.
///
/// # Cancellation
///
/// Each operation is one transaction, which is handed to the store when its future is first polled and then done as a whole, whether or
/// not anyone still waits. Whoever drops such a future (a time-out, a `select!`) knows neither that it was done nor that it was not, and may
/// ask, or do it again: handing the same document in again, or the same news, changes nothing. The few futures of which more must be said
/// say it themselves.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) store: Arc<Store>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) lane: String,
    pub(crate) station: Option<Station>,
    pub(crate) bells: Arc<Bells>,
    pub(crate) breakers: Arc<Mutex<Breakers>>,
    pub(crate) counter: Arc<Counter>,
    pub(super) knowledge: Arc<Mutex<Knowledge>>,
    pub(super) sources: Arc<Mutex<Sources>>,
    changed: Arc<watch::Sender<u64>>,
    pub(crate) vitals: Arc<Mutex<Vitals>>,
    pub(super) clock: Arc<dyn Clock>,
    seeds: Arc<AtomicU64>,
}

/// What the checks know besides the store.
#[derive(Debug, Default)]
pub(super) struct Knowledge {
    pub(super) catalogues: HashMap<String, Arc<Catalogue>>,
    pub(super) clock_ahead: Option<SignedDuration>,
}

/// Tells when something may have changed.
#[derive(Debug, Clone)]
pub struct Subscription {
    receiver: watch::Receiver<u64>,
    idle_poll: Duration,
}

impl Subscription {
    /// Waits until something was changed through this process, or until [`Policy::idle_poll`] has passed, since other processes may
    /// change the store too. Ask the outbox what it was.
    ///
    /// Dropping the future loses nothing: what changed meanwhile is told by the next call.
    pub async fn changed(&mut self) {
        // An error would mean that the outbox is gone; then there is nothing left to wait for but the time.
        let _ = tokio::time::timeout(self.idle_poll, async {
            if self.receiver.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await;
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("store", &self.store.place())
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    pub(super) fn new(store: Store, bells: Arc<Bells>, guard: Guard, policy: Policy, clock: Arc<dyn Clock>) -> Self {
        Self {
            store: Arc::new(store),
            guard: Arc::new(guard),
            policy: Arc::new(policy),
            lane: "default".to_owned(),
            station: None,
            bells,
            breakers: Arc::default(),
            counter: Arc::default(),
            knowledge: Arc::default(),
            sources: Arc::default(),
            changed: Arc::new(watch::Sender::new(0)),
            vitals: Arc::default(),
            clock,
            seeds: Arc::new(AtomicU64::new(fastrand::u64(..))),
        }
    }

    /// Takes up what was known of the lanes' accounts when the store was last open.
    pub(super) async fn recall_catalogues(&self) -> Result<(), OutboxError> {
        for (lane, text) in self.store.read(ReadCatalogues).await? {
            match serde_json::from_str(&text) {
                Ok(catalogue) => {
                    let mut knowledge = self.knowledge.lock().unwrap_or_else(PoisonError::into_inner);
                    knowledge.catalogues.insert(lane, Arc::new(catalogue));
                }
                Err(error) => tracing::warn!(lane, %error, "the kept catalogue cannot be read and is not used"),
            }
        }
        Ok(())
    }

    /// A handle on the same outbox for another lane. Documents of one lane are sent in the order in which they were taken in, each after
    /// the one before it; a lane is a fiscal device.
    #[must_use]
    pub fn for_lane(&self, name: impl Into<String>) -> Self {
        Self {
            lane: name.into(),
            ..self.clone()
        }
    }

    /// A handle on the same outbox whose documents are sent as another station than that of the lane's client: one of several tills that
    /// share a fiscal device. Their documents stay in the one order of the lane.
    ///
    /// ```
    /// # async fn sell(outbox: fh_outbox::Outbox, sale: fiscal_harmony::Document) -> Result<(), Box<dyn std::error::Error>> {
    /// use fiscal_harmony::auth::Station;
    /// let till = outbox.for_lane("shop-1").station(Station::new("till-4")?);
    /// till.enqueue(&sale).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn station(&self, station: Station) -> Self {
        Self {
            station: Some(station),
            ..self.clone()
        }
    }

    /// Where it is, for people; without a password.
    #[must_use]
    pub fn place(&self) -> String {
        self.store.place()
    }

    /// The lane that documents are taken into.
    #[must_use]
    pub fn lane(&self) -> &str {
        &self.lane
    }

    /// What the service knows about this lane's account. Documents that are taken in from now on are checked against it too;
    /// before the first one the rules that need it are skipped. It is kept in the store, with its age, and used after a restart until a
    /// newer one comes.
    pub fn set_catalogue(&self, catalogue: Arc<Catalogue>) {
        {
            let mut knowledge = self.knowledge.lock().unwrap_or_else(PoisonError::into_inner);
            knowledge.catalogues.insert(self.lane.clone(), catalogue.clone());
        }
        // After that, so that what is taken in meanwhile is checked by it, or is seen by it.
        self.keep(catalogue);
    }

    /// Has documents that were taken in while nothing was known of the taxes seen by a catalogue that came meanwhile.
    pub(super) fn catch_up(&self) {
        if let Some(catalogue) = self.catalogue() {
            self.keep(catalogue);
        }
    }

    fn keep(&self, catalogue: Arc<Catalogue>) {
        if let Ok(text) = serde_json::to_string(&*catalogue) {
            // It is done whether or not anybody waits; should it fail, the next one is kept.
            drop(self.store.write(KeepCatalogue {
                lane: self.lane.clone(),
                fetched_at: catalogue.fetched_at().as_microsecond(),
                catalogue: text,
                read: catalogue,
            }));
        }
    }

    /// What the service knew about this lane's account when it was last asked, by this program or by one before it;
    /// [`Catalogue::fetched_at`] says when.
    #[must_use]
    pub fn catalogue(&self) -> Option<Arc<Catalogue>> {
        let knowledge = self.knowledge.lock().unwrap_or_else(PoisonError::into_inner);
        knowledge.catalogues.get(&self.lane).cloned()
    }

    /// Takes over what a client knows of the service's clock. A worker does so with every answer; call it after asking for something else,
    /// so that the checks and the alarms know how far this machine's clock is off.
    pub fn note_clock(&self, client: &Client) {
        if let Some(there) = client.service_time() {
            let ahead = self.clock.now().duration_since(there);
            let mut knowledge = self.knowledge.lock().unwrap_or_else(PoisonError::into_inner);
            knowledge.clock_ahead = Some(ahead);
        }
    }

    /// Somebody waits at the counter for this document. As long as the guard lives, the worker of this process asks for its result as soon
    /// as it can be expected, by what was learnt of its lane, and at most [`Policy::eager_questions`] times sooner than it would otherwise.
    /// [`wait`](Self::wait) does so by itself.
    pub fn hurry(&self, entry: &Entry) -> Hurry {
        Hurry::new(self.counter.clone(), &entry.lane, &entry.document)
    }

    /// Hears of changes.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        Subscription {
            receiver: self.changed.subscribe(),
            idle_poll: self.policy.idle_poll,
        }
    }

    /// Writes, and tells those whom it concerns. Who waits for nothing else is told even when nobody waits for the answer any more: by
    /// the time, within [`Policy::idle_poll`].
    pub(crate) async fn write<W: Work>(&self, work: W) -> Result<W::Output, OutboxError> {
        let written = self.store.write(work).await;
        {
            let mut vitals = self.vitals.lock().unwrap_or_else(PoisonError::into_inner);
            match &written {
                Ok(_) => vitals.written(),
                Err(error) => vitals.not_written(error, Instant::now()),
            }
        }
        let output = written?;
        let effect = W::effect(&output);
        if effect.changed {
            self.changed.send_modify(|count| *count = count.wrapping_add(1));
        }
        self.bells.ring(&effect);
        Ok(output)
    }

    pub(crate) fn now(&self) -> Micros {
        self.clock.now().as_microsecond()
    }

    pub(crate) fn by(&self, who: &str) -> By {
        let seed = self.seeds.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        By::new(who, self.clock.clone(), self.policy.clone(), seed)
    }
}
