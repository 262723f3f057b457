// One idea: a worker is killed at each point and started again; the harness that does it and the points it knows belong together.
//! A real process is killed with `SIGKILL`, at every failpoint and at random times, and started again. The simulator in this process
//! is the judge: it takes a document twice unless the second says that it is a retry, and counts.
//!
//! `FH_LONG_TESTS=1` makes ten thousand random kills of two hundred.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[macro_use]
mod engine;

use std::{
    collections::BTreeSet,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use engine::{Place, document};
use fh_outbox::{Cause, OnRejected, OnUnknown, Outbox, OutboxError, Policy, Query, State, failpoint};
use fh_sim::{Dose, Fault, FaultPlan, Operation, Repeat, Sim};
use fiscal_harmony::{
    Client, Environment,
    auth::{AppVersion, Application, Credentials, Identity, Station},
    types::SystemClock,
};

on_both_engines!(
    killed_at_every_point_in_every_state_nothing_is_lost_and_nothing_is_fiscalised_twice,
    killed_at_any_time_nothing_is_lost_and_nothing_is_fiscalised_twice,
    killed_while_pruning_nothing_leaves_that_is_not_in_the_export,
);

/// What the process under test goes through. Each way leads its documents through other states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A lost reply, a rejection that parks the lane until the operator tries again, and a document that the operator skips.
    Parking,
    /// What may have arrived waits for the operator, and a rejection steps aside until the operator corrects it.
    Holding,
    /// The service has no result within its seven days, and has it once it is asked again.
    Expiring,
}

impl Way {
    const ALL: [Self; 3] = [Self::Parking, Self::Holding, Self::Expiring];

    fn name(self) -> &'static str {
        match self {
            Self::Parking => "parking",
            Self::Holding => "holding",
            Self::Expiring => "expiring",
        }
    }

    fn faults(self) -> Vec<Option<Fault>> {
        match self {
            Self::Parking | Self::Holding => vec![Some(Fault::RejectedOnce), Some(Fault::LostReply)],
            Self::Expiring => vec![],
        }
    }
}

const DOCUMENTS: usize = 3;

fn ids(lane: &str) -> Vec<String> {
    (0..DOCUMENTS).map(|number| format!("{lane}-{number}")).collect()
}

/// The last document of a lane is the one that the operator skips.
fn is_skipped(way: Way, id: &str) -> bool {
    way == Way::Parking && id.ends_with(&format!("-{}", DOCUMENTS - 1))
}

fn policy(way: Way) -> Policy {
    let mut policy = Policy::default();
    policy.on_rejected = OnRejected::ParkLane;
    policy.on_probably_fiscalised = OnRejected::ParkLane;
    // What is tried again by itself needs no operator.
    policy.may_pass_tries = 0;
    if way == Way::Holding {
        policy.on_unknown = OnUnknown::Hold;
        policy.on_rejected = OnRejected::StepAside;
        policy.on_probably_fiscalised = OnRejected::StepAside;
    }
    policy.orphan_window = Duration::from_millis(10);
    policy.lease = Duration::from_millis(200);
    policy.backoff_base = Duration::from_millis(5);
    policy.backoff_cap = Duration::from_millis(20);
    policy.refused_wait = Duration::from_millis(20);
    policy.first_poll = Duration::from_millis(2);
    policy.poll_linger = Duration::from_millis(5);
    policy.idle_poll = Duration::from_millis(5);
    policy
}

/// A service that knows a repetition only when it is told, with request ids of its own.
async fn strict_sim(seed: u64, settle_delay: Duration) -> Sim {
    Sim::builder()
        .seed(seed)
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .settle_delay(settle_delay)
        .start()
        .await
        .unwrap()
}

/// The process that is killed: it does nothing unless this very file starts it.
#[tokio::test]
async fn child() {
    let Ok(address) = std::env::var("FH_CHILD_STORE") else {
        return;
    };
    let given = |name: &str| std::env::var(name).unwrap();
    let way = Way::ALL
        .into_iter()
        .find(|way| way.name() == given("FH_CHILD_WAY"))
        .unwrap();
    let client = Client::builder()
        .environment(Environment::Custom(given("FH_BASE_URL")))
        .credentials(Credentials::from_env().unwrap())
        .identity(Identity::new(
            Application::new("fh-tests").unwrap(),
            Station::new("TILL-1").unwrap(),
            AppVersion::new("1").unwrap(),
        ))
        .build()
        .unwrap();
    let lane = given("FH_CHILD_LANE");
    let outbox = Outbox::open_with(&address, policy(way), Arc::new(SystemClock))
        .await
        .unwrap()
        .for_lane(&lane);
    for id in ids(&lane) {
        outbox.enqueue(&document(&id)).await.unwrap();
        // Said aloud once it is on the disk: this is what must not be lost.
        println!("KEPT {id}");
        if is_skipped(way, &id) {
            operate(&outbox, &id, true).await;
        }
    }
    let all_settled = async {
        // One may wait for another that comes later, until an operator has looked after that.
        let mut open = ids(&lane);
        while !open.is_empty() {
            let mut rest = Vec::new();
            for id in open {
                match outbox.find(&id).await.unwrap().state {
                    State::Fiscalised => println!("FISCALISED {id}"),
                    State::Skipped => {}
                    // As an operator does who looks after it.
                    State::Parked | State::Rejected | State::Expired => {
                        operate(&outbox, &id, false).await;
                        rest.push(id);
                    }
                    _ => rest.push(id),
                }
            }
            open = rest;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    // A bound for a process that hangs, not a measure.
    let bounded = tokio::time::timeout(Duration::from_secs(60), outbox.run(&client, all_settled));
    if bounded.await.is_err() {
        let found =
            futures_util::future::join_all(ids(&lane).iter().map(|id| outbox.find(id)).collect::<Vec<_>>()).await;
        panic!("not settled: {found:#?}");
    }
}

async fn operate(outbox: &Outbox, id: &str, skips: bool) {
    let entry = outbox.find(id).await.unwrap();
    let done = if skips {
        outbox.skip(id, "rudo", "sold by hand").await
    } else if entry.cause == Some(Cause::ProbablyFiscalised) {
        // The service keeps its word and does not fiscalise what it has rejected: a person finds nothing when he looks.
        outbox.release(id, "rudo", "looked up").await
    } else if entry.state == State::Rejected {
        let mut mended = document(id);
        mended.buyer_mut().name = format!("Cash Customer {}", entry.revision);
        let corrected = outbox.correct(id, &mended, "rudo", "another name").await;
        corrected.map(|corrected| corrected.entry)
    } else {
        outbox.retry(id, "rudo").await
    };
    match done {
        // It has changed meanwhile, or the skipped one had got further in an earlier life.
        Ok(_) | Err(OutboxError::NotPossible { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// A process, and the lane that it is given.
struct Life<'a> {
    sim: &'a Sim,
    place: &'a Place,
    way: Way,
    lane: &'a str,
}

impl Life<'_> {
    fn begin(&self, failpoint: Option<&str>) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child", "--nocapture"])
            .env("FH_CHILD_STORE", &self.place.address)
            .env("FH_CHILD_WAY", self.way.name())
            .env("FH_CHILD_LANE", self.lane)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for line in self.sim.export_lines().lines() {
            let (name, value) = line.trim_start_matches("export ").split_once('=').unwrap();
            command.env(name, value.trim_matches('\''));
        }
        match failpoint {
            Some(failpoint) => command.env("FH_FAILPOINT", failpoint),
            None => command.env_remove("FH_FAILPOINT"),
        };
        command.spawn().unwrap()
    }

    async fn live(&self, failpoint: Option<&str>, what: &str) -> bool {
        self.end(self.begin(failpoint), what).await
    }

    /// Waits for its end, and holds what it said against the store and the judge. True when it was killed.
    async fn end(&self, child: Child, what: &str) -> bool {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output())
            .await
            .unwrap()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let killed = output.status.signal() == Some(9);
        assert!(
            killed || output.status.success(),
            "{what}: {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let said = |word: &str| {
            let lines = text.lines().filter_map(|line| line.split_once(word));
            lines.map(|(_, id)| id.to_owned()).collect::<Vec<_>>()
        };
        for id in said("FISCALISED ") {
            assert_eq!(self.sim.ledger().of(&id).fiscalised, 1, "{what}: falsely said: {id}");
        }
        let outbox = Outbox::open(&self.place.address).await.unwrap();
        let kept = said("KEPT ");
        assert!(killed || kept.len() == DOCUMENTS, "{what}");
        for id in kept {
            let entry = outbox
                .find(&id)
                .await
                .unwrap_or_else(|error| panic!("{what}: lost: {error}"));
            let count = self.sim.ledger().of(&id);
            assert!(
                entry.state != State::Fiscalised || (count.fiscalised == 1 && entry.receipt.is_some()),
                "{what}: falsely fiscalised: {id}"
            );
            assert!(count.fiscalised <= 1, "{what}: fiscalised twice: {id}");
            assert!(
                killed || entry.state == State::Fiscalised || is_skipped(self.way, &id),
                "{what}: left behind: {id} ({})",
                entry.state
            );
        }
        killed
    }
}

/// Every point but those of pruning, which has a test of its own.
fn points() -> impl Iterator<Item = String> {
    failpoint::all()
        .into_iter()
        .filter(|point| !point.starts_with("prune."))
}

async fn killed_at_every_point_in_every_state_nothing_is_lost_and_nothing_is_fiscalised_twice(place: &Place) {
    let sweeps = futures_util::future::join_all(Way::ALL.map(|way| sweep(place, way))).await;
    let reached: BTreeSet<_> = sweeps.iter().flat_map(|(reached, _)| reached.clone()).collect();
    let all: BTreeSet<_> = points().collect();
    assert_eq!(reached, all, "some points were never reached");
    let deaths: usize = sweeps.iter().map(|(_, deaths)| deaths).sum();
    assert!(deaths >= 150, "only {deaths} deaths");
    let states = place
        .texts("SELECT DISTINCT to_state FROM fh_outbox_history ORDER BY 1")
        .await;
    assert_eq!(
        states,
        [
            "accepted",
            "expired",
            "fiscalised",
            "parked",
            "queued",
            "rejected",
            "sending",
            "skipped",
            "unknown"
        ]
    );
}

/// What is with the service has been there for eight days more, by this machine's clock and by the service's.
async fn eight_days_pass(place: &Place, lane: &str) {
    const DAYS: i64 = 8 * 86_400_000_000;
    let older = format!("accepted_at = accepted_at - {DAYS}, taken_at = taken_at - {DAYS}, poll_at = 0");
    place
        .execute(&format!("UPDATE fh_outbox_entry SET {older} WHERE lane = '{lane}'"))
        .await
        .unwrap();
}

/// Kills at each point, the first time it is reached, the second, and so on until it is reached no more. Says which points were
/// reached, and how many processes died.
async fn sweep(place: &Place, way: Way) -> (BTreeSet<String>, usize) {
    /// How often a point is let pass at most; the points of a worker that waits are reached for ever.
    const MOST: usize = 5;
    // A service of its own, with request ids of its own.
    let seed = match way {
        Way::Parking => 1,
        Way::Holding => 2,
        Way::Expiring => 3,
    };
    let sim = strict_sim(seed, Duration::from_millis(1)).await;
    let mut deaths = 0;
    let mut reached = BTreeSet::new();
    for point in points() {
        for nth in 1..=MOST {
            let lane = format!("{}-{}-{nth}", way.name(), point.replace('.', "-"));
            let what = format!("{way:?}, {point}, time {nth}");
            let life = Life {
                sim: &sim,
                place,
                way,
                lane: &lane,
            };
            sim.script(Operation::SubmitInvoice, way.faults());
            if way == Way::Expiring {
                // What it submits has no result when the next life begins.
                assert!(life.live(Some("status.before:kill:1"), &what).await);
                eight_days_pass(place, &lane).await;
                sim.script(Operation::Status, [Some(Fault::StatusPending)]);
            }
            let killed = life.live(Some(&format!("{point}:kill:{nth}")), &what).await;
            if killed {
                deaths += 1;
                reached.insert(point.clone());
                if way == Way::Expiring {
                    eight_days_pass(place, &lane).await;
                }
                assert!(!life.live(None, &what).await);
            }
            for id in ids(&lane) {
                let count = sim.ledger().of(&id);
                let fiscalised = u64::from(!is_skipped(way, &id));
                assert_eq!(count.fiscalised, fiscalised, "{what}: {id}: {count:?}");
            }
            if !killed {
                break;
            }
        }
    }
    (reached, deaths)
}

async fn killed_at_any_time_nothing_is_lost_and_nothing_is_fiscalised_twice(place: &Place) {
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1");
    let wanted = if is_long { 10_000 } else { 200 };
    let seed = 20_261_125;
    let mut random = fastrand::Rng::with_seed(seed);
    let sim = strict_sim(1, Duration::from_millis(2)).await;
    let mut deaths = 0;
    for round in 0.. {
        let lane = format!("round-{round}");
        let way = if random.bool() { Way::Parking } else { Way::Holding };
        sim.set_faults(
            FaultPlan::default()
                .with(Fault::LostReply, Dose::rate(0.2))
                .with(Fault::RejectedOnce, Dose::rate(0.1))
                .with(
                    Fault::Delay,
                    Dose {
                        ms: Some(15),
                        ..Dose::rate(0.2)
                    },
                )
                .seed(round),
        );
        let life = Life {
            sim: &sim,
            place,
            way,
            lane: &lane,
        };
        loop {
            let mut child = life.begin(None);
            if deaths < wanted {
                let wait = Duration::from_micros(random.u64(2_000..=90_000));
                // The kill comes whenever it comes; a process that ended before has done its work.
                tokio::time::sleep(wait).await;
                child.kill().unwrap();
            }
            let what = format!("round {round}, {deaths} deaths, seed {seed}");
            if !life.end(child, &what).await {
                break;
            }
            deaths += 1;
        }
        for id in ids(&lane) {
            let count = sim.ledger().of(&id);
            let fiscalised = u64::from(!is_skipped(way, &id));
            assert_eq!(count.fiscalised, fiscalised, "round {round}: {id}: {count:?}");
        }
        if deaths >= wanted {
            break;
        }
    }
    assert!(deaths >= wanted, "only {deaths} deaths");
}

/// The process that is killed while it prunes: it does nothing unless this very file starts it.
#[tokio::test]
async fn pruner() {
    let Ok(export) = std::env::var("FH_CHILD_EXPORT") else {
        return;
    };
    let outbox = Outbox::open(&std::env::var("FH_CHILD_STORE").unwrap()).await.unwrap();
    outbox.prune(Duration::ZERO, export).await.unwrap();
}

async fn killed_while_pruning_nothing_leaves_that_is_not_in_the_export(place: &Place) {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&place.address).await.unwrap();
    for point in failpoint::all().iter().filter(|point| point.starts_with("prune.")) {
        let lane = outbox.for_lane(point.replace('.', "-"));
        for id in ids(lane.lane()) {
            lane.enqueue(&document(&id)).await.unwrap();
            operate(&lane, &id, true).await;
        }
        // The newest stays in any case.
        lane.enqueue(&document(&format!("{}-newest", lane.lane())))
            .await
            .unwrap();
        let export = folder.path().join(format!("{point}.jsonl"));
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "pruner", "--nocapture"])
            .env("FH_CHILD_STORE", &place.address)
            .env("FH_CHILD_EXPORT", &export)
            .env("FH_FAILPOINT", format!("{point}:kill:1"));
        let output = tokio::task::block_in_place(|| command.output()).unwrap();
        assert_eq!(output.status.signal(), Some(9), "{point} was not reached");
        let exported = std::fs::read_to_string(&export).unwrap();
        let listed = outbox.list(Query::default().lane(lane.lane())).await.unwrap();
        for id in ids(lane.lane()) {
            let is_here = listed.iter().any(|entry| entry.document == id);
            let is_there = exported
                .lines()
                .any(|line| line.contains(&format!("\"document\":\"{id}\"")));
            assert!(is_here || is_there, "{point}: {id} is nowhere");
            assert_eq!(is_here, point != "prune.after", "{point}");
            let again = lane.enqueue(&document(&id)).await.unwrap();
            assert!(
                !again.is_new && again.entry.state == State::Skipped,
                "{point}: {id} is taken for new"
            );
        }
    }
}
