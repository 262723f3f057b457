//! What decides a document: news from the service, and an operator's word.

use fh_types::RequestId;
use fiscal_harmony::{
    Outcome,
    webhook::{Message, Sink, SinkError},
};

use super::handle::Outbox;
use crate::{
    entry::Entry,
    error::OutboxError,
    machine::{Event, News},
    store::{
        operator::Operate,
        settling::{Settle, WEBHOOK},
    },
};

impl Outbox {
    /// Keeps outcomes that came by webhook: in any order, as often as they come, before or after the submission was answered.
    /// What nobody here knows is kept and matched later. Says how many documents changed.
    ///
    /// A receiver that drops the future must not tell the service that it has them.
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
            .filter_map(|(id, outcome)| Some((id, News::of(outcome)?)))
            .collect();
        let settled = self.write(Settle { news, by: self.by(who) }).await?;
        Ok(settled.changed)
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
        let (kept, _) = self.write(work).await?;
        Ok(kept.into())
    }
}

/// The outbox keeps what a receiver of webhooks brings.
impl Sink for Outbox {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        self.settle(message.events.into_iter().map(Into::into)).await?;
        Ok(())
    }
}
