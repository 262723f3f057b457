//! What comes again changes nothing.

use fiscal_harmony::{Outcome, webhook::Receiver};
use http::StatusCode;

use crate::{Store, fiscalised, rejected, secrets, signed, status};

const SUBMISSIONS: usize = 100;
const REDELIVERIES: usize = 10_000;

/// Each submission was first rejected, then corrected and fiscalised; both pieces of news come again in any company and in
/// any order, as the service delivers again and as somebody might play back what he recorded.
#[tokio::test]
async fn ten_thousand_redeliveries_and_reorderings_change_nothing_after_the_first() {
    let store = Store::new();
    let receiver = Receiver::new(secrets(), store.clone());
    let news: Vec<String> = (0..SUBMISSIONS)
        .flat_map(|number| {
            let id = format!("request-{number}");
            [rejected(&id), fiscalised(&id, u32::try_from(number).unwrap())]
        })
        .collect();
    let first = format!("[{}]", news.join(","));
    assert_eq!(status(&receiver.receive(signed(first)).await), StatusCode::OK);
    let before = store.kept();
    assert_eq!((before.outcomes.len(), before.changes), (SUBMISSIONS, news.len()));

    let mut dice = fastrand::Rng::with_seed(5);
    for _ in 0..REDELIVERIES {
        let again: Vec<&str> = (0..dice.usize(1..6))
            .map(|_| &*news[dice.usize(..news.len())])
            .collect();
        let response = receiver.receive(signed(format!("[{}]", again.join(",")))).await;
        assert_eq!(status(&response), StatusCode::OK);
    }
    let after = store.kept();
    assert_eq!((after.deliveries, after.changes), (1 + REDELIVERIES, before.changes));
    for (id, outcome) in &after.outcomes {
        assert!(matches!(outcome, Outcome::Fiscalised(_)), "{id}: {outcome:?}");
        assert_eq!(outcome.receipt(), before.outcomes[id].receipt());
    }
    assert_eq!(receiver.counts().kept, 1 + REDELIVERIES as u64);
}
