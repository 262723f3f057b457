//! The worker: one task sends the heads of a lane, another asks what became of them.

use std::{future::Future, pin::pin, time::Duration};

use fiscal_harmony::{Client, Delivery, Error, ErrorKind, client::STATUS_BATCH};
use futures_util::TryStreamExt;
use tokio::time::{sleep, timeout};

use crate::{
    Outbox, OutboxError,
    failpoint::{self, Moment},
    machine::Reply,
    store::operations::{Claim, Job, Poll, Replied},
};

impl Outbox {
    /// Sends the documents of this lane and settles them, until `shutdown` is ready. What is on the wire then is waited for
    /// and kept.
    ///
    /// Failures of the service or the store end nothing: they are waited out.
    pub async fn run(&self, client: &Client, shutdown: impl Future<Output = ()>) {
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let work = async {
            tokio::join!(
                self.send_all(client, stopping.clone()),
                self.ask_all(client, stopping.clone())
            )
        };
        let mut work = pin!(work);
        tokio::select! {
            _ = &mut work => {}
            () = shutdown => {
                stop.send_replace(true);
                work.await;
            }
        }
    }

    async fn send_all(&self, client: &Client, mut stopping: tokio::sync::watch::Receiver<bool>) {
        let who = format!("worker {}", std::process::id());
        while !*stopping.borrow() {
            // Asked for before the claim, so that nothing that is taken in meanwhile is missed.
            let mut woken = pin!(self.woken.notified());
            woken.as_mut().enable();
            let claim = Claim {
                lane: self.lane.clone(),
                by: self.by(&who),
            };
            let wait = match self.store.write(claim).await {
                Ok(Some(job)) => {
                    self.send(client, job, &who).await;
                    continue;
                }
                Ok(None) => self.policy.idle_poll,
                Err(error) => {
                    tracing::warn!(%error, "the outbox could not be asked for work");
                    self.policy.idle_poll.max(Duration::from_secs(1))
                }
            };
            tokio::select! {
                () = woken => {}
                () = sleep(wait) => {}
                _ = stopping.changed() => {}
            }
        }
    }

    async fn send(&self, client: &Client, job: Job, who: &str) {
        let _ = failpoint::hit("submit", Moment::BeforeWrite);
        // Within the lease, so that nothing of it is on the wire when another worker takes over.
        let (reply, reason) = match timeout(self.policy.lease / 3 * 2, client.submit(&job.frozen)).await {
            Ok(Ok(request_id)) => {
                let request_id = request_id.as_str().to_owned();
                (Reply::Accepted { request_id }, String::new())
            }
            Ok(Err(error)) => (reply_of(&error), error.to_string()),
            Err(_) => (
                Reply::Lost { retry_after: None },
                "no answer within the lease".to_owned(),
            ),
        };
        let _ = failpoint::hit("submit", Moment::AfterCommit);
        loop {
            let replied = Replied {
                seq: job.seq,
                token: job.token,
                reply: reply.clone(),
                reason: reason.clone(),
                by: self.by(who),
            };
            match self.store.write(replied).await {
                Ok(None) => return,
                Ok(Some(ignored)) => {
                    tracing::warn!(
                        document = job.frozen.document_id(),
                        ?ignored,
                        "a sending ended after its lease"
                    );
                    return;
                }
                Err(error) if error.is_temporary() => {
                    // Not kept, the answer would be lost; the document would then be sent again, as a retry.
                    tracing::warn!(%error, "the service's answer could not be kept yet");
                    sleep(Duration::from_millis(200)).await;
                }
                Err(error) => {
                    tracing::error!(%error, "the service's answer could not be kept");
                    return;
                }
            }
        }
    }

    async fn ask_all(&self, client: &Client, mut stopping: tokio::sync::watch::Receiver<bool>) {
        while !*stopping.borrow() {
            let asked = match self.ask_once(client).await {
                Ok(asked) => asked,
                Err(error) => {
                    tracing::warn!(%error, "outcomes could not be kept");
                    0
                }
            };
            if asked == STATUS_BATCH {
                continue;
            }
            // What becomes due meanwhile shares the next question.
            tokio::select! {
                () = sleep(self.policy.poll_linger) => {}
                _ = stopping.changed() => {}
            }
        }
    }

    async fn ask_once(&self, client: &Client) -> Result<usize, OutboxError> {
        let poll = Poll {
            lane: self.lane.clone(),
            limit: i64::try_from(STATUS_BATCH).unwrap_or(100),
            by: self.by("status"),
        };
        let requests = self.store.write(poll).await?;
        let asked = requests.len();
        if asked == 0 {
            return Ok(0);
        }
        let requests = requests.iter().filter_map(|id| fh_types::RequestId::parse(id).ok());
        let _ = failpoint::hit("status", Moment::BeforeWrite);
        let outcomes: Result<Vec<_>, Error> = client.outcomes(requests).try_collect().await;
        let _ = failpoint::hit("status", Moment::AfterCommit);
        match outcomes {
            Ok(outcomes) => {
                self.settle_as("status", outcomes).await?;
            }
            // They are due again by their age.
            Err(error) => tracing::warn!(%error, "the status could not be asked"),
        }
        Ok(asked)
    }
}

fn reply_of(error: &Error) -> Reply {
    let retry_after = error.retry_after();
    match (error.delivery(), error.kind()) {
        (Delivery::NotSent, ErrorKind::Document) => Reply::DocumentRefused,
        (Delivery::NotSent, _) => Reply::NotSent,
        (Delivery::Refused, ErrorKind::TooManyRequests) => Reply::Busy { retry_after },
        (
            Delivery::Refused,
            ErrorKind::Unauthorised | ErrorKind::PaymentRequired | ErrorKind::NotFound | ErrorKind::Unexpected,
        ) => Reply::LaneRefused { retry_after },
        (Delivery::Refused, _) => Reply::DocumentRefused,
        (Delivery::MaybeSent | Delivery::Accepted, _) if error.status() == Some(409) => Reply::Conflict,
        (Delivery::MaybeSent | Delivery::Accepted, _) => Reply::Lost { retry_after },
    }
}
