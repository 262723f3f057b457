//! A credit note follows its invoice.

use std::time::Duration;

use fh_outbox::{Cause, OnRejected, Outbox, State};
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
    assert_eq!((parked.cause, parked.holds), (Some(Cause::InvoiceFailed), false));
    assert!(parked.reason.unwrap().contains("INV-1 that it credits is rejected"));
    assert_eq!(sim.ledger().of("CN-1").accepted, 0);
    outbox.retry("INV-1", "rudo").await.unwrap();
    outbox.run(&client, becomes(&outbox, "CN-1", State::Fiscalised)).await;
    assert_eq!(
        (sim.ledger().of("INV-1").fiscalised, sim.ledger().of("CN-1").fiscalised),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_came_before_its_invoice_lets_that_pass_and_follows_by_itself() {
    let sim = strict_sim().await;
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(&folder.path().join("till.db")).await;
    outbox.enqueue_unchecked(&credit("CN-1", "INV-1")).await.unwrap();
    outbox.enqueue_unchecked(&document("INV-1")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "CN-1", State::Fiscalised)).await;
    let aside = outbox.history("CN-1").await.unwrap();
    let aside = aside.iter().find(|change| change.event == "step_aside").unwrap();
    assert_eq!(aside.why, "waits for its invoice INV-1, which is queued");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_does_not_wait_for_a_credit_note_whose_invoice_is_not_decided() {
    let sim = Sim::builder()
        .settle_delay(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(&folder.path().join("till.db")).await;
    outbox.enqueue(&document("INV-1")).await.unwrap();
    outbox.enqueue(&credit("CN-1", "INV-1")).await.unwrap();
    outbox.enqueue(&document("INV-2")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "INV-2", State::Accepted)).await;
    let waiting = outbox.find("CN-1").await.unwrap();
    assert_eq!(
        (waiting.state, waiting.cause),
        (State::Queued, Some(Cause::WaitsForInvoice))
    );
    assert!(!waiting.holds);
    let waits_for = waiting.waits_for.unwrap();
    assert_eq!(
        (waits_for.document.as_str(), waits_for.state),
        ("INV-1", State::Accepted)
    );
    assert_eq!(waits_for.why, "its invoice INV-1, which is accepted");
    assert_eq!(sim.ledger().of("CN-1").accepted, 0);
}
