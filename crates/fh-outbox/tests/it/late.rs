//! Documents that stepped aside and were overtaken: the authority wants dates in order, and a red receipt keeps the day from closing.

use std::{sync::Arc, time::Duration};

use fh_outbox::{Cause, OnLate, OnRejected, Outbox, OutboxError, Policy, Reaches, State};
use fh_sim::{Colour, Fault, Operation, Repeat, Sim};
use fiscal_harmony::{
    Document,
    auth::Station,
    types::{CatDateTime, SystemClock},
};

use crate::support::{becomes, client_of, credit, document, quick};

/// An authority for which dates out of order are red.
async fn strict() -> Sim {
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .colours([("RCPT030".to_owned(), Colour::Red)].into())
        .settle_delay(Duration::from_millis(1))
        .start()
        .await
        .unwrap()
}

/// The present second, and so many more.
fn at(seconds: i64) -> CatDateTime {
    let now = CatDateTime::now(&SystemClock).timestamp().as_second();
    CatDateTime::from_timestamp(fiscal_harmony::types::jiff::Timestamp::from_second(now + seconds).unwrap())
}

fn dated(id: &str, date: CatDateTime) -> Document {
    let mut sale = document(id);
    sale.set_date(date);
    sale
}

fn policy(on_late: OnLate, reaches: Reaches) -> Policy {
    let mut policy = quick();
    policy.on_rejected = OnRejected::StepAside;
    policy.on_late = on_late;
    policy.date_reaches_receipt = reaches;
    policy
}

/// S-1 was rejected, and S-2, which is a minute younger, is fiscalised.
async fn overtaken(sim: &Sim, folder: &std::path::Path, policy: Policy, first: CatDateTime) -> Outbox {
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let outbox = Outbox::open_with(folder.join("till.db"), policy, Arc::new(SystemClock))
        .await
        .unwrap();
    let later = CatDateTime::from_timestamp(first.timestamp() + Duration::from_secs(60));
    outbox.enqueue(&dated("S-1", first)).await.unwrap();
    outbox.enqueue(&dated("S-2", later)).await.unwrap();
    let client = client_of(sim, &sim.device());
    let both = async {
        becomes(&outbox, "S-2", State::Fiscalised).await;
        becomes(&outbox, "S-1", State::Rejected).await;
    };
    outbox.run(&client, both).await;
    outbox
}

async fn date_of(sim: &Sim, outbox: &Outbox, id: &str) -> String {
    let client = client_of(sim, &sim.device());
    outbox.run(&client, becomes(outbox, id, State::Fiscalised)).await;
    let body: serde_json::Value = serde_json::from_str(&sim.device().fiscalised_body(id).unwrap()).unwrap();
    body["Date"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_mended_gets_a_date_after_those_that_went_on_and_says_so() {
    let (sim, folder, first) = (strict().await, tempfile::tempdir().unwrap(), at(-120));
    let outbox = overtaken(&sim, folder.path(), policy(OnLate::Redate, Reaches::Unknown), first).await;
    let mut mended = dated("S-1", first);
    mended.buyer_mut().name = "Cash Tendai".to_owned();
    let corrected = outbox.correct("S-1", &mended, "rudo", "the name").await.unwrap();
    let said: Vec<_> = corrected.differences.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|text| text.starts_with("date: ")), "{said:?}");
    let again = outbox.correct("S-1", &mended, "rudo", "the name").await.unwrap();
    assert!(!again.is_new, "the same correction, whatever date it got");
    assert!(!outbox.enqueue(&mended).await.unwrap().is_new);
    let wanted = CatDateTime::from_timestamp(first.timestamp() + Duration::from_secs(61));
    assert_eq!(date_of(&sim, &outbox, "S-1").await, wanted.to_string());
    assert!(sim.remarks("S-1").iter().all(|remark| !remark.contains("RCPT030")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_overtaken_however_many_others_have_been_taken_in_since() {
    let (sim, folder, first) = (strict().await, tempfile::tempdir().unwrap(), at(-120));
    let outbox = overtaken(&sim, folder.path(), policy(OnLate::Redate, Reaches::Unknown), first).await;
    let busy = outbox.for_lane("another till");
    for number in 0..1_100 {
        busy.enqueue(&document(&format!("B-{number}"))).await.unwrap();
    }
    outbox.retry("S-1", "rudo").await.unwrap();
    let wanted = CatDateTime::from_timestamp(first.timestamp() + Duration::from_secs(61));
    assert_eq!(date_of(&sim, &outbox, "S-1").await, wanted.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_retried_gets_one_when_it_is_sent_and_keeps_it_where_the_policy_says_so() {
    for (on_late, reaches, is_new) in [
        (OnLate::Redate, Reaches::Unknown, true),
        (OnLate::Redate, Reaches::No, false),
        (OnLate::Keep, Reaches::Yes, false),
    ] {
        let (folder, first) = (tempfile::tempdir().unwrap(), at(-120));
        // Out of order it is only remarked upon, so that the old date gets through where it is kept.
        let sim = Sim::builder()
            .settle_delay(Duration::from_millis(1))
            .start()
            .await
            .unwrap();
        let outbox = overtaken(&sim, folder.path(), policy(on_late, reaches), first).await;
        outbox.retry("S-1", "rudo").await.unwrap();
        let date = date_of(&sim, &outbox, "S-1").await;
        assert_eq!(date != first.to_string(), is_new, "{on_late:?} {reaches:?}");
        let history = outbox.history("S-1").await.unwrap();
        let told = history.iter().filter(|change| change.event == "redate").count();
        assert_eq!(told, usize::from(is_new));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_waits_for_a_person_and_goes_as_it_is_on_his_word() {
    let (folder, first) = (tempfile::tempdir().unwrap(), at(-120));
    let sim = Sim::builder()
        .settle_delay(Duration::from_millis(1))
        .start()
        .await
        .unwrap();
    let outbox = overtaken(&sim, folder.path(), policy(OnLate::Hold, Reaches::Unknown), first).await;
    let mut mended = dated("S-1", first);
    mended.buyer_mut().name = "Cash Tendai".to_owned();
    outbox.correct("S-1", &mended, "rudo", "the name").await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "S-1", State::Parked)).await;
    let held = outbox.find("S-1").await.unwrap();
    assert_eq!((held.cause, held.holds), (Some(Cause::Late), false));
    assert!(held.reason.unwrap().contains("RCPT030"));
    outbox.retry("S-1", "rudo").await.unwrap();
    assert_eq!(date_of(&sim, &outbox, "S-1").await, first.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_that_wait_with_an_earlier_date_go_first() {
    let (sim, folder, first) = (strict().await, tempfile::tempdir().unwrap(), at(-120));
    let outbox = overtaken(&sim, folder.path(), policy(OnLate::Redate, Reaches::Unknown), first).await;
    // One second after S-2: the date that S-1 would get.
    let next = CatDateTime::from_timestamp(first.timestamp() + Duration::from_secs(61));
    outbox.enqueue(&dated("S-3", next)).await.unwrap();
    outbox.retry("S-1", "rudo").await.unwrap();
    let wanted = CatDateTime::from_timestamp(first.timestamp() + Duration::from_secs(62));
    assert_eq!(date_of(&sim, &outbox, "S-1").await, wanted.to_string());
    assert_eq!(sim.device().lane(), ["S-2", "S-3", "S-1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_note_that_waited_for_its_invoice_is_not_sent_with_a_date_that_is_over() {
    let (sim, folder, first) = (strict().await, tempfile::tempdir().unwrap(), at(-120));
    let outbox = overtaken(&sim, folder.path(), policy(OnLate::Redate, Reaches::Unknown), first).await;
    let mut note = credit("CN-1", "S-1");
    note.set_date(CatDateTime::from_timestamp(first.timestamp() + Duration::from_secs(30)));
    // It was handed in while that could still be fiscalised.
    outbox.enqueue_unchecked(&note).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "CN-1", State::Parked)).await;
    outbox.retry("S-1", "rudo").await.unwrap();
    date_of(&sim, &outbox, "S-1").await;
    let wanted = CatDateTime::from_timestamp(first.timestamp() + Duration::from_secs(62));
    assert_eq!(date_of(&sim, &outbox, "CN-1").await, wanted.to_string());
    assert!(sim.remarks("CN-1").iter().all(|remark| !remark.contains("RCPT030")));
}

/// Two tills of one device, and all three sales in one second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stations_that_sell_in_the_same_second_are_set_apart_and_nobody_is_refused_at_the_counter() {
    for reaches in [Reaches::Unknown, Reaches::Yes] {
        let (sim, folder) = (strict().await, tempfile::tempdir().unwrap());
        let outbox = Outbox::open_with(
            folder.path().join("till.db"),
            policy(OnLate::Redate, reaches),
            Arc::new(SystemClock),
        )
        .await
        .unwrap();
        let second = at(-30);
        let sales = ["S-1", "S-2", "S-3"].map(|id| dated(id, second));
        for (number, sale) in sales.iter().enumerate() {
            let foreseen = outbox.check(sale).await.unwrap();
            let station = Station::new(["A", "B"][number % 2]).unwrap();
            let taken = outbox.station(station).enqueue(sale).await.unwrap();
            let later = CatDateTime::from_timestamp(second.timestamp() + Duration::from_secs(number as u64));
            assert_eq!(taken.entry.dated, later);
            let said: Vec<_> = taken
                .findings
                .findings
                .iter()
                .map(|finding| (finding.rule, finding.fault))
                .collect();
            let wanted: &[_] = if number == 0 { &[] } else { &[("PF26", "set-apart")] };
            assert_eq!(said, wanted);
            assert_eq!(foreseen, taken.findings, "what would be found is what is found");
            if number > 0 {
                assert!(
                    taken.findings.findings[0]
                        .message
                        .contains(&format!("goes with {later}")),
                    "{:?}",
                    taken.findings
                );
                let history = outbox.history(sale.id()).await.unwrap();
                let line = history.iter().find(|change| change.event == "redate").unwrap();
                assert!(
                    line.why.contains("another document of this device has its second"),
                    "{line:?}"
                );
            }
            // The till that asks again gets the same answer, with the date that it gave.
            assert!(!outbox.enqueue(sale).await.unwrap().is_new);
        }
        let client = client_of(&sim, &sim.device());
        outbox.run(&client, becomes(&outbox, "S-3", State::Fiscalised)).await;
        assert_eq!(sim.ledger().not_exactly_once().count(), 0, "{:?}", sim.ledger());
        assert_eq!(sim.device().lane(), ["S-1", "S-2", "S-3"]);

        // One that is behind by more than a moment is told, and refused where the date is known to matter.
        let behind = dated("S-4", at(-30 - 3_600));
        match (reaches, outbox.enqueue(&behind).await) {
            (Reaches::Yes, Err(OutboxError::Preflight(findings))) => {
                assert!(findings.blocks());
                assert_eq!(
                    (findings.findings[0].rule, findings.findings[0].fault),
                    ("PF26", "not-later")
                );
            }
            (Reaches::Unknown, Ok(taken)) => {
                assert_eq!(taken.findings.findings[0].fault, "not-later");
                assert_eq!(taken.entry.dated, behind.view().date);
            }
            (_, other) => panic!("{reaches:?}: {other:?}"),
        }
    }
    // Where it is known not to matter, or is to be kept, nothing is moved.
    for (on_late, reaches) in [(OnLate::Redate, Reaches::No), (OnLate::Keep, Reaches::Unknown)] {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open_with(
            folder.path().join("till.db"),
            policy(on_late, reaches),
            Arc::new(SystemClock),
        )
        .await
        .unwrap();
        let second = at(-30);
        outbox.enqueue(&dated("S-1", second)).await.unwrap();
        assert_eq!(outbox.enqueue(&dated("S-2", second)).await.unwrap().entry.dated, second);
    }
}
