//! What the store promises, and what it says of bad input.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[macro_use]
mod engine;

use std::{sync::Arc, time::Duration};

use engine::Place;
use fh_outbox::{AlarmKind, Cause, Outbox, OutboxError, Policy, State};
use fh_sim::{Dose, Fault, FaultPlan, Operation, Repeat, Sim};
use fiscal_harmony::{
    Client, Document, Environment,
    types::{Clock, RequestId, SystemClock},
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
    a_store_of_the_former_version_is_brought_up_to_date_with_what_it_holds,
);

async fn a_store_of_the_former_version_is_brought_up_to_date_with_what_it_holds(place: &Place) {
    let receipt = r#"{"request_id":"r1","qr_url":"https://fdms.example/1","verification_code":"AAAA-BBBB-CCCC-DDDD","fiscal_day":1,
        "device_id":7,"receipt_number":1,"pdf":null}"#;
    let row = |id: &str, state: &str, receipt: &str, reason: &str| {
        format!(
            "INSERT INTO fh_outbox_entry (document_id, kind, number, dated, lane, body, body_sha256, retry_body, retry_sha256, enqueued_at, \
             state, resend, doubt, attempts, failures, token, lease_until, due_at, request_id, poll_at, receipt, reason, actionable, \
             changed_at) VALUES ('{id}', 'invoice', '{id}', 1700000000, 'default', '', '', '', '', 1, '{state}', 0, 0, 1, 0, 1, 0, 0, \
             'r1', 0, {receipt}, {reason}, 0, 4000000000000000);"
        )
    };
    let receipt = format!("'{receipt}'");
    let former = [
        "CREATE TABLE fh_outbox_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);".to_owned(),
        place.schema_of_version_1().to_owned(),
        "INSERT INTO fh_outbox_meta VALUES ('version', '1');".to_owned(),
        row(
            "twice",
            "fiscalised",
            &receipt,
            "'fiscalised twice: request r2 has a receipt of its own'",
        ),
        row("once", "fiscalised", &receipt, "NULL"),
        row("never", "rejected", "NULL", "'no TIN'"),
    ];
    place.execute(&former.concat()).await.unwrap();
    // What the former version had forgotten: each of these was sent before, perhaps in vain.
    let history = |id: &str, event: &str, to: &str| {
        format!(
            "INSERT INTO fh_outbox_history (seq, at, who, event, from_state, to_state, attempt, why) SELECT seq, 1, 'worker', '{event}', \
             'sending', '{to}', 1, 'because' FROM fh_outbox_entry WHERE document_id = '{id}';"
        )
    };
    let forgotten = [
        row("lost", "rejected", "NULL", "'no TIN'"),
        history("lost", "lost", "unknown"),
        history("lost", "accepted", "accepted"),
        history("lost", "rejected", "rejected"),
        row("used", "rejected", "NULL", "'RCPT013: used'"),
        history("used", "rejected", "rejected"),
        row("taken", "accepted", "NULL", "NULL"),
        history("taken", "lease_expired", "unknown"),
        history("taken", "accepted", "accepted"),
        row("held", "parked", "NULL", "'because'"),
        history("held", "lost", "parked"),
        row("waiting", "queued", "NULL", "NULL"),
    ];
    place.execute(&forgotten.concat()).await.unwrap();
    let outbox = Outbox::open(&place.address).await.unwrap();
    for (id, state, cause, doubt, holds) in [
        ("lost", State::Parked, Some(Cause::ProbablyFiscalised), true, false),
        ("used", State::Parked, Some(Cause::ProbablyFiscalised), true, false),
        ("taken", State::Accepted, None, true, false),
        ("held", State::Parked, Some(Cause::HeldByPolicy), true, true),
        ("waiting", State::Queued, None, false, true),
        ("never", State::Rejected, Some(Cause::Rejected), false, false),
        ("once", State::Fiscalised, None, false, false),
    ] {
        let entry = outbox.find(id).await.unwrap();
        assert_eq!(
            (entry.state, entry.cause, entry.in_doubt, entry.holds),
            (state, cause, doubt, holds),
            "{id}"
        );
    }
    assert_eq!(outbox.history("lost").await.unwrap().last().unwrap().to, State::Parked);
    assert_eq!(
        place
            .texts("SELECT value FROM fh_outbox_meta WHERE name = 'version'")
            .await,
        ["5"]
    );
    let doubled = "SELECT document_id FROM fh_outbox_entry WHERE doubled = 1";
    assert_eq!(place.texts(doubled).await, ["twice"]);
    let alarms = outbox.stats().await.unwrap().alarms;
    let told: Vec<_> = alarms
        .iter()
        .map(|alarm| (alarm.kind, alarm.document.as_deref()))
        .collect();
    for alarm in [
        (AlarmKind::FiscalisedTwice, Some("twice")),
        (AlarmKind::ProbablyFiscalised, Some("lost")),
        (AlarmKind::ProbablyFiscalised, Some("used")),
        (AlarmKind::Parked, Some("held")),
    ] {
        assert!(told.contains(&alarm), "{alarm:?} is not told: {told:?}");
    }
    assert!(
        told.iter()
            .all(|(_, document)| *document != Some("never") && *document != Some("once"))
    );
    let twice = alarms
        .iter()
        .find(|alarm| alarm.kind == AlarmKind::FiscalisedTwice)
        .unwrap();
    assert!(twice.message.contains("request r2"), "{}", twice.message);
    let entry = outbox.find("once").await.unwrap();
    assert_eq!(entry.receipt.map(|receipt| receipt.receipt_number), Some(1));
    assert_eq!(entry.request_id, Some(RequestId::parse("r1").unwrap()));
    assert!(outbox.enqueue(&document("new", "10")).await.unwrap().is_new);
}

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
            "a document is changed only by a correction",
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

/// What only a file can do, or suffer.
#[cfg(feature = "sqlite")]
mod file {
    use std::{fs, path::Path};

    use fh_outbox::{Outbox, OutboxError, State, rusqlite};
    use rusqlite::{Connection, Transaction, TransactionBehavior};

    use super::document;

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
        let mut pos = Connection::open(&path).unwrap();
        pos.execute_batch("CREATE TABLE sale (id TEXT)").unwrap();
        for (id, keep) in [("gone", false), ("kept", true)] {
            let transaction = pos.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
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

    fn refused(outbox: &Outbox, transaction: &Transaction<'_>) -> OutboxError {
        outbox.enqueue_in(transaction, &document("A", "10")).unwrap_err()
    }

    fn till(path: &Path) -> Connection {
        Connection::open(path).unwrap()
    }

    #[tokio::test]
    async fn a_transaction_on_another_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let [ours, other] = ["till.db", "other.db"].map(|name| folder.path().join(name));
        let outbox = Outbox::open(&ours).await.unwrap();
        drop(Outbox::open(&other).await.unwrap());
        let attached = format!("ATTACH '{}' AS outbox", ours.display());
        for (connection, found) in [
            (till(&other), "other.db"),
            (Connection::open_in_memory().unwrap(), "in memory"),
        ] {
            // Even where the tables of ours are to be found: what is in two files is not kept together.
            connection.execute_batch(&attached).unwrap();
            let transaction = connection.unchecked_transaction().unwrap();
            let error = refused(&outbox, &transaction);
            assert!(matches!(error, OutboxError::OtherDatabase { .. }), "{error}");
            let text = error.to_string();
            assert!(text.contains(found) && text.contains("till.db"), "{text}");
        }
        assert!(matches!(outbox.find("A").await, Err(OutboxError::NoSuchDocument(_))));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_same_file_by_another_name_is_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let outbox = Outbox::open(&path).await.unwrap();
        let connection = till(&link);
        let transaction = connection.unchecked_transaction().unwrap();
        assert!(outbox.enqueue_in(&transaction, &document("A", "10")).unwrap().is_new);
    }

    #[tokio::test]
    async fn a_transaction_without_the_tables_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        let outbox = Outbox::open(&path).await.unwrap();
        let connection = till(&path);
        connection
            .execute_batch("DROP TABLE fh_outbox_pruned; DROP TABLE fh_outbox_entry")
            .unwrap();
        let transaction = connection.unchecked_transaction().unwrap();
        let error = refused(&outbox, &transaction);
        assert!(matches!(error, OutboxError::NoTables { .. }), "{error}");
        assert!(error.to_string().contains("till.db"), "{error}");
    }

    #[tokio::test]
    async fn a_connection_that_does_not_wait_for_the_disk_is_refused_and_told_how_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        let outbox = Outbox::open(&path).await.unwrap();
        for (setting, waits) in [("OFF", false), ("NORMAL", false), ("FULL", true), ("EXTRA", true)] {
            let connection = till(&path);
            connection
                .execute_batch(&format!("PRAGMA synchronous={setting}"))
                .unwrap();
            let transaction = connection.unchecked_transaction().unwrap();
            let done = outbox.enqueue_in(&transaction, &document("A", "10"));
            assert_eq!(done.is_ok(), waits, "{setting}: {done:?}");
            if let Err(error) = done {
                assert!(matches!(error, OutboxError::NotDurable { .. }), "{error}");
                assert!(error.to_string().contains("PRAGMA synchronous=FULL"), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn a_deferred_transaction_that_was_overtaken_is_told_to_be_immediate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        let outbox = Outbox::open(&path).await.unwrap();
        let connection = till(&path);
        let transaction = connection.unchecked_transaction().unwrap();
        let count = "SELECT count(*) FROM fh_outbox_entry";
        assert_eq!(transaction.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
        outbox.enqueue(&document("B", "10")).await.unwrap();
        let error = refused(&outbox, &transaction);
        assert!(
            matches!(error, OutboxError::Overtaken { .. }) && error.is_temporary(),
            "{error}"
        );
        assert!(error.to_string().contains("BEGIN IMMEDIATE"), "{error}");
    }
}
