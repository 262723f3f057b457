//! Programs of other versions that still run.

use std::time::Duration;

use fh_outbox::State;

use crate::{
    engine::Place,
    load::{Version, load},
    world::{client, hours_later, open, policy, sale, service, work_until},
};

// Programs from version 4 on look at the store's version themselves before they take a document in hand, as the second test has this one do.

/// How the program of version 3 takes a document in hand, word for word but for its values.
const CLAIM: &str = "UPDATE fh_outbox_entry SET state = 'sending', resend = 0, doubt = 0, attempts = 1, failures = 0, token = token + 1, \
                     lease_until = 4000000000000000, due_at = 4000000000000000, request_id = COALESCE(NULL, request_id), accepted_at = NULL, \
                     poll_at = 0, receipt = COALESCE(NULL, receipt), doubled = 0, reason = NULL, actionable = 0, changed_at = \
                     1800000000000000, holds = 1, cause = NULL, passing = NULL, passes = 0, passing_since = 0, alarm = 0 \
                     WHERE document_id = 'queued'";

pub(crate) async fn a_worker_of_an_older_program_is_refused_before_it_sends(place: &Place) {
    load(place, Version::Three).await;
    let state = "SELECT state FROM fh_outbox_entry WHERE document_id = 'queued'";
    // It would be let through, were the store its own.
    place.execute(&format!("BEGIN; {CLAIM};")).await.unwrap_or_default();
    if place.schema().is_some() {
        assert_eq!(place.texts(state).await, ["sending"]);
        place.execute("ROLLBACK").await.unwrap();
    }
    let outbox = open(&place.address, policy(), hours_later(1)).await.unwrap();
    let refused = place.execute(CLAIM).await.unwrap_err();
    assert!(
        refused.contains("a newer program has brought this outbox up to date"),
        "{refused}"
    );
    assert_eq!(place.texts(state).await, ["queued"]);
    // The present one is not.
    let sim = service(31, Duration::from_millis(1)).await;
    work_until(&outbox, "queued", &sim, "queued", State::Fiscalised).await;
}

pub(crate) async fn a_worker_of_this_program_sends_nothing_once_the_store_is_newer(place: &Place) {
    let sim = service(32, Duration::from_millis(1)).await;
    let outbox = open(&place.address, policy(), hours_later(1))
        .await
        .unwrap()
        .for_lane("till");
    outbox.enqueue(&sale("P-1", "2026-11-26")).await.unwrap();
    let present = place
        .texts("SELECT value FROM fh_outbox_meta WHERE name = 'version'")
        .await;
    let version = |version: &str| format!("UPDATE fh_outbox_meta SET value = '{version}' WHERE name = 'version'");
    place.execute(&version("99")).await.unwrap();
    // By the time that so many questions are answered, the worker has had its chances.
    let chances = async {
        for _ in 0..200 {
            assert_eq!(outbox.find("P-1").await.unwrap().state, State::Queued);
            tokio::task::yield_now().await;
        }
    };
    outbox.run(&client(&sim), chances).await;
    assert_eq!(sim.ledger().of("P-1").accepted, 0);
    place.execute(&version(&present[0])).await.unwrap();
    work_until(&outbox, "till", &sim, "P-1", State::Fiscalised).await;
}
