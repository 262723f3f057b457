//! The whole path, once: run, journal, conclusions, bundle, and the bundle read again.

use fh_probe::{Bundle, Finding};
use fh_sim::Options;
use tempfile::tempdir;

use crate::harness::{answer, of, run, sim};

#[tokio::test]
async fn a_probe_of_the_simulator_settles_every_question_that_needs_no_time_and_no_person() {
    let folder = tempdir().unwrap();
    let sim = sim(Options::default()).await;
    let probe = of(&sim, &folder.path().join("probe.jsonl")).red(true);
    let outcome = run(&probe, false).await.unwrap();
    assert_eq!(outcome.cut_short, None);
    for conclusion in &outcome.bundle.conclusions {
        eprintln!("{}: {:?}", conclusion.question, conclusion.finding);
        let open =
            ["day-closing", "status-old", "webhook-test", "webhook-payload"].contains(&conclusion.question.as_str());
        match &conclusion.finding {
            Finding::Open { .. } => assert!(open, "{conclusion:?}"),
            Finding::Answer { .. } => assert!(
                !open && !conclusion.support.is_empty() || ["cookies", "clock"].contains(&conclusion.question.as_str()),
                "{conclusion:?}"
            ),
            _ => panic!("{conclusion:?}"),
        }
    }
    assert_eq!(answer(&outcome, "pending"), "nulls");
    assert_eq!(answer(&outcome, "repeat"), "second-acceptance");
    assert_eq!(answer(&outcome, "repeat-with-retry"), "same-request");
    assert_eq!(answer(&outcome, "date-reaches-receipt"), "yes");
    assert_eq!(
        outcome.bundle.about.left,
        Vec::<String>::new(),
        "its own mappings are taken back"
    );
    assert!(
        outcome.bundle.about.documents <= 60,
        "{}",
        outcome.bundle.about.documents
    );

    let path = folder.path().join("bundle.jsonl.gz");
    outcome.write(&path).unwrap();
    assert_eq!(Bundle::read(&path).unwrap(), outcome.bundle);
}
