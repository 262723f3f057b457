//! A file with many settled documents, for benchmarks.

use std::path::Path;

use fh_outbox::rusqlite;
use fiscal_harmony::{Attempt, Document};

pub(crate) fn document(id: &str) -> Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":115.5,
        "Quantity":1,"LineAmount":115.5,"TaxCode":"VAT15.5"}}],"SubTotal":100,"TotalTax":15.5,"Total":115.5,"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

/// A file with many settled documents, each with three lines of history.
pub(crate) fn fill(path: &Path, count: usize) {
    let mut connection = rusqlite::Connection::open(path).unwrap();
    let body = document("L-0000000").freeze(Attempt::First).unwrap();
    let transaction = connection.transaction().unwrap();
    transaction
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
             INSERT INTO fh_outbox_entry (document_id, kind, number, dated, lane, body, body_sha256, retry_body, retry_sha256, known,
               enqueued_at, state, resend, doubt, attempts, failures, token, lease_until, due_at, request_id, accepted_at, poll_at,
               receipt, actionable, changed_at)
             SELECT 'L-' || i, 'invoice', 'L-' || i, 1700000000 + i, 'default', ?2, ?3, ?2, ?3, '[]', 1700000000000000 + i, 'fiscalised', 0,
               0, 1, 0, 1, 0, 0, 'R-' || i, 0, 0, '{}', 0, 0 FROM n",
            (i64::try_from(count).unwrap(), body.bytes().as_ref(), body.sha256().as_slice()),
        )
        .unwrap();
    transaction
        .execute(
            "INSERT INTO fh_outbox_request (request_id, seq, at) SELECT request_id, seq, 0 FROM fh_outbox_entry",
            [],
        )
        .unwrap();
    for (event, from, to) in [
        ("enqueue", None, "queued"),
        ("accepted", Some("sending"), "accepted"),
        ("fiscalised", Some("accepted"), "fiscalised"),
    ] {
        transaction
            .execute(
                "INSERT INTO fh_outbox_history (seq, at, who, event, from_state, to_state, attempt, why)
                 SELECT seq, 0, 'bench', ?1, ?2, ?3, 1, 'because' FROM fh_outbox_entry",
                (event, from, to),
            )
            .unwrap();
    }
    // A year of sales, each under two taxes; the sums of its days as they are kept.
    transaction
        .execute_batch(
            r#"INSERT INTO fh_outbox_ledger (seq, document_id, kind, number, day, dated, lane, currency, buyer, payment, total, net, tax, discounts,
               taxes, device, fiscal_day, receipt_number, counted)
               SELECT seq, document_id, kind, number, 20454 + seq % 365, (20454 + seq % 365) * 86400 + 28800 + seq % 36000, lane, 'USD',
               'Cash Customer', 'Cash', 2155, 2000, 155, 0,
               '[{"code":"VAT15.5","tax_id":517,"rate":"15.5","net":1000,"tax":155,"gross":1155},{"code":"ZERO","tax_id":2,"rate":"0","net":1000,"tax":0,"gross":1000}]',
               34567, 1 + seq % 365, seq, 1 FROM fh_outbox_entry;
               INSERT INTO fh_outbox_sold SELECT day, lane, currency, kind, '', 0, '', count(*), 0, sum(net), sum(tax), sum(total)
               FROM fh_outbox_ledger GROUP BY day, lane, currency, kind;
               INSERT INTO fh_outbox_sold SELECT day, lane, currency, kind, 'VAT15.5', 517, '15.5', count(*), 0, 1000 * count(*), 155 * count(*),
               1155 * count(*) FROM fh_outbox_ledger GROUP BY day, lane, currency, kind;"#,
        )
        .unwrap();
    transaction.commit().unwrap();
}
