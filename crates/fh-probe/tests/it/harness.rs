//! A simulator, and a probe of it that does not wait longer than it must.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use fh_auth::{AppVersion, Application, Identity, Station};
use fh_probe::{Limits, Outcome, Probe, ProbeError};
use fh_sim::{Options, Sim};
use fh_types::{Clock, jiff};

/// How long results take: long enough to ask once before they are there.
pub(crate) const SETTLE: Duration = Duration::from_millis(25);

pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.poll = Duration::from_millis(20);
    limits.pause = Duration::from_millis(1);
    limits.settle = Duration::from_secs(10);
    limits
}

pub(crate) fn identity() -> Identity {
    Identity::new(
        Application::new("ProbeTest").unwrap(),
        Station::new("till-1").unwrap(),
        AppVersion::new("1.0").unwrap(),
    )
}

/// A clock that runs a hundred times faster than life, so that no two documents fall into one second.
#[derive(Debug)]
struct Fast {
    from: jiff::Timestamp,
    started: Instant,
}

impl Clock for Fast {
    fn now(&self) -> jiff::Timestamp {
        let passed = self.started.elapsed() * 100;
        self.from.checked_add(passed).unwrap()
    }
}

/// The one clock of all simulators and probes of this process.
pub(crate) fn clock() -> Arc<dyn Clock> {
    static CLOCK: OnceLock<Arc<Fast>> = OnceLock::new();
    let clock = CLOCK.get_or_init(|| {
        let from = "2026-11-27T10:00:00Z".parse().unwrap();
        Arc::new(Fast {
            from,
            started: Instant::now(),
        })
    });
    clock.clone()
}

pub(crate) async fn sim(mut options: Options) -> Sim {
    options.settle_delay = SETTLE;
    options.clock = clock();
    Sim::with_options(options).await.unwrap()
}

pub(crate) fn of(sim: &Sim, journal: &Path) -> Probe {
    Probe::new(sim.base_url(), sim.credentials(), identity(), journal)
        .limits(limits())
        .clock(clock())
}

pub(crate) async fn run(probe: &Probe, resume: bool) -> Result<Outcome, ProbeError> {
    probe.run(resume, std::future::pending(), &mut |_| {}).await
}

/// The answer to a question in a word, or what came instead.
pub(crate) fn answer(outcome: &Outcome, question: &str) -> String {
    let conclusion = outcome.bundle.conclusions.iter().find(|one| one.question == question);
    let conclusion = conclusion.unwrap_or_else(|| panic!("{question} is no question"));
    match conclusion.value() {
        Some(value) => value.to_owned(),
        None => format!("{:?}", conclusion.finding),
    }
}
