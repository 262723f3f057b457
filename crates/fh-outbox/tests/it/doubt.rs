//! What may be fiscalised is never said not to be: a service that ignores `IsRetry`, and what a person can do about it.

use std::{path::Path, sync::Arc};

use fh_outbox::{AlarmKind, Cause, Evidence, Gravity, OnRejected, Outbox, OutboxError, State};
use fh_sim::{Fault, Operation, Repeat, Sim};
use fiscal_harmony::types::{SystemClock, VerificationCode};

use crate::{
    receiver,
    support::{becomes, client_of, document, quick},
};

/// A service that takes a retry for new; the authority may look at the number.
async fn forgetful(unique_numbers: bool) -> Sim {
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SecondAcceptance)
        .unique_numbers(unique_numbers)
        .settle_delay(std::time::Duration::from_millis(1))
        .start()
        .await
        .unwrap()
}

/// An outbox whose lanes go on, as they do unless told otherwise.
async fn open(path: &Path) -> Outbox {
    let mut policy = quick();
    policy.on_rejected = OnRejected::StepAside;
    policy.on_probably_fiscalised = OnRejected::StepAside;
    Outbox::open_with(path, policy, Arc::new(SystemClock)).await.unwrap()
}

/// One document whose first reply was lost and whose second sending the authority refused; the receipt of the first is known to nobody here.
async fn refused_after_a_lost_reply(sim: &Sim, folder: &Path) -> Outbox {
    sim.script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    let outbox = open(&folder.join("till.db")).await;
    receiver::listen(&sim.device(), &outbox).await;
    outbox.enqueue(&document("S-1")).await.unwrap();
    outbox.enqueue(&document("S-2")).await.unwrap();
    let client = client_of(sim, &sim.device());
    outbox
        .run(&client, async {
            becomes(&outbox, "S-1", State::Parked).await;
            becomes(&outbox, "S-2", State::Fiscalised).await;
            while outbox.unclaimed_receipts(10).await.unwrap().is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
    let entry = outbox.find("S-1").await.unwrap();
    assert_eq!(entry.cause, Some(Cause::ProbablyFiscalised));
    assert!(entry.in_doubt && !entry.holds);
    assert_eq!(sim.ledger().of("S-1").fiscalised, 1);
    outbox
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fiscalised_sale_that_is_refused_the_second_time_is_not_said_to_be_not_fiscalised() {
    let (sim, folder) = (forgetful(true).await, tempfile::tempdir().unwrap());
    let outbox = refused_after_a_lost_reply(&sim, folder.path()).await;
    let alarms = outbox.stats().await.unwrap().alarms;
    let alarm = alarms
        .iter()
        .find(|alarm| alarm.document.as_deref() == Some("S-1"))
        .unwrap();
    assert_eq!(
        (alarm.kind, alarm.gravity),
        (AlarmKind::ProbablyFiscalised, Gravity::Critical)
    );
    assert_eq!(alarm.key, None, "it cannot be acknowledged away");
    let mut said: Vec<_> = outbox
        .history("S-1")
        .await
        .unwrap()
        .into_iter()
        .map(|change| change.why)
        .collect();
    said.extend([alarm.message.clone(), alarm.remedy.to_owned()]);
    said.extend(outbox.find("S-1").await.unwrap().reason);
    let refused = outbox.retry("S-1", "rudo").await.unwrap_err();
    assert!(matches!(refused, OutboxError::NotPossible { .. }));
    said.extend([
        refused.to_string(),
        outbox.skip("S-1", "rudo", "gone").await.unwrap_err().to_string(),
    ]);
    for text in said {
        let text = text.to_lowercase();
        assert!(!text.contains("not fiscalised") && !text.contains("anew"), "{text}");
        assert!(!text.contains("another id"), "{text}");
    }

    let receipt = outbox.unclaimed_receipts(10).await.unwrap().remove(0);
    let of_another = outbox.find("S-2").await.unwrap().receipt.unwrap().qr_url;
    let evidence = Evidence::link(of_another).unwrap().of_any_day();
    let taken = outbox.adopt("S-1", evidence, "rudo").await.unwrap_err().to_string();
    assert!(taken.contains("S-2"), "{taken}");
    let evidence = Evidence::link(receipt.qr_url.clone()).unwrap().of_any_day();
    let adopted = outbox.adopt("S-1", evidence, "rudo").await.unwrap();
    assert_eq!(
        (adopted.state, adopted.in_doubt, adopted.cause),
        (State::Fiscalised, false, Some(Cause::Adopted))
    );
    assert_eq!(adopted.receipt.unwrap().qr_url, receipt.qr_url);
    assert!(!adopted.incomplete);
    // Another person than the one who found it is to know, and to see to the day that a second receipt may keep open.
    let alarms = outbox.stats().await.unwrap().alarms;
    for (kind, key) in [
        (AlarmKind::Adopted, "adopted:S-1"),
        (AlarmKind::RedReceipts, "red_receipts:default"),
    ] {
        assert!(
            alarms
                .iter()
                .any(|alarm| alarm.kind == kind && alarm.key.as_deref() == Some(key)),
            "{alarms:?}"
        );
        outbox.acknowledge(key, "chipo").await.unwrap();
    }
    let alarms = outbox.stats().await.unwrap().alarms;
    assert!(alarms.iter().all(|alarm| alarm.document.is_none()), "{alarms:?}");
    assert_eq!(
        (sim.ledger().of("S-1").fiscalised, sim.ledger().of("S-1").accepted),
        (1, 2)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_request_that_was_never_answered_is_adopted_by_its_id_and_settles_at_once() {
    let (sim, folder) = (forgetful(true).await, tempfile::tempdir().unwrap());
    let outbox = refused_after_a_lost_reply(&sim, folder.path()).await;
    let receipt = outbox.unclaimed_receipts(10).await.unwrap().remove(0);
    let of_another = outbox.find("S-2").await.unwrap().request_id.unwrap();
    let taken = outbox
        .adopt("S-1", Evidence::RequestId(of_another), "rudo")
        .await
        .unwrap_err();
    assert!(matches!(taken, OutboxError::Evidence { .. }), "{taken}");
    let evidence = Evidence::RequestId(receipt.request_id.clone());
    let adopted = outbox.adopt("S-1", evidence, "rudo").await.unwrap();
    assert_eq!((adopted.state, adopted.receipt), (State::Fiscalised, Some(receipt)));
    assert_eq!(outbox.unclaimed_receipts(10).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_alone_settles_and_is_marked_incomplete_until_the_whole_is_known() {
    let (sim, folder) = (forgetful(true).await, tempfile::tempdir().unwrap());
    let outbox = refused_after_a_lost_reply(&sim, folder.path()).await;
    let receipt = outbox.unclaimed_receipts(10).await.unwrap().remove(0);
    let code = VerificationCode::parse(&receipt.verification_code).unwrap();
    let adopted = outbox
        .adopt("S-1", Evidence::VerificationCode(code), "rudo")
        .await
        .unwrap();
    assert_eq!((adopted.state, adopted.incomplete), (State::Fiscalised, true));
    let evidence = Evidence::link(receipt.qr_url.clone()).unwrap().of_any_day();
    let whole = outbox.adopt("S-1", evidence, "rudo").await.unwrap();
    assert!(!whole.incomplete);
    let kept = outbox.find("S-1").await.unwrap().receipt.unwrap();
    assert_eq!(
        (kept.qr_url, kept.receipt_number),
        (receipt.qr_url, receipt.receipt_number)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_released_is_rejected_and_nothing_is_sent() {
    let (sim, folder) = (forgetful(true).await, tempfile::tempdir().unwrap());
    let outbox = refused_after_a_lost_reply(&sim, folder.path()).await;
    let released = outbox.release("S-1", "rudo", "looked up in the portal").await.unwrap();
    assert_eq!((released.state, released.in_doubt), (State::Rejected, false));
    let sent = outbox.find("S-1").await.unwrap().attempts;
    let client = client_of(&sim, &sim.device());
    outbox.enqueue(&document("S-3")).await.unwrap();
    outbox.run(&client, becomes(&outbox, "S-3", State::Fiscalised)).await;
    assert_eq!(outbox.find("S-1").await.unwrap().attempts, sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_numbers_are_not_looked_at_it_is_fiscalised_twice_and_that_is_found() {
    let (sim, folder) = (forgetful(false).await, tempfile::tempdir().unwrap());
    sim.script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    let outbox = open(&folder.path().join("till.db")).await;
    receiver::listen(&sim.device(), &outbox).await;
    outbox.enqueue(&document("S-1")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox
        .run(&client, async {
            becomes(&outbox, "S-1", State::Fiscalised).await;
            while outbox.unclaimed_receipts(10).await.unwrap().is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
    assert_eq!(sim.ledger().of("S-1").fiscalised, 2);
    let first = outbox.unclaimed_receipts(10).await.unwrap().remove(0).request_id;
    let why = outbox.adopt("S-1", Evidence::RequestId(first), "rudo").await.unwrap();
    assert_eq!(why.state, State::Fiscalised);
    let alarms = outbox.stats().await.unwrap().alarms;
    let twice = alarms
        .iter()
        .find(|alarm| alarm.kind == AlarmKind::FiscalisedTwice)
        .unwrap();
    assert_eq!(twice.document.as_deref(), Some("S-1"));
    outbox.acknowledge(twice.key.as_deref().unwrap(), "rudo").await.unwrap();
    let alarms = outbox.stats().await.unwrap().alarms;
    assert!(
        alarms.iter().all(|alarm| alarm.kind != AlarmKind::FiscalisedTwice),
        "{alarms:?}"
    );
}
