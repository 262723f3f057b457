//! What experiments are made with: asking a question until its answer counts, having a document fiscalised, and the limits of it all.

use std::time::{Duration, Instant};

use fh_types::{CatDateTime, Clock, jiff};

use crate::{
    exchange::{Answer, Exchange, Reply, Request, member},
    journal::{Journal, JournalError, Made},
    log::{Log, is_out_of_order},
    proof,
    sample::{Facts, Sample},
    verdict::{Attempt, Decided, Fate},
    wire::{Ask, Wire},
};

/// What a probe may cost. The documented figures are the defaults; tests shorten the waits.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Limits {
    /// How many documents may be sent.
    pub documents: u32,
    /// How long it may take.
    pub time: Duration,
    /// How often one question is put before it is given up.
    pub tries: u32,
    /// How long one result is waited for.
    pub settle: Duration,
    /// How long to wait before a result is asked for the second time; each wait is twice the last, up to sixteen times this.
    pub poll: Duration,
    /// How long to wait before something is tried again.
    pub pause: Duration,
    /// How long one request may take.
    pub request: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            documents: 60,
            time: Duration::from_secs(600),
            tries: 6,
            settle: Duration::from_secs(60),
            poll: Duration::from_millis(250),
            pause: Duration::from_millis(250),
            request: Duration::from_secs(30),
        }
    }
}

/// What happens while a probe runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'e> {
    /// An experiment begins.
    Experiment {
        /// Its name.
        name: &'e str,
        /// Which one it is, from 1.
        number: usize,
        /// Of how many.
        of: usize,
    },
    /// Something is about to be sent.
    Sending {
        /// The step.
        step: &'e str,
    },
    /// Something came back, or did not.
    Answered(&'e Exchange),
    /// Everything was asked; what arrives at this address is written down.
    Listening {
        /// The address, for the portal behind whatever makes it reachable.
        address: std::net::SocketAddr,
    },
    /// Something a person should know.
    Remark(&'e str),
}

/// Why an experiment does not go on.
#[derive(Debug)]
pub(crate) enum Halt {
    /// There are no more documents, or there is no more time.
    Limit(&'static str),
    /// A receipt's link does not lead to the authority's test host.
    NotATest {
        link: String,
    },
    Journal(JournalError),
}

impl From<JournalError> for Halt {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

pub(crate) struct Bench<'b> {
    pub(crate) wire: &'b Wire,
    pub(crate) log: Log,
    pub(crate) journal: Journal,
    pub(crate) limits: Limits,
    pub(crate) clock: &'b dyn Clock,
    pub(crate) tag: String,
    pub(crate) facts: Option<Facts>,
    /// The number of this run, in the names of steps that each run does anew.
    pub(crate) run: u32,
    pub(crate) left: Vec<Made>,
    observe: &'b mut dyn FnMut(Event<'_>),
    started: Instant,
    sent: u32,
    numbered: u32,
    last_date: i64,
    /// Whether documents must not follow each other within a second, and when the last one was sent.
    slow: bool,
    last_second: i64,
}

impl<'b> Bench<'b> {
    #[expect(clippy::too_many_arguments, reason = "made in one place")]
    pub(crate) fn new(
        wire: &'b Wire,
        log: Log,
        journal: Journal,
        limits: Limits,
        clock: &'b dyn Clock,
        tag: String,
        run: u32,
        left: Vec<Made>,
        observe: &'b mut dyn FnMut(Event<'_>),
    ) -> Self {
        let documents = log.all_documents();
        let numbered = u32::try_from(documents.len()).unwrap_or(u32::MAX);
        let dates = documents.iter().filter_map(|attempt| {
            let body: serde_json::Value = serde_json::from_str(attempt.submit.request.body.as_deref()?).ok()?;
            let date: CatDateTime = member(&body, "Date")?.as_str()?.parse().ok()?;
            Some(date.timestamp().as_second())
        });
        let last_date = dates.max().unwrap_or(i64::MIN);
        Self {
            wire,
            journal,
            limits,
            clock,
            tag,
            facts: None,
            run,
            left,
            observe,
            started: Instant::now(),
            sent: 0,
            numbered,
            last_date,
            slow: false,
            last_second: 0,
            log,
        }
    }

    pub(crate) fn tell(&mut self, event: Event<'_>) {
        (self.observe)(event);
    }

    pub(crate) fn time_left(&self) -> Duration {
        self.limits.time.saturating_sub(self.started.elapsed())
    }

    fn in_time(&self) -> Result<(), Halt> {
        if self.started.elapsed() < self.limits.time {
            Ok(())
        } else {
            Err(Halt::Limit("the time of a probe was up"))
        }
    }

    /// Sends one request and writes it down, before and after.
    pub(crate) async fn exchange(&mut self, step: &str, ask: &Ask) -> Result<&Exchange, Halt> {
        self.in_time()?;
        let at_ms = self.clock.now().as_millisecond();
        let (request, prepared) = self.wire.prepare(ask);
        self.journal.intent(step, at_ms, &request)?;
        (self.observe)(Event::Sending { step });
        let reply = self.wire.send(prepared).await;
        let exchange = Exchange {
            step: step.to_owned(),
            at_ms,
            request,
            reply,
        };
        self.journal.reply(&exchange)?;
        (self.observe)(Event::Answered(&exchange));
        self.log.push(exchange);
        Ok(&self.log.all()[self.log.all().len() - 1])
    }

    /// Puts a question until its answer counts, or it was put often enough. Nothing is sent when it was answered in an earlier run.
    pub(crate) async fn ask(&mut self, variant: &str, ask: Ask) -> Result<Option<Answer>, Halt> {
        self.ask_each(variant, |_| ask.clone()).await
    }

    /// The same, with a request that differs by the number of the attempt.
    pub(crate) async fn ask_each(&mut self, variant: &str, ask: impl Fn(u32) -> Ask) -> Result<Option<Answer>, Halt> {
        for put in 0..=self.limits.tries {
            if let Some(answer) = self.log.answer(variant) {
                return Ok(Some(answer.clone()));
            }
            if put == self.limits.tries {
                break;
            }
            let number = self.log.attempts(variant) + 1;
            let exchange = self.exchange(&format!("{variant}/{number}"), &ask(number)).await?;
            let wait = wait_after(exchange);
            self.pause(wait).await;
        }
        Ok(None)
    }

    /// Writes down what arrived by itself.
    pub(crate) fn arrived(&mut self, request: Request, reply: Reply) -> Result<(), Halt> {
        let number = self.log.under("webhooks/in").count() + 1;
        let at_ms = self.clock.now().as_millisecond();
        let exchange = Exchange {
            step: format!("webhooks/in/{number}"),
            at_ms,
            request,
            reply,
        };
        self.journal.arrival(&exchange)?;
        (self.observe)(Event::Answered(&exchange));
        self.log.push(exchange);
        Ok(())
    }

    /// Waits before something is tried again: as long as the service wants, within reason.
    async fn pause(&self, wanted: Option<Duration>) {
        let Some(wanted) = wanted else { return };
        tokio::time::sleep(wanted.max(self.limits.pause).min(Duration::from_secs(30))).await;
    }

    /// A new id for a document, which says that it is a test.
    pub(crate) fn new_id(&mut self) -> String {
        self.numbered += 1;
        format!("FH-PROBE-{}-{:02}", self.tag, self.numbered)
    }

    /// A date later than that of every document before.
    pub(crate) async fn new_date(&mut self) -> CatDateTime {
        /// The authority looks askance at what is dated five minutes ahead.
        const AHEAD: i64 = 200;
        loop {
            let now = self.clock.now().as_second();
            let next = now.max(self.last_date.saturating_add(1));
            if next <= now + AHEAD {
                self.last_date = next;
                let timestamp = jiff::Timestamp::from_second(next).unwrap_or_else(|_| self.clock.now());
                return CatDateTime::from_timestamp(timestamp);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The facts about the account; they were looked up before the first document.
    pub(crate) fn facts(&self) -> Result<Facts, Halt> {
        self.facts.clone().ok_or(Halt::Limit(
            "the account has no tax and no currency that a document could name",
        ))
    }

    /// Has a document fiscalised, with fresh ids until it is known what becomes of such a document.
    pub(crate) async fn document(
        &mut self,
        variant: &str,
        make: impl Fn(&Facts, &str, CatDateTime) -> Sample,
    ) -> Result<Option<Decided>, Halt> {
        self.document_each(variant, |_, facts, id, date| make(facts, id, date))
            .await
    }

    /// The same, of a document that differs by the number of the attempt.
    pub(crate) async fn document_each(
        &mut self,
        variant: &str,
        make: impl Fn(u32, &Facts, &str, CatDateTime) -> Sample,
    ) -> Result<Option<Decided>, Halt> {
        for put in 0..=self.limits.tries {
            if let Some(decided) = self.log.document(variant) {
                return Ok(Some(decided));
            }
            // Of one that was taken in an earlier run, the result may be there by now.
            let waiting = self
                .log
                .documents(variant)
                .pop()
                .filter(|attempt| matches!(attempt.fate, Fate::Waiting { .. }));
            if let Some(name) = waiting.map(|attempt| attempt.name().to_owned())
                && put == 0
            {
                self.follow(&name, true).await?;
                continue;
            }
            if put == self.limits.tries {
                break;
            }
            let number = self.log.attempts(variant) + 1;
            let attempt = format!("{variant}/{number}");
            let sample = self
                .sample(&|facts: &Facts, id: &str, date| make(number, facts, id, date))
                .await?;
            self.hand_in(&attempt, &sample).await?;
            self.follow(&attempt, true).await?;
            // The receipt has the time of its acceptance, in whole seconds: from now on there is a second between documents.
            self.slow |= self
                .log
                .attempt(&attempt)
                .is_some_and(|attempt| is_out_of_order(&attempt.fate));
        }
        Ok(None)
    }

    /// A document of a kind, with a fresh id and date.
    pub(crate) async fn sample(&mut self, make: &impl Fn(&Facts, &str, CatDateTime) -> Sample) -> Result<Sample, Halt> {
        let facts = self.facts()?;
        let id = self.new_id();
        let date = self.new_date().await;
        Ok(make(&facts, &id, date))
    }

    /// Hands a document in.
    pub(crate) async fn hand_in(&mut self, attempt: &str, sample: &Sample) -> Result<(), Halt> {
        if self.sent >= self.limits.documents {
            return Err(Halt::Limit("as many documents were sent as a probe may send"));
        }
        while self.slow && self.clock.now().as_second() <= self.last_second + 1 {
            tokio::time::sleep(self.limits.pause.min(Duration::from_millis(250))).await;
        }
        self.last_second = self.clock.now().as_second();
        let exchange = self
            .exchange(&format!("{attempt}/submit"), &Ask::post(sample.path, sample.body()))
            .await?;
        let refused = exchange.steady().is_some_and(|answer| !answer.is_success());
        let wait = wait_after(exchange);
        if !refused && !matches!(exchange.reply, Reply::NotSent { .. }) {
            self.sent += 1;
        }
        self.pause(wait).await;
        Ok(())
    }

    /// Asks for the result of what was handed in until it is there. With `to_the_end` off, asks once, at once.
    pub(crate) async fn follow(&mut self, attempt: &str, to_the_end: bool) -> Result<(), Halt> {
        let begun = Instant::now();
        let mut wait = self.limits.poll;
        loop {
            let Some(request) = self.waiting_for(attempt) else {
                return self.check_link(attempt);
            };
            let number = self
                .log
                .all()
                .iter()
                .filter(|one| one.step.starts_with(&format!("{attempt}/poll-")))
                .count()
                + 1;
            let body = serde_json::Value::from(vec![request]).to_string();
            self.exchange(&format!("{attempt}/poll-{number}"), &Ask::post("/status", body))
                .await?;
            if self.waiting_for(attempt).is_none() {
                return self.check_link(attempt);
            }
            if !to_the_end || begun.elapsed() > self.limits.settle {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(self.limits.poll * 16);
        }
    }

    pub(crate) fn attempt(&self, name: &str) -> Option<Attempt<'_>> {
        self.log.attempt(name)
    }

    fn waiting_for(&self, attempt: &str) -> Option<String> {
        match self.attempt(attempt)?.fate {
            Fate::Waiting { request } => Some(request),
            _ => None,
        }
    }

    /// The first receipt's link must lead to the authority's test host; so must every other.
    fn check_link(&mut self, attempt: &str) -> Result<(), Halt> {
        let Some(Fate::Fiscalised { record, .. }) = self.attempt(attempt).map(|attempt| attempt.fate) else {
            return Ok(());
        };
        let data = member(&record, "QrData");
        let link = data
            .and_then(|data| member(data, "QrCodeUrl"))
            .and_then(|link| link.as_str())
            .unwrap_or_default();
        if !proof::is_test_link(link) {
            return Err(Halt::NotATest { link: link.to_owned() });
        }
        Ok(())
    }
}

/// How long to wait after an answer that does not count, if at all.
fn wait_after(exchange: &Exchange) -> Option<Duration> {
    match exchange.answer() {
        Some(answer) if !answer.is_passing() => None,
        Some(answer) => {
            let seconds = answer.headers.get("retry-after").and_then(|value| value.parse().ok());
            Some(Duration::from_secs(seconds.unwrap_or(0)))
        }
        None => Some(Duration::ZERO),
    }
}
