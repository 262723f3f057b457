use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use fh_types::{Clock, RequestId, SystemClock};
use fiscal_harmony::{
    Attempt, Document, Outcome, Receipt,
    preflight::{Context, preflight},
};
use tokio::sync::Notify;

use crate::{
    OutboxError, Policy, State,
    machine::{Event, Micros},
    store::{
        Migrate, news,
        operations::{By, Enqueue, Find, Kept, Operate, Settle},
        sqlite::{Sqlite, run_now},
    },
};

/// What stands between a document and its loss.
///
/// Copies share the store. Several processes may use one file at once.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) store: Arc<Sqlite>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) lane: String,
    pub(crate) woken: Arc<Notify>,
    clock: Arc<dyn Clock>,
    seeds: Arc<AtomicU64>,
}

/// A document in the outbox.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Entry {
    /// Its id in the seller's system.
    pub document: String,
    /// Where it stands.
    pub state: State,
    /// How often it was sent, or begun to be.
    pub attempts: u32,
    /// The latest name under which the service knows it.
    pub request_id: Option<String>,
    /// Why it stands where it does, when there is something to say.
    pub reason: Option<String>,
    /// Whether the service takes it again, on a rejection.
    pub actionable: bool,
    /// Its receipt, when it is fiscalised.
    pub receipt: Option<Receipt>,
}

impl From<Kept> for Entry {
    fn from(kept: Kept) -> Self {
        Self {
            document: kept.document,
            state: kept.facts.state,
            attempts: kept.facts.attempts,
            request_id: kept.facts.request_id,
            reason: kept.facts.reason,
            actionable: kept.facts.actionable,
            receipt: kept.facts.receipt.as_deref().and_then(news::receipt),
        }
    }
}

/// What became of handing a document in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Enqueued {
    /// False when the very same document was there already.
    pub is_new: bool,
    /// Where it stands.
    pub entry: Entry,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("path", &self.store.path())
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    /// Opens an outbox in a SQLite file, and makes the file (for its owner's eyes only) when there is none. The tables may
    /// live beside those of another program in one file.
    ///
    /// # Errors
    ///
    /// When the file is damaged, is no database, is newer than this program, or cannot be used. It is never made anew.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OutboxError> {
        Self::open_with(path, Policy::default(), Arc::new(SystemClock)).await
    }

    /// As [`open`](Self::open), with a policy and a clock.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub async fn open_with(path: impl AsRef<Path>, policy: Policy, clock: Arc<dyn Clock>) -> Result<Self, OutboxError> {
        let path = path.as_ref();
        let store = Sqlite::open(path)?;
        let place = path.display().to_string();
        store.write(Migrate { place }).await?;
        Ok(Self {
            store: Arc::new(store),
            policy: Arc::new(policy),
            lane: "default".to_owned(),
            woken: Arc::new(Notify::new()),
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

    /// Takes a document in. When this returns well, the document is on the disk.
    ///
    /// The same document again is no error; it changes nothing and answers where the document stands.
    ///
    /// # Errors
    ///
    /// When preflight finds what the authority would certainly refuse, when the id belongs to a document with other
    /// content, or when the store fails; then the document was not taken in, or it is safe to hand it in again.
    pub async fn enqueue(&self, document: &Document) -> Result<Enqueued, OutboxError> {
        let (is_new, kept) = self.store.write(self.prepare(document)?).await?;
        self.woken.notify_waiters();
        Ok(Enqueued {
            is_new,
            entry: kept.into(),
        })
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
        let (is_new, kept) = run_now(self.prepare(document)?, transaction, self.store.path())?;
        Ok(Enqueued {
            is_new,
            entry: kept.into(),
        })
    }

    fn prepare(&self, document: &Document) -> Result<Enqueue, OutboxError> {
        let findings = preflight(document, &Context::nothing().clock(&*self.clock));
        if findings.blocks() {
            return Err(OutboxError::Preflight(Box::new(findings)));
        }
        let view = document.view();
        Ok(Enqueue {
            lane: self.lane.clone(),
            first: document.freeze(Attempt::First).map_err(OutboxError::Document)?,
            retry: document.freeze(Attempt::Retry).map_err(OutboxError::Document)?,
            number: view.number.to_owned(),
            original: view.original_invoice_id.map(str::to_owned),
            dated: view.date.timestamp().as_second(),
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

    /// Keeps outcomes that came by webhook: in any order, as often as they come, before or after the submission was answered.
    /// What nobody here knows is kept and matched later. Says how many documents changed.
    ///
    /// # Errors
    ///
    /// When the store fails. Then none of them is kept.
    pub async fn settle(&self, events: impl IntoIterator<Item = (RequestId, Outcome)>) -> Result<usize, OutboxError> {
        self.settle_as("webhook", events).await
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
        self.store.write(Settle { news, by: self.by(who) }).await
    }

    /// Tries a document again now, on an operator's word.
    ///
    /// # Errors
    ///
    /// When its state does not allow that, it is not there, or the store fails.
    pub async fn retry(&self, document: &str, operator: &str) -> Result<Entry, OutboxError> {
        self.operate(document, Event::Retry, operator).await
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
        let entry = self.store.write(work).await?.into();
        self.woken.notify_waiters();
        Ok(entry)
    }

    pub(crate) fn now(&self) -> Micros {
        self.clock.now().as_microsecond()
    }

    pub(crate) fn by(&self, who: &str) -> By {
        By {
            who: who.to_owned(),
            now: self.now(),
            policy: self.policy.clone(),
            seed: self.seeds.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed),
        }
    }
}
