//! A document that was rejected is mended under its id; one that was rejected for good is replaced.

use std::{path::Path, sync::Arc, time::Duration};

use fh_outbox::{AlarmKind, CorrectedAs, Gravity, OnRejected, Outbox, OutboxError, Policy, State};
use fh_sim::{Fault, Operation, RejectedAgain, Repeat, Sim};
use fiscal_harmony::{Document, Outcome, Rejection, types::SystemClock};

use crate::support::{becomes, client_of, credit, document, quick};

/// A service that knows a repetition by its flag, and does this with what it has rejected.
async fn service(rejected_again: RejectedAgain) -> Sim {
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .rejected_again(rejected_again)
        .settle_delay(Duration::from_millis(1))
        .start()
        .await
        .unwrap()
}

fn policy() -> Policy {
    let mut policy = quick();
    policy.on_rejected = OnRejected::StepAside;
    policy.on_probably_fiscalised = OnRejected::StepAside;
    policy
}

async fn open(path: &Path, policy: Policy) -> Outbox {
    Outbox::open_with(path, policy, Arc::new(SystemClock)).await.unwrap()
}

/// The document with another buyer.
fn mended(id: &str) -> Document {
    let mut mended = document(id);
    mended.buyer_mut().name = "Cash Tendai".to_owned();
    mended
}

/// An outbox whose only document was rejected, for something that its content can mend.
async fn rejected(sim: &Sim, folder: &Path, policy: Policy) -> Outbox {
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let outbox = open(&folder.join("till.db"), policy).await;
    outbox.enqueue(&document("S-1")).await.unwrap();
    let client = client_of(sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "S-1", State::Rejected)).await;
    outbox
}

async fn fiscalised(sim: &Sim, outbox: &Outbox, id: &str) -> serde_json::Value {
    let client = client_of(sim, &sim.device());
    outbox.run(&client, becomes(outbox, id, State::Fiscalised)).await;
    assert_eq!(sim.ledger().of(id).fiscalised, 1);
    serde_json::from_str(&sim.device().fiscalised_body(id).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_rejected_is_mended_under_its_id_and_goes_as_a_repetition() {
    let (sim, folder) = (service(RejectedAgain::TakesNew).await, tempfile::tempdir().unwrap());
    let outbox = rejected(&sim, folder.path(), policy()).await;
    let looked = outbox.compare("S-1", &mended("S-1")).await.unwrap();
    assert_eq!((looked.entry.revision, looked.entry.state), (1, State::Rejected));
    let corrected = outbox
        .correct("S-1", &mended("S-1"), "rudo", "the buyer said so")
        .await
        .unwrap();
    assert_eq!(corrected.differences, looked.differences);
    let said = corrected.differences[0].to_string();
    assert_eq!(said, r#"buyer's name: "Cash Customer" → "Cash Tendai""#);
    assert_eq!((corrected.entry.revision, corrected.entry.state), (2, State::Queued));

    let body = fiscalised(&sim, &outbox, "S-1").await;
    assert_eq!(
        (&body["BuyerContact"]["Name"], &body["IsRetry"]),
        (&"Cash Tendai".into(), &true.into())
    );
    let entry = outbox.find("S-1").await.unwrap();
    assert_eq!((entry.receipt_revision, entry.content_in_doubt), (Some(2), false));
    assert_eq!(outbox.stats().await.unwrap().alarms, []);

    let history = outbox.history("S-1").await.unwrap();
    let line = history.iter().find(|change| change.event == "correct").unwrap();
    assert_eq!(line.who, "operator rudo");
    assert_eq!(line.why, format!("the buyer said so: {said}"));
    let revisions = outbox.revisions("S-1").await.unwrap();
    assert_eq!(revisions.len(), 2);
    assert_eq!(revisions[0].document.view().buyer.name, "Cash Customer");
    assert_eq!(
        (revisions[1].who.as_deref(), revisions[1].why.as_deref()),
        (Some("rudo"), Some("the buyer said so"))
    );
    assert_eq!(revisions[1].differences, corrected.differences);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_policy_can_send_it_as_a_first_sending_and_what_never_left_is_one_anyway() {
    for (sent_before, corrected_as, is_retry) in [
        (true, CorrectedAs::First, serde_json::Value::Null),
        (false, CorrectedAs::Retry, serde_json::Value::Null),
        (true, CorrectedAs::Retry, true.into()),
    ] {
        let (sim, folder) = (service(RejectedAgain::TakesNew).await, tempfile::tempdir().unwrap());
        let mut policy = policy();
        policy.corrected_as = corrected_as;
        let outbox = if sent_before {
            rejected(&sim, folder.path(), policy).await
        } else {
            let outbox = open(&folder.path().join("till.db"), policy).await;
            outbox.enqueue(&document("S-1")).await.unwrap();
            outbox
        };
        outbox.correct("S-1", &mended("S-1"), "rudo", "the name").await.unwrap();
        let body = fiscalised(&sim, &outbox, "S-1").await;
        assert_eq!(body["BuyerContact"]["Name"], "Cash Tendai");
        assert_eq!(body["IsRetry"], is_retry, "{sent_before} {corrected_as:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_service_keeps_the_old_content_that_is_told_and_credit_notes_are_held_against_it() {
    let (sim, folder) = (service(RejectedAgain::KeepsOld).await, tempfile::tempdir().unwrap());
    let outbox = rejected(&sim, folder.path(), policy()).await;
    // The whole sale is worth less than was wanted first.
    let mut less = crate::support::priced("S-1", "11.55");
    less.buyer_mut().name = "Cash Tendai".to_owned();
    outbox.correct("S-1", &less, "rudo", "a typing mistake").await.unwrap();
    let body = fiscalised(&sim, &outbox, "S-1").await;
    assert_eq!(body["BuyerContact"]["Name"], "Cash Customer");
    let entry = outbox.find("S-1").await.unwrap();
    assert_eq!((entry.receipt_revision, entry.content_in_doubt), (Some(1), true));
    assert!(
        entry
            .reason
            .unwrap()
            .contains("may show the content before the correction")
    );
    let alarms = outbox.stats().await.unwrap().alarms;
    let told: Vec<_> = alarms
        .iter()
        .map(|alarm| (alarm.kind, alarm.gravity, alarm.document.as_deref()))
        .collect();
    assert_eq!(told, [(AlarmKind::OtherContent, Gravity::Critical, Some("S-1"))]);
    // 115.50 can be credited, since that is what the receipt is over.
    outbox.enqueue(&credit("CN-1", "S-1")).await.unwrap();
    assert_eq!(fiscalised(&sim, &outbox, "CN-1").await["Total"], 115.5);
    outbox
        .acknowledge(alarms[0].key.as_deref().unwrap(), "rudo")
        .await
        .unwrap();
    assert_eq!(outbox.stats().await.unwrap().alarms, []);
    assert!(
        outbox.find("S-1").await.unwrap().content_in_doubt,
        "it is known, and still so"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_receipt_of_what_was_rejected_is_told_to_be_of_that() {
    let (sim, folder) = (service(RejectedAgain::TakesNew).await, tempfile::tempdir().unwrap());
    let outbox = rejected(&sim, folder.path(), policy()).await;
    let first = outbox.find("S-1").await.unwrap().request_id.unwrap();
    outbox.correct("S-1", &mended("S-1"), "rudo", "the name").await.unwrap();
    let receipt = serde_json::json!({
        "request_id": first, "qr_url": "https://fdms.example/1", "verification_code": "AAAA-BBBB-CCCC-DDDD",
        "fiscal_day": 1, "device_id": 7, "receipt_number": 1, "pdf": null,
    });
    let receipt = serde_json::from_value(receipt).unwrap();
    outbox.settle([(first, Outcome::Fiscalised(receipt))]).await.unwrap();
    let entry = outbox.find("S-1").await.unwrap();
    assert_eq!(
        (entry.state, entry.receipt_revision, entry.content_in_doubt),
        (State::Fiscalised, Some(1), true)
    );
    assert!(entry.reason.unwrap().contains("the content of revision 1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_fiscalised_refuses_the_correction_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::builder()
        .repeat_with_retry(Repeat::SecondAcceptance)
        .settle_delay(Duration::from_millis(1))
        .start()
        .await
        .unwrap();
    sim.script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    let outbox = open(&folder.path().join("till.db"), policy()).await;
    outbox.enqueue(&document("S-1")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "S-1", State::Parked)).await;
    let refused = outbox
        .correct("S-1", &mended("S-1"), "rudo", "the name")
        .await
        .unwrap_err();
    assert!(matches!(refused, OutboxError::NotPossible { .. }), "{refused}");
    let words = refused.to_string();
    assert!(
        words.contains("S-1") && words.contains("adopt") && words.contains("release"),
        "{words}"
    );
    assert_eq!(outbox.revisions("S-1").await.unwrap().len(), 1, "nothing was changed");
    let refused = outbox.enqueue_replacing(&document("S-2"), "S-1").await.unwrap_err();
    assert!(
        refused.to_string().contains("release it if there certainly is none"),
        "{refused}"
    );
    outbox.release("S-1", "rudo", "not in the portal").await.unwrap();
    // What is left is the authority's word that the number is used: nothing in it can be mended under its id.
    let refused = outbox
        .correct("S-1", &mended("S-1"), "rudo", "the name")
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("the rejection is final"), "{refused}");
    outbox.enqueue_replacing(&document("S-2"), "S-1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_id_the_kind_and_the_currency_stay_and_preflight_has_its_say() {
    let (sim, folder) = (service(RejectedAgain::TakesNew).await, tempfile::tempdir().unwrap());
    let outbox = rejected(&sim, folder.path(), policy()).await;
    let other_currency = String::from_utf8(
        document("S-1")
            .freeze(fiscal_harmony::Attempt::First)
            .unwrap()
            .bytes()
            .to_vec(),
    );
    let other_currency = other_currency.unwrap().replace("\"USD\"", "\"ZWG\"");
    for (wanted, offered) in [
        ("id", document("S-2")),
        ("kind", credit("S-1", "S-0")),
        ("currency", Document::from_json(other_currency.as_bytes()).unwrap()),
    ] {
        let refused = outbox.correct("S-1", &offered, "rudo", "wrong").await.unwrap_err();
        assert!(
            matches!(refused, OutboxError::Fixed { what, .. } if what == wanted),
            "{refused}"
        );
    }
    let mut red = document("S-1");
    red.lines_mut()[0].line_amount = "7".parse().unwrap();
    let refused = outbox.correct("S-1", &red, "rudo", "wrong").await.unwrap_err();
    assert!(matches!(refused, OutboxError::Preflight(_)), "{refused}");
    let refused = outbox
        .correct("S-9", &document("S-9"), "rudo", "wrong")
        .await
        .unwrap_err();
    assert!(matches!(refused, OutboxError::NoSuchDocument(_)), "{refused}");
    assert_eq!(outbox.find("S-1").await.unwrap().state, State::Rejected);
    // It is not held against itself, with its number, and says itself that it comes again.
    let mut is_retry = mended("S-1")
        .freeze(fiscal_harmony::Attempt::Retry)
        .unwrap()
        .bytes()
        .to_vec();
    is_retry.extend_from_slice(b"\n");
    let says_so = Document::from_json(&is_retry).unwrap();
    assert!(
        outbox
            .correct("S-1", &says_so, "rudo", "the name")
            .await
            .unwrap()
            .is_new
    );
    let again = outbox.correct("S-1", &says_so, "rudo", "the name").await.unwrap();
    assert_eq!((again.is_new, again.entry.revision), (false, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_is_the_same_however_it_is_spelt_also_after_a_correction() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(&folder.path().join("till.db"), policy()).await;
    outbox.enqueue(&document("S-1")).await.unwrap();
    let text = document("S-1").freeze(fiscal_harmony::Attempt::First).unwrap();
    let respelt = String::from_utf8(text.bytes().to_vec())
        .unwrap()
        .replace("115.5,", "\"115.500\",");
    assert!(respelt.contains("115.500"));
    let respelt = Document::from_json(respelt.as_bytes()).unwrap();
    assert!(!outbox.enqueue(&respelt).await.unwrap().is_new);
    outbox.correct("S-1", &mended("S-1"), "rudo", "the name").await.unwrap();
    for known in [&respelt, &mended("S-1"), &document("S-1")] {
        let enqueued = outbox.enqueue(known).await.unwrap();
        assert_eq!((enqueued.is_new, enqueued.entry.revision), (false, 2));
    }
    let mut other = document("S-1");
    other.buyer_mut().name = "Cash Nobody".to_owned();
    let refused = outbox.enqueue(&other).await.unwrap_err();
    assert!(matches!(refused, OutboxError::OtherContent { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_rejected_for_good_is_replaced_under_its_number_and_locked() {
    let folder = tempfile::tempdir().unwrap();
    // It decides nothing by itself: what it says is said below.
    let slow = Duration::from_secs(3_600);
    let sim = Sim::builder().settle_delay(slow).start().await.unwrap();
    let outbox = open(&folder.path().join("till.db"), policy()).await;
    outbox.enqueue(&document("S-1")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "S-1", State::Accepted)).await;
    let request = outbox.find("S-1").await.unwrap().request_id.unwrap();
    let rejection = Rejection::new("this document is too old", false);
    outbox.settle([(request, Outcome::Rejected(rejection))]).await.unwrap();
    let refused = outbox
        .correct("S-1", &mended("S-1"), "rudo", "the name")
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("replaces this one"), "{refused}");

    let number = document("S-1").number().to_owned();
    let text = String::from_utf8(
        mended("S-1b")
            .freeze(fiscal_harmony::Attempt::First)
            .unwrap()
            .bytes()
            .to_vec(),
    )
    .unwrap();
    let text = text.replace("\"InvoiceNumber\":\"S-1b\"", &format!("\"InvoiceNumber\":{number:?}"));
    let replacement = Document::from_json(text.as_bytes()).unwrap();
    let taken = outbox.enqueue_replacing(&replacement, "S-1").await.unwrap();
    assert_eq!(taken.entry.replaces.as_deref(), Some("S-1"));
    assert!(
        taken.findings.findings.iter().all(|finding| finding.rule != "PF03"),
        "{:?}",
        taken.findings
    );
    assert!(
        !outbox.enqueue_replacing(&replacement, "S-1").await.unwrap().is_new,
        "the same again"
    );

    let old = outbox.find("S-1").await.unwrap();
    assert_eq!((old.state, old.replaced_by.as_deref()), (State::Rejected, Some("S-1b")));
    assert_eq!(
        outbox.stats().await.unwrap().alarms,
        [],
        "the replacement is what a person did about it"
    );
    for refused in [
        outbox.retry("S-1", "rudo").await.unwrap_err(),
        outbox
            .correct("S-1", &mended("S-1"), "rudo", "the name")
            .await
            .unwrap_err(),
        outbox.enqueue_replacing(&document("S-1c"), "S-1").await.unwrap_err(),
    ] {
        assert!(
            matches!(&refused, OutboxError::Replaced { by, .. } if by == "S-1b"),
            "{refused}"
        );
    }
    outbox.run(&client, becomes(&outbox, "S-1b", State::Accepted)).await;
    assert_eq!(
        (sim.ledger().of("S-1").accepted, sim.ledger().of("S-1b").accepted),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_fiscalised_is_not_replaced() {
    let (sim, folder) = (service(RejectedAgain::TakesNew).await, tempfile::tempdir().unwrap());
    let outbox = open(&folder.path().join("till.db"), policy()).await;
    outbox.enqueue(&document("S-1")).await.unwrap();
    fiscalised(&sim, &outbox, "S-1").await;
    let refused = outbox.enqueue_replacing(&document("S-2"), "S-1").await.unwrap_err();
    assert!(refused.to_string().contains("credit note"), "{refused}");
    let itself = outbox.enqueue_replacing(&document("S-3"), "S-3").await.unwrap_err();
    assert!(matches!(itself, OutboxError::NoSuchDocument(_)), "{itself}");
    // One that was skipped before it was sent is locked too, and its replacement is sent.
    outbox.enqueue(&document("S-4")).await.unwrap();
    outbox.enqueue_replacing(&document("S-5"), "S-4").await.unwrap();
    assert_eq!(outbox.find("S-4").await.unwrap().state, State::Skipped);
    assert!(matches!(
        outbox.retry("S-4", "rudo").await,
        Err(OutboxError::Replaced { .. })
    ));
    fiscalised(&sim, &outbox, "S-5").await;
    assert_eq!(sim.ledger().of("S-4").accepted, 0);
}
