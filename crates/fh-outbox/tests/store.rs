//! What the store promises, and what it says of bad input.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[macro_use]
mod engine;

use std::{fs, sync::Arc, time::Duration};

use engine::Place;
use fh_outbox::{Outbox, OutboxError, Policy, State};
use fh_sim::{Dose, Fault, FaultPlan, Operation, Repeat, Sim};
use fiscal_harmony::{
    Client, Document, Environment,
    types::{Clock, SystemClock},
};

fn document(id: &str, total: &str) -> Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":{total},
        "Quantity":1,"LineAmount":{total},"TaxCode":"VAT15.5"}}],"Total":{total},"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

on_both_engines!(
    the_same_again_is_no_error_and_other_content_names_both_hashes,
    of_many_who_hand_in_the_same_at_once_one_is_first_and_all_are_told_so,
    a_store_of_a_newer_version_is_refused,
    many_may_open_a_new_store_at_once,
    history_and_documents_cannot_be_changed,
    a_clock_that_was_set_back_hands_nobody_what_another_is_sending,
);

async fn the_same_again_is_no_error_and_other_content_names_both_hashes(place: &Place) {
    let outbox = Outbox::open(&place.address).await.unwrap();
    assert!(outbox.enqueue(&document("A", "10")).await.unwrap().is_new);
    let again = outbox.enqueue(&document("A", "10")).await.unwrap();
    assert!(!again.is_new && again.entry.state == State::Queued);
    let error = outbox.enqueue(&document("A", "11")).await.unwrap_err();
    let OutboxError::OtherContent { kept, offered, .. } = &error else {
        panic!("{error}")
    };
    assert!(
        kept != offered && kept.len() == 64 && error.to_string().contains(kept) && error.to_string().contains(offered)
    );
    drop(outbox);
    let outbox = Outbox::open(&place.address).await.unwrap();
    assert_eq!(outbox.find("A").await.unwrap().state, State::Queued);
}

async fn of_many_who_hand_in_the_same_at_once_one_is_first_and_all_are_told_so(place: &Place) {
    let outboxes = [
        Outbox::open(&place.address).await.unwrap(),
        Outbox::open(&place.address).await.unwrap(),
    ];
    let document = document("A", "10");
    let all = (0..20).map(|number| outboxes[number % 2].enqueue(&document));
    let done = futures_util::future::join_all(all).await;
    let new = done.into_iter().filter(|enqueued| enqueued.as_ref().unwrap().is_new);
    assert_eq!(new.count(), 1);
    assert_eq!(place.number("SELECT count(*) FROM fh_outbox_entry").await, 1);
    assert_eq!(place.number("SELECT count(*) FROM fh_outbox_history").await, 1);
}

async fn a_store_of_a_newer_version_is_refused(place: &Place) {
    drop(Outbox::open(&place.address).await.unwrap());
    place
        .execute("UPDATE fh_outbox_meta SET value = '99' WHERE name = 'version'")
        .await
        .unwrap();
    let error = Outbox::open(&place.address).await.unwrap_err();
    assert!(matches!(error, OutboxError::Newer { found: 99, .. }), "{error}");
}

async fn many_may_open_a_new_store_at_once(place: &Place) {
    let opened = futures_util::future::join_all((0..20).map(|_| Outbox::open(&place.address))).await;
    let opened: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    for (number, outbox) in opened.iter().enumerate() {
        outbox.enqueue(&document(&number.to_string(), "10")).await.unwrap();
    }
    assert_eq!(place.number("SELECT count(*) FROM fh_outbox_entry").await, 20);
}

async fn history_and_documents_cannot_be_changed(place: &Place) {
    let outbox = Outbox::open(&place.address).await.unwrap();
    outbox.enqueue(&document("A", "10")).await.unwrap();
    outbox.skip("A", "rudo", "sold by hand").await.unwrap();
    for (statement, refusal) in [
        ("UPDATE fh_outbox_history SET why = ''", "append-only"),
        (
            "UPDATE fh_outbox_entry SET body = retry_body",
            "a document is never changed",
        ),
    ] {
        let refused = place.execute(statement).await.unwrap_err();
        assert!(refused.contains(refusal), "{refused}");
    }
    assert_eq!(place.number("SELECT count(*) FROM fh_outbox_history").await, 2);
}

/// A clock that is an hour behind.
#[derive(Debug)]
struct Behind;

impl Clock for Behind {
    fn now(&self) -> jiff::Timestamp {
        SystemClock.now() - Duration::from_secs(3600)
    }
}

async fn a_clock_that_was_set_back_hands_nobody_what_another_is_sending(place: &Place) {
    let sim = Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .settle_delay(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    let late = Dose {
        ms: Some(1000),
        ..Dose::count(1)
    };
    sim.set_faults(FaultPlan::default().with(Fault::Delay, late));
    let mut policy = Policy::default();
    policy.idle_poll = Duration::from_millis(5);
    policy.first_poll = Duration::from_millis(5);
    policy.poll_linger = Duration::from_millis(5);
    let outbox = Outbox::open_with(&place.address, policy.clone(), Arc::new(SystemClock))
        .await
        .unwrap();
    let behind = Outbox::open_with(&place.address, policy, Arc::new(Behind))
        .await
        .unwrap();
    outbox.enqueue(&document("A", "10")).await.unwrap();
    let client = Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials())
        .identity(sim.identity())
        .build()
        .unwrap();
    let accepted = async {
        while outbox.find("A").await.unwrap().state != State::Accepted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let second = async {
        sim.await_requests(Operation::SubmitInvoice, 1).await;
        tokio::select! {
            () = behind.run(&client, std::future::pending()) => {}
            () = accepted => {}
        }
    };
    outbox.run(&client, second).await;
    let corrected = "SELECT count(*) FROM fh_outbox_history WHERE event = 'clock'";
    assert_eq!(place.number(corrected).await, 1);
    assert_eq!(sim.requests()[&Operation::SubmitInvoice], 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_for_its_owners_eyes_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    drop(Outbox::open(&path).await.unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_sale_and_its_document_are_kept_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pos.db");
    let outbox = Outbox::open(&path).await.unwrap();
    let mut pos = fh_outbox::rusqlite::Connection::open(&path).unwrap();
    pos.execute_batch("CREATE TABLE sale (id TEXT)").unwrap();
    for (id, keep) in [("gone", false), ("kept", true)] {
        let transaction = pos.transaction().unwrap();
        transaction.execute("INSERT INTO sale VALUES (?1)", [id]).unwrap();
        outbox.enqueue_in(&transaction, &document(id, "10")).unwrap();
        if keep {
            transaction.commit().unwrap()
        } else {
            transaction.rollback().unwrap()
        }
    }
    assert!(matches!(outbox.find("gone").await, Err(OutboxError::NoSuchDocument(_))));
    assert_eq!(outbox.find("kept").await.unwrap().state, State::Queued);
}

#[tokio::test]
async fn what_is_no_outbox_is_said_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "these are my notes, not a database at all\n".repeat(300);
    fs::write(&path, &text).unwrap();
    let error = Outbox::open(&path).await.unwrap_err();
    assert!(matches!(error, OutboxError::Damaged { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}
