//! What decides a document: news from the service, and an operator's word.

use fh_types::RequestId;
use fiscal_harmony::{
    Outcome,
    webhook::{Message, Sink, SinkError},
};

use super::handle::Outbox;
use crate::{
    alarm::{RESTORED, acknowledgeable},
    entry::Entry,
    error::OutboxError,
    evidence::Evidence,
    machine::{Event, News, Witness},
    store::{
        adopting::Adopt,
        operator::Operate,
        restoring::Seen,
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
        let events: Vec<_> = events.into_iter().collect();
        let decided = events.iter().filter(|(_, outcome)| outcome.is_settled());
        let decided: Vec<_> = decided.map(|(id, _)| id.clone()).collect();
        let changed = self.settle_as(WEBHOOK, events, |_| Witness::default()).await?;
        self.learn_of_pushed(&decided).await;
        Ok(changed)
    }

    pub(crate) async fn settle_as(
        &self,
        who: &str,
        events: impl IntoIterator<Item = (RequestId, Outcome)>,
        witness: impl Fn(&RequestId) -> Witness,
    ) -> Result<usize, OutboxError> {
        let news = events
            .into_iter()
            .filter_map(|(id, outcome)| {
                let news = News::of(outcome, witness(&id))?;
                Some((id, news))
            })
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

    /// Lets a lane go on without a document that certainly was not taken, on an operator's word.
    ///
    /// # Errors
    ///
    /// When it does not hold its lane, may have arrived ([set it aside](Self::set_aside) then), is being sent, is not there, or the store
    /// fails.
    pub async fn skip(&self, document: &str, operator: &str, reason: &str) -> Result<Entry, OutboxError> {
        let reason = reason.to_owned();
        self.operate(document, Event::Skip { reason }, operator).await
    }

    /// Lets a lane go on without a document, whatever is in doubt about it: what comes of it is still awaited, and
    /// [`retry`](Self::retry) brings it back into its old place.
    ///
    /// # Errors
    ///
    /// When its lane does not wait for it, it is being sent, is not there, or the store fails.
    pub async fn set_aside(&self, document: &str, operator: &str, reason: &str) -> Result<Entry, OutboxError> {
        let reason = reason.to_owned();
        self.operate(document, Event::SetAside { reason }, operator).await
    }

    /// Keeps what an operator has found: the document is fiscalised. By a link it is settled at once; by a verification code alone too, with
    /// a receipt that is [incomplete](crate::Entry::incomplete); by a request id the service is asked, and it stays in doubt until its receipt comes.
    ///
    /// # Errors
    ///
    /// [`OutboxError::Evidence`] when the receipt is another document's, of another device than the lane's, or of another day
    /// (unless [`Evidence::of_any_day`] was said), or the request belongs to another document; [`OutboxError::NotPossible`] when it is being sent or
    /// has another receipt; when it is not there, or the store fails.
    pub async fn adopt(&self, document: &str, evidence: Evidence, operator: &str) -> Result<Entry, OutboxError> {
        let work = Adopt {
            document: document.to_owned(),
            evidence,
            by: self.by(&format!("operator {operator}")),
        };
        Ok(self.write(work).await?.kept.into())
    }

    /// Keeps what an operator has found: the document certainly is not fiscalised. Nothing is sent; its rejection becomes definite,
    /// and [`retry`](Self::retry) sends it again, as a retry, if the service takes it again.
    ///
    /// # Errors
    ///
    /// When nothing of it is in doubt, it is with the service or a worker, is not there, or the store fails.
    pub async fn release(&self, document: &str, operator: &str, reason: &str) -> Result<Entry, OutboxError> {
        let reason = reason.to_owned();
        self.operate(document, Event::Release { reason }, operator).await
    }

    /// Says that a person knows of an alarm, by its [`Alarm::key`](crate::Alarm::key). It is told no more. Answers the document that it was
    /// about; none for one about the whole outbox.
    ///
    /// # Errors
    ///
    /// [`OutboxError::NoSuchAlarm`] when it can only be mended, not acknowledged; when its document is not there, or the store fails.
    pub async fn acknowledge(&self, alarm: &str, operator: &str) -> Result<Option<Entry>, OutboxError> {
        let unknown = || OutboxError::NoSuchAlarm(alarm.to_owned());
        if alarm == RESTORED {
            let by = self.by(&format!("operator {operator}"));
            let was_there = self.write(Seen { by }).await?;
            return if was_there { Ok(None) } else { Err(unknown()) };
        }
        let document = acknowledgeable(alarm).ok_or_else(unknown)?;
        self.operate(document, Event::Acknowledge, operator).await.map(Some)
    }

    async fn operate(&self, document: &str, event: Event, operator: &str) -> Result<Entry, OutboxError> {
        let work = Operate {
            document: document.to_owned(),
            event,
            by: self.by(&format!("operator {operator}")),
        };
        Ok(self.write(work).await?.kept.into())
    }
}

/// The outbox keeps what a receiver of webhooks brings.
impl Sink for Outbox {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        self.settle(message.events.into_iter().map(Into::into)).await?;
        Ok(())
    }
}
