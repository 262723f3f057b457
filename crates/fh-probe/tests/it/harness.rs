//! A simulator, and a probe of it that does not wait longer than it must.

use std::{path::Path, time::Duration};

use fh_auth::{AppVersion, Application, Identity, Station};
use fh_probe::{Limits, Outcome, Probe, ProbeError};
use fh_sim::{Options, Sim};

/// How long results take: long enough to ask once before they are there.
pub(crate) const SETTLE: Duration = Duration::from_millis(60);

pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.poll = Duration::from_millis(15);
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

pub(crate) async fn sim(mut options: Options) -> Sim {
    options.settle_delay = SETTLE;
    Sim::with_options(options).await.unwrap()
}

pub(crate) fn of(sim: &Sim, journal: &Path) -> Probe {
    Probe::new(sim.base_url(), sim.credentials(), identity(), journal).limits(limits())
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
