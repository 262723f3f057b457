use std::{
    collections::HashMap,
    fmt,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fh_types::{Clock, RequestId, SystemClock, jiff::SignedDuration};
use fiscal_harmony::{
    Attempt, Document, Outcome,
    catalogue::Catalogue,
    preflight::Findings,
    webhook::{Message, Sink, SinkError},
};
use tokio::sync::{Notify, watch};

use crate::{
    Change, Entry, OutboxError, Policy, Query, State, Stats,
    breaker::Breaker,
    entry,
    machine::{Event, Micros},
    store::{
        Store,
        enqueue::{Check, Checks, Enqueue},
        journal::Around,
        kept::{By, Find, Kept},
        listing::{Body, Changes, History, LatestChange, List, Survey},
        news,
        operator::Operate,
        settling::{Settle, WEBHOOK},
        sql::Work,
        sqlite::run_now,
    },
};

/// What stands between a document and its loss.
///
/// Copies share the store. Several processes may use one file at once.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) store: Arc<Store>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) lane: String,
    pub(crate) woken: Arc<Notify>,
    pub(crate) breaker: Arc<Mutex<Breaker>>,
    knowledge: Arc<Mutex<Knowledge>>,
    changed: Arc<watch::Sender<u64>>,
    clock: Arc<dyn Clock>,
    seeds: Arc<AtomicU64>,
}

/// What the checks know besides the store.
#[derive(Debug, Default)]
struct Knowledge {
    catalogues: HashMap<String, Arc<Catalogue>>,
    clock_ahead: Option<SignedDuration>,
}

/// What became of handing a document in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Enqueued {
    /// False when the very same document was there already.
    pub is_new: bool,
    /// Where it stands.
    pub entry: Entry,
    /// What the checks found in a new one, warnings above all.
    pub findings: Findings,
}

impl Enqueued {
    fn of((is_new, kept, findings): (bool, Kept, Findings)) -> Self {
        Self {
            is_new,
            entry: kept.into(),
            findings,
        }
    }
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
    /// Opens an outbox: a path or a `sqlite:` URL is a SQLite file, which is made (for its owner's eyes only) when there is none;
    /// with the feature `postgres`, a `postgres://` URL is a PostgreSQL database. The tables may live beside those of another program.
    ///
    /// # Errors
    ///
    /// When the store is damaged, is no database, is newer than this program, or cannot be used. It is never made anew.
    pub async fn open(address: impl AsRef<Path>) -> Result<Self, OutboxError> {
        Self::open_with(address, Policy::default(), Arc::new(SystemClock)).await
    }

    /// As [`open`](Self::open), with a policy and a clock.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub async fn open_with(
        address: impl AsRef<Path>,
        policy: Policy,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OutboxError> {
        let woken = Arc::new(Notify::new());
        Ok(Self {
            store: Arc::new(Store::open(address.as_ref(), &woken).await?),
            policy: Arc::new(policy),
            lane: "default".to_owned(),
            woken,
            breaker: Arc::default(),
            knowledge: Arc::default(),
            changed: Arc::new(watch::Sender::new(0)),
            clock,
            seeds: Arc::new(AtomicU64::new(fastrand::u64(..))),
        })
    }

    /// The same outbox for another lane. Documents of one lane are sent in the order in which they were taken in, each after
    /// the one before it; a lane is a fiscal device.
    #[must_use]
    pub fn lane(&self, name: impl Into<String>) -> Self {
        Self {
            lane: name.into(),
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
    pub fn lane_name(&self) -> &str {
        &self.lane
    }

    /// What the service knows about this lane's account. Documents that are taken in from now on are checked against it too;
    /// until then the rules that need it are skipped.
    pub fn set_catalogue(&self, catalogue: Arc<Catalogue>) {
        let mut knowledge = self.knowledge.lock().unwrap_or_else(PoisonError::into_inner);
        knowledge.catalogues.insert(self.lane.clone(), catalogue);
    }

    pub(crate) fn set_clock_ahead(&self, ahead: SignedDuration) {
        let mut knowledge = self.knowledge.lock().unwrap_or_else(PoisonError::into_inner);
        knowledge.clock_ahead = Some(ahead);
    }

    /// What would be found if a document were handed in: what [`enqueue`](Self::enqueue) checks, and nothing is kept.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn check(&self, document: &Document) -> Result<Findings, OutboxError> {
        let work = Check {
            lane: self.lane.clone(),
            document: Arc::new(document.clone()),
            checks: self.checks(),
            by: self.by("check"),
        };
        self.store.read(work).await
    }

    /// Takes a document in. When this returns well, the document is on the disk.
    ///
    /// It is checked first, also against what was taken in before. The same document again is no error; it changes nothing and
    /// answers where the document stands.
    ///
    /// # Errors
    ///
    /// When preflight finds what the authority would certainly refuse, when the id belongs to a document with other
    /// content, or when the store fails; then the document was not taken in, or it is safe to hand it in again.
    pub async fn enqueue(&self, document: &Document) -> Result<Enqueued, OutboxError> {
        let enqueued = self.write(self.prepare(document, Some(self.checks()))?).await?;
        self.woken.notify_waiters();
        Ok(Enqueued::of(enqueued))
    }

    /// As [`enqueue`](Self::enqueue), whatever the authority will say to it. One red receipt keeps the fiscal day from closing.
    ///
    /// # Errors
    ///
    /// As for [`enqueue`](Self::enqueue), but for preflight.
    pub async fn enqueue_unchecked(&self, document: &Document) -> Result<Enqueued, OutboxError> {
        let enqueued = self.write(self.prepare(document, None)?).await?;
        self.woken.notify_waiters();
        Ok(Enqueued::of(enqueued))
    }

    /// Takes a document in within a transaction of your own on the same file, so that a sale and its document are kept
    /// together or not at all. A worker in this process looks for it within [`Policy::idle_poll`].
    ///
    /// # Errors
    ///
    /// As for [`enqueue`](Self::enqueue). The transaction stays open and yours.
    pub fn enqueue_in(
        &self,
        transaction: &rusqlite::Transaction<'_>,
        document: &Document,
    ) -> Result<Enqueued, OutboxError> {
        let work = self.prepare(document, Some(self.checks()))?;
        run_now(work, transaction, self.store.sqlite_path()?).map(Enqueued::of)
    }

    fn checks(&self) -> Checks {
        let knowledge = self.knowledge.lock().unwrap_or_else(PoisonError::into_inner);
        Checks {
            catalogue: knowledge.catalogues.get(&self.lane).cloned(),
            clock_ahead: knowledge.clock_ahead,
        }
    }

    /// As [`enqueue_in`](Self::enqueue_in), in a PostgreSQL transaction of your own on the same database. Its commit is made to wait
    /// for the disk, whatever `synchronous_commit` says elsewhere, and wakes the workers.
    ///
    /// # Errors
    ///
    /// As for [`enqueue`](Self::enqueue). The transaction stays open and yours; when the store failed, PostgreSQL lets it only be
    /// rolled back.
    #[cfg(feature = "postgres")]
    pub async fn enqueue_in_postgres(
        &self,
        transaction: &tokio_postgres::Transaction<'_>,
        document: &Document,
    ) -> Result<Enqueued, OutboxError> {
        let place = self.store.postgres_place()?;
        let work = self.prepare(document, Some(self.checks()))?;
        crate::store::postgres::run_in(work, transaction, place)
            .await
            .map(Enqueued::of)
    }

    fn prepare(&self, document: &Document, checks: Option<Checks>) -> Result<Enqueue, OutboxError> {
        let first = document.freeze(Attempt::First).map_err(OutboxError::Document)?;
        let retry = document.freeze(Attempt::Retry).map_err(OutboxError::Document)?;
        let checks = checks.map(|checks| {
            let alone = checks.hold(document, &Around::default(), self.clock.now(), &self.policy);
            (checks, alone)
        });
        Ok(Enqueue {
            lane: self.lane.clone(),
            first_sha256: first.sha256(),
            first,
            retry_sha256: retry.sha256(),
            retry,
            document: Arc::new(document.clone()),
            checks,
            by: self.by("enqueue"),
        })
    }

    /// Where a document stands.
    ///
    /// # Errors
    ///
    /// When it is not in the outbox, or the store fails.
    pub async fn find(&self, document: &str) -> Result<Entry, OutboxError> {
        self.store.read(Find(document.to_owned())).await.map(Entry::from)
    }

    /// The document itself, as it was handed in.
    ///
    /// # Errors
    ///
    /// When it is not in the outbox any more, or the store fails.
    pub async fn document(&self, document: &str) -> Result<Document, OutboxError> {
        self.store.read(Body(document.to_owned())).await
    }

    /// Waits until a document is settled or parked, and answers where it stands; after `within` it answers in any case.
    ///
    /// # Errors
    ///
    /// As for [`find`](Self::find).
    pub async fn wait(&self, document: &str, within: Duration) -> Result<Entry, OutboxError> {
        let mut subscription = self.subscribe();
        let over = tokio::time::sleep(within);
        let mut over = std::pin::pin!(over);
        loop {
            let entry = self.find(document).await?;
            if entry.state.is_settled() || entry.state == State::Parked {
                return Ok(entry);
            }
            tokio::select! {
                () = subscription.changed() => {}
                () = &mut over => return self.find(document).await,
            }
        }
    }

    /// Documents of all lanes, newest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn list(&self, query: Query) -> Result<Vec<Entry>, OutboxError> {
        let kept = self.store.read(List(query)).await?;
        Ok(kept.into_iter().map(Entry::from).collect())
    }

    /// Everything that happened to a document, oldest first. Empty for one that was pruned: its history is in the export.
    ///
    /// # Errors
    ///
    /// As for [`find`](Self::find).
    pub async fn history(&self, document: &str) -> Result<Vec<Change>, OutboxError> {
        self.store.read(History(document.to_owned())).await
    }

    /// The changes after the one with that [`Change::id`], oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn changes(&self, after: i64, limit: usize) -> Result<Vec<Change>, OutboxError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store.read(Changes { after, limit }).await
    }

    /// The id of the latest change; 0 before the first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn latest_change(&self) -> Result<i64, OutboxError> {
        self.store.read(LatestChange).await
    }

    /// Hears of changes.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        Subscription {
            receiver: self.changed.subscribe(),
            idle_poll: self.policy.idle_poll,
        }
    }

    /// The whole outbox at a glance, with what a person must know.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn stats(&self) -> Result<Stats, OutboxError> {
        let now = self.now();
        let clock_ahead = self
            .knowledge
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clock_ahead;
        let midnight = entry::midnight(now);
        let surveyed = self.store.read(Survey { midnight }).await?;
        Ok(Stats::of(&surveyed, &self.policy, clock_ahead, now))
    }

    /// Keeps outcomes that came by webhook: in any order, as often as they come, before or after the submission was answered.
    /// What nobody here knows is kept and matched later. Says how many documents changed.
    ///
    /// # Errors
    ///
    /// When the store fails. Then none of them is kept.
    pub async fn settle(&self, events: impl IntoIterator<Item = (RequestId, Outcome)>) -> Result<usize, OutboxError> {
        self.settle_as(WEBHOOK, events).await
    }

    pub(crate) async fn settle_as(
        &self,
        who: &str,
        events: impl IntoIterator<Item = (RequestId, Outcome)>,
    ) -> Result<usize, OutboxError> {
        let news = events
            .into_iter()
            .filter_map(|(id, outcome)| Some((id.as_str().to_owned(), news::of_outcome(&outcome)?)))
            .collect();
        let changed = self.write(Settle { news, by: self.by(who) }).await?;
        if changed > 0 {
            // A head that is settled while it waits lets its lane go on.
            self.woken.notify_waiters();
        }
        Ok(changed)
    }

    /// Tries a document again now, on an operator's word.
    ///
    /// # Errors
    ///
    /// When its state does not allow that, it is not there, or the store fails.
    pub async fn retry(&self, document: &str, operator: &str) -> Result<Entry, OutboxError> {
        self.retry_because(document, operator, "tried again on an operator's word")
            .await
    }

    /// As [`retry`](Self::retry), with a reason for the history.
    ///
    /// # Errors
    ///
    /// As for [`retry`](Self::retry).
    pub async fn retry_because(&self, document: &str, operator: &str, reason: &str) -> Result<Entry, OutboxError> {
        let reason = reason.to_owned();
        self.operate(document, Event::Retry { reason }, operator).await
    }

    /// Lets a lane go on without a document, on an operator's word.
    ///
    /// # Errors
    ///
    /// When it does not hold its lane, is being sent, is not there, or the store fails.
    pub async fn skip(&self, document: &str, operator: &str, reason: &str) -> Result<Entry, OutboxError> {
        let reason = reason.to_owned();
        self.operate(document, Event::Skip { reason }, operator).await
    }

    async fn operate(&self, document: &str, event: Event, operator: &str) -> Result<Entry, OutboxError> {
        let work = Operate {
            document: document.to_owned(),
            event,
            by: self.by(&format!("operator {operator}")),
        };
        let entry = self.write(work).await?.into();
        self.woken.notify_waiters();
        Ok(entry)
    }

    /// Writes, and tells those who listen.
    pub(crate) async fn write<W: Work>(&self, work: W) -> Result<W::Output, OutboxError> {
        let output = self.store.write(work).await?;
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
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

/// The outbox keeps what a receiver of webhooks brings.
impl Sink for Outbox {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        self.settle(message.events.into_iter().map(Into::into)).await?;
        Ok(())
    }
}
