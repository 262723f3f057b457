//! Killed at every experiment and resumed, a probe comes to the same.

use std::{cell::Cell, collections::BTreeSet, path::Path, sync::Arc};

use fh_probe::{EXPERIMENTS, Event, Finding, Outcome, Probe};
use fh_sim::Options;
use tempfile::tempdir;
use tokio::sync::Notify;

use crate::harness::{of, run, sim};

/// Runs it until the first request of this experiment is under way, and is gone then, like a process that is killed: what was written stays,
/// what was not is lost. Answers whether it came so far.
async fn killed_at(probe: &Probe, resume: bool, experiment: &str, after: usize) -> bool {
    let kill = Arc::new(Notify::new());
    let (inside, sent) = (Cell::new(false), Cell::new(0));
    let trigger = kill.clone();
    let mut observe = |event: Event<'_>| match event {
        Event::Experiment { name, .. } => inside.set(name == experiment),
        Event::Sending { .. } if inside.get() => {
            sent.set(sent.get() + 1);
            if sent.get() > after {
                trigger.notify_one();
            }
        }
        _ => {}
    };
    tokio::select! {
        biased;
        () = kill.notified() => true,
        ran = probe.run(resume, std::future::pending(), &mut observe) => {
            ran.unwrap();
            false
        }
    }
}

/// Each question with what came out, without ids and times.
fn findings(outcome: &Outcome) -> Vec<String> {
    let told = outcome
        .bundle
        .conclusions
        .iter()
        .filter(|one| one.question != "settling" && one.question != "pending");
    told.map(|one| match &one.finding {
        // Sentences hold ids and counts.
        Finding::Answer { value, .. } => format!("{}: {value} {:?}", one.question, one.switches),
        other => format!("{}: {:?}", one.question, std::mem::discriminant(other)),
    })
    .collect()
}

/// The exchanges that anything rests on, without the numbers of attempts.
fn support(outcome: &Outcome) -> BTreeSet<String> {
    // These rest on whatever came first.
    let first = ["pending", "settling", "submit-answer", "error-codes"];
    let told = outcome
        .bundle
        .conclusions
        .iter()
        .filter(|one| !first.contains(&one.question.as_str()));
    let steps = told.flat_map(|one| &one.support);
    let bare = |step: &String| {
        step.split('/')
            .filter(|part| part.parse::<u32>().is_err() && !part.starts_with("poll-"))
            .collect::<Vec<_>>()
            .join("/")
    };
    steps
        .map(bare)
        .map(|step| step.trim_end_matches(char::is_numeric).to_owned())
        .collect()
}

async fn whole(folder: &Path) -> Outcome {
    let sim = sim(Options::default()).await;
    run(&of(&sim, &folder.join("whole.jsonl")).red(true), false)
        .await
        .unwrap()
}

#[tokio::test]
async fn killed_at_every_experiment_and_resumed_it_finds_the_same() {
    let folder = tempdir().unwrap();
    let expected = whole(folder.path()).await;
    let sim = sim(Options::default()).await;
    // One probe that dies in each experiment in turn: at its first request, or in the middle of it.
    let long = std::env::var_os("FH_LONG_TESTS").is_some();
    for after in if long { vec![0, 1, 2, 3] } else { vec![1] } {
        let probe = of(&sim, &folder.path().join(format!("killed-{after}.jsonl"))).red(true);
        let mut resume = false;
        let mut died = 0;
        for experiment in EXPERIMENTS {
            if killed_at(&probe, resume, experiment.name, after).await {
                died += 1;
                resume = true;
            } else {
                // It is at its end: nothing was left to send in this experiment or after it.
                resume = true;
            }
        }
        assert!(died >= 20, "it died {died} times");
        let outcome = run(&probe, true).await.unwrap();
        assert_eq!(outcome.cut_short, None);
        assert_eq!(findings(&outcome), findings(&expected));
        assert_eq!(support(&outcome), support(&expected));
        assert!(outcome.left.is_empty(), "{:?}", outcome.left);
        assert!(
            outcome.bundle.about.documents <= expected.bundle.about.documents + died,
            "one more for each lost reply at most"
        );
    }
    let left = mappings(&sim).await;
    assert!(!left.contains("FHPROBE"), "{left}");
}

/// What the account has mapped, as the service shows it.
async fn mappings(sim: &fh_sim::Sim) -> String {
    let folder = tempdir().unwrap();
    let outcome = run(&of(sim, &folder.path().join("look.jsonl")), false).await.unwrap();
    let mapped = outcome
        .bundle
        .exchanges
        .iter()
        .find(|one| one.step.starts_with("account/tax-mappings"));
    mapped.unwrap().answer().unwrap().body.clone()
}

#[tokio::test]
async fn asked_to_stop_it_takes_its_mappings_back_and_says_what_it_has() {
    let folder = tempdir().unwrap();
    let sim = sim(Options::default()).await;
    let probe = of(&sim, &folder.path().join("stopped.jsonl"));
    let stop = Arc::new(Notify::new());
    let trigger = stop.clone();
    let mut observe = |event: Event<'_>| {
        if let Event::Experiment {
            name: "unknown-fields", ..
        } = event
        {
            trigger.notify_one();
        }
    };
    let outcome = probe
        .run(false, async move { stop.notified().await }, &mut observe)
        .await
        .unwrap();
    assert!(outcome.cut_short.is_some());
    assert!(outcome.left.is_empty(), "{:?}", outcome.left);
    let pending = outcome
        .bundle
        .conclusions
        .iter()
        .find(|one| one.question == "pending")
        .unwrap();
    assert_eq!(pending.value(), Some("nulls"));
    let order = outcome
        .bundle
        .conclusions
        .iter()
        .find(|one| one.question == "date-order")
        .unwrap();
    assert!(matches!(order.finding, Finding::NotAsked { .. }), "{order:?}");
    assert!(!mappings(&sim).await.contains("FHPROBE"));
}
