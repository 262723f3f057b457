//! Each document of the former store goes on from where it stood.

use std::time::{Duration, Instant};

use fh_outbox::{Evidence, Outbox, OutboxError, State};
use fh_sim::Sim;
use fiscal_harmony::Outcome;

use crate::{
    engine::Place,
    load::load,
    opened::STAND,
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

async fn work(outbox: &Outbox, sim: &Sim, until: impl Future<Output = ()>) {
    let lanes = STAND.iter().map(|(id, ..)| ((*id).to_owned(), client(sim)));
    outbox.run_lanes(lanes, until).await;
}

pub(crate) async fn every_document_goes_its_way_to_the_end(place: &Place) {
    load(place).await;
    let sim = service(21, Duration::from_millis(1)).await;
    let outbox = open(&place.address, policy(), hours_later(1)).await.unwrap();

    let by_themselves = ["queued", "queued-behind", "sending", "unknown", "passing", "account"];
    work(&outbox, &sim, all_are(&outbox, &by_themselves, State::Fiscalised)).await;
    // Nothing else has moved.
    for (id, state, cause, ..) in STAND.iter().filter(|(id, ..)| !by_themselves.contains(id)) {
        let entry = outbox.find(id).await.unwrap();
        assert_eq!((entry.state, entry.cause), (*state, *cause), "{id}");
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
    outbox.skip("failed-credit", "rudo", "its invoice was never fiscalised").await.unwrap();
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
    let url = "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3";
    let link = Evidence::link(url).unwrap().of_any_day();
    let whole = outbox.adopt("incomplete", link, "rudo").await.unwrap();
    assert!(!whole.incomplete && whole.state == State::Fiscalised);

    let follow = ["waiting-credit", "behind"];
    let all: Vec<_> = by_a_person.into_iter().chain(follow).collect();
    work(&outbox, &sim, all_are(&outbox, &all, State::Fiscalised)).await;
    for id in by_themselves.into_iter().chain(all) {
        assert_eq!(sim.ledger().of(id).fiscalised, 1, "{id}");
    }
    for id in ["accepted", "fiscalised", "twice", "incomplete", "final", "failed-credit", "pruned"] {
        assert_eq!(sim.ledger().of(id).accepted, 0, "{id} was sent again");
    }
    let alarms = outbox.stats().await.unwrap().alarms;
    assert!(alarms.iter().all(|alarm| alarm.document.is_none()), "{alarms:#?}");
}

pub(crate) async fn names_that_are_refused_today_are_read_and_operated_on(place: &Place) {
    load(place).await;
    let sim = service(22, Duration::from_millis(1)).await;
    let outbox = open(&place.address, policy(), hours_later(1)).await.unwrap();
    for (number, name) in odd_names().iter().enumerate() {
        let lane = outbox.for_lane(format!("odd-{number}"));
        assert_eq!(outbox.find(name).await.unwrap().state, State::Queued, "{name:?}");
        assert_eq!(outbox.document(name).await.unwrap().id(), name);
        assert_eq!(outbox.history(name).await.unwrap().len(), 1, "{name:?}");
        let refused = lane.enqueue(&crate::world::sale(&format!("{name}\u{200b}"), "2026-11-26")).await;
        assert!(matches!(refused, Err(OutboxError::Preflight(_))), "{name:?}: {refused:?}");
        outbox.skip(name, "rudo", "sold by hand").await.unwrap();
        outbox.retry(name, "rudo").await.unwrap();
        lane.run(&client(&sim), all_are(&outbox, &[name], State::Fiscalised)).await;
        assert_eq!(sim.ledger().of(name).fiscalised, 1, "{name:?}");
    }
}
