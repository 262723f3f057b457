//! A backup of every instant at which a process can die, put back at three ages: nothing is sent a second time as if it were the first. And
//! what is no restore is not taken for one, whenever a process dies.
//!
//! The simulator in this process is the judge: it fiscalises twice whatever comes twice without saying that it is a retry.
//! `FH_LONG_TESTS=1` takes each point the first five times that it is reached, and makes a thousand tries of thirty.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[macro_use]
mod engine;

use std::{
    collections::BTreeSet,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use engine::{Place, document};
use fh_outbox::{AlarmKind, Cause, MaySend, OnRejected, Outbox, OutboxError, Policy, State, failpoint};
use fh_sim::{Fault, Operation, Repeat, Sim};
use fiscal_harmony::{
    Client, Environment,
    auth::{AppVersion, Application, Credentials, Identity, Station},
};

on_both_engines!(
    a_backup_of_any_instant_put_back_at_any_age_has_nothing_sent_twice_as_the_first,
    processes_that_die_at_any_time_raise_no_alarm,
);

fn is_long() -> bool {
    std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1")
}

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.on_rejected = OnRejected::StepAside;
    // What is tried again by itself needs no operator.
    policy.may_pass_tries = 0;
    policy.orphan_window = Duration::from_millis(10);
    policy.lease = Duration::from_millis(300);
    policy.backoff_base = Duration::from_millis(5);
    policy.backoff_cap = Duration::from_millis(20);
    policy.refused_wait = Duration::from_millis(20);
    policy.first_poll = Duration::from_millis(2);
    policy.poll_linger = Duration::from_millis(5);
    policy.idle_poll = Duration::from_millis(5);
    policy
}

async fn open(address: &str, marks: &Path) -> Outbox {
    let builder = Outbox::builder(address).policy(policy()).mark_folder(marks.to_owned());
    builder.machine_id("the shop").open().await.unwrap()
}

fn client(base_url: String, credentials: Credentials) -> Client {
    Client::builder()
        .environment(Environment::Custom(base_url))
        .credentials(credentials)
        .identity(Identity::new(
            Application::new("fh-tests").unwrap(),
            Station::new("TILL-1").unwrap(),
            AppVersion::new("1").unwrap(),
        ))
        .build()
        .unwrap()
}

/// The process that dies: it does nothing unless this very file starts it. It hands documents in and works until they are fiscalised.
#[tokio::test]
async fn child() {
    let Ok(address) = std::env::var("FH_CHILD_STORE") else {
        return;
    };
    let given = |name: &str| std::env::var(name).unwrap();
    let client = client(given("FH_BASE_URL"), Credentials::from_env().unwrap());
    let outbox = open(&address, Path::new(&given("FH_CHILD_MARKS"))).await;
    let outbox = outbox.for_lane(given("FH_CHILD_LANE"));
    let ids: Vec<String> = given("FH_CHILD_IDS").split(' ').map(str::to_owned).collect();
    for id in &ids {
        outbox.enqueue(&document(id)).await.unwrap();
    }
    let all_fiscalised = async {
        for id in &ids {
            loop {
                let entry = outbox.find(id).await.unwrap();
                let done = match (entry.state, entry.cause) {
                    (State::Fiscalised, _) => break,
                    // As a person does who looks after it. The service does not fiscalise what it has rejected: whoever looks finds nothing.
                    (State::Parked, Some(Cause::ProbablyFiscalised)) => outbox.release(id, "rudo", "looked up").await,
                    (State::Parked | State::Rejected, _) => outbox.retry(id, "rudo").await,
                    _ => {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                        continue;
                    }
                };
                assert!(
                    matches!(done, Ok(_) | Err(OutboxError::NotPossible { .. })),
                    "{id}: {done:?}"
                );
            }
        }
    };
    // A bound for a process that hangs, not a measure.
    let bounded = tokio::time::timeout(Duration::from_secs(120), outbox.run(&client, all_fiscalised));
    if bounded.await.is_err() {
        let mut found = Vec::new();
        for id in &ids {
            found.push(outbox.find(id).await);
        }
        panic!("not settled: {:?} {found:#?}", outbox.may_send());
    }
}

struct Shop<'a> {
    sim: &'a Sim,
    address: String,
    marks: PathBuf,
}

impl Shop<'_> {
    fn begin(&self, lane: &str, ids: &[String], failpoint: Option<&str>) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child", "--nocapture"])
            .env("FH_CHILD_STORE", &self.address)
            .env("FH_CHILD_MARKS", &self.marks)
            .env("FH_CHILD_LANE", lane)
            .env("FH_CHILD_IDS", ids.join(" "))
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

    /// True when it was killed.
    async fn end(&self, child: Child, what: &str) -> bool {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await;
        let output = output.unwrap().unwrap();
        let killed = output.status.signal() == Some(9);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(killed || output.status.success(), "{what}: {said}");
        killed
    }

    async fn live(&self, lane: &str, ids: &[String], failpoint: Option<&str>, what: &str) -> bool {
        self.end(self.begin(lane, ids, failpoint), what).await
    }
}

async fn strict_sim() -> Sim {
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .settle_delay(Duration::from_millis(1))
        .start()
        .await
        .unwrap()
}

async fn a_backup_of_any_instant_put_back_at_any_age_has_nothing_sent_twice_as_the_first(place: &Place) {
    let most = if is_long() { 5 } else { 1 };
    let (sim, marks) = (strict_sim().await, tempfile::tempdir().unwrap());
    let shop = Shop {
        sim: &sim,
        address: place.address.clone(),
        marks: marks.path().to_owned(),
    };
    let noticed = "SELECT CAST(count(*) AS BIGINT) FROM fh_outbox_meta WHERE name = 'restored'";
    let forget = "DELETE FROM fh_outbox_meta WHERE name LIKE 'restored%'";
    let points: Vec<_> = failpoint::all()
        .into_iter()
        // Nothing is pruned or corrected here.
        .filter(|point| !point.starts_with("prune.") && !point.starts_with("correct."))
        .collect();
    let (mut reached, mut restores) = (BTreeSet::new(), 0);
    for point in &points {
        for nth in 1..=most {
            let lane = format!("{}-{nth}", point.replace('.', "-"));
            let ids: Vec<_> = (0..3).map(|number| format!("{lane}-{number}")).collect();
            let later: Vec<_> = (0..5).map(|number| format!("{lane}-{number}")).collect();
            let what = |age: &str| format!("{point}, time {nth}, {age}");
            let faults = [Some(Fault::RejectedOnce), Some(Fault::LostReply)];
            sim.script(Operation::SubmitInvoice, faults);
            if !shop
                .live(&lane, &ids, Some(&format!("{point}:kill:{nth}")), &what("dies"))
                .await
            {
                break;
            }
            reached.insert(point.clone());
            let backup = place.backup().await;
            // At once; when all was sent; and when there are documents that the backup has never seen.
            for (age, before, after) in [
                ("at once", None, &ids),
                ("soon", Some(&ids), &ids),
                ("late", Some(&later), &later),
            ] {
                if let Some(before) = before {
                    assert!(!shop.live(&lane, before, None, &what(age)).await);
                }
                place.put_back(&backup).await;
                assert!(!shop.live(&lane, after, None, &what(age)).await);
                restores += 1;
                if age == "late" {
                    assert_eq!(place.number(noticed).await, 1, "{}: nobody noticed", what(age));
                }
                for id in after {
                    let count = sim.ledger().of(id);
                    assert_eq!(count.fiscalised, 1, "{}: {id}: {count:?}", what(age));
                }
                place.execute(forget).await.unwrap();
            }
        }
    }
    assert_eq!(
        reached.len(),
        points.len(),
        "some points were never reached: {reached:?}"
    );
    println!("{restores} restores of {} points", reached.len());
}

/// One process after the other dies at any time, two of them at once on one store; in between the store is moved, made one from before
/// there were marks, or found by a container of another name.
async fn processes_that_die_at_any_time_raise_no_alarm(place: &Place) {
    let tries = if is_long() { 1_000 } else { 30 };
    let sim = strict_sim().await;
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop {
        sim: &sim,
        address: place.address.clone(),
        marks: folder.path().join("marks"),
    };
    let seed = 20_261_127;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut deaths = 0;
    for number in 0..tries {
        let children = ["one", "two"].map(|lane| {
            let ids: Vec<_> = (0..3).map(|at| format!("{lane}-{number}-{at}")).collect();
            shop.begin(lane, &ids, None)
        });
        let wait = Duration::from_micros(random.u64(2_000..=150_000));
        // The kill comes whenever it comes; a process that ended before has done its work.
        tokio::time::sleep(wait).await;
        for mut child in children {
            child.kill().unwrap();
            deaths += usize::from(shop.end(child, &format!("try {number}")).await);
        }
        let is_file = !shop.address.contains("://");
        match number % 4 {
            1 if is_file => {
                let moved = folder.path().join(format!("{number}.db")).to_str().unwrap().to_owned();
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::rename(format!("{}{end}", shop.address), format!("{moved}{end}"));
                }
                shop.address = moved;
            }
            // A container that keeps its volume and nothing else; its name was chosen.
            2 if is_file => shop.marks = folder.path().join(format!("marks-{number}")),
            3 if is_file => {
                let upgraded = fh_outbox::rusqlite::Connection::open(&shop.address).unwrap();
                upgraded
                    .execute_batch("DELETE FROM fh_outbox_node; DELETE FROM fh_outbox_meta WHERE name = 'store'")
                    .unwrap();
                // Its marks belong to a store of another name, from after the upgrade.
                let _ = std::fs::remove_file(format!("{}.mark", shop.address));
            }
            _ => {}
        }
        let outbox = open(&shop.address, &shop.marks).await;
        let alarms = outbox.stats().await.unwrap().alarms;
        let false_alarm = alarms
            .iter()
            .find(|alarm| matches!(alarm.kind, AlarmKind::Restored | AlarmKind::TakeOver));
        assert_eq!(false_alarm, None, "try {number}, seed {seed}");
        assert_eq!(outbox.may_send(), MaySend::Yes, "try {number}, seed {seed}");
    }
    assert!(deaths >= tries / 2, "only {deaths} deaths");
    println!("{tries} tries, {deaths} deaths");
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_found_on_another_server_is_in_doubt_and_says_so_once() {
    let Some(place) = Place::postgres().await else { return };
    let (sim, marks) = (strict_sim().await, tempfile::tempdir().unwrap());
    let client = client(sim.base_url(), sim.credentials().clone());
    let send = async |id: &str| {
        let outbox = open(&place.address, marks.path()).await;
        outbox.enqueue(&document(id)).await.unwrap();
        let fiscalised = async {
            while outbox.find(id).await.unwrap().state != State::Fiscalised {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        outbox.run(&client, fiscalised).await;
        let alarms = outbox.stats().await.unwrap().alarms;
        let restored = alarms.iter().any(|alarm| alarm.kind == AlarmKind::Restored);
        (outbox, restored)
    };
    assert!(!send("A").await.1);
    let origin = place
        .texts("SELECT value FROM fh_outbox_meta WHERE name = 'origin'")
        .await;
    assert!(origin[0].len() > 10 && !origin[0].contains('?'), "{origin:?}");
    let (system, _) = origin[0].split_once(' ').unwrap();
    place
        .execute(&format!(
            "UPDATE fh_outbox_meta SET value = '{system} 00000FFF' WHERE name = 'origin'"
        ))
        .await
        .unwrap();
    let (outbox, restored) = send("B").await;
    assert!(restored, "it was brought back to another time");
    outbox.acknowledge("restored", "rudo").await.unwrap();
    assert!(!send("C").await.1, "once is enough");
    for id in ["A", "B", "C"] {
        assert_eq!(sim.ledger().of(id).fiscalised, 1, "{id}");
    }
    place.remove().await;
}
