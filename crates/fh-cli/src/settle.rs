//! Waiting for the outcomes of what was submitted: asked for together, a hundred at a time, with a growing pause.

use std::{collections::BTreeMap, path::PathBuf, pin::pin, time::Duration};

use fiscal_harmony::{Client, Error, Outcome, Receipt, types::RequestId};
use futures_util::StreamExt;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

/// The pause before the first question, and the longest one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Which submission: its place among those of this command.
pub(crate) type Slot = usize;

/// What became of one submission.
#[derive(Debug)]
pub(crate) enum Settled {
    /// Known, or still pending at the end of the wait.
    Outcome(Slot, Outcome),
    /// The wait ended without an answer, because asking failed.
    Unanswered(Slot, Error),
    /// The PDF of a fiscalised document was saved, or not. Follows its outcome.
    Pdf(Slot, Result<PathBuf, PdfFailure>),
}

#[derive(Debug)]
pub(crate) enum PdfFailure {
    None,
    Fetch(Error),
    Save(std::io::Error),
}

struct Waiting {
    slot: Slot,
    id: RequestId,
    due: Instant,
    pause: Duration,
    deadline: Instant,
}

/// A task that settles what it is given.
pub(crate) struct Settler {
    requests: mpsc::UnboundedSender<Waiting>,
    settled: mpsc::UnboundedReceiver<Settled>,
    wait: Duration,
    task: JoinHandle<()>,
}

impl Settler {
    /// Waits for each submission up to `wait`, and saves PDFs into `pdfs` if it is given.
    pub(crate) fn start(client: Client, wait: Duration, pdfs: Option<PathBuf>) -> Self {
        let (requests, incoming) = mpsc::unbounded_channel();
        let (outgoing, settled) = mpsc::unbounded_channel();
        let task = tokio::spawn(
            Work {
                client,
                pdfs,
                incoming,
                outgoing,
                waiting: Vec::new(),
            }
            .run(),
        );
        Self {
            requests,
            settled,
            wait,
            task,
        }
    }

    /// Begins to wait for a submission; `pause` comes before the first question.
    pub(crate) fn add(&self, slot: Slot, id: RequestId, just_submitted: bool) {
        let now = Instant::now();
        let pause = if just_submitted {
            FIRST_PAUSE.min(self.wait)
        } else {
            Duration::ZERO
        };
        // The task ends only when this sender does.
        let _ = self.requests.send(Waiting {
            slot,
            id,
            due: now + pause,
            pause: FIRST_PAUSE,
            deadline: now + self.wait,
        });
    }

    /// The next piece of news. Ask only while something is outstanding.
    pub(crate) async fn next(&mut self) -> Option<Settled> {
        self.settled.recv().await
    }

    /// The next piece of news, if it is there already.
    pub(crate) fn try_next(&mut self) -> Option<Settled> {
        self.settled.try_recv().ok()
    }

    /// Stops asking. What was settled already can still be had.
    pub(crate) fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Work {
    client: Client,
    pdfs: Option<PathBuf>,
    incoming: mpsc::UnboundedReceiver<Waiting>,
    outgoing: mpsc::UnboundedSender<Settled>,
    waiting: Vec<Waiting>,
}

impl Work {
    async fn run(mut self) {
        loop {
            while let Ok(waiting) = self.incoming.try_recv() {
                self.waiting.push(waiting);
            }
            let now = Instant::now();
            match self.waiting.iter().map(|waiting| waiting.due).min() {
                Some(due) if due <= now => self.ask(now).await,
                Some(due) => {
                    tokio::select! {
                        () = sleep_until(due) => {}
                        Some(waiting) = self.incoming.recv() => self.waiting.push(waiting),
                    }
                }
                None => match self.incoming.recv().await {
                    Some(waiting) => self.waiting.push(waiting),
                    None => return,
                },
            }
        }
    }

    /// Asks for everything that is due.
    async fn ask(&mut self, now: Instant) {
        let due: Vec<_> = self.waiting.extract_if(.., |waiting| waiting.due <= now).collect();
        let ids: Vec<_> = due.iter().map(|waiting| waiting.id.clone()).collect();
        let mut answers = BTreeMap::new();
        let mut failure = None;
        {
            let mut outcomes = pin!(self.client.outcomes(ids));
            while let Some(answer) = outcomes.next().await {
                match answer {
                    Ok((id, outcome)) => {
                        answers.insert(id.as_str().to_owned(), outcome);
                    }
                    Err(error) => failure = Some(error),
                }
            }
        }
        for mut waiting in due {
            let over = Instant::now() >= waiting.deadline;
            match (answers.get(waiting.id.as_str()).cloned(), &failure) {
                (Some(Outcome::Fiscalised(receipt)), _) => self.fiscalised(waiting.slot, receipt).await,
                (Some(outcome), _) if over || outcome.is_settled() => {
                    self.tell(Settled::Outcome(waiting.slot, outcome));
                }
                (None, Some(error)) if over || !error.is_retryable() => {
                    self.tell(Settled::Unanswered(waiting.slot, error.clone()));
                }
                (None, None) if over => self.tell(Settled::Outcome(waiting.slot, Outcome::Pending)),
                _ => {
                    waiting.pause = (waiting.pause * 3 / 2).min(LONGEST_PAUSE);
                    // The last question is asked at the deadline, not left out because of a long pause.
                    waiting.due = (Instant::now() + waiting.pause).min(waiting.deadline);
                    self.waiting.push(waiting);
                }
            }
        }
    }

    async fn fiscalised(&self, slot: Slot, receipt: Receipt) {
        self.tell(Settled::Outcome(slot, Outcome::Fiscalised(receipt.clone())));
        let Some(folder) = &self.pdfs else { return };
        let saved = if receipt.pdf.is_none() {
            Err(PdfFailure::None)
        } else {
            match self.client.pdf(&receipt).await {
                Ok(pdf) => pdf.save_in(folder).map_err(PdfFailure::Save),
                Err(error) => Err(PdfFailure::Fetch(error)),
            }
        };
        self.tell(Settled::Pdf(slot, saved));
    }

    fn tell(&self, settled: Settled) {
        // Whoever asked may have been interrupted.
        let _ = self.outgoing.send(settled);
    }
}
