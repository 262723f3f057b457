//! Each document of the former store goes on from where it stood.

use std::time::{Duration, Instant};

use fh_outbox::{Evidence, Outbox, OutboxError, State};
use fh_sim::Sim;
use fiscal_harmony::Outcome;

use crate::{
    engine::Place,
    load::{Version, load},
    opened::{could_adopt, stand},
    world::{client, hours_later, odd_names, open, policy, service},
};

async fn all_are(outbox: &Outbox, ids: &[&str], state: State) {
    let began = Instant::now();
    for id in ids {
        loop {
            let entry = outbox.find(id).await.unwrap();
            if entry.state == state {
                break;
            }
            // A bound for a test that hangs, not a measure.
            assert!(began.elapsed() < Duration::from_secs(60), "{entry:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn work(place: &Place, version: Version, outbox: &Outbox, sim: &Sim, until: impl Future<Output = ()>) {
    let stand = stand(place, version);
    let lanes = stand.iter().map(|(id, ..)| ((*id).to_owned(), client(sim)));
    outbox.run_lanes(lanes, until).await;
}

pub(crate) async fn every_document_goes_its_way_to_the_end(place: &Place, version: Version) {
    load(place, version).await;
    let sim = service(21, Duration::from_millis(1)).await;
    let outbox = open(&place.address, policy(), hours_later(1)).await.unwrap();

    let mut by_themselves = vec!["queued", "queued-behind", "sending", "unknown", "passing", "account"];
    let adopted = could_adopt(place, version);
    if !adopted {
        by_themselves.push("incomplete");
    }
    work(
        place,
        version,
        &outbox,
        &sim,
        all_are(&outbox, &by_themselves, State::Fiscalised),
    )
    .await;
    // Nothing else has moved.
    for (id, state, cause, ..) in stand(place, version) {
        let entry = outbox.find(id).await.unwrap();
        assert!(
            by_themselves.contains(&id) || (entry.state, entry.cause) == (state, cause),
            "{entry:#?}"
        );
    }

    // The service pushes what it had taken from the former program, and the credit note follows.
    let mut receipt = outbox.find("fiscalised").await.unwrap().receipt.unwrap();
    let request = outbox.find("accepted").await.unwrap().request_id.unwrap();
    receipt.request_id = request.clone();
    receipt.receipt_number += 7;
    receipt.verification_code = "AAAA-AAAA-AAAA-AAAA".to_owned();
    let settled = outbox.settle([(request, Outcome::Fiscalised(receipt))]).await.unwrap();
    assert_eq!(settled, 1);

    // What waits for a person, who decides.
    let refused = outbox.retry("final", "rudo").await.unwrap_err();
    assert!(matches!(refused, OutboxError::NotPossible { .. }), "{refused}");
    outbox.acknowledge("rejected:final", "rudo").await.unwrap();
    outbox
        .skip("failed-credit", "rudo", "its invoice was never fiscalised")
        .await
        .unwrap();
    outbox.acknowledge("fiscalised_twice:twice", "rudo").await.unwrap();
    let refused = outbox.retry("probably", "rudo").await.unwrap_err();
    assert!(matches!(refused, OutboxError::NotPossible { .. }), "{refused}");
    for id in ["probably", "expired"] {
        let released = outbox.release(id, "rudo", "looked up: there is none").await.unwrap();
        assert_eq!((released.state, released.in_doubt), (State::Rejected, false), "{id}");
    }
    let by_a_person = ["rejected", "parked", "held", "probably", "expired", "aside", "skipped"];
    for id in by_a_person {
        outbox.retry(id, "rudo").await.unwrap();
    }
    if adopted {
        complete(&outbox).await;
    }

    // The invoice is not one of today's service, which therefore refuses its credit note.
    let follow = ["behind"];
    let all: Vec<_> = by_a_person.into_iter().chain(follow).collect();
    let ends = async {
        all_are(&outbox, &all, State::Fiscalised).await;
        all_are(&outbox, &["waiting-credit"], State::Rejected).await;
    };
    work(place, version, &outbox, &sim, ends).await;
    assert_eq!(sim.ledger().of("waiting-credit").accepted, 1);
    for key in ["rejected:waiting-credit", "red_receipts:accepted"] {
        outbox.acknowledge(key, "rudo").await.unwrap();
    }
    for id in by_themselves.into_iter().chain(all) {
        assert_eq!(sim.ledger().of(id).fiscalised, 1, "{id}");
    }
    for id in ["accepted", "fiscalised", "twice", "final", "failed-credit", "pruned"] {
        assert_eq!(sim.ledger().of(id).accepted, 0, "{id} was sent again");
    }
    if version != Version::Three {
        for key in ["red_receipts:final", "red_receipts:probably", "adopted:incomplete"] {
            outbox.acknowledge(key, "rudo").await.unwrap();
        }
    }
    let alarms = outbox.stats().await.unwrap().alarms;
    assert!(alarms.iter().all(|alarm| alarm.document.is_none()), "{alarms:#?}");
}

/// The whole receipt of one that is known by its verification code alone.
async fn complete(outbox: &Outbox) {
    let url = "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3";
    let link = Evidence::link(url).unwrap().of_any_day();
    let whole = outbox.adopt("incomplete", link, "rudo").await.unwrap();
    assert!(!whole.incomplete && whole.state == State::Fiscalised);
}

pub(crate) async fn names_that_are_refused_today_are_read_and_operated_on(place: &Place, version: Version) {
    load(place, version).await;
    let sim = service(22, Duration::from_millis(1)).await;
    let outbox = open(&place.address, policy(), hours_later(1)).await.unwrap();
    for (number, name) in odd_names().iter().enumerate() {
        let lane = outbox.for_lane(format!("odd-{number}"));
        assert_eq!(outbox.find(name).await.unwrap().state, State::Queued, "{name:?}");
        assert_eq!(outbox.document(name).await.unwrap().id(), name);
        assert_eq!(outbox.history(name).await.unwrap().len(), 1, "{name:?}");
        let refused = lane
            .enqueue(&crate::world::sale(&format!("{name}\u{200b}"), "2026-11-26"))
            .await;
        assert!(
            matches!(refused, Err(OutboxError::Preflight(_))),
            "{name:?}: {refused:?}"
        );
        outbox.skip(name, "rudo", "sold by hand").await.unwrap();
        outbox.retry(name, "rudo").await.unwrap();
        // The service takes no number that is as long as that.
        let is_too_long = name.chars().count() > 50;
        let end = if is_too_long {
            State::Rejected
        } else {
            State::Fiscalised
        };
        lane.run(&client(&sim), all_are(&outbox, &[name], end)).await;
        assert_eq!(sim.ledger().of(name).fiscalised, u64::from(!is_too_long), "{name:?}");
    }
}
