//! The worker: one task sends the heads of a lane, another asks what became of them.

use std::{future::Future, pin::pin, sync::PoisonError, time::Duration};

use fiscal_harmony::{Client, Delivery, Error, ErrorKind, client::STATUS_BATCH};
use futures_util::{TryStreamExt, future::join_all};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::{
    breaker::Breakers,
    error::OutboxError,
    failpoint::{self, Moment},
    machine::{Reply, since},
    outbox::{MaySend, Outbox},
    store::{
        history::Answer,
        sending::{Claim, Job, Replied, Turn},
        settling::Poll,
    },
};

impl Outbox {
    /// Sends the documents of this lane and settles them, until `shutdown` is ready. What is on the wire then is waited for
    /// and kept.
    ///
    /// Failures of the service or the store end nothing: they are waited out.
    ///
    /// End it with `shutdown`. Dropping the future instead is a worker's death: what is on the wire may arrive, and is sent again as a
    /// retry after its lease and the orphan window.
    pub async fn run(&self, client: &Client, shutdown: impl Future<Output = ()>) {
        self.run_lanes([(self.lane.clone(), client.clone())], shutdown).await;
    }

    /// As [`run`](Self::run), for several lanes at once, each with the client of its device.
    pub async fn run_lanes(
        &self,
        lanes: impl IntoIterator<Item = (String, Client)>,
        shutdown: impl Future<Output = ()>,
    ) {
        let (stop, stopping) = watch::channel(false);
        let work = lanes.into_iter().map(|(lane, client)| {
            let (outbox, stopping) = (self.for_lane(lane), stopping.clone());
            async move {
                let asking = outbox.ask_all(&client, stopping.clone());
                tokio::join!(outbox.send_all(&client, stopping), asking);
            }
        });
        let mut work = pin!(join_all(work));
        tokio::select! {
            _ = &mut work => {}
            () = shutdown => {
                stop.send_replace(true);
                work.await;
            }
        }
    }

    async fn send_all(&self, client: &Client, mut stopping: Stopping) {
        let mut may_send = MaySend::NoMark;
        let mut looked = Instant::now();
        let who = format!("worker {}", std::process::id());
        let mut in_hand = None;
        let bell = self.bells.of(&self.lane);
        loop {
            // Asked for before the claim, so that nothing that is taken in or settled meanwhile is missed.
            let mut woken = pin!(bell.notified());
            woken.as_mut().enable();
            if let Some((job, asked)) = in_hand.take() {
                in_hand = self.send(client, job, asked, &who, &stopping).await;
                continue;
            }
            if *stopping.borrow() {
                return;
            }
            if may_send != MaySend::Yes || looked.elapsed() > LOOK_AGAIN {
                may_send = self.looked_at_marks().await;
                looked = Instant::now();
                if may_send != MaySend::Yes {
                    pause(self.policy.idle_poll, &mut stopping).await;
                    continue;
                }
            }
            let wait = match self.blocked() {
                Some(wait) => {
                    pause(wait, &mut stopping).await;
                    continue;
                }
                None => match self.ask_for_work(&who).await {
                    Ok(Work::Job(job, asked)) => {
                        in_hand = Some((job, asked));
                        continue;
                    }
                    Ok(nothing) => {
                        self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane));
                        if matches!(nothing, Work::OfAnotherMachine) {
                            may_send = MaySend::OtherMachine;
                        }
                        self.policy.idle_poll
                    }
                    Err(error) => {
                        self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane));
                        tracing::warn!(%error, "the outbox could not be asked for work");
                        self.policy.idle_poll.max(Duration::from_secs(1))
                    }
                },
            };
            tokio::select! {
                () = woken => {}
                () = pause(wait, &mut stopping) => {}
            }
        }
    }

    fn claim(&self, who: &str) -> Claim {
        Claim {
            lane: self.lane.clone(),
            machine: self.guard.machine.clone(),
            by: self.by(who),
        }
    }

    /// The next document that is to be sent, if there is one.
    async fn ask_for_work(&self, who: &str) -> Result<Work, OutboxError> {
        let asked = Instant::now();
        let claimed = self.write(self.claim(who)).await?;
        Ok(match claimed.job {
            Some(job) => Work::Job(job, asked),
            None if claimed.is_anothers => Work::OfAnotherMachine,
            None => Work::Nothing,
        })
    }

    /// Whether this machine may send; not while that cannot be found out.
    async fn looked_at_marks(&self) -> MaySend {
        self.look_at_marks(true).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the outbox could not be held against its mark");
            MaySend::NoMark
        })
    }

    fn with_breaker<T>(&self, act: impl FnOnce(&mut Breakers) -> T) -> T {
        act(&mut self.breakers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long the circuit breaker says to wait, if it does.
    fn blocked(&self) -> Option<Duration> {
        self.with_breaker(|breaker| breaker.blocks(&self.lane, self.now(), &self.policy))
    }

    fn failed(&self, asked_to_wait: Option<Duration>) {
        let mut random = fastrand::Rng::with_seed(self.by("").seed);
        self.with_breaker(|breaker| breaker.failed(&self.lane, asked_to_wait, self.now(), &self.policy, &mut random));
    }

    /// How long a sending may take, so that nothing of it is on the wire when the lease ends and another worker takes over. None
    /// when that time is over: the process or the machine may have slept since it asked for work. Two clocks are asked, since one of
    /// them may be set and the other stands still while a machine sleeps.
    fn time_on_the_wire(&self, job: &Job, asked: Instant) -> Option<Duration> {
        let reserve = self.policy.lease / 3;
        let by_stopwatch = self.policy.lease.checked_sub(asked.elapsed() + reserve)?;
        let by_the_clock = since(job.lease_until, self.now()).checked_sub(reserve)?;
        Some(by_stopwatch.min(by_the_clock)).filter(|time| !time.is_zero())
    }

    /// Sends a document, keeps the answer, and takes the next one in hand in the same transaction.
    async fn send(
        &self,
        client: &Client,
        job: Job,
        asked: Instant,
        who: &str,
        stopping: &Stopping,
    ) -> Option<(Job, Instant)> {
        let _ = failpoint::hit("submit", Moment::BeforeWrite);
        let mut answer = Answer::default();
        let marked = self.mark_sending(&job).await;
        // Counted after the mark, which may have waited for the disk.
        let time = self.time_on_the_wire(&job, asked);
        let was_sent = time.is_some() && marked.is_ok();
        let (reply, reason) = match time.filter(|_| marked.is_ok()) {
            None if marked.is_err() => (Reply::NotSent, marked.err().unwrap_or_default()),
            None => (
                Reply::NotSent,
                "the worker got to it too late in its lease, and sent nothing".to_owned(),
            ),
            Some(time) => match timeout(time, client.submit(&job.frozen)).await {
                Ok(Ok(request_id)) => (Reply::Accepted { request_id }, String::new()),
                Ok(Err(error)) => {
                    answer.status = error.status();
                    answer.excerpt = error.excerpt().map(str::to_owned);
                    (reply_of(&error), error.to_string())
                }
                Err(_) => (
                    Reply::Lost { retry_after: None },
                    "no answer within the lease".to_owned(),
                ),
            },
        };
        let _ = failpoint::hit("submit", Moment::AfterCommit);
        self.note_clock(client);
        match &reply {
            // The worker's own fault says nothing about the service.
            Reply::NotSent if !was_sent => self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane)),
            Reply::NotSent => self.failed(None),
            Reply::Busy { retry_after } | Reply::Lost { retry_after } => self.failed(*retry_after),
            _ => self.with_breaker(|breaker| breaker.succeeded(&self.lane, self.now())),
        }
        let answered = Instant::now();
        let mut next = (!*stopping.borrow() && self.blocked().is_none()).then(|| self.claim(who));
        loop {
            let turn = Turn {
                replied: Replied {
                    seq: job.seq,
                    token: job.token,
                    reply: reply.clone(),
                    reason: reason.clone(),
                    answer: answer.clone(),
                    by: self.by(who),
                },
                next: next.take(),
            };
            match self.write(turn).await {
                Ok((noted, claimed)) => {
                    if let Some(ignored) = noted.ignored {
                        tracing::warn!(
                            document = job.frozen.document_id(),
                            ?ignored,
                            "a sending ended after its lease"
                        );
                    }
                    if claimed.job.is_none() {
                        self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane));
                    }
                    return claimed.job.map(|job| (job, answered));
                }
                // The lease is over and nobody may wait any longer; whoever comes next sends it as a retry.
                Err(error) if *stopping.borrow() && asked.elapsed() > self.policy.lease => {
                    tracing::error!(%error, document = job.frozen.document_id(), "the service's answer is not kept");
                    return None;
                }
                Err(error) if error.is_temporary() => {
                    // Not kept, the answer would be lost; the document would then be sent again, as a retry.
                    tracing::warn!(%error, "the service's answer could not be kept yet");
                    sleep(Duration::from_millis(200)).await;
                }
                Err(error) => {
                    tracing::error!(%error, "the service's answer could not be kept");
                    return None;
                }
            }
        }
    }

    fn note_clock(&self, client: &Client) {
        if let Some(ahead) = client.clock_ahead() {
            self.set_clock_ahead(ahead);
        }
    }

    async fn ask_all(&self, client: &Client, mut stopping: Stopping) {
        while !*stopping.borrow() {
            if let Some(wait) = self.blocked() {
                pause(wait, &mut stopping).await;
                continue;
            }
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
            pause(self.policy.poll_linger, &mut stopping).await;
        }
    }

    async fn ask_once(&self, client: &Client) -> Result<usize, OutboxError> {
        let poll = Poll {
            lane: self.lane.clone(),
            limit: i64::try_from(STATUS_BATCH).unwrap_or(100),
            by: self.by("status"),
        };
        let requests = self.store.write(poll).await.inspect_err(|_| {
            self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane));
        })?;
        let asked = requests.len();
        if asked == 0 {
            self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane));
            return Ok(0);
        }
        let _ = failpoint::hit("status", Moment::BeforeWrite);
        let outcomes: Result<Vec<_>, Error> = client.outcomes(requests).try_collect().await;
        let _ = failpoint::hit("status", Moment::AfterCommit);
        self.note_clock(client);
        match outcomes {
            Ok(outcomes) => {
                self.with_breaker(|breaker| breaker.succeeded(&self.lane, self.now()));
                self.settle_as("status", outcomes).await?;
            }
            // They are due again by their age.
            Err(error) => {
                self.failed(error.retry_after());
                tracing::warn!(%error, "the status could not be asked");
            }
        }
        Ok(asked)
    }
}

/// How often a worker looks whether the outbox is still the one that it was: a server may have been put back meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What came of asking for work.
enum Work {
    Job(Job, Instant),
    Nothing,
    OfAnotherMachine,
}

type Stopping = watch::Receiver<bool>;

/// Waits, unless it is time to stop.
async fn pause(wait: Duration, stopping: &mut Stopping) {
    tokio::select! {
        () = sleep(wait) => {}
        _ = stopping.changed() => {}
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
