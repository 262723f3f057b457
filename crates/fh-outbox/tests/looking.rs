//! What a person can see of the outbox, what pruning leaves, and what a document is held against.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[macro_use]
mod engine;

use std::{fs, sync::Arc, time::Duration};

use engine::Place;
use fh_outbox::{AlarmKind, Evidence, LedgerQuery, OnLate, Outbox, OutboxError, Policy, Query, Standing, State};
use fiscal_harmony::{
    Document, Outcome,
    catalogue::Catalogue,
    device::DeviceConfig,
    types::{ManualClock, RequestId, jiff::Timestamp},
};
use serde_json::Value;

const HOUR: Duration = Duration::from_secs(3600);

fn invoice(id: &str, total: &str) -> Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":{total},
        "Quantity":1,"LineAmount":{total},"TaxCode":"VAT15.5"}}],"Total":{total},"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

fn credit(id: &str, original: &str, total: &str) -> Document {
    let json = format!(
        r#"{{"CreditNoteId":"{id}","CreditNoteNumber":"{id}","OriginalInvoiceId":"{original}","Reference":"returned","IsTaxInclusive":true,
        "BuyerContact":{{"Name":"Cash Customer"}},"Date":"2026-11-21T10:00:00+02:00","LineItems":[{{"Description":"Toner",
        "ProductCode":"84439990","UnitAmount":{total},"Quantity":1,"LineAmount":{total},"TaxCode":"VAT15.5"}}],"Total":{total},
        "CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

fn clock() -> Arc<ManualClock> {
    let now: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
    Arc::new(ManualClock::new(now))
}

async fn outbox(place: &Place, clock: Arc<ManualClock>) -> Outbox {
    let mut policy = Policy::default();
    // All of these documents are of one second.
    policy.on_late = OnLate::Keep;
    Outbox::open_with(&place.address, policy, clock).await.unwrap()
}

fn ids(entries: &[fh_outbox::Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.document.as_str()).collect()
}

on_both_engines!(
    documents_are_found_by_state_lane_beginning_and_page,
    documents_of_the_ledger_are_found_by_any_part_and_by_how_they_stand,
    an_alarm_rings_for_what_waits_too_long_and_the_day_is_counted,
    news_of_an_unknown_request_is_counted_and_its_coming_noted,
    what_is_pruned_is_in_the_export_and_is_never_taken_for_new,
    no_number_is_given_twice_even_when_all_is_pruned,
    a_document_is_held_against_those_before_it,
    two_credit_notes_at_once_cannot_both_take_what_is_left,
    whoever_waits_hears_of_the_change_and_not_before,
    what_changes_nothing_wakes_nobody,
    a_receipt_is_printed_from_what_was_kept_and_its_prints_are_counted,
);

async fn documents_are_found_by_state_lane_beginning_and_page(place: &Place) {
    let outbox = outbox(place, clock()).await;
    for id in ["INV-1", "INV-2", "X-3"] {
        outbox.enqueue(&invoice(id, "10")).await.unwrap();
    }
    outbox
        .for_lane("till-2")
        .enqueue(&invoice("INV-4", "10"))
        .await
        .unwrap();
    outbox.skip("INV-2", "rudo", "sold by hand").await.unwrap();
    let list = async |query| outbox.list(query).await.unwrap();
    assert_eq!(ids(&list(Query::default()).await), ["INV-4", "X-3", "INV-2", "INV-1"]);
    assert_eq!(
        ids(&list(Query::default().search("INV-")).await),
        ["INV-4", "INV-2", "INV-1"]
    );
    assert_eq!(ids(&list(Query::default().search("INV_")).await), [""; 0]);
    assert_eq!(ids(&list(Query::default().states([State::Skipped])).await), ["INV-2"]);
    assert_eq!(ids(&list(Query::default().lane("till-2")).await), ["INV-4"]);
    let page = list(Query::default().limit(2)).await;
    let next = Query::default().limit(2).before(page.last().unwrap().seq);
    assert_eq!(ids(&list(next).await), ["INV-2", "INV-1"]);
    let history = outbox.history("INV-2").await.unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|change| {
            (
                change.event.as_str(),
                change.from,
                change.to,
                change.who.as_str(),
                change.why.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("enqueue", None, State::Queued, "enqueue", "taken in"),
            (
                "skip",
                Some(State::Queued),
                State::Skipped,
                "operator rudo",
                "sold by hand"
            ),
        ]
    );
    let all = outbox.changes(0, 100).await.unwrap();
    assert_eq!(all.len(), 5);
    assert_eq!(outbox.changes(all[3].id, 100).await.unwrap(), all[4..]);
    assert_eq!(outbox.latest_change().await.unwrap(), all[4].id);
}

async fn documents_of_the_ledger_are_found_by_any_part_and_by_how_they_stand(place: &Place) {
    let outbox = outbox(place, clock()).await;
    let mut elan = invoice("ÉL_7", "1234.50");
    elan.buyer_mut().name = "Cash Élan 100%".to_owned();
    elan.buyer_mut().tin = Some("2000987654".to_owned());
    for document in [elan, invoice("INV-2", "0.05"), invoice("INV-3", "10")] {
        outbox.enqueue(&document).await.unwrap();
    }
    let link = "https://fdmstest.zimra.co.zw/0000033389211120260000000068CC86EF9CDFA968E3";
    outbox.set_aside("INV-2", "rudo", "looked up").await.unwrap();
    let evidence = Evidence::link(link).unwrap().of_any_day();
    outbox.adopt("INV-2", evidence, "rudo").await.unwrap();
    let day = "2026-11-21".parse().unwrap();
    let all = || LedgerQuery::new(day, day);
    let found = async |query: LedgerQuery| -> Vec<String> {
        let entries = outbox.ledger(query).await.unwrap();
        entries.into_iter().map(|entry| entry.document).collect()
    };
    for (text, wanted) in [
        ("éL_", &["ÉL_7"][..]),
        ("ÉLAN", &["ÉL_7"]),
        ("100%", &["ÉL_7"]),
        ("00098765", &["ÉL_7"]),
        ("1234.5", &["ÉL_7"]),
        ("0.05", &["INV-2"]),
        ("inv-", &["INV-2", "INV-3"]),
        ("86EF-9cdf", &["INV-2"]),
        ("68", &["INV-2"]),
        ("fdmstest", &[]),
        ("_8", &[]),
        ("", &["ÉL_7", "INV-2", "INV-3"]),
    ] {
        assert_eq!(found(all().search(text)).await, wanted, "{text}");
    }
    assert_eq!(found(all().standing([None])).await, ["INV-2"]);
    assert_eq!(found(all().standing([Some(Standing::Open)])).await, ["ÉL_7", "INV-3"]);
    assert_eq!(found(all().standing([None, Some(Standing::Rejected)])).await, ["INV-2"]);
    let newest = outbox.ledger(all().newest_first().limit(2)).await.unwrap();
    let place = newest.last().map(|entry| entry.place);
    assert_eq!(newest[0].document, "INV-3");
    assert_eq!(found(all().newest_first().after(place)).await, ["ÉL_7"]);
    assert_eq!(found(all().after(place)).await, ["INV-3"]);
    let written = place.unwrap().to_string();
    assert_eq!(Some(written.parse().unwrap()), place);
    let mut of_a_day = all();
    (of_a_day.fiscal_day, of_a_day.device) = (newest[1].fiscal_day, newest[1].device);
    assert_eq!(outbox.requests("INV-2").await.unwrap(), []);
    let unknown = RequestId::parse("nobody").unwrap();
    assert_eq!(outbox.document_of(&unknown).await.unwrap(), None);
    of_a_day.fiscal_day = Some(999);
    assert_eq!(found(of_a_day).await, Vec::<String>::new());
}

async fn an_alarm_rings_for_what_waits_too_long_and_the_day_is_counted(place: &Place) {
    let clock = clock();
    let outbox = outbox(place, clock.clone()).await;
    outbox.enqueue(&invoice("INV-1", "10")).await.unwrap();
    let stats = outbox.stats().await.unwrap();
    assert_eq!(
        (stats.count(State::Queued), stats.today, stats.alarms.len()),
        (1, vec![(State::Queued, 1)], 0)
    );
    clock.advance(9 * HOUR);
    let stats = outbox.stats().await.unwrap();
    assert_eq!(stats.alarms[0].kind, AlarmKind::Unsent);
    assert!(
        stats.alarms[0].message.contains("9 h 0 min"),
        "{}",
        stats.alarms[0].message
    );
    clock.advance(15 * HOUR);
    assert_eq!(outbox.stats().await.unwrap().today, []);
}

async fn news_of_an_unknown_request_is_counted_and_its_coming_noted(place: &Place) {
    let outbox = outbox(place, clock()).await;
    let id = RequestId::parse("6f9619ff-8b86-d011-b42d-00c04fc964ff").unwrap();
    let rejected: Outcome = Outcome::Rejected(fiscal_harmony::Rejection::new("no", true));
    assert_eq!(outbox.settle([(id, rejected)]).await.unwrap(), 0);
    let stats = outbox.stats().await.unwrap();
    assert_eq!(stats.orphans, 1);
    assert_eq!(stats.last_webhook, Some(stats.at));
}

async fn what_is_pruned_is_in_the_export_and_is_never_taken_for_new(place: &Place) {
    let clock = clock();
    let outbox = outbox(place, clock.clone()).await;
    for id in ["A", "B"] {
        outbox.enqueue(&invoice(id, "10")).await.unwrap();
    }
    outbox.skip("A", "rudo", "sold by hand").await.unwrap();
    clock.advance(48 * HOUR);
    outbox.enqueue(&invoice("C", "10")).await.unwrap();
    outbox.skip("C", "rudo", "sold by hand").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("old.jsonl");
    assert_eq!(outbox.prune(24 * HOUR, &export).await.unwrap(), 1);
    let text = fs::read_to_string(&export).unwrap();
    let line: Value = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!(
        (&line["entry"]["document"], &line["entry"]["state"]),
        (&"A".into(), &"skipped".into())
    );
    assert_eq!(line["history"].as_array().unwrap().len(), 2);
    let body: Value = serde_json::from_str(line["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["InvoiceId"], "A");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&export).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(ids(&outbox.list(Query::default()).await.unwrap()), ["C", "B"]);
    assert_eq!(outbox.find("A").await.unwrap().state, State::Skipped);
    let again = outbox.enqueue(&invoice("A", "10")).await.unwrap();
    assert!(!again.is_new && again.entry.state == State::Skipped);
    let other = outbox.enqueue(&invoice("A", "11")).await.unwrap_err();
    assert!(matches!(other, OutboxError::OtherContent { .. }), "{other}");
    let retried = outbox.retry("A", "rudo").await.unwrap_err();
    assert!(retried.to_string().contains("pruned"), "{retried}");
    let error = outbox.prune(24 * HOUR, &export).await.unwrap_err();
    assert!(error.to_string().contains("old.jsonl"), "{error}");
}

async fn no_number_is_given_twice_even_when_all_is_pruned(place: &Place) {
    let clock = clock();
    let outbox = outbox(place, clock.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let (mut seqs, mut changes) = (Vec::new(), Vec::new());
    for round in 0..3 {
        for number in 0..3 {
            let id = format!("{round}-{number}");
            seqs.push(outbox.enqueue(&invoice(&id, "10")).await.unwrap().entry.seq);
            outbox.skip(&id, "rudo", "sold by hand").await.unwrap();
            changes.extend(outbox.history(&id).await.unwrap().iter().map(|change| change.id));
        }
        clock.advance(HOUR);
        let export = folder.path().join(format!("{round}.jsonl"));
        outbox.prune(Duration::ZERO, export).await.unwrap();
    }
    assert!(seqs.is_sorted_by(|one, next| one < next), "{seqs:?}");
    assert!(changes.is_sorted_by(|one, next| one < next), "{changes:?}");
    assert_eq!(outbox.list(Query::default()).await.unwrap().len(), 1);
}

async fn a_document_is_held_against_those_before_it(place: &Place) {
    let outbox = outbox(place, clock()).await;
    outbox.enqueue(&invoice("INV-1", "100")).await.unwrap();
    outbox.enqueue(&credit("CN-1", "INV-1", "60")).await.unwrap();
    let rule = async |document: &Document| match outbox.enqueue(document).await {
        Err(OutboxError::Preflight(findings)) => {
            findings.findings.iter().map(|finding| finding.rule).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let over = credit("CN-2", "INV-1", "40.01");
    assert!(rule(&over).await.contains(&"PF34"));
    assert!(matches!(outbox.find("CN-2").await, Err(OutboxError::NoSuchDocument(_))));
    let rest = outbox.enqueue(&credit("CN-3", "INV-1", "40")).await.unwrap();
    assert!(rest.is_new);
    let mut other: Value = serde_json::from_slice(
        invoice("INV-2", "10")
            .freeze(fiscal_harmony::Attempt::First)
            .unwrap()
            .bytes(),
    )
    .unwrap();
    other["InvoiceNumber"] = "INV-1".into();
    let same_number = Document::from_json(other.to_string().as_bytes()).unwrap();
    assert!(rule(&same_number).await.contains(&"PF03"));
    let found = outbox.check(&over).await.unwrap();
    assert!(found.findings.iter().any(|finding| finding.rule == "PF34"));
    assert!(outbox.enqueue_unchecked(&over).await.unwrap().is_new);
}

async fn two_credit_notes_at_once_cannot_both_take_what_is_left(place: &Place) {
    let outbox = outbox(place, clock()).await;
    outbox.enqueue(&invoice("INV-1", "100")).await.unwrap();
    let notes: Vec<_> = (0..20)
        .map(|number| credit(&format!("CN-{number}"), "INV-1", "30"))
        .collect();
    let taken = futures_util::future::join_all(notes.iter().map(|note| outbox.enqueue(note))).await;
    assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 3);
}

async fn whoever_waits_hears_of_the_change_and_not_before(place: &Place) {
    let outbox = outbox(place, clock()).await;
    outbox.enqueue(&invoice("INV-1", "10")).await.unwrap();
    assert_eq!(outbox.wait("INV-1", Duration::ZERO).await.unwrap().state, State::Queued);
    let (entry, skipped) = tokio::join!(outbox.wait("INV-1", HOUR), outbox.skip("INV-1", "rudo", "by hand"));
    skipped.unwrap();
    assert_eq!(entry.unwrap().state, State::Skipped);
}

async fn what_changes_nothing_wakes_nobody(place: &Place) {
    use futures_util::FutureExt;
    let outbox = outbox(place, clock()).await;
    outbox.enqueue(&invoice("INV-1", "10")).await.unwrap();
    outbox.skip("INV-1", "rudo", "by hand").await.unwrap();
    let mut listener = outbox.subscribe();
    outbox.enqueue(&invoice("INV-1", "10")).await.unwrap();
    outbox.skip("INV-1", "rudo", "by hand").await.unwrap();
    assert!(listener.changed().now_or_never().is_none());
    outbox.retry("INV-1", "rudo").await.unwrap();
    assert!(listener.changed().now_or_never().is_some());
}

async fn a_receipt_is_printed_from_what_was_kept_and_its_prints_are_counted(place: &Place) {
    let clock = clock();
    let outbox = outbox(place, clock.clone()).await;
    let config = r#"{"applicableTaxes":[{"taxID":517,"taxName":"Standard","taxPercent":15.5}]}"#;
    let catalogue = Catalogue::new(Timestamp::UNIX_EPOCH)
        .with_device(DeviceConfig::from_json(config).unwrap())
        .with_tax_mapping("VAT15.5", 517);
    outbox.enqueue(&invoice("before", "10")).await.unwrap();
    outbox.set_catalogue(Arc::new(catalogue));
    outbox.enqueue_unchecked(&invoice("A", "10")).await.unwrap();
    outbox.enqueue(&invoice("B", "10")).await.unwrap();
    let resolved = async |id: &str| outbox.printable(id).await.unwrap().taxes[0].resolved;
    assert_eq!(resolved("B").await, Some((517, "15.5".parse().ok())));
    assert_eq!(resolved("before").await, None, "no table was known then");

    let refused = outbox
        .note_print("B", "operator rudo", "receipt.txt")
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("no receipt that could be printed"),
        "{refused}"
    );
    let link = "https://fdmstest.zimra.co.zw/0000033389211120260000000068CC86EF9CDFA968E3";
    outbox
        .adopt("B", Evidence::link(link).unwrap().of_any_day(), "rudo")
        .await
        .unwrap();
    let before = outbox.printable("B").await.unwrap();
    assert_eq!((before.prints, before.entry.state), (Some(0), State::Fiscalised));
    for copies in 0..3 {
        assert_eq!(
            outbox.note_print("B", "operator rudo", "receipt.txt").await.unwrap(),
            Some(copies)
        );
    }
    assert_eq!(outbox.printable("B").await.unwrap().prints, Some(3));
    let history = outbox.history("B").await.unwrap();
    let last = history.last().unwrap();
    assert_eq!(
        (&*last.event, &*last.who, &*last.why),
        ("printed", "operator rudo", "receipt.txt, copy 2")
    );
    assert_eq!((last.from, last.to), (Some(State::Fiscalised), State::Fiscalised));

    outbox.acknowledge("adopted:B", "rudo").await.unwrap();
    clock.advance(48 * HOUR);
    outbox.enqueue(&invoice("C", "10")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    outbox.prune(24 * HOUR, &folder.path().join("old.jsonl")).await.unwrap();
    let pruned = outbox.printable("B").await.unwrap();
    assert!(pruned.document.is_none() && pruned.prints.is_none() && pruned.entry.receipt.is_some());
    assert_eq!(
        outbox.note_print("B", "operator rudo", "receipt.txt").await.unwrap(),
        None,
        "nobody counts any more"
    );
}
