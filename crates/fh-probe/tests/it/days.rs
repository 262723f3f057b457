//! What needs time: a probe that is resumed days later.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use fh_probe::Finding;
use fh_sim::{Options, Sim};
use fh_types::{Clock, SystemClock, jiff};
use tempfile::tempdir;

use crate::harness::{SETTLE, answer, of, run};

/// The machine's clock, some seconds ahead.
#[derive(Debug, Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> jiff::Timestamp {
        let seconds = u64::try_from(self.0.load(Ordering::Relaxed)).unwrap();
        SystemClock.now() + Duration::from_secs(seconds)
    }
}

#[tokio::test]
async fn a_day_later_the_closing_of_the_day_is_looked_at_and_a_week_later_an_old_request() {
    const DAY: i64 = 24 * 3600;
    let folder = tempdir().unwrap();
    let clock = Arc::new(Ahead::default());
    let mut options = Options::default();
    options.settle_delay = SETTLE;
    options.clock = clock.clone();
    let sim = Sim::with_options(options).await.unwrap();
    let probe = of(&sim, &folder.path().join("probe.jsonl")).clock(clock.clone());
    let first = run(&probe, false).await.unwrap();
    for question in ["day-closing", "status-old"] {
        let told = first
            .bundle
            .conclusions
            .iter()
            .find(|one| one.question == question)
            .unwrap();
        assert!(matches!(told.finding, Finding::Open { .. }), "{told:?}");
    }

    sim.close_day().unwrap();
    clock.0.fetch_add(DAY + 60, Ordering::Relaxed);
    let second = run(&probe, true).await.unwrap();
    assert_eq!(answer(&second, "day-closing"), "FiscalDayClosed");

    clock.0.fetch_add(7 * DAY, Ordering::Relaxed);
    let third = run(&probe, true).await.unwrap();
    assert_eq!(answer(&third, "status-old"), "200 application/json []");
    assert_eq!(answer(&third, "day-closing"), "FiscalDayClosed", "what was seen stays");
}
