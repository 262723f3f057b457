//! Many documents, faults, and a person who mends what is rejected: whatever the service does with a corrected document.
//!
//! `FH_LONG_TESTS=1` takes ten thousand documents; ordinarily some hundred.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use fh_outbox::{AlarmKind, Evidence, OnLate, OnRejected, Outbox, Policy, Query, State};
use fh_sim::{Colour, DeviceHandle, Dose, Fault, FaultPlan, RejectedAgain, Repeat, Sim};
use fiscal_harmony::{
    Document,
    types::{CatDateTime, SystemClock, jiff::Timestamp},
};

use crate::support::{client_of, document, is_long, quick};

const LANES: usize = 4;

/// A service that keeps its word about repetitions. Where it takes the new content, with the new date, the authority before which it stands
/// refuses dates out of order; what keeps its old date could never be mended there.
async fn service(rejected_again: RejectedAgain) -> Sim {
    let plan = FaultPlan::default()
        .with(Fault::RejectedOnce, Dose::rate(0.06))
        .with(
            Fault::LostReply,
            Dose {
                on: submissions(),
                ..Dose::rate(0.05)
            },
        )
        .with(
            Fault::DropBefore,
            Dose {
                on: submissions(),
                ..Dose::rate(0.03)
            },
        )
        .with(
            Fault::TooManyRequests429,
            Dose {
                seconds: Some(0),
                on: submissions(),
                ..Dose::rate(0.02)
            },
        )
        .with(Fault::StatusPending, Dose::rate(0.2))
        .seed(20_261_127);
    let out_of_order = match rejected_again {
        RejectedAgain::TakesNew => Colour::Red,
        RejectedAgain::KeepsOld => Colour::Yellow,
    };
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .rejected_again(rejected_again)
        .colours([("RCPT030".to_owned(), out_of_order)].into())
        .settle_delay(Duration::from_millis(1))
        .faults(plan)
        .start()
        .await
        .unwrap()
}

fn submissions() -> Vec<fh_sim::Operation> {
    vec![fh_sim::Operation::SubmitInvoice]
}

fn policy() -> Policy {
    let mut policy = quick();
    policy.on_rejected = OnRejected::StepAside;
    policy.on_probably_fiscalised = OnRejected::StepAside;
    policy.on_late = OnLate::Redate;
    // The faults are the point here, not how long a lane rests after many of them.
    policy.breaker_after = u32::MAX;
    policy
}

/// The documents of a lane, four seconds apart, the last one of now.
fn sales(lane: usize, count: usize) -> Vec<Document> {
    let now = CatDateTime::now(&SystemClock).timestamp().as_second();
    (0..count)
        .map(|place| {
            let mut sale = document(&format!("L{lane}-{place}"));
            let back = i64::try_from(4 * (count - place)).unwrap();
            sale.set_date(CatDateTime::from_timestamp(Timestamp::from_second(now - back).unwrap()));
            sale
        })
        .collect()
}

/// What a person did.
#[derive(Debug, Default)]
struct Operated {
    corrected: BTreeSet<String>,
    /// Documents in doubt that had to be looked up.
    looked_up: BTreeSet<String>,
}

fn device_of<'a>(devices: &'a [DeviceHandle], id: &str) -> &'a DeviceHandle {
    let lane = id.trim_start_matches('L').split_once('-').unwrap().0;
    &devices[lane.parse::<usize>().unwrap()]
}

/// Mends what was rejected, and looks up what is in doubt, until all are fiscalised.
async fn operate(outbox: &Outbox, devices: &[DeviceHandle], all: usize) -> Operated {
    let mut operated = Operated::default();
    let began = Instant::now();
    loop {
        let query = Query::default().states([State::Rejected, State::Parked]).limit(1_000);
        for entry in outbox.list(query).await.unwrap() {
            let id = entry.document.as_str();
            let mut mended = outbox.document(id).await.unwrap();
            mended.buyer_mut().name = format!("Cash Customer {}", entry.revision + 1);
            let corrected = outbox.correct(id, &mended, "rudo", "the buyer's name").await;
            if !entry.in_doubt {
                corrected.unwrap_or_else(|error| panic!("{error}: {entry:?}"));
                operated.corrected.insert(id.to_owned());
                continue;
            }
            let refused = corrected.unwrap_err().to_string();
            assert!(
                refused.contains(id) && refused.contains("adopt") && refused.contains("release"),
                "{refused}"
            );
            operated.looked_up.insert(id.to_owned());
            // As the ledger has it.
            let device = device_of(devices, id);
            let count = device.ledger().of(id);
            if let Some(link) = device.receipt_link(id) {
                let evidence = Evidence::link(link).unwrap().of_any_day();
                outbox.adopt(id, evidence, "rudo").await.unwrap();
            } else if count.accepted <= count.rejected {
                outbox.release(id, "rudo", "not in the portal").await.unwrap();
            }
        }
        let fiscalised = outbox.stats().await.unwrap().count(State::Fiscalised);
        if fiscalised == u64::try_from(all).unwrap() {
            return operated;
        }
        let stats = outbox.stats().await.unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(3_600),
            "{fiscalised} of {all}: {stats:#?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Everything that was done, and how many answers were lost.
async fn mended(rejected_again: RejectedAgain) -> (Sim, Vec<DeviceHandle>, Outbox, Operated, tempfile::TempDir) {
    let each = if is_long() { 10_000 / LANES } else { 100 };
    let (sim, folder) = (service(rejected_again).await, tempfile::tempdir().unwrap());
    let outbox = Outbox::open_with(folder.path().join("till.db"), policy(), Arc::new(SystemClock))
        .await
        .unwrap();
    let devices: Vec<_> = (0..LANES)
        .map(|lane| if lane == 0 { sim.device() } else { sim.add_device() })
        .collect();
    for lane in 0..LANES {
        let outbox = outbox.for_lane(format!("lane {lane}"));
        for sale in sales(lane, each) {
            outbox.enqueue(&sale).await.unwrap();
        }
    }
    let clients = devices.iter().map(|device| client_of(&sim, device));
    let lanes: Vec<_> = clients
        .enumerate()
        .map(|(lane, client)| (format!("lane {lane}"), client))
        .collect();
    let (done, over) = tokio::sync::oneshot::channel::<()>();
    let worker = {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            outbox
                .run_lanes(lanes, async {
                    let _ = over.await;
                })
                .await;
        })
    };
    let operated = operate(&outbox, &devices, each * LANES).await;
    done.send(()).unwrap();
    worker.await.unwrap();

    assert_eq!(
        sim.ledger().not_exactly_once().collect::<Vec<_>>(),
        [],
        "{rejected_again:?}"
    );
    assert_eq!(sim.ledger().len(), each * LANES);
    let (mut lost, mut after) = (BTreeSet::new(), 0);
    loop {
        let changes = outbox.changes(after, 1_000).await.unwrap();
        let Some(last) = changes.last() else { break };
        after = last.id;
        for change in changes {
            assert!(!change.why.contains("RCPT030"), "out of order: {change:?}");
            if change.event == "lost" {
                lost.insert(change.document);
            }
        }
    }
    println!(
        "{rejected_again:?}: {} documents, {} corrected, {} whose answer was lost, {} that a person had to look up",
        each * LANES,
        operated.corrected.len(),
        lost.len(),
        operated.looked_up.len(),
    );
    assert!(operated.corrected.len() >= each * LANES / 50, "{operated:?}");
    assert!(
        operated.looked_up.is_subset(&lost),
        "looked up although no answer was lost: {operated:?}"
    );
    (sim, devices, outbox, operated, folder)
}

fn body(devices: &[DeviceHandle], id: &str) -> serde_json::Value {
    serde_json::from_str(&device_of(devices, id).fiscalised_body(id).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_service_takes_the_new_content_each_is_fiscalised_once_with_its_latest_revision() {
    let (_sim, devices, outbox, operated, _folder) = mended(RejectedAgain::TakesNew).await;
    for id in &operated.corrected {
        let wanted = outbox.document(id).await.unwrap();
        let view = wanted.view();
        let body = body(&devices, id);
        assert_eq!(body["BuyerContact"]["Name"], view.buyer.name, "{id}");
        assert_eq!(body["Date"], view.date.to_string(), "{id}");
        let entry = outbox.find(id).await.unwrap();
        assert!(!entry.content_in_doubt, "{entry:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_service_keeps_the_old_content_each_such_document_is_named_in_an_alarm() {
    let (_sim, devices, outbox, operated, _folder) = mended(RejectedAgain::KeepsOld).await;
    let mut named = BTreeSet::new();
    loop {
        let alarms = outbox.stats().await.unwrap().alarms;
        let told: Vec<_> = alarms
            .iter()
            .filter(|alarm| alarm.kind == AlarmKind::OtherContent)
            .collect();
        if told.is_empty() {
            break;
        }
        for alarm in told {
            named.extend(alarm.document.clone());
            outbox.acknowledge(alarm.key.as_deref().unwrap(), "rudo").await.unwrap();
        }
    }
    let mut kept = 0;
    for id in &operated.corrected {
        let wanted = outbox.document(id).await.unwrap();
        if body(&devices, id)["BuyerContact"]["Name"] != wanted.view().buyer.name {
            kept += 1;
            assert!(named.contains(id), "{id} has a receipt of its old content, unsaid");
        }
    }
    assert!(kept > 0, "the service kept nothing");
}
