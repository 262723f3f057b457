//! Readers of changes and transactions that end in another order than they began.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use fh_outbox::{Outbox, State};
use futures_util::{StreamExt, future::join_all, stream};

use crate::{
    engine::{Place, document, raw},
    setting::{Worker, becomes, open, service},
};

async fn told(outbox: &Outbox, after: i64) -> Vec<String> {
    let changes = outbox.changes(after, 100).await.unwrap();
    changes.into_iter().map(|change| change.document).collect()
}

pub(crate) async fn a_change_that_is_committed_late_is_told_before_those_after_it(place: &Place) {
    let outbox = open(&place.address).await;
    let mut pos = raw(&place.address).await;
    outbox.enqueue(&document("0")).await.unwrap();
    assert_eq!(outbox.latest_change().await.unwrap(), 1);
    for (late, next, is_kept) in [("late", "next", true), ("dropped", "next-2", false)] {
        let from = outbox.latest_change().await.unwrap();
        let sale = pos.transaction().await.unwrap();
        outbox.enqueue_in_postgres(&sale, &document(late)).await.unwrap();
        outbox.enqueue(&document(next)).await.unwrap();
        assert_eq!(told(&outbox, from).await, Vec::<String>::new());
        assert_eq!(
            outbox.latest_change().await.unwrap(),
            from,
            "who begins here would miss it"
        );
        if is_kept {
            sale.commit().await.unwrap();
            assert_eq!(told(&outbox, from).await, [late, next]);
        } else {
            sale.rollback().await.unwrap();
            assert_eq!(told(&outbox, from).await, [next]);
        }
    }
    // What another outbox of the same database has under way keeps nobody waiting here.
    let other = Place::postgres().await.unwrap();
    let elsewhere = open(&other.address).await;
    let mut their_pos = raw(&other.address).await;
    let sale = their_pos.transaction().await.unwrap();
    elsewhere.enqueue_in_postgres(&sale, &document("theirs")).await.unwrap();
    let from = outbox.latest_change().await.unwrap();
    outbox.enqueue(&document("ours")).await.unwrap();
    assert_eq!(told(&outbox, from).await, ["ours"]);
    sale.rollback().await.unwrap();
    drop(their_pos);
    other.remove().await;
}

pub(crate) async fn readers_miss_nothing_whoever_writes_beside_whom(place: &Place) {
    const LANES: [&str; 3] = ["a", "b", "c"];
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1");
    let (runs, documents) = if is_long { (100, 400) } else { (2, 150) };
    let sim = service().await;
    let outbox = open(&place.address).await;
    let _worker = Worker::start(&outbox, &sim, &LANES);
    for run in 0..runs {
        let from = outbox.latest_change().await.unwrap();
        // The last change, once there is one: it is told a moment after it can be seen.
        let last = Arc::new(AtomicI64::new(i64::MAX));
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let (address, last) = (place.address.clone(), last.clone());
                tokio::spawn(async move {
                    let outbox = open(&address).await;
                    let (mut after, mut seen) = (from, BTreeSet::new());
                    while after < last.load(Ordering::SeqCst) {
                        let changes = outbox.changes(after, 40).await.unwrap();
                        for change in changes {
                            assert!(change.id > after);
                            after = change.id;
                            seen.insert(change.id);
                        }
                        tokio::task::yield_now().await;
                    }
                    seen
                })
            })
            .collect();
        // Some at a time, as tills do; all at once they would only wait for each other.
        let taken_in = stream::iter(0..documents).map(|number| {
            let lane = outbox.for_lane(LANES[number % LANES.len()]);
            async move { lane.enqueue(&document(&format!("{run}-{number}"))).await.unwrap() }
        });
        let taken_in = taken_in.buffer_unordered(8).collect::<Vec<_>>().await;
        assert!(taken_in.iter().all(|enqueued| enqueued.is_new));
        for number in 0..documents {
            becomes(&outbox, &format!("{run}-{number}"), State::Fiscalised).await;
        }
        let written: BTreeSet<i64> = {
            let ids = place
                .texts(&format!("SELECT id::text FROM fh_outbox_history WHERE id > {from}"))
                .await;
            ids.iter().map(|id| id.parse().unwrap()).collect()
        };
        assert!(written.len() >= 4 * documents, "{}", written.len());
        last.store(written.last().copied().unwrap_or(from), Ordering::SeqCst);
        for seen in join_all(readers).await {
            let seen = seen.unwrap();
            let missed: Vec<_> = written.difference(&seen).collect();
            assert!(missed.is_empty(), "run {run}: missed {missed:?}");
        }
    }
    assert_eq!(sim.ledger().not_exactly_once().collect::<Vec<_>>(), []);
}
