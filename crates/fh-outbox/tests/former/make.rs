//! Makes a store with a document in every state, by what a program of its time does, and writes it down as SQL.

use std::time::Duration;

use fh_outbox::{Cause, Evidence, OnRejected, OnUnknown, Outbox, State};
use fh_sim::{Dose, Fault, FaultPlan, Operation, Sim};
use fiscal_harmony::{Attempt, Outcome, Rejection, types::VerificationCode};

use crate::{
    engine::Place,
    load::{dump, rename},
    world::{credit, hours_later, odd_names, open, policy, sale, service, work, work_until},
};

/// Nine days before.
const LONG_AGO: i64 = -9 * 24;
/// In microseconds.
const DAY: i64 = 86_400_000_000;

struct Maker<'a> {
    place: &'a Place,
    address: String,
    outbox: Outbox,
    quick: Sim,
    slow: Sim,
}

/// Does nothing unless `FH_MAKE_STORE` names the folder for the two files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn make() {
    let Some(folder) = std::env::var_os("FH_MAKE_STORE") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    #[cfg(feature = "sqlite")]
    {
        let place = Place::sqlite();
        fill(&place).await;
        std::fs::write(folder.join("sqlite.sql"), dump(&place)).unwrap();
    }
    #[cfg(feature = "postgres")]
    {
        let place = Place::postgres().await.unwrap();
        fill(&place).await;
        std::fs::write(folder.join("postgres.sql"), dump(&place)).unwrap();
        place.remove().await;
    }
}

async fn fill(place: &Place) {
    let maker = Maker {
        place,
        address: place.address.clone(),
        outbox: open(&place.address, policy(), hours_later(0)).await.unwrap(),
        quick: service(11, Duration::from_millis(1)).await,
        slow: service(12, Duration::from_secs(10_000_000)).await,
    };
    maker.long_ago().await;
    maker.taken().await;
    maker.refused().await;
    maker.in_doubt().await;
    maker.not_sent().await;
    odd(place, &maker.outbox).await;
    let pruned = tempfile::tempdir().unwrap();
    let export = pruned.path().join("pruned.jsonl");
    assert_eq!(
        maker
            .outbox
            .prune(Duration::from_secs(2 * 86_400), export)
            .await
            .unwrap(),
        1
    );
}

impl Maker<'_> {
    /// A document in a lane of its own.
    async fn hand_in(&self, id: &str) {
        let lane = self.outbox.for_lane(id);
        lane.enqueue(&sale(id, "2026-11-26")).await.unwrap();
    }

    /// One that the service has taken and not decided.
    async fn accepted(&self, id: &str) {
        self.hand_in(id).await;
        work_until(&self.outbox, id, &self.slow, id, State::Accepted).await;
    }

    async fn told(&self, outbox: &Outbox, id: &str, outcome: Outcome) {
        let request = self.outbox.find(id).await.unwrap().request_id.unwrap();
        assert_eq!(outbox.settle([(request, outcome)]).await.unwrap(), 1, "{id}");
    }

    /// What is pruned, and what was never decided.
    async fn long_ago(&self) {
        let then = open(&self.address, policy(), hours_later(LONG_AGO)).await.unwrap();
        for (id, sim, state) in [
            ("pruned", &self.quick, State::Fiscalised),
            ("expired", &self.slow, State::Accepted),
        ] {
            then.for_lane(id).enqueue(&sale(id, "2026-11-17")).await.unwrap();
            work_until(&then, id, sim, id, state).await;
        }
        // Nothing expires by this machine's clock alone, and the simulator's was not set back.
        let taken = format!(
            "UPDATE fh_outbox_entry SET taken_at = taken_at - {} WHERE document_id = 'expired'",
            9 * DAY
        );
        self.place.execute(&taken).await.unwrap();
        let later = open(&self.address, policy(), hours_later(-24)).await.unwrap();
        work_until(&later, "expired", &self.slow, "expired", State::Expired).await;
    }

    async fn taken(&self) {
        self.accepted("accepted").await;
        for id in ["fiscalised", "twice"] {
            self.hand_in(id).await;
            work_until(&self.outbox, id, &self.quick, id, State::Fiscalised).await;
        }
        // A person finds a second request of a document that has its receipt.
        let mut second = self.outbox.find("fiscalised").await.unwrap().receipt.unwrap();
        second.receipt_number += 1_000;
        second.verification_code = "AAAA-BBBB-CCCC-DDDD".to_owned();
        let request = "the-second-request"
            .parse::<fiscal_harmony::types::RequestId>()
            .unwrap();
        second.request_id = request.clone();
        self.outbox
            .settle([(request.clone(), Outcome::Fiscalised(second.clone()))])
            .await
            .unwrap();
        self.outbox
            .adopt("twice", Evidence::RequestId(request), "rudo")
            .await
            .unwrap();
        assert!(
            self.outbox
                .find("twice")
                .await
                .unwrap()
                .reason
                .unwrap()
                .contains("fiscalised twice")
        );
        // News of a stranger.
        second.request_id = "of-nobody-here".parse().unwrap();
        second.receipt_number += 1;
        second.verification_code = "DDDD-CCCC-BBBB-AAAA".to_owned();
        self.outbox
            .settle([(second.request_id.clone(), Outcome::Fiscalised(second))])
            .await
            .unwrap();
    }

    async fn refused(&self) {
        let rejected = |reason: &str, actionable| Outcome::Rejected(Rejection::new(reason, actionable));
        self.accepted("rejected").await;
        self.told(&self.outbox, "rejected", rejected("NO TIN PROVIDED", true))
            .await;
        self.accepted("final").await;
        self.told(&self.outbox, "final", rejected("RCPT025: invalid tax", false))
            .await;
        self.accepted("passing").await;
        let passing = rejected("The revenue authority could not be reached", true);
        self.told(&self.outbox, "passing", passing).await;
        let mut parks = policy();
        parks.on_rejected = OnRejected::ParkLane;
        let parks = open(&self.address, parks, hours_later(0)).await.unwrap();
        self.accepted("parked").await;
        self.told(&parks, "parked", rejected("NO TIN PROVIDED", true)).await;
        parks
            .for_lane("parked")
            .enqueue(&sale("behind", "2026-11-26"))
            .await
            .unwrap();
        // A credit note that follows a rejected invoice, and one that waits for its own.
        for (id, invoice, state) in [
            ("failed-credit", "final", State::Parked),
            ("waiting-credit", "accepted", State::Queued),
        ] {
            let lane = self.outbox.for_lane(invoice);
            lane.enqueue_unchecked(&credit(id, invoice)).await.unwrap();
            work(&self.outbox, invoice, &self.slow, id, |entry| {
                entry.state == state && entry.cause.is_some()
            })
            .await;
        }
    }

    async fn in_doubt(&self) {
        let lost = || self.slow.script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
        let mut waits = policy();
        waits.orphan_window = Duration::from_secs(3_000);
        let waits = open(&self.address, waits, hours_later(0)).await.unwrap();
        for id in ["unknown", "incomplete"] {
            lost();
            self.hand_in(id).await;
            work_until(&waits, id, &self.slow, id, State::Unknown).await;
        }
        let code = VerificationCode::parse("CC86-EF9C-DFA9-68E3").unwrap();
        let adopted = self
            .outbox
            .adopt("incomplete", Evidence::VerificationCode(code), "rudo")
            .await;
        assert!(adopted.unwrap().incomplete);
        let mut holds = policy();
        holds.on_unknown = OnUnknown::Hold;
        let holds = open(&self.address, holds, hours_later(0)).await.unwrap();
        lost();
        self.hand_in("held").await;
        work_until(&holds, "held", &self.slow, "held", State::Parked).await;
        // Rejected after a sending whose answer was lost.
        lost();
        self.hand_in("probably").await;
        work_until(&self.outbox, "probably", &self.slow, "probably", State::Accepted).await;
        let rejected = Outcome::Rejected(Rejection::new("RCPT013: invoice number is not unique", true));
        self.told(&self.outbox, "probably", rejected).await;
        let probably = self.outbox.find("probably").await.unwrap();
        assert_eq!(probably.cause, Some(Cause::ProbablyFiscalised));
        // A worker that has it in hand, and never comes back.
        self.hand_in("sending").await;
        let sim = service(13, Duration::from_secs(10_000_000)).await;
        let late = Dose {
            ms: Some(60_000),
            ..Dose::count(1)
        };
        sim.set_faults(FaultPlan::default().with(Fault::Delay, late));
        let sending = self.outbox.for_lane("sending");
        let client = crate::world::client(&sim);
        tokio::select! {
            () = sending.run(&client, std::future::pending()) => {}
            () = sim.await_requests(Operation::SubmitInvoice, 1) => {}
        }
        assert_eq!(self.outbox.find("sending").await.unwrap().state, State::Sending);
    }

    async fn not_sent(&self) {
        self.hand_in("account").await;
        self.slow
            .script(Operation::SubmitInvoice, [Some(Fault::Unauthorized401)]);
        let mut waits = policy();
        waits.refused_wait = Duration::from_secs(600);
        let waits = open(&self.address, waits, hours_later(0)).await.unwrap();
        work(&waits, "account", &self.slow, "account", |entry| {
            entry.cause == Some(Cause::LaneRefused)
        })
        .await;
        self.hand_in("aside").await;
        self.outbox
            .set_aside("aside", "rudo", "the others are in a hurry")
            .await
            .unwrap();
        self.hand_in("skipped").await;
        self.outbox.skip("skipped", "rudo", "sold by hand").await.unwrap();
        self.hand_in("queued").await;
        let lane = self.outbox.for_lane("queued");
        lane.enqueue(&sale("queued-behind", "2026-11-26")).await.unwrap();
    }
}

/// Documents as programs before this one took them in, when names had no grammar yet.
async fn odd(place: &Place, outbox: &Outbox) {
    for (number, name) in odd_names().iter().enumerate() {
        let plain = format!("odd-{number}");
        let lane = outbox.for_lane(&plain);
        lane.enqueue(&sale(&plain, "2026-11-26")).await.unwrap();
        let document = sale(name, "2026-11-26");
        let [first, retry] = [Attempt::First, Attempt::Retry].map(|attempt| document.freeze(attempt).unwrap());
        rename(place, &plain, name, [&first, &retry]).await;
    }
}
