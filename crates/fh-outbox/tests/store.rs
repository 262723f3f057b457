//! What the store promises, and what it says of bad input.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::{fs, time::Duration};

use fh_outbox::{Outbox, OutboxError, State};
use fiscal_harmony::Document;

fn document(id: &str, total: &str) -> Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":{total},
        "Quantity":1,"LineAmount":{total},"TaxCode":"VAT15.5"}}],"Total":{total},"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

#[tokio::test]
async fn the_same_again_is_no_error_and_other_content_names_both_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let outbox = Outbox::open(&path).await.unwrap();
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
    let outbox = Outbox::open(&path).await.unwrap();
    assert_eq!(outbox.find("A").await.unwrap().state, State::Queued);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
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
    let newer = folder.path().join("newer.db");
    drop(Outbox::open(&newer).await.unwrap());
    let connection = fh_outbox::rusqlite::Connection::open(&newer).unwrap();
    connection
        .execute_batch("UPDATE fh_outbox_meta SET value = '99' WHERE name = 'version'")
        .unwrap();
    let error = Outbox::open(&newer).await.unwrap_err();
    assert!(matches!(error, OutboxError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn history_and_documents_cannot_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let outbox = Outbox::open(&path).await.unwrap();
    outbox.enqueue(&document("A", "10")).await.unwrap();
    outbox.skip("A", "rudo", "sold by hand").await.unwrap();
    let connection = fh_outbox::rusqlite::Connection::open(&path).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    for statement in [
        "UPDATE fh_outbox_history SET why = ''",
        "UPDATE fh_outbox_entry SET body = x'00'",
    ] {
        assert!(connection.execute_batch(statement).is_err(), "{statement}");
    }
    let lines: i64 = connection
        .query_row("SELECT count(*) FROM fh_outbox_history", [], |row| row.get(0))
        .unwrap();
    assert_eq!(lines, 2);
}
