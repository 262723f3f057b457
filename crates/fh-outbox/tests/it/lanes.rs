//! A lane goes on: what only a person can take further steps aside, and what may pass is tried again by itself.

use std::{path::Path, sync::Arc};

use fh_outbox::{AlarmKind, Cause, OnRejected, Outbox, Policy, State};
use fh_sim::{Fault, Operation};
use fiscal_harmony::types::SystemClock;

use crate::support::{becomes, client_of, document, quick, strict_sim};

/// What nobody has set otherwise, but for the speed.
fn usual() -> Policy {
    let mut policy = quick();
    let default = Policy::default();
    policy.on_rejected = default.on_rejected;
    policy.on_probably_fiscalised = default.on_probably_fiscalised;
    policy.may_pass_tries = default.may_pass_tries;
    policy
}

async fn open(path: &Path, policy: Policy) -> Outbox {
    Outbox::open_with(path, policy, Arc::new(SystemClock)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejection_that_may_pass_is_tried_again_without_a_person_and_the_lane_goes_on() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    sim.script(
        Operation::SubmitInvoice,
        [
            Some(Fault::RejectedOnce),
            Some(Fault::RejectedOnce),
            Some(Fault::RejectedOnce),
        ],
    );
    let outbox = open(&folder.path().join("till.db"), usual()).await;
    let ids = ["A", "B", "C", "D"];
    for id in ids {
        outbox.enqueue(&document(id)).await.unwrap();
    }
    let client = client_of(&sim, &sim.device());
    outbox
        .run(&client, async {
            for id in ids {
                becomes(&outbox, id, State::Fiscalised).await;
            }
        })
        .await;
    let passed = outbox.history("A").await.unwrap();
    assert!(
        passed
            .iter()
            .any(|change| change.event == "rejected" && change.to == State::Queued),
        "{passed:?}"
    );
    assert_eq!(sim.ledger().not_exactly_once().collect::<Vec<_>>(), []);
    assert_eq!(outbox.stats().await.unwrap().alarms, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_those_that_have_the_same_rejection_only_one_keeps_trying() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let mut policy = usual();
    // Nothing is tried a second time while the test looks.
    policy.backoff_base = std::time::Duration::from_secs(600);
    policy.backoff_cap = std::time::Duration::from_secs(600);
    sim.script(
        Operation::SubmitInvoice,
        [Some(Fault::RejectedOnce), Some(Fault::RejectedOnce)],
    );
    let outbox = open(&folder.path().join("till.db"), policy).await;
    for id in ["A", "B", "C"] {
        outbox.enqueue(&document(id)).await.unwrap();
    }
    let client = client_of(&sim, &sim.device());
    let (one, other) = (outbox.clone(), outbox.clone());
    outbox
        .run(&client, async move {
            becomes(&one, "C", State::Fiscalised).await;
            for id in ["A", "B"] {
                while one.find(id).await.unwrap().cause != Some(Cause::MayPass) {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            }
        })
        .await;
    let [first, second] = [other.find("A").await.unwrap(), other.find("B").await.unwrap()];
    assert_eq!((first.holds, first.waits_for), (false, None));
    assert!(first.reason.unwrap().contains("could not be reached"));
    assert_eq!(second.waits_for.unwrap().document, "A");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_document_steps_aside_and_is_told_until_somebody_has_seen_it() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let mut policy = usual();
    policy.may_pass_tries = 0;
    assert_eq!(policy.on_rejected, OnRejected::StepAside);
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let outbox = open(&folder.path().join("till.db"), policy).await;
    outbox.enqueue(&document("A")).await.unwrap();
    outbox.enqueue(&document("B")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox
        .run(&client, async {
            becomes(&outbox, "A", State::Rejected).await;
            becomes(&outbox, "B", State::Fiscalised).await;
        })
        .await;
    let alarms = outbox.stats().await.unwrap().alarms;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!(
        (alarms[0].kind, alarms[0].document.as_deref()),
        (AlarmKind::Rejected, Some("A"))
    );
    let seen = outbox
        .acknowledge(alarms[0].key.as_deref().unwrap(), "rudo")
        .await
        .unwrap();
    assert_eq!(seen.unwrap().state, State::Rejected);
    assert_eq!(outbox.stats().await.unwrap().alarms, []);
    assert!(outbox.acknowledge("clock:A", "rudo").await.is_err());
    outbox.retry("A", "rudo").await.unwrap();
    outbox.run(&client, becomes(&outbox, "A", State::Fiscalised)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_told_behind_what() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let outbox = open(&folder.path().join("till.db"), quick()).await;
    outbox.enqueue(&document("A")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "A", State::Parked)).await;
    outbox.enqueue(&document("B")).await.unwrap();
    let waits_for = outbox.find("B").await.unwrap().waits_for.unwrap();
    assert_eq!((waits_for.document.as_str(), waits_for.state), ("A", State::Parked));
    assert!(
        waits_for.why.starts_with("behind A, which is parked: "),
        "{}",
        waits_for.why
    );
    let listed = outbox.list(fh_outbox::Query::default()).await.unwrap();
    assert_eq!(listed[0].waits_for.as_ref(), Some(&waits_for));
    assert_eq!(outbox.find("A").await.unwrap().waits_for, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_credentials_are_an_alarm_at_once() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    sim.device().revoke_key(true);
    let outbox = open(&folder.path().join("till.db"), usual()).await;
    outbox.enqueue(&document("A")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox
        .run(&client, async {
            while outbox.find("A").await.unwrap().cause != Some(Cause::LaneRefused) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
    let alarms = outbox.stats().await.unwrap().alarms;
    assert!(
        alarms.iter().any(|alarm| alarm.kind == AlarmKind::Refused),
        "{alarms:?}"
    );
    sim.device().revoke_key(false);
    outbox.run(&client, becomes(&outbox, "A", State::Fiscalised)).await;
    assert_eq!(outbox.stats().await.unwrap().alarms, []);
}
