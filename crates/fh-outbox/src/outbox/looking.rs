//! Looking without changing anything.

use std::{sync::PoisonError, time::Duration};

use fiscal_harmony::{Document, Receipt, types::RequestId};

use super::handle::Outbox;
use crate::{
    entry::{Change, Entry, Query, midnight},
    error::OutboxError,
    ledger::{LedgerEntry, LedgerQuery, Report, ReportQuery},
    state::State,
    stats::Stats,
    store::{
        find::Find,
        listing::{Body, Changes, History, LatestChange, List, Unclaimed},
        listing_sold::ReadLedger,
        reporting::AddUp,
        requests::{OfRequest, Requests},
        survey::Survey,
    },
};

impl Outbox {
    /// Where a document stands.
    ///
    /// # Errors
    ///
    /// When it is not in the outbox, or the store fails.
    pub async fn find(&self, document: &str) -> Result<Entry, OutboxError> {
        let kept = self.store.read(Find(document.to_owned())).await?;
        Ok(self.with_reason(kept.into()))
    }

    /// A document that waits for nothing of its own waits for this machine to be the one that sends.
    fn with_reason(&self, mut entry: Entry) -> Entry {
        let Some(why) = self.may_send().why_not().filter(|_| entry.state.is_due()) else {
            return entry;
        };
        match &mut entry.waits_for {
            Some(waits) if waits.state.is_due() => waits.why = format!("{}: {why}", waits.why),
            Some(_) => {}
            None if entry.reason.is_none() => entry.reason = Some(why.to_owned()),
            None => {}
        }
        entry
    }

    /// The document itself, as it was handed in.
    ///
    /// # Errors
    ///
    /// When it is not in the outbox any more, or the store fails.
    pub async fn document(&self, document: &str) -> Result<Document, OutboxError> {
        self.store.read(Body(document.to_owned())).await
    }

    /// Waits until a document is settled or parked, and answers where it stands; after `within` it answers in any case. Meanwhile there is a
    /// [hurry](Self::hurry) for it.
    ///
    /// Dropping the future changes nothing; the document goes its way.
    ///
    /// # Errors
    ///
    /// As for [`find`](Self::find).
    pub async fn wait(&self, document: &str, within: Duration) -> Result<Entry, OutboxError> {
        let mut subscription = self.subscribe();
        let over = tokio::time::sleep(within);
        let mut over = std::pin::pin!(over);
        let mut hurry = None;
        loop {
            let entry = self.find(document).await?;
            if entry.state.is_settled() || entry.state == State::Parked {
                return Ok(entry);
            }
            hurry.get_or_insert_with(|| self.hurry(&entry));
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
        Ok(kept.into_iter().map(|kept| self.with_reason(kept.into())).collect())
    }

    /// Everything that happened to a document, oldest first. Empty for one that was pruned: its history is in the export.
    ///
    /// # Errors
    ///
    /// As for [`find`](Self::find).
    pub async fn history(&self, document: &str) -> Result<Vec<Change>, OutboxError> {
        self.store.read(History(document.to_owned())).await
    }

    /// Every name under which the service knows a document, earliest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn requests(&self, document: &str) -> Result<Vec<RequestId>, OutboxError> {
        self.store.read(Requests(document.to_owned())).await
    }

    /// The id of the document that the service knows by a request.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn document_of(&self, request: &RequestId) -> Result<Option<String>, OutboxError> {
        self.store.read(OfRequest(request.clone())).await
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

    /// Receipts that came for submissions that are not known here, newest first, at most `limit`: what a document in doubt may
    /// [adopt](Self::adopt) by its request id.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn unclaimed_receipts(&self, limit: usize) -> Result<Vec<Receipt>, OutboxError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store.read(Unclaimed { limit }).await
    }

    /// The id of the latest change; 0 before the first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn latest_change(&self) -> Result<i64, OutboxError> {
        self.store.read(LatestChange).await
    }

    /// What was sold in a time: what is fiscalised, added up in each currency, and beside it what is not.
    ///
    /// The sums of days are kept with the documents, so that a month of a million documents is answered at once; a report by till, payment
    /// method or hour, and one of a fiscal day, looks at each document. Rates are those that were known when a document was taken in, or of the
    /// first table of taxes that came afterwards; a later one changes nothing. Pruning changes nothing either.
    ///
    /// ```
    /// use fh_outbox::{Divide, Outbox, ReportQuery, Span};
    /// use fiscal_harmony::types::jiff::civil::date;
    /// # async fn example(outbox: &Outbox) -> Result<(), fh_outbox::OutboxError> {
    /// let november = Span::month(date(2026, 11, 27));
    /// for sales in outbox.report(ReportQuery::new(november, Divide::Tax)).await?.sales {
    ///     println!("{} {:?}: {}", sales.currency, sales.tax, sales.gross);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn report(&self, query: ReportQuery) -> Result<Report, OutboxError> {
        self.store.read(AddUp(query)).await
    }

    /// Documents with what they come to, by the days of their own `Date`; also those that were pruned. Each page says with
    /// [`LedgerEntry::place`](crate::LedgerEntry::place) where the next one begins.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn ledger(&self, query: LedgerQuery) -> Result<Vec<LedgerEntry>, OutboxError> {
        self.store.read(ReadLedger(query)).await
    }

    /// The whole outbox at a glance, with what a person must know.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn stats(&self) -> Result<Stats, OutboxError> {
        let mut stats = self.stats_of_the_store().await?;
        stats.alarms.splice(0..0, self.alarms_of_this_process());
        Ok(stats)
    }

    pub(super) async fn stats_of_the_store(&self) -> Result<Stats, OutboxError> {
        let now = self.now();
        let clock_ahead = self
            .knowledge
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clock_ahead;
        let midnight = midnight(now);
        let mut surveyed = self.store.read(Survey { midnight }).await?;
        surveyed.may_not_send = self.may_send().why_not();
        Ok(Stats::of(&surveyed, &self.policy, clock_ahead, now))
    }
}
