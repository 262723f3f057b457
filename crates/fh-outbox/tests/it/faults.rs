//! Many documents through a service that fails a fifth of the time in every way that the simulator knows. What the callers were told is
//! held against the simulator's ledger.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use fh_outbox::{Cause, Outbox, Policy, Query, State};
use fh_sim::{DeviceHandle, Dose, Fault, FaultPlan, Operation, Sim};
use fiscal_harmony::{Client, types::SystemClock};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    playback::{parked, play},
    receiver,
    reports::agrees,
    support::{client_of, credit, document, integrity, is_long, quick, restart, strict_sim, strict_sim_of_other_forms},
};

const LANES: usize = 8;

/// How results come.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Status,
    Webhooks,
    Both,
}

/// What else happens meanwhile.
#[derive(Clone, Copy, PartialEq)]
enum Meanwhile {
    Nothing,
    TheServiceRestarts,
    TheWorkerRestarts,
    TheServiceWritesOtherForms,
}

/// Ordinarily a few hundred documents for each way; 10,000 with `FH_LONG_TESTS=1`.
fn documents() -> usize {
    if is_long() { 10_000 } else { 600 }
}

/// Every fault, so that a fifth of submissions, of status questions and of pushes is struck.
fn all_faults(by: By) -> FaultPlan {
    let mut plan = FaultPlan::default().seed(20);
    for fault in Fault::ALL {
        let rate = match fault {
            // The one result that is not pushed would never be known.
            Fault::WebhookSilent if by == By::Webhooks => 0.0,
            // Two documents under one request end with a person; `profiles` and `mixed_up` have that.
            Fault::EarlierRequestId => 0.0,
            Fault::WebhookSilent
            | Fault::WebhookDuplicate
            | Fault::WebhookReorder
            | Fault::StatusMissing
            | Fault::StatusPending => 0.07,
            // Twelve of them can strike a submission: 1 - (1 - 0.0185)^12 is a fifth.
            _ => 0.0185,
        };
        let dose = Dose {
            ms: Some(30),
            ..Dose::rate(rate)
        };
        plan = plan.with(fault, dose);
    }
    plan
}

fn policy(by: By) -> Policy {
    let mut policy = quick();
    policy.webhooks = by != By::Status;
    policy.webhook_grace = match by {
        // The status is never asked.
        By::Webhooks => Duration::from_secs(24 * 3600),
        _ => Duration::from_millis(300),
    };
    policy
}

/// What the caller of one lane was told, in order: it hands its documents in, some of them credit notes for earlier ones, and keeps the
/// ids of those that were taken.
async fn hand_in(outbox: Outbox, lane: usize, count: usize) -> Vec<String> {
    let mut told = Vec::new();
    for number in 0..count {
        let id = format!("L{lane}-{number}");
        let document = if number % 10 == 9 {
            credit(&id, &format!("L{lane}-{}", number - 4))
        } else {
            document(&id)
        };
        let taken = outbox.enqueue(&document).await.unwrap();
        assert!(taken.is_new, "{id} was there before it was handed in");
        told.push(id);
    }
    told
}

/// A person who releases what is parked, and does not believe that a document is fiscalised before the ledger says so.
async fn clerk(sim: &Sim, outbox: &Outbox, count: usize) -> usize {
    let (mut after, mut fiscalised, mut released) = (0, HashSet::new(), 0);
    let mut moved = Instant::now();
    while fiscalised.len() < count {
        let changes = outbox.changes(after, 1_000).await.unwrap();
        // After the changes were read, so that it is not older than they are.
        let ledger = sim.ledger();
        for change in &changes {
            after = change.id;
            match change.to {
                State::Fiscalised => {
                    let truth = ledger.of(&change.document);
                    assert_eq!(truth.fiscalised, 1, "{} is said to be fiscalised", change.document);
                    assert!(fiscalised.insert(change.document.clone()), "{} twice", change.document);
                }
                State::Parked => {
                    let entry = outbox.find(&change.document).await.unwrap();
                    if entry.cause == Some(Cause::ProbablyFiscalised) {
                        // Refused after a lost reply: the clerk looks it up.
                        let truth = sim.ledger().of(&change.document);
                        assert_eq!(truth.fiscalised, 0, "{} cannot be released", change.document);
                        outbox.release(&change.document, "rudo", "looked up").await.unwrap();
                    }
                    outbox.retry(&change.document, "rudo").await.unwrap();
                    released += 1;
                }
                _ => {}
            }
        }
        if !changes.is_empty() {
            moved = Instant::now();
        } else if moved.elapsed() > Duration::from_secs(30) {
            let open = outbox.list(Query::default().states(OPEN)).await.unwrap();
            panic!(
                "nothing moves any more, {} of {count} are fiscalised; {open:#?}",
                fiscalised.len()
            );
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    released
}

const OPEN: [State; 5] = [
    State::Queued,
    State::Sending,
    State::Unknown,
    State::Parked,
    State::Accepted,
];

/// Works until told to stop; with [`Meanwhile::TheWorkerRestarts`] it ends and begins again all the time.
async fn work(path: &Path, by: By, meanwhile: Meanwhile, lanes: Vec<(String, Client)>, done: watch::Receiver<bool>) {
    let mut random = fastrand::Rng::with_seed(5);
    while !*done.borrow() {
        // A handle of its own, as a worker that is started anew has.
        let outbox = open_as(path, by).await;
        let mut done = done.clone();
        let shift = Duration::from_millis(random.u64(20..400));
        let shutdown = async move {
            let finished = async {
                let _ = done.wait_for(|done| *done).await;
            };
            if meanwhile == Meanwhile::TheWorkerRestarts {
                let _ = tokio::time::timeout(shift, finished).await;
            } else {
                finished.await;
            }
        };
        outbox.run_lanes(lanes.clone(), shutdown).await;
    }
}

async fn open_as(path: &Path, by: By) -> Outbox {
    Outbox::open_with(path, policy(by), Arc::new(SystemClock))
        .await
        .unwrap()
}

async fn all_settle_exactly_once(by: By, meanwhile: Meanwhile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let sim = if meanwhile == Meanwhile::TheServiceWritesOtherForms {
        strict_sim_of_other_forms().await
    } else {
        strict_sim().await
    };
    let outbox = open_as(&path, by).await;
    let devices: Vec<DeviceHandle> = std::iter::once(sim.device())
        .chain((1..LANES).map(|_| sim.add_device()))
        .collect();
    if by != By::Status {
        for device in &devices {
            receiver::listen(device, &outbox).await;
        }
    }
    sim.set_faults(all_faults(by));
    let each = documents() / LANES;
    let name = |lane: usize| format!("device {lane}");
    let mut callers = JoinSet::new();
    for lane in 0..LANES {
        let caller = hand_in(outbox.for_lane(name(lane)), lane, each);
        callers.spawn(async move { (lane, caller.await) });
    }
    let lanes = devices.iter().enumerate();
    let lanes = lanes
        .map(|(lane, device)| (name(lane), client_of(&sim, device)))
        .collect();
    let (finish, done) = watch::channel(false);
    let storms = async {
        let mut done = done.clone();
        while meanwhile == Meanwhile::TheServiceRestarts && !*done.borrow_and_update() {
            let _ = tokio::time::timeout(Duration::from_millis(300), done.changed()).await;
            restart(&sim).await;
        }
    };
    let (released, (), ()) = tokio::join!(
        async {
            let released = clerk(&sim, &outbox, each * LANES).await;
            finish.send_replace(true);
            released
        },
        work(&path, by, meanwhile, lanes, done.clone()),
        storms,
    );

    let told: BTreeMap<usize, Vec<String>> = callers.join_all().await.into_iter().collect();
    let ledger = sim.ledger();
    assert_eq!(
        ledger.len(),
        each * LANES,
        "the service has documents that nobody handed in"
    );
    assert_eq!(ledger.not_exactly_once().collect::<Vec<_>>(), []);
    agrees(&outbox, "2026-11-01", "2026-11-30").await;
    let mut receipts = HashSet::new();
    for (lane, told) in &told {
        // A credit note lets those pass that came after it while its invoice is not fiscalised.
        let is_invoice = |id: &&String| !id.ends_with('9');
        let accepted = devices[*lane].first_acceptances();
        let order: Vec<_> = accepted.iter().filter(is_invoice).collect();
        assert_eq!(
            order,
            told.iter().filter(is_invoice).collect::<Vec<_>>(),
            "the order of lane {lane}"
        );
        assert_eq!(accepted.len(), told.len());
        for id in told {
            let entry = outbox.find(id).await.unwrap();
            assert_eq!(entry.state, State::Fiscalised, "{id}");
            let receipt = entry.receipt.unwrap();
            assert!(
                receipts.insert((receipt.device_id, receipt.receipt_number)),
                "{id} has another's receipt"
            );
        }
    }
    assert_eq!(sim.requests().contains_key(&Operation::Status), by != By::Webhooks);
    assert_eq!(sim.deliveries().is_empty(), by == By::Status);
    assert_eq!(sim.most_at_once(), 1, "a document was on the wire twice at a time");
    assert_eq!(integrity(&path), "ok");
    let events = play(&path);
    for event in ["lost", "busy", "lane_refused", "rejected"] {
        assert!(events.contains_key(event), "{event} never happened: {events:?}");
    }
    assert_eq!(
        released,
        parked(&path),
        "whatever was parked waited for a person once: {events:?}"
    );
    assert!(
        released >= events["rejected"],
        "a rejection waited for nobody: {events:?}"
    );
    println!("{events:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_settle_exactly_once_when_the_status_is_asked() {
    all_settle_exactly_once(By::Status, Meanwhile::Nothing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_settle_exactly_once_when_results_are_only_pushed() {
    all_settle_exactly_once(By::Webhooks, Meanwhile::Nothing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_settle_exactly_once_when_results_are_pushed_and_asked_for() {
    all_settle_exactly_once(By::Both, Meanwhile::Nothing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_settle_exactly_once_while_the_service_restarts_again_and_again() {
    all_settle_exactly_once(By::Both, Meanwhile::TheServiceRestarts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_settle_exactly_once_while_the_worker_restarts_again_and_again() {
    all_settle_exactly_once(By::Both, Meanwhile::TheWorkerRestarts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_settle_exactly_once_when_the_service_writes_in_its_other_forms() {
    all_settle_exactly_once(By::Both, Meanwhile::TheServiceWritesOtherForms).await;
}
