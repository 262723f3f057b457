//! With faults at 20 %, what is concluded is right or not settled, and a resumed probe without faults settles the rest.

use fh_probe::{Finding, Outcome};
use fh_sim::{Dose, Fault, FaultPlan, Options};
use tempfile::tempdir;

use crate::harness::{answer, limits, of, run, sim};

/// One request in five is struck, each kind of fault as often as the others.
const PLAN: &str = r#"{
    "drop_before": 0.025, "lost_reply": 0.025, "unauthorized_401": 0.025, "not_found_404": 0.025, "too_many_requests_429": {"rate": 0.025, "seconds": 0},
    "server_error_500_html": 0.025, "bad_gateway_502_html": 0.025, "rejected_once": 0.025, "status_missing": 0.025, "status_pending": 0.025,
    "clock_skew": 0.025, "seed": SEED
}"#;

/// Questions whose answers are measured, or list what came.
const MEASURED: [&str; 3] = ["settling", "clock", "cookies"];

fn settled(outcome: &Outcome) -> usize {
    let settled = outcome.bundle.conclusions.iter();
    settled
        .filter(|one| matches!(one.finding, Finding::Answer { .. }))
        .count()
}

#[tokio::test]
async fn with_faults_it_is_right_or_not_settled_and_settles_all_once_they_are_gone() {
    let folder = tempdir().unwrap();
    let calm = sim(Options::default()).await;
    let expected = run(&of(&calm, &folder.path().join("calm.jsonl")).red(true), false)
        .await
        .unwrap();
    let rounds = if std::env::var_os("FH_LONG_TESTS").is_some() {
        12
    } else {
        2
    };
    for seed in 1..=rounds {
        let plan: FaultPlan = serde_json::from_str(&PLAN.replace("SEED", &seed.to_string())).unwrap();
        let sim = sim(Options::builder().faults(plan).build()).await;
        let probe = of(&sim, &folder.path().join(format!("{seed}.jsonl"))).red(true);
        let mut outcome = run(&probe, false).await.unwrap();
        right(&outcome, &expected, seed);
        let (now, all) = (settled(&outcome), settled(&expected));
        assert!(now * 10 >= all * 8, "seed {seed}: {now} of {all} settled");
        sim.set_faults(FaultPlan::default());
        outcome = run(&probe, true).await.unwrap();
        right(&outcome, &expected, seed);
        let open: Vec<_> = outcome
            .bundle
            .conclusions
            .iter()
            .filter(|one| matches!(one.finding, Finding::NotSettled { .. }))
            .collect();
        assert!(open.is_empty(), "seed {seed}: {open:#?}");
        assert!(outcome.left.is_empty(), "seed {seed}: {:?}", outcome.left);
    }
}

fn right(outcome: &Outcome, expected: &Outcome, seed: u64) {
    for conclusion in &outcome.bundle.conclusions {
        let question = conclusion.question.as_str();
        if let Finding::Answer { value, .. } = &conclusion.finding
            && !MEASURED.contains(&question)
        {
            assert_eq!(
                *value,
                answer(expected, question),
                "seed {seed}, {question}: {conclusion:?}"
            );
        }
    }
}

/// After a lost reply a fresh document goes out, and each that may have arrived is counted.
#[tokio::test]
async fn documents_whose_answers_are_lost_are_counted_too() {
    let folder = tempdir().unwrap();
    let plan = FaultPlan::default().with(Fault::LostReply, Dose::rate(1.0));
    let sim = sim(Options::builder().faults(plan).build()).await;
    let mut few = limits();
    few.documents = 7;
    let probe = of(&sim, &folder.path().join("probe.jsonl")).limits(few).red(true);
    let outcome = run(&probe, false).await.unwrap();
    let accepted: u64 = sim.ledger().iter().map(|(_, counts)| counts.accepted).sum();
    assert_eq!((accepted, outcome.bundle.about.documents), (7, 7));
    let why = outcome.cut_short.unwrap();
    assert!(why.contains("as many documents"), "{why}");
}
