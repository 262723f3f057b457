//! What is in the store, after it was brought up to date.

use fh_outbox::{AlarmKind, Cause, Divide, OutboxError, Query, ReportQuery, Span, State};
use fiscal_harmony::types::Amount;

use crate::{
    engine::Place,
    load::{Version, load},
    world::{hours_later, open, policy, sale},
};

/// A document: where it stands, why, whether it is in doubt, whether its lane waits for it.
pub(crate) type Stand = (&'static str, State, Option<Cause>, bool, bool);

/// Where each document stands. What holds of one that its lane has gone on from is not told.
const STAND: [Stand; 22] = [
    ("queued", State::Queued, None, false, true),
    ("queued-behind", State::Queued, None, false, true),
    ("sending", State::Sending, None, false, true),
    ("unknown", State::Unknown, None, true, true),
    ("accepted", State::Accepted, None, false, false),
    ("fiscalised", State::Fiscalised, None, false, false),
    ("twice", State::Fiscalised, None, false, false),
    ("incomplete", State::Fiscalised, None, false, false),
    ("rejected", State::Rejected, Some(Cause::Rejected), false, false),
    ("final", State::Rejected, Some(Cause::Rejected), false, false),
    ("passing", State::Queued, Some(Cause::MayPass), false, false),
    ("parked", State::Parked, Some(Cause::Rejected), false, true),
    ("behind", State::Queued, None, false, true),
    ("failed-credit", State::Parked, Some(Cause::InvoiceFailed), false, false),
    (
        "waiting-credit",
        State::Queued,
        Some(Cause::WaitsForInvoice),
        false,
        false,
    ),
    ("held", State::Parked, Some(Cause::HeldByPolicy), true, true),
    ("probably", State::Parked, Some(Cause::ProbablyFiscalised), true, false),
    ("account", State::Queued, Some(Cause::LaneRefused), false, true),
    ("aside", State::Parked, Some(Cause::SetAside), false, false),
    ("skipped", State::Skipped, None, false, false),
    ("expired", State::Expired, Some(Cause::Undecided), false, false),
    ("pruned", State::Fiscalised, None, false, false),
];

/// Whether the program of that time could adopt a receipt by its code: that of version 3 could not in PostgreSQL.
pub(crate) fn could_adopt(place: &Place, version: Version) -> bool {
    version != Version::Three || place.file().is_some()
}

/// Where each document stands in this place.
pub(crate) fn stand(place: &Place, version: Version) -> Vec<Stand> {
    let adopted = could_adopt(place, version);
    let here = |stand: &Stand| match stand.0 {
        // There it is what it was before.
        // What has no receipt of its own is told apart since version 4.
        "incomplete" if version == Version::Four => {
            ("incomplete", State::Fiscalised, Some(Cause::Adopted), false, false)
        }
        "incomplete" if !adopted => ("incomplete", State::Unknown, None, true, true),
        _ => *stand,
    };
    STAND.iter().map(here).collect()
}

pub(crate) async fn documents_stand_where_they_stood_and_say_so(place: &Place, version: Version) {
    load(place, version).await;
    let outbox = open(&place.address, policy(), hours_later(1)).await.unwrap();
    for (id, state, cause, doubt, holds) in stand(place, version) {
        let entry = outbox.find(id).await.unwrap();
        let holding = entry.holds && !state.is_settled() && state != State::Accepted;
        assert_eq!(
            (entry.state, entry.cause, entry.in_doubt, holding),
            (state, cause, doubt, holds),
            "{id}: {entry:#?}"
        );
        let history = outbox.history(id).await.unwrap();
        let is_told = id == "pruned" || history.first().is_some_and(|first| first.event == "enqueue");
        assert!(is_told, "{id}: {history:#?}");
    }
    assert_eq!(
        outbox.find("incomplete").await.unwrap().incomplete,
        could_adopt(place, version)
    );
    assert!(outbox.find("rejected").await.unwrap().actionable);
    assert!(!outbox.find("final").await.unwrap().actionable);
    let behind = outbox.find("behind").await.unwrap().waits_for.unwrap();
    assert_eq!((behind.document.as_str(), behind.state), ("parked", State::Parked));
    let stats = outbox.stats().await.unwrap();
    let told: Vec<_> = stats
        .alarms
        .iter()
        .map(|alarm| (alarm.kind, alarm.document.as_deref()))
        .collect();
    for alarm in [
        (AlarmKind::FiscalisedTwice, Some("twice")),
        (AlarmKind::ProbablyFiscalised, Some("probably")),
        (AlarmKind::Parked, Some("parked")),
        (AlarmKind::Parked, Some("held")),
        (AlarmKind::Rejected, Some("rejected")),
        (AlarmKind::Rejected, Some("final")),
        (AlarmKind::Expired, Some("expired")),
        (AlarmKind::Refused, Some("account")),
        (AlarmKind::Orphans, None),
    ] {
        assert!(told.contains(&alarm), "{alarm:?} is not told: {told:#?}");
    }
    assert_eq!(outbox.unclaimed_receipts(10).await.unwrap().len(), 1);
}

pub(crate) async fn what_was_pruned_is_not_taken_for_new(place: &Place, version: Version) {
    load(place, version).await;
    let outbox = open(&place.address, policy(), hours_later(1))
        .await
        .unwrap()
        .for_lane("pruned");
    let again = outbox.enqueue(&sale("pruned", "2026-11-17")).await.unwrap();
    assert!(!again.is_new && again.entry.state == State::Fiscalised && again.entry.receipt.is_some());
    let other = outbox.enqueue(&sale("pruned", "2026-11-18")).await.unwrap_err();
    assert!(matches!(other, OutboxError::OtherContent { .. }), "{other}");
    assert!(outbox.history("pruned").await.unwrap().is_empty());
    // What it came to is gone with it, and that it was there is said.
    let day = ReportQuery::new(Span::day("2026-11-17".parse().unwrap()), Divide::Currency);
    let sales = outbox.report(day).await.unwrap().sales;
    assert_eq!((sales[0].currency.as_str(), sales[0].invoices.documents), ("?", 1));
}

pub(crate) async fn what_was_sold_before_is_added_up(place: &Place, version: Version) {
    load(place, version).await;
    let outbox = open(&place.address, policy(), hours_later(1)).await.unwrap();
    let fiscalised = Query::default().states([State::Fiscalised]).limit(1_000);
    let fiscalised = outbox.list(fiscalised).await.unwrap().len();
    let span = Span::Days {
        from: "2026-11-01".parse().unwrap(),
        to: "2026-11-30".parse().unwrap(),
    };
    for by in [Divide::Day, Divide::Hour] {
        let report = outbox.report(ReportQuery::new(span, by)).await.unwrap();
        let known = report.sales.iter().filter(|sales| sales.currency == "USD");
        let (documents, gross) = known.fold((0, Amount::ZERO), |(documents, gross), sales| {
            (documents + sales.invoices.documents, gross + sales.invoices.gross)
        });
        assert_eq!(documents, u64::try_from(fiscalised).unwrap(), "{report:#?}");
        assert!(gross.is_positive());
    }
}
