//! Taking documents in.

use std::sync::{Arc, PoisonError};

use fiscal_harmony::{Attempt, Document, preflight::Findings};

use super::handle::Outbox;
use crate::{
    entry::Entry,
    error::OutboxError,
    store::{
        enqueue::{Check, Checks, Enqueue},
        journal::Around,
        kept::Kept,
    },
};

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

impl Outbox {
    /// What would be found if a document were handed in: what [`enqueue`](Self::enqueue) checks, and nothing is kept.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn check(&self, document: &Document) -> Result<Findings, OutboxError> {
        let document = Arc::new(document.clone());
        let check = |checks| {
            self.store.read(Check {
                lane: self.lane.clone(),
                document: document.clone(),
                checks,
                by: self.by("check"),
            })
        };
        let checks = self.checks();
        let findings = check(checks.clone()).await?;
        if findings.rest_on_the_account() && Box::pin(self.knows_more_than(&checks)).await {
            return Box::pin(check(self.checks())).await;
        }
        Ok(findings)
    }

    /// Takes a document in. When this returns well, the document is on the disk.
    ///
    /// It is checked first, also against what was taken in before; before it is refused by what is known of the account, that is asked for again
    /// where somebody [can be asked](Self::learn_from). The same document again is no error; it changes nothing and
    /// answers where the document stands.
    ///
    /// # Errors
    ///
    /// When preflight finds what the authority would certainly refuse, when the id belongs to a document with other
    /// content, or when the store fails; then the document was not taken in, or it is safe to hand it in again.
    pub async fn enqueue(&self, document: &Document) -> Result<Enqueued, OutboxError> {
        let enqueue = |checks: Checks| async {
            let knows_nothing = checks.catalogue.is_none();
            let kept = self.write(self.prepare(document, Some(checks))?).await;
            if knows_nothing {
                self.catch_up();
            }
            kept
        };
        let enqueued = self.under_fresh_checks(&self.lane, enqueue).await?;
        Ok(Enqueued::of(enqueued))
    }

    /// As [`enqueue`](Self::enqueue), whatever the authority will say to it. One red receipt keeps the fiscal day from closing.
    ///
    /// # Errors
    ///
    /// As for [`enqueue`](Self::enqueue), but for preflight.
    pub async fn enqueue_unchecked(&self, document: &Document) -> Result<Enqueued, OutboxError> {
        let enqueued = self.write(self.prepare(document, None)?).await?;
        Ok(Enqueued::of(enqueued))
    }

    /// Takes a document in in the place of another one that certainly was not taken: one that was rejected for good, above all. It may have the
    /// number of that one, which is locked from then on: [`retry`](Self::retry) and [`correct`](Self::correct) refuse it by name. What can be
    /// mended under its own id is better [corrected](Self::correct).
    ///
    /// # Errors
    ///
    /// As for [`enqueue`](Self::enqueue); [`OutboxError::NotPossible`] when the other one is fiscalised, on its way, or in doubt (adopt its receipt
    /// or release it first), [`OutboxError::Replaced`] when another document has its place already, [`OutboxError::NoSuchDocument`].
    pub async fn enqueue_replacing(&self, document: &Document, replaced: &str) -> Result<Enqueued, OutboxError> {
        let enqueue = |checks| async {
            let mut work = self.prepare(document, Some(checks))?;
            work.replaces = Some(replaced.to_owned());
            self.write(work).await
        };
        let enqueued = self.under_fresh_checks(&self.lane, enqueue).await?;
        Ok(Enqueued::of(enqueued))
    }

    /// As [`enqueue_replacing`](Self::enqueue_replacing), whatever the authority will say to it.
    ///
    /// # Errors
    ///
    /// As for [`enqueue_replacing`](Self::enqueue_replacing), but for preflight.
    pub async fn enqueue_replacing_unchecked(
        &self,
        document: &Document,
        replaced: &str,
    ) -> Result<Enqueued, OutboxError> {
        let mut work = self.prepare(document, None)?;
        work.replaces = Some(replaced.to_owned());
        Ok(Enqueued::of(self.write(work).await?))
    }

    /// Takes a document in that was handed in before the outbox was lost, so that its number, its credits and its repetition are known. It is
    /// parked, in doubt ([`Cause::Recovered`](crate::Cause::Recovered)), and nothing sends it by itself: its receipt is [adopted](Self::adopt), or
    /// [`send_recovered`](Self::send_recovered) sends it as a retry.
    ///
    /// # Errors
    ///
    /// As for [`enqueue_unchecked`](Self::enqueue_unchecked).
    pub async fn recover(&self, document: &Document) -> Result<Enqueued, OutboxError> {
        let mut work = self.prepare(document, None)?;
        work.is_history = true;
        work.by = self.by("recover");
        Ok(Enqueued::of(self.write(work).await?))
    }

    /// Takes a document in within a transaction of your own on the same file, so that a sale and its document are kept
    /// together or not at all. A worker in this process looks for it within [`Policy::idle_poll`](crate::Policy::idle_poll).
    ///
    /// It reads before it writes, so begin an **immediate** transaction
    /// ([`TransactionBehavior::Immediate`](rusqlite::TransactionBehavior::Immediate)), which waits its turn under your `busy_timeout`. A deferred
    /// one is overtaken whenever another connection writes in between, and then can only be rolled back.
    ///
    /// The document is as durable as your commit, so the connection must wait for the disk: `PRAGMA synchronous=FULL`, SQLite's default, or
    /// more. The file itself is in WAL mode, in which this outbox keeps it.
    ///
    /// ```
    /// # use fh_outbox::{Outbox, OutboxError, rusqlite};
    /// # use fiscal_harmony::Document;
    /// use rusqlite::TransactionBehavior;
    ///
    /// fn sell(till: &mut rusqlite::Connection, outbox: &Outbox, document: &Document) -> Result<(), Box<dyn std::error::Error>> {
    ///     let sale = till.transaction_with_behavior(TransactionBehavior::Immediate)?;
    ///     sale.execute("INSERT INTO sale (id) VALUES (?1)", [document.id()])?;
    ///     outbox.enqueue_in(&sale, document)?;
    ///     sale.commit()?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`enqueue`](Self::enqueue); [`OutboxError::OtherDatabase`] when the transaction is on another file,
    /// [`OutboxError::NoTables`] when it finds no outbox there, [`OutboxError::NotDurable`] when its connection does not wait for the disk,
    /// [`OutboxError::Overtaken`] when it was not immediate and another connection wrote first. The transaction stays open and yours.
    #[cfg(feature = "sqlite")]
    pub fn enqueue_in(
        &self,
        transaction: &rusqlite::Transaction<'_>,
        document: &Document,
    ) -> Result<Enqueued, OutboxError> {
        let work = self.prepare(document, Some(self.checks()))?;
        self.store.run_in_sqlite(work, transaction).map(Enqueued::of)
    }

    /// Takes a document in within a PostgreSQL transaction of your own on the same database and schema. Its commit is made to wait
    /// for the disk, whatever `synchronous_commit` says elsewhere, and wakes the workers.
    ///
    /// Dropping the future leaves the transaction in the middle: roll it back.
    ///
    /// # Errors
    ///
    /// As for [`enqueue`](Self::enqueue); [`OutboxError::OtherDatabase`] when the outbox is not in PostgreSQL, [`OutboxError::NoTables`] when
    /// the transaction finds no outbox where it looks. It stays open and yours; when the store failed, PostgreSQL lets it only be rolled back.
    #[cfg(feature = "postgres")]
    pub async fn enqueue_in_postgres(
        &self,
        transaction: &tokio_postgres::Transaction<'_>,
        document: &Document,
    ) -> Result<Enqueued, OutboxError> {
        let work = self.prepare(document, Some(self.checks()))?;
        self.store.run_in_postgres(work, transaction).await.map(Enqueued::of)
    }

    pub(super) fn checks(&self) -> Checks {
        let knowledge = self.knowledge.lock().unwrap_or_else(PoisonError::into_inner);
        Checks {
            catalogue: knowledge.catalogues.get(&self.lane).cloned(),
            clock_ahead: knowledge.clock_ahead,
        }
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
            station: self.station.as_ref().map(|station| station.as_str().to_owned()),
            first_sha256: first.sha256(),
            first,
            retry_sha256: retry.sha256(),
            retry,
            document: Arc::new(document.clone()),
            checks,
            replaces: None,
            is_history: false,
            by: self.by("enqueue"),
        })
    }
}
