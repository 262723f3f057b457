//! Sending: the head of a lane, one after another.

use std::{pin::pin, time::Duration};

use fiscal_harmony::{Client, Delivery, Error, ErrorKind, types::jiff::Timestamp};
use tokio::time::{Instant, sleep, timeout};

use super::pause::{Stopping, pause};
use crate::{
    error::OutboxError,
    failpoint::{self, Moment},
    machine::{Micros, Reply, since},
    outbox::{MaySend, Outbox},
    store::{
        history::Answer,
        sending::{Claim, Hand, Job, Replied, Turn},
    },
    vitals::Beat,
};

/// A due time that has just passed is no reason to ask in a circle.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// How often a worker looks whether the outbox is still the one that it was: a server may have been put back meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Who sends the documents of a lane.
pub(super) struct Worker {
    /// For the history.
    pub(super) who: String,
    pub(super) hand: Hand,
}

/// What came of asking for work.
enum Work {
    Job(Job, Asked),
    /// There is something, and not yet.
    DueIn(Duration),
    Nothing,
    OfAnotherMachine,
}

/// When a worker asked for what it has in hand, by two clocks: one of them may be set, and the other stands still while a machine sleeps.
#[derive(Debug, Clone, Copy)]
struct Asked {
    by_stopwatch: Instant,
    by_the_clock: Micros,
}

impl Outbox {
    pub(super) async fn send_all(&self, client: &Client, worker: &Worker, mut stopping: Stopping) {
        let mut may_send = MaySend::NoMark;
        let mut looked = Instant::now();
        let mut in_hand = None;
        let bell = self.bells.of(&self.lane);
        let beat = Beat::begin(&self.vitals, &self.lane);
        loop {
            beat.within(self.policy.idle_poll);
            // Asked for before the claim, so that nothing that is taken in or settled meanwhile is missed.
            let mut woken = pin!(bell.notified());
            woken.as_mut().enable();
            if let Some((job, asked)) = in_hand.take() {
                in_hand = self.send(client, job, asked, worker, &stopping, &beat).await;
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
                    beat.within(wait);
                    pause(wait, &mut stopping).await;
                    continue;
                }
                None => match self.ask_for_work(worker).await {
                    Ok(Work::Job(job, asked)) => {
                        in_hand = Some((job, asked));
                        continue;
                    }
                    Ok(nothing) => {
                        self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane));
                        match nothing {
                            Work::DueIn(wait) => wait.max(SHORTEST_PAUSE).min(self.policy.idle_poll),
                            Work::OfAnotherMachine => {
                                may_send = MaySend::OtherMachine;
                                self.policy.idle_poll
                            }
                            _ => self.policy.idle_poll,
                        }
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

    fn claim(&self, worker: &Worker) -> Claim {
        Claim {
            lane: self.lane.clone(),
            machine: self.guard.machine.clone(),
            by: self.by(&worker.who),
            hand: worker.hand.clone(),
        }
    }

    /// The next document that is to be sent, if there is one; or when there will be.
    async fn ask_for_work(&self, worker: &Worker) -> Result<Work, OutboxError> {
        let asked = self.asked();
        let claimed = self.write(self.claim(worker)).await?;
        Ok(match (claimed.job, claimed.due_in) {
            (Some(job), _) => Work::Job(job, asked),
            (None, _) if claimed.is_anothers => Work::OfAnotherMachine,
            (None, Some(wait)) => Work::DueIn(wait),
            (None, None) => Work::Nothing,
        })
    }

    /// Whether this machine may send; not while that cannot be found out.
    async fn looked_at_marks(&self) -> MaySend {
        self.look_at_marks(true).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the outbox could not be held against its mark");
            MaySend::NoMark
        })
    }

    fn asked(&self) -> Asked {
        Asked {
            by_stopwatch: Instant::now(),
            by_the_clock: self.now(),
        }
    }

    /// How long a sending may take, so that nothing of it is on the wire when the lease ends and another worker takes over. None
    /// when that time is over: the process or the machine may have slept since it asked for work. Two clocks are asked, since one of
    /// them may be set and the other stands still while a machine sleeps.
    fn time_on_the_wire(&self, asked: Asked) -> Option<Duration> {
        let passed = asked.by_stopwatch.elapsed().max(since(self.now(), asked.by_the_clock));
        let left = self.policy.longest_on_the_wire().checked_sub(passed)?;
        Some(left).filter(|time| !time.is_zero())
    }

    /// Sends a document, keeps the answer, and takes the next one in hand in the same transaction.
    async fn send(
        &self,
        client: &Client,
        job: Job,
        asked: Asked,
        worker: &Worker,
        stopping: &Stopping,
        beat: &Beat,
    ) -> Option<(Job, Asked)> {
        beat.within(self.policy.lease);
        let of_station = job.station.clone().map(|station| client.for_station(station));
        let client = of_station.as_ref().unwrap_or(client);
        let _ = failpoint::hit("submit", Moment::BeforeWrite);
        let mut answer = Answer::default();
        let marked = self.mark_sending(&job).await;
        // Counted after the mark, which may have waited for the disk.
        let time = self.time_on_the_wire(asked);
        let was_sent = time.is_some() && marked.is_ok();
        let (reply, reason) = match time.filter(|_| marked.is_ok()) {
            None if marked.is_err() => (Reply::NotSent, marked.err().unwrap_or_default()),
            None => (
                Reply::NotSent,
                "the worker got to it too late in its lease, and sent nothing".to_owned(),
            ),
            Some(time) => match timeout(time, client.submit(&job.frozen)).await {
                Ok(Ok(request_id)) => {
                    let service_time = client.service_time().map(Timestamp::as_microsecond);
                    let taken = Reply::Accepted {
                        request_id,
                        service_time,
                    };
                    (taken, String::new())
                }
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
        let answered_at = Instant::now();
        let answered = self.asked();
        let mut next = (!*stopping.borrow() && self.blocked().is_none()).then(|| self.claim(worker));
        loop {
            beat.within(self.policy.lease);
            let turn = Turn {
                replied: Replied {
                    seq: job.seq,
                    token: job.token,
                    revision: job.revision,
                    reply: reply.clone(),
                    reason: reason.clone(),
                    answer: answer.clone(),
                    by: self.by(&worker.who),
                },
                next: next.take(),
            };
            match self.write(turn).await {
                Ok((noted, claimed)) => {
                    if let Reply::Accepted { request_id, .. } = &reply {
                        let document = job.frozen.document_id();
                        self.counter
                            .accepted(&self.lane, document, request_id, answered_at, self.given());
                    }
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
                Err(error) if *stopping.borrow() && asked.by_stopwatch.elapsed() > self.policy.lease => {
                    tracing::error!(%error, document = job.frozen.document_id(), "the service's answer is not kept");
                    return None;
                }
                Err(error) if error.may_be_mended() => {
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
