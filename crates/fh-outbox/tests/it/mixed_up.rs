//! What is one till's and comes under another's name.

use std::{sync::Arc, time::Duration};

use fh_outbox::{AlarmKind, Cause, Gravity, OnRejected, Outbox, Policy, State};
use fh_sim::Sim;
use fiscal_harmony::{
    Outcome, Receipt, Rejection,
    auth::ApiSecret,
    types::{RequestId, SystemClock},
    webhook::{self, Secrets, Sink},
};

use crate::support::{becomes, client_of, document, quick};

async fn open(policy: Policy) -> (tempfile::TempDir, Outbox) {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open_with(folder.path().join("till.db"), policy, Arc::new(SystemClock))
        .await
        .unwrap();
    (folder, outbox)
}

/// A service that decides nothing. Those of one seed name their requests alike.
async fn slow(seed: u64) -> Sim {
    Sim::builder()
        .seed(seed)
        .settle_delay(Duration::from_secs(1_000_000))
        .start()
        .await
        .unwrap()
}

async fn sent(outbox: &Outbox, lane: &str, id: &str, sim: &Sim, state: State) -> RequestId {
    let lane = outbox.for_lane(lane);
    lane.enqueue(&document(id)).await.unwrap();
    lane.run(&client_of(sim, &sim.device()), becomes(outbox, id, state))
        .await;
    outbox
        .find(id)
        .await
        .unwrap()
        .request_id
        .unwrap_or_else(|| RequestId::parse("none").unwrap())
}

fn receipt(request: &RequestId, number: i64) -> Receipt {
    let json = serde_json::json!({
        "request_id": request, "qr_url": "", "verification_code": format!("AAAA-BBBB-CCCC-{number:04}"), "fiscal_day": 1,
        "device_id": 7, "receipt_number": number, "pdf": null,
    });
    serde_json::from_value(json).unwrap()
}

fn fiscalised(request: &RequestId, number: i64) -> (RequestId, Outcome) {
    (request.clone(), Outcome::Fiscalised(receipt(request, number)))
}

fn rejected(reason: &str) -> Outcome {
    Outcome::Rejected(Rejection::new(reason, true))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_tills_secret_has_signed_settles_no_document_of_another() {
    let (_folder, outbox) = open(quick()).await;
    let sim = slow(1).await;
    let request = sent(&outbox, "till-1", "P-1", &sim, State::Accepted).await;
    let news = || [fiscalised(&request, 1)];
    assert_eq!(outbox.settle_of_lanes(["till-2"], news()).await.unwrap(), 0);
    assert_eq!(outbox.find("P-1").await.unwrap().state, State::Accepted);
    let alarms = outbox.stats().await.unwrap().alarms;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!(
        (alarms[0].kind, alarms[0].key.as_deref(), alarms[0].document.as_deref()),
        (AlarmKind::WebhookRefused, Some("webhook_refused:P-1"), Some("P-1"))
    );
    assert!(
        outbox
            .acknowledge("webhook_refused:P-1", "rudo")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(outbox.stats().await.unwrap().alarms, []);
    // It rings again when it happens again.
    outbox.settle_of_lanes(["till-2"], news()).await.unwrap();
    outbox.settle_of_lanes(["till-2"], news()).await.unwrap();
    assert!(outbox.stats().await.unwrap().alarms[0].message.ends_with("(2 times)"));
    assert_eq!(outbox.settle_of_lanes(["till-1", "till-2"], news()).await.unwrap(), 1);
    assert_eq!(outbox.find("P-1").await.unwrap().state, State::Fiscalised);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_it_before_anyone_knows_whose_it_is() {
    let (_folder, outbox) = open(quick()).await;
    let sim = slow(1).await;
    sent(&outbox, "till-1", "P-1", &sim, State::Accepted).await;
    for (name, lane, state) in [
        ("of-2", "till-2", State::Accepted),
        ("of-1", "till-1", State::Fiscalised),
    ] {
        let strange = RequestId::parse(name).unwrap();
        outbox.settle_of_lanes([lane], [fiscalised(&strange, 3)]).await.unwrap();
        let evidence = fh_outbox::Evidence::RequestId(strange);
        outbox.adopt("P-1", evidence, "rudo").await.unwrap();
        assert_eq!(outbox.find("P-1").await.unwrap().state, state, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receivers_labels_are_lanes_and_a_lane_without_one_takes_what_any_secret_signs() {
    let (_folder, outbox) = open(quick()).await;
    let sim = slow(1).await;
    let [one, two] =
        ["the secret of till 1", "the secret of till 2"].map(|text| ApiSecret::unchecked_format(text).unwrap());
    let secrets = Secrets::new()
        .with("till-1", one.clone())
        .with("till-2", two.clone())
        .with("till-3", two.clone());
    let request = sent(&outbox, "till-1", "P-1", &sim, State::Accepted).await;
    let body =
        format!(r#"[{{"RequestId":"{request}","Success":false,"Error":"NO TIN PROVIDED","IsActionable":true}}]"#);
    let signed = |secret| webhook::verify(body.as_bytes(), &webhook::sign(secret, body.as_bytes()), &secrets).unwrap();
    let of_two = signed(&two);
    assert_eq!(of_two.labels, ["till-2".into(), "till-3".into()]);
    assert_eq!(of_two.other_labels, ["till-1".into()]);
    outbox.keep(of_two).await.unwrap();
    assert_eq!(outbox.find("P-1").await.unwrap().state, State::Accepted);
    outbox.keep(signed(&one)).await.unwrap();
    assert_eq!(outbox.find("P-1").await.unwrap().state, State::Parked);
    // A program with one lane need not name it after its receiver.
    let sim = slow(2).await;
    let request = sent(&outbox, "default", "P-2", &sim, State::Accepted).await;
    let body = body.replace(&request_of(&body), request.as_str());
    let message = webhook::verify(body.as_bytes(), &webhook::sign(&two, body.as_bytes()), &secrets).unwrap();
    outbox.keep(message).await.unwrap();
    assert_eq!(outbox.find("P-2").await.unwrap().state, State::Parked);
}

fn request_of(body: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(body).unwrap();
    value[0]["RequestId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_documents_under_one_request_id_neither_is_lost_and_a_person_is_told() {
    let mut policy = quick();
    policy.on_probably_fiscalised = OnRejected::StepAside;
    policy.on_rejected = OnRejected::StepAside;
    let (_folder, outbox) = open(policy).await;
    // Two services that count alike, as one does that forgets.
    let (one, two) = (slow(7).await, slow(7).await);
    let request = sent(&outbox, "a", "A", &one, State::Accepted).await;
    sent(&outbox, "b", "B", &two, State::Parked).await;
    let second = outbox.find("B").await.unwrap();
    assert_eq!((second.cause, second.in_doubt), (Some(Cause::RequestShared), true));
    assert!(second.reason.as_deref().unwrap().contains("that of A"), "{second:?}");
    let first = outbox.find("A").await.unwrap();
    assert_eq!((first.state, first.in_doubt), (State::Accepted, true));
    assert_eq!(
        outbox.history("A").await.unwrap().last().unwrap().event,
        "request_shared"
    );
    let alarms = outbox.stats().await.unwrap().alarms;
    let alarm = alarms
        .iter()
        .find(|alarm| alarm.document.as_deref() == Some("B"))
        .unwrap();
    assert_eq!((alarm.kind, alarm.gravity), (AlarmKind::Parked, Gravity::Critical));
    // What is said of the request may be said of the other, so it is final for neither.
    outbox
        .settle([(request.clone(), rejected("NO TIN PROVIDED"))])
        .await
        .unwrap();
    let first = outbox.find("A").await.unwrap();
    assert_eq!(first.cause, Some(Cause::ProbablyFiscalised), "{first:?}");
    assert!(outbox.skip("B", "rudo", "gone").await.is_err(), "it is in doubt");
    // Whichever it is: a receipt settles the one that is known by the request, and a person the other.
    outbox.settle([fiscalised(&request, 4)]).await.unwrap();
    assert_eq!(outbox.find("A").await.unwrap().state, State::Fiscalised);
    let released = outbox.release("B", "rudo", "looked up").await.unwrap();
    assert_eq!(
        (released.state, released.in_doubt, released.actionable),
        (State::Rejected, false, true)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn skipped_reds_are_told_until_a_person_has_seen_to_the_day() {
    let (_folder, outbox) = open(quick()).await;
    for (number, id) in ["R-1", "R-2"].into_iter().enumerate() {
        let sim = slow(20 + number as u64).await;
        let request = sent(&outbox, "till-1", id, &sim, State::Accepted).await;
        let red = rejected("RCPT030: the date is not later than that of the receipt before");
        outbox.settle([(request, red)]).await.unwrap();
        outbox.skip(id, "rudo", "sold by hand").await.unwrap();
    }
    let alarms = outbox.stats().await.unwrap().alarms;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    let alarm = &alarms[0];
    assert_eq!((alarm.kind, alarm.gravity), (AlarmKind::RedReceipts, Gravity::Critical));
    assert!(alarm.message.contains("R-1, R-2"), "{}", alarm.message);
    let key = alarm.key.clone().unwrap();
    let export = tempfile::tempdir().unwrap();
    let pruned = outbox
        .prune(Duration::ZERO, export.path().join("one.jsonl"))
        .await
        .unwrap();
    assert_eq!(pruned, 0, "nobody has seen it yet");
    assert!(outbox.acknowledge(&key, "rudo").await.unwrap().is_none());
    assert_eq!(outbox.stats().await.unwrap().alarms, []);
    let last = outbox.history("R-1").await.unwrap().pop().unwrap();
    assert_eq!(
        (last.event.as_str(), last.who.as_str()),
        ("acknowledge", "operator rudo")
    );
}

#[tokio::test]
async fn deliveries_that_nobody_has_signed_are_counted_and_told() {
    let (_folder, outbox) = open(quick()).await;
    outbox.note_refused_webhooks(3).await.unwrap();
    outbox.note_refused_webhooks(4).await.unwrap();
    let alarms = outbox.stats().await.unwrap().alarms;
    assert_eq!(alarms[0].key.as_deref(), Some("webhook_refused"));
    assert!(alarms[0].message.ends_with("(7 times)"), "{}", alarms[0].message);
    outbox.acknowledge("webhook_refused", "rudo").await.unwrap();
    assert_eq!(outbox.stats().await.unwrap().alarms, []);
    assert!(outbox.acknowledge("webhook_refused:nobody", "rudo").await.is_err());
}
