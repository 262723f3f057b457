//! What decides a document: news from the service, and an operator's word.

use fh_types::RequestId;
use fiscal_harmony::{
    Outcome,
    webhook::{Message, Sink, SinkError},
};

use super::handle::Outbox;
use crate::{
    alarm::{Acknowledged, AlarmKind},
    entry::Entry,
    error::OutboxError,
    evidence::Evidence,
    machine::{Event, News, Witness},
    store::{
        adopting::Adopt,
        bearer::Bearer,
        notices::{Know, Notice, Raise},
        operator::{Operate, SeeToTheDay},
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
        self.settle_pushed(Bearer::All, events).await
    }

    /// As [`settle`](Self::settle), for what is signed with the secret of these lanes: it settles no document of another lane. What it tells of
    /// one is not believed, and is an alarm ([`AlarmKind::WebhookRefused`](crate::AlarmKind::WebhookRefused)) until a person knows of it.
    ///
    /// # Errors
    ///
    /// As for [`settle`](Self::settle).
    pub async fn settle_of_lanes(
        &self,
        lanes: impl IntoIterator<Item = impl Into<String>>,
        events: impl IntoIterator<Item = (RequestId, Outcome)>,
    ) -> Result<usize, OutboxError> {
        let lanes = lanes.into_iter().map(Into::into).collect();
        self.settle_pushed(Bearer::Only(lanes), events).await
    }

    async fn settle_pushed(
        &self,
        bearer: Bearer,
        events: impl IntoIterator<Item = (RequestId, Outcome)>,
    ) -> Result<usize, OutboxError> {
        let events: Vec<_> = events.into_iter().collect();
        let decided = events.iter().filter(|(_, outcome)| outcome.is_settled());
        let decided: Vec<_> = decided.map(|(id, _)| id.clone()).collect();
        let changed = self.settle_as(WEBHOOK, bearer, events, |_| Witness::default()).await?;
        self.learn_of_pushed(&decided).await;
        Ok(changed)
    }

    /// Notes that so many deliveries were refused, since nobody's secret had signed them. It is an alarm until a person knows of it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn note_refused_webhooks(&self, count: u64) -> Result<(), OutboxError> {
        let kind = AlarmKind::WebhookRefused.name();
        let notice = Notice {
            key: kind.to_owned(),
            kind: kind.to_owned(),
            lane: None,
            document: None,
            count: i64::try_from(count).unwrap_or(i64::MAX),
            since: 0,
            what: "deliveries without a right signature came where webhooks are received, and were refused".to_owned(),
        };
        let by = self.by(WEBHOOK);
        self.write(Raise { notice, by }).await
    }

    pub(crate) async fn settle_as(
        &self,
        who: &str,
        bearer: Bearer,
        events: impl IntoIterator<Item = (RequestId, Outcome)>,
        witness: impl Fn(&RequestId) -> Witness,
    ) -> Result<usize, OutboxError> {
        let news: Vec<_> = events
            .into_iter()
            .filter_map(|(id, outcome)| {
                let news = News::of(outcome, witness(&id))?;
                Some((id, news))
            })
            .collect();
        let all = Settle {
            news: news.clone(),
            bearer: bearer.clone(),
            by: self.by(who),
        };
        match self.write(all).await {
            Err(OutboxError::NotKeepable { .. }) => self.settle_one_by_one(who, bearer, news).await,
            settled => Ok(settled?.changed),
        }
    }

    /// What the database cannot keep costs itself and nothing beside it: brought again, it would fail again.
    async fn settle_one_by_one(
        &self,
        who: &str,
        bearer: Bearer,
        news: Vec<(RequestId, News)>,
    ) -> Result<usize, OutboxError> {
        let mut changed = 0;
        for (request, news) in news {
            let one = Settle {
                news: vec![(request.clone(), news)],
                bearer: bearer.clone(),
                by: self.by(who),
            };
            match self.write(one).await {
                Ok(settled) => changed += settled.changed,
                Err(error @ OutboxError::NotKeepable { .. }) => {
                    tracing::error!(%request, %error, "news of a request cannot be kept");
                }
                Err(error) => return Err(error),
            }
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
    /// about, if it was about one alone.
    ///
    /// # Errors
    ///
    /// [`OutboxError::NoSuchAlarm`] when it can only be mended, not acknowledged, or when there never was one; when its document is not there,
    /// or the store fails.
    pub async fn acknowledge(&self, alarm: &str, operator: &str) -> Result<Option<Entry>, OutboxError> {
        let by = self.by(&format!("operator {operator}"));
        match Acknowledged::of(alarm) {
            Some(Acknowledged::Document(document)) => {
                self.operate(document, Event::Acknowledge, operator).await.map(Some)
            }
            Some(Acknowledged::DayOf(lane)) => {
                let lane = lane.to_owned();
                self.write(SeeToTheDay { lane, by }).await.map(|()| None)
            }
            Some(Acknowledged::Restore) => {
                let was_there = self.write(Seen { by }).await?;
                was_there
                    .then_some(None)
                    .ok_or_else(|| OutboxError::NoSuchAlarm(alarm.to_owned()))
            }
            Some(Acknowledged::Notice) => {
                let key = alarm.to_owned();
                self.write(Know { key, by }).await.map(|()| None)
            }
            None => Err(OutboxError::NoSuchAlarm(alarm.to_owned())),
        }
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

/// The outbox keeps what a receiver of webhooks brings. The labels of the receiver's [`Secrets`](fiscal_harmony::webhook::Secrets) are the
/// names of lanes: a document whose lane is one of them is settled only by what that lane's secret has signed.
impl Sink for Outbox {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        let others = message.other_labels.iter().map(|label| label.to_string()).collect();
        let events = message.events.into_iter().map(Into::into);
        self.settle_pushed(Bearer::AllBut(others), events).await?;
        Ok(())
    }
}
