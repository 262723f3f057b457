//! A credit note follows its invoice.

use std::time::Duration;

use fh_outbox::{OnRejected, Outbox, State};
use fh_sim::{Fault, Operation, Sim};
use fiscal_harmony::types::SystemClock;

use crate::support::{becomes, client_of, credit, document, open, quick, strict_sim};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_not_sent_before_its_invoice_is_fiscalised() {
    let sim = Sim::builder()
        .settle_delay(Duration::from_millis(300))
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open_with(folder.path().join("till.db"), quick(), std::sync::Arc::new(SystemClock))
        .await
        .unwrap();
    outbox.enqueue(&document("INV-1")).await.unwrap();
    outbox.enqueue(&credit("CN-1", "INV-1")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "CN-1", State::Fiscalised)).await;
    let changes = outbox.changes(0, 100).await.unwrap();
    let id = |document: &str, to: State| {
        changes
            .iter()
            .find(|change| change.document == document && change.to == to)
            .unwrap()
            .id
    };
    assert!(id("INV-1", State::Fiscalised) < id("CN-1", State::Sending));
    assert_eq!(sim.ledger().of("CN-1").fiscalised, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_waits_for_a_person_when_its_invoice_was_rejected() {
    let sim = strict_sim().await;
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let folder = tempfile::tempdir().unwrap();
    let mut policy = quick();
    policy.on_rejected = OnRejected::StepAside;
    let outbox = Outbox::open_with(folder.path().join("till.db"), policy, std::sync::Arc::new(SystemClock))
        .await
        .unwrap();
    outbox.enqueue(&document("INV-1")).await.unwrap();
    outbox.enqueue(&credit("CN-1", "INV-1")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "CN-1", State::Parked)).await;
    let parked = outbox.find("CN-1").await.unwrap();
    assert!(parked.reason.unwrap().contains("INV-1 that it credits is rejected"));
    assert_eq!(sim.ledger().of("CN-1").accepted, 0);
    outbox.retry("INV-1", "rudo").await.unwrap();
    outbox.retry("CN-1", "rudo").await.unwrap();
    outbox.run(&client, becomes(&outbox, "CN-1", State::Fiscalised)).await;
    assert_eq!(
        (sim.ledger().of("INV-1").fiscalised, sim.ledger().of("CN-1").fiscalised),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_came_before_its_invoice_does_not_stop_the_lane_without_a_word() {
    let sim = strict_sim().await;
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(&folder.path().join("till.db")).await;
    outbox.enqueue_unchecked(&credit("CN-1", "INV-1")).await.unwrap();
    outbox.enqueue_unchecked(&document("INV-1")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "CN-1", State::Parked)).await;
    let reason = outbox.find("CN-1").await.unwrap().reason.unwrap();
    assert!(reason.contains("INV-1") && reason.contains("skip"), "{reason}");
    outbox.skip("CN-1", "rudo", "later").await.unwrap();
    outbox.run(&client, becomes(&outbox, "INV-1", State::Fiscalised)).await;
    outbox.retry("CN-1", "rudo").await.unwrap();
    outbox.run(&client, becomes(&outbox, "CN-1", State::Fiscalised)).await;
    assert_eq!(sim.device().lane(), ["INV-1", "CN-1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_another_lane_goes_as_soon_as_its_invoice_is_fiscalised() {
    let sim = Sim::builder()
        .settle_delay(Duration::from_millis(100))
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut policy = quick();
    // Nobody looks by himself in the time that a test takes.
    policy.idle_poll = Duration::from_secs(3600);
    let outbox = Outbox::open_with(folder.path().join("till.db"), policy, std::sync::Arc::new(SystemClock))
        .await
        .unwrap();
    outbox.enqueue(&document("INV-1")).await.unwrap();
    outbox
        .for_lane("returns")
        .enqueue(&credit("CN-1", "INV-1"))
        .await
        .unwrap();
    let client = client_of(&sim, &sim.device());
    let lanes = ["default", "returns"].map(|lane| (lane.to_owned(), client.clone()));
    outbox
        .run_lanes(lanes, becomes(&outbox, "CN-1", State::Fiscalised))
        .await;
    assert_eq!(sim.device().lane(), ["INV-1", "CN-1"]);
}
