//! Asking what became of the documents that the service has taken: seldom and for many at once, or sooner where somebody waits.

use std::{collections::HashMap, pin::pin, time::Duration};

use fiscal_harmony::{
    Client, Error, Outcome,
    client::STATUS_BATCH,
    types::{RequestId, jiff::Timestamp},
};
use futures_util::TryStreamExt;
use tokio::time::Instant;

use super::pause::{Stopping, pause};
use crate::{
    counter::{Given, Lesson, Plan},
    error::OutboxError,
    failpoint::{self, Moment},
    machine::{Micros, Witness, since},
    outbox::Outbox,
    store::{
        bearer::Bearer,
        settling::{GivenUp, Poll},
        tempo::{Learn, ReadTempo, WithTheService},
    },
    vitals::Beat,
};

/// What the asking task knows of time besides this machine's clock.
#[derive(Default)]
struct Times {
    service_time: Option<Micros>,
    /// Since when each request was seen to be undecided, by the stopwatch.
    undecided: HashMap<RequestId, Instant>,
    /// Whether the clocks agreed when that was last looked at; none before.
    agreed: Option<Option<bool>>,
}

impl Times {
    fn note(&mut self, client: &Client, outcomes: &[(RequestId, Outcome)]) {
        self.service_time = client.service_time().map(Timestamp::as_microsecond);
        for (request_id, outcome) in outcomes {
            if outcome.is_settled() {
                self.undecided.remove(request_id);
            } else {
                self.undecided.entry(request_id.clone()).or_insert_with(Instant::now);
            }
        }
    }

    fn witness(&self, request_id: &RequestId) -> Witness {
        Witness {
            service_time: self.service_time,
            running: self.undecided.get(request_id).map(Instant::elapsed).unwrap_or_default(),
        }
    }

    /// Whether what was given up is to be asked about: at the beginning, and whenever the clocks have come to agree.
    fn asks_again(&mut self, agree: Option<bool>) -> bool {
        let before = self.agreed.replace(agree);
        before.is_none() || (agree == Some(true) && before == Some(Some(false)))
    }
}

/// Those who wait share a question where theirs would come closer together than this, which nobody at a counter notices.
const SHARED: Duration = Duration::from_millis(50);

/// How long a question for results may take, with all its tries, before the worker counts as stuck.
const ASKING: Duration = Duration::from_secs(300);

impl Outbox {
    pub(super) async fn ask_all(&self, client: &Client, mut stopping: Stopping) {
        let bell = self.counter.bell(&self.lane);
        self.recall().await;
        // When the usual questions have their turn.
        let mut usual = Instant::now();
        // And those of whoever waits.
        let mut eager = Instant::now();
        let mut times = Times::default();
        let beat = Beat::begin(&self.vitals, &self.lane);
        while !*stopping.borrow() {
            beat.within(ASKING);
            // Asked for before anything is looked at, so that nobody who comes meanwhile is missed.
            let mut woken = pin!(bell.notified());
            woken.as_mut().enable();
            if let Some(wait) = self.blocked() {
                beat.within(wait);
                pause(wait, &mut stopping).await;
                continue;
            }
            if times.asks_again(self.clock_agrees(client)) {
                self.ask_about_what_was_given_up(client, &mut times).await;
            }
            let plan = self.plan().await;
            let next = if plan.due.is_empty() { plan.next } else { Some(eager) };
            let now = Instant::now();
            if usual <= now || (eager <= now && !plan.due.is_empty()) {
                let asked = match self.ask_once(client, plan, &mut times).await {
                    Ok(asked) => asked,
                    Err(error) => {
                        tracing::warn!(%error, "outcomes could not be kept");
                        0
                    }
                };
                if asked < STATUS_BATCH {
                    // What becomes due meanwhile shares the next question.
                    usual = Instant::now() + self.policy.poll_linger;
                }
                eager = Instant::now() + SHARED;
                continue;
            }
            let until = next.map_or(usual, |next| next.min(usual));
            tokio::select! {
                () = woken => {}
                () = pause(until.saturating_duration_since(Instant::now()), &mut stopping) => {}
            }
        }
    }

    /// What is to be done for those who wait. What nobody in this process knows of is looked up: another process may have sent it.
    async fn plan(&self) -> Plan {
        let plan = self.counter.plan(&self.lane, Instant::now());
        if plan.unknown.is_empty() {
            return plan;
        }
        let look = WithTheService {
            documents: plan.unknown,
            by: self.by("status"),
        };
        let with = self.store.read(look).await.unwrap_or_default();
        for (document, request_id, age) in with {
            let at = Instant::now().checked_sub(age).unwrap_or_else(Instant::now);
            self.counter
                .accepted(&self.lane, &document, &request_id, at, self.given());
        }
        self.counter.plan(&self.lane, Instant::now())
    }

    /// What was learnt of the lane before.
    async fn recall(&self) {
        match self.store.read(ReadTempo(self.lane.clone())).await {
            Ok(tempo) => self.counter.set_tempo(&self.lane, tempo),
            Err(error) => tracing::warn!(%error, "what was learnt of the lane could not be read"),
        }
    }

    /// The questions of a document that somebody waits for.
    pub(super) fn given(&self) -> Given {
        Given {
            skipped: if self.policy.webhooks { 3 } else { 0 },
            most: self.policy.eager_questions,
        }
    }

    /// One question, for what is due by its age and for what somebody waits for.
    async fn ask_once(&self, client: &Client, plan: Plan, times: &mut Times) -> Result<usize, OutboxError> {
        let mut reserved = plan.reserved;
        reserved.extend(plan.due.iter().cloned());
        let limit = STATUS_BATCH.saturating_sub(plan.due.len());
        let poll = Poll {
            lane: self.lane.clone(),
            limit: i64::try_from(limit).unwrap_or(100),
            reserved,
            by: self.by("status"),
        };
        let usual = self.store.write(poll).await.inspect_err(|_| {
            self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane));
        })?;
        self.counter.asked(&self.lane, &plan.due);
        let mut requests = plan.due;
        requests.extend(usual);
        let asked = requests.len();
        if asked == 0 {
            self.with_breaker(|breaker| breaker.had_nothing_to_try(&self.lane));
            return Ok(0);
        }
        let asked_at = Instant::now();
        let _ = failpoint::hit("status", Moment::BeforeWrite);
        let outcomes: Result<Vec<_>, Error> = client.outcomes(requests).try_collect().await;
        let _ = failpoint::hit("status", Moment::AfterCommit);
        self.note_clock(client);
        match outcomes {
            Ok(outcomes) => {
                self.with_breaker(|breaker| breaker.succeeded(&self.lane, self.now()));
                let lessons = self.lessons(&outcomes, asked_at);
                times.note(client, &outcomes);
                self.settle_as("status", Bearer::All, outcomes, |id| times.witness(id))
                    .await?;
                self.learn(lessons).await;
            }
            // They are due again by their age.
            Err(error) => {
                self.failed(error.retry_after());
                tracing::warn!(%error, "the status could not be asked");
            }
        }
        Ok(asked)
    }

    /// Whether this machine's clock agrees with the service's; not known before the service has answered.
    fn clock_agrees(&self, client: &Client) -> Option<bool> {
        let there = client.service_time()?.as_microsecond();
        let (now, tolerance) = (self.now(), self.policy.clock_tolerance);
        Some(since(now, there) <= tolerance && since(there, now) <= tolerance)
    }

    /// Asks once more about what was given up after seven days, since a clock may have been wrong. What the answer proves is kept; it was the
    /// last time only if the clocks agree.
    async fn ask_about_what_was_given_up(&self, client: &Client, times: &mut Times) {
        let given_up = |are_done| GivenUp {
            lane: self.lane.clone(),
            are_done,
            limit: i64::try_from(STATUS_BATCH).unwrap_or(100),
        };
        let mut requests = match self.store.read(given_up(Vec::new())).await {
            Ok(requests) => requests,
            Err(error) => {
                tracing::warn!(%error, "what was given up could not be looked up");
                return;
            }
        };
        while !requests.is_empty() {
            let outcomes: Result<Vec<_>, Error> = client.outcomes(requests.clone()).try_collect().await;
            self.note_clock(client);
            let settled = match outcomes {
                Ok(outcomes) => {
                    times.note(client, &outcomes);
                    self.settle_as("status", Bearer::All, outcomes, |id| times.witness(id))
                        .await
                }
                Err(error) => {
                    tracing::warn!(%error, "what was given up could not be asked about");
                    return;
                }
            };
            if let Err(error) = settled {
                tracing::warn!(%error, "outcomes could not be kept");
                return;
            }
            if self.clock_agrees(client) != Some(true) {
                return;
            }
            requests = match self.store.write(given_up(requests)).await {
                Ok(requests) => requests,
                Err(error) => {
                    tracing::warn!(%error, "it could not be kept that they were asked about");
                    return;
                }
            };
        }
    }

    /// What the outcomes tell of the time that documents take.
    fn lessons(&self, outcomes: &[(RequestId, Outcome)], asked_at: Instant) -> Vec<Lesson> {
        let now = Instant::now();
        let mut lessons = Vec::new();
        for (request_id, outcome) in outcomes {
            if outcome.is_settled() {
                lessons.extend(self.counter.decided(&self.lane, request_id, now, false));
            } else {
                self.counter.pending(&self.lane, request_id, asked_at);
            }
        }
        lessons
    }

    async fn learn(&self, lessons: Vec<Lesson>) {
        if lessons.is_empty() {
            return;
        }
        let lane = self.lane.clone();
        match self.store.write(Learn { lane, lessons }).await {
            Ok(tempo) => self.counter.set_tempo(&self.lane, tempo),
            Err(error) => tracing::warn!(%error, "what was learnt of the lane could not be kept"),
        }
    }

    /// Results were pushed.
    pub(crate) async fn learn_of_pushed(&self, requests: &[RequestId]) {
        let now = Instant::now();
        for (lane, request_id) in self.counter.lanes_of(requests) {
            if let Some(lesson) = self.counter.decided(&lane, &request_id, now, true) {
                self.for_lane(lane).learn(vec![lesson]).await;
            }
        }
    }
}
