//! One run of the probe: from the look at the environment to the bundle.

use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use fh_auth::{Credentials, Identity};
use fh_types::{CatDateTime, Clock, SystemClock, jiff};
use reqwest::Url;

use crate::{
    bench::{Bench, Event, Halt, Limits},
    bundle::{About, Bundle},
    experiments,
    journal::{Begin, Journal, JournalError, Made},
    listen::Ears,
    log::Log,
    proof::Refusal,
    question::{EXPERIMENTS, QUESTIONS, Risk},
    reading::conclude_one,
    redaction::Redactor,
    wire::Wire,
};

/// A probe of one environment.
#[derive(Clone)]
pub struct Probe {
    base_url: String,
    credentials: Credentials,
    identity: Identity,
    journal: PathBuf,
    limits: Limits,
    clock: Arc<dyn Clock>,
    red: bool,
    listen: Option<SocketAddr>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// What was found, over all runs.
    pub bundle: Bundle,
    /// Whether it ended before all was asked, and why.
    pub cut_short: Option<String>,
    /// Mappings of the probe's own that could not be taken back.
    pub left: Vec<Made>,
    redactor: Redactor,
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// The environment is not shown to be a test one. Nothing was sent to it that changes anything.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The first receipt shows that it is no test environment after all.
    #[error(
        "stopped at once: the receipt of a document leads to {link}, which is not the authority's test host. What was sent may count: \
         cancel the document {document} with a credit note, and tell Fiscal Harmony that this device's qrUrl does not say where its \
         receipts go. Mappings of the probe that are left: {left}"
    )]
    NotATest {
        /// The link.
        link: String,
        /// The document.
        document: String,
        /// What is left of the probe's own mappings.
        left: String,
    },
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is a journal already.
    #[error(
        "{} is the journal of an earlier probe: go on with it with --resume, or name another file with --journal", path.display()
    )]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The journal is of another environment.
    #[error("the journal is of {journal}, and the profile says {wanted}; a probe is of one environment")]
    Elsewhere {
        /// The journal's.
        journal: String,
        /// What was asked for.
        wanted: String,
    },
    /// The address cannot be used, or the HTTP client cannot be set up.
    #[error("{0}")]
    Setup(String),
}

impl Probe {
    /// A probe of this address as this device, which writes down everything in this file.
    #[must_use]
    pub fn new(
        base_url: impl Into<String>,
        credentials: Credentials,
        identity: Identity,
        journal: impl Into<PathBuf>,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            credentials,
            identity,
            journal: journal.into(),
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            red: false,
            listen: None,
        }
    }

    /// Listens at this address for webhooks when everything else was asked, until the time is up or it is asked to stop: for the portal's
    /// Save & Test, which a person must press.
    #[must_use]
    pub fn webhook_listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// What it may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where the dates of documents come from.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Asks the red questions too: those that may leave a red receipt. A person has agreed to it.
    #[must_use]
    pub fn red(mut self, red: bool) -> Self {
        self.red = red;
        self
    }

    /// Begins, or goes on with the journal of an earlier run when `resume` is set. Ends early when `stop` does: then the probe's own
    /// mappings are taken back, and what was found so far is in the outcome.
    ///
    /// Dropping the future is like a process that is killed: the journal holds what was done, and a resumed probe goes on from there.
    ///
    /// # Errors
    ///
    /// When the environment is not shown to be a test one, a receipt's link shows that it is not, or the journal cannot be used.
    pub async fn run(
        &self,
        resume: bool,
        stop: impl Future<Output = ()>,
        observe: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome, ProbeError> {
        let base = Url::parse(self.base_url.trim())
            .map_err(|error| ProbeError::Setup(format!("{:?} is no address: {error}", self.base_url)))?;
        let wire = Wire::new(
            base,
            self.credentials.clone(),
            self.identity.clone(),
            self.limits.request,
        )
        .map_err(|error| ProbeError::Setup(format!("the HTTP client cannot be set up: {error}")))?;
        let now = self.clock.now();
        let (mut journal, begin, log, runs, agreed, left) = if resume {
            let (journal, held) = Journal::reopen(&self.journal)?;
            if held.begin.base_url != self.base_url {
                return Err(ProbeError::Elsewhere {
                    journal: held.begin.base_url,
                    wanted: self.base_url.clone(),
                });
            }
            (journal, held.begin, held.log, held.runs, held.red, held.left)
        } else {
            if self.journal.exists() {
                return Err(ProbeError::Exists {
                    path: self.journal.clone(),
                });
            }
            let begin = Begin {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                at_ms: now.as_millisecond(),
                base_url: self.base_url.clone(),
                tag: random(3)?.to_uppercase(),
                salt: random(32)?,
            };
            (
                Journal::create(&self.journal, &begin)?,
                begin,
                Log::default(),
                0,
                false,
                Vec::new(),
            )
        };
        let red = self.red || agreed;
        journal.run(now.as_millisecond(), self.red)?;
        let run = runs + 1;
        let mut bench = Bench::new(
            &wire,
            log,
            journal,
            self.limits,
            self.clock.as_ref(),
            begin.tag.clone(),
            run,
            left,
            observe,
        );
        let mut stop = std::pin::pin!(stop);
        let looked = tokio::select! {
            looked = experiments::look(&mut bench, &self.base_url) => Some(looked),
            () = stop.as_mut() => None,
        };
        let (environment, mut cut_short) = match looked {
            None => ("not looked at".to_owned(), Some("it was asked to stop".to_owned())),
            Some(Ok(proven)) => (proven?.to_string(), None),
            Some(Err(halt)) => ("not looked at".to_owned(), Some(self.told(halt, &bench)?)),
        };
        let mut ears = match self.listen {
            None => None,
            Some(address) => Some(
                Ears::open(address, self.credentials.secret().clone())
                    .await
                    .map_err(|error| ProbeError::Setup(format!("{address} cannot be listened at: {error}")))?,
            ),
        };
        if cut_short.is_none() {
            let ended = tokio::select! {
                ended = all(&mut bench, red, ears.as_mut()) => Some(ended),
                () = stop.as_mut() => None,
            };
            cut_short = match ended {
                None => Some("it was asked to stop".to_owned()),
                Some(Ok(())) => None,
                Some(Err(halt)) => Some(self.told(halt, &bench)?),
            };
            // What is the probe's own is taken back, also after Ctrl-C. Whoever asks to stop a second time drops this future.
            bench.limits.time = Duration::from_secs(3600);
            if let Err(halt) = experiments::clean_up(&mut bench).await {
                let told = self.told(halt, &bench)?;
                bench.tell(Event::Remark(&told));
            }
        }
        for question in QUESTIONS {
            let conclusion = conclude_one(&bench.log, question, red);
            bench.journal.conclusion(&conclusion)?;
        }
        bench.journal.sync()?;
        let date = jiff::Timestamp::from_millisecond(begin.at_ms).map(CatDateTime::from_timestamp);
        let documents = bench
            .log
            .all_documents()
            .iter()
            .filter(|attempt| attempt.may_be_taken())
            .count();
        let about = About {
            date: date.map(|date| date.to_string()).unwrap_or_default(),
            base_url: self.base_url.clone(),
            environment,
            red,
            runs: run,
            documents,
            left: bench.left.iter().map(|made| made.code.clone()).collect(),
            ..About::default()
        };
        let Bench { log, left, .. } = bench;
        let redactor = Redactor::new(
            self.credentials.key().clone(),
            self.credentials.secret().clone(),
            &begin.salt,
            log.all(),
        );
        Ok(Outcome {
            bundle: Bundle::new(about, &log, &redactor),
            cut_short,
            left,
            redactor,
        })
    }

    /// Why an experiment ended early, unless that is an error.
    fn told(&self, halt: Halt, bench: &Bench<'_>) -> Result<String, ProbeError> {
        match halt {
            Halt::Limit(why) => Ok(why.to_owned()),
            Halt::Journal(error) => Err(error.into()),
            Halt::NotATest { link } => {
                let documents = bench.log.all_documents();
                let body = documents
                    .last()
                    .and_then(|attempt| attempt.submit.request.body.as_deref());
                let body: serde_json::Value = body
                    .and_then(|body| serde_json::from_str(body).ok())
                    .unwrap_or_default();
                let document = body
                    .get("InvoiceId")
                    .or_else(|| body.get("CreditNoteId"))
                    .and_then(|id| id.as_str());
                let left: Vec<_> = bench.left.iter().map(|made| made.code.as_str()).collect();
                Err(ProbeError::NotATest {
                    link,
                    document: document.unwrap_or_default().to_owned(),
                    left: if left.is_empty() {
                        "none".to_owned()
                    } else {
                        left.join(", ")
                    },
                })
            }
        }
    }
}

impl Outcome {
    /// Looks for secrets in the bundle and writes it.
    ///
    /// # Errors
    ///
    /// When something that must not leave this machine is still in it, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), crate::BundleError> {
        self.bundle.write(path, &self.redactor)
    }
}

async fn all(bench: &mut Bench<'_>, red: bool, ears: Option<&mut Ears>) -> Result<(), Halt> {
    let wanted: Vec<_> = EXPERIMENTS.iter().filter(|one| red || one.risk != Risk::Red).collect();
    for (place, experiment) in wanted.iter().enumerate() {
        bench.tell(Event::Experiment {
            name: experiment.name,
            number: place + 1,
            of: wanted.len(),
        });
        if experiment.documents > 0 && bench.facts.is_none() {
            experiments::prepare(bench).await?;
        }
        experiments::run(bench, experiment.name).await?;
    }
    match ears {
        Some(ears) => listen(bench, ears).await,
        None => Ok(()),
    }
}

/// Writes down what arrives, until the time is up; whoever asks to stop ends it sooner.
async fn listen(bench: &mut Bench<'_>, ears: &mut Ears) -> Result<(), Halt> {
    bench.tell(Event::Listening { address: ears.address });
    let end = tokio::time::Instant::now() + bench.time_left();
    loop {
        let arrival = tokio::select! {
            arrival = ears.next() => arrival,
            () = tokio::time::sleep_until(end) => return Ok(()),
        };
        bench.arrived(arrival.0, arrival.1)?;
    }
}

/// Random bytes as hexadecimal digits. Without them pseudonyms could be undone, so that there is no probe.
fn random(bytes: usize) -> Result<String, ProbeError> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer)
        .map_err(|error| ProbeError::Setup(format!("the system gives no random numbers: {error}")))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}
