//! A till never stands still: a worker that died on this machine holds nothing back, one that is only stopped does, and what may have
//! arrived waits no longer than it must.
//!
//! Leases are of an hour, so that whatever waits for the end of one does not end within a test.

use std::{
    path::Path,
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use fh_outbox::{Change, Order, Outbox, Policy, State};
use fh_sim::{Dose, Fault, FaultPlan, Operation, Sim};
use fiscal_harmony::types::SystemClock;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{becomes, child, client_from_env, client_of, document, quick, strict_sim};

const HOUR: Duration = Duration::from_secs(3_600);

fn policy(order: Order, orphan_window: Duration) -> Policy {
    let mut policy = quick();
    policy.lease = HOUR;
    policy.order = order;
    policy.orphan_window = orphan_window;
    policy
}

async fn open(path: &Path, policy: Policy) -> Outbox {
    Outbox::open_with(path, policy, Arc::new(SystemClock)).await.unwrap()
}

/// A worker that is to be killed or stopped: it does nothing unless [`Worker`] starts it.
#[tokio::test]
async fn a_worker_in_a_process() {
    let Ok(path) = std::env::var("FH_CHILD_DB") else { return };
    let outbox = open(Path::new(&path), policy(Order::Strict, HOUR)).await;
    outbox.run(&client_from_env(), std::future::pending()).await;
}

struct Worker(Child);

impl Worker {
    /// Starts one, and waits until its request for the next document is with the service, which does not answer.
    async fn with_a_request_under_way(sim: &Sim, path: &Path) -> Self {
        slow_once(sim);
        let before = sim
            .requests()
            .get(&Operation::SubmitInvoice)
            .copied()
            .unwrap_or_default();
        let mut command = child(sim, "standing::a_worker_in_a_process");
        command
            .env("FH_CHILD_DB", path)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let worker = Self(command.spawn().unwrap());
        sim.await_requests(Operation::SubmitInvoice, before + 1).await;
        worker
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Has the service think for a minute about the next submission.
fn slow_once(sim: &Sim) {
    let dose = Dose {
        ms: Some(60_000),
        on: vec![Operation::SubmitInvoice],
        ..Dose::count(1)
    };
    sim.set_faults(FaultPlan::default().with(Fault::Delay, dose));
}

async fn line(outbox: &Outbox, id: &str, event: &str) -> Change {
    let mut history = outbox.history(id).await.unwrap().into_iter();
    history
        .find(|change| change.event == event)
        .unwrap_or_else(|| panic!("{id}: no {event}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_worker_was_sending_waits_for_no_lease_and_goes_as_a_retry() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("till.db");
    let outbox = open(&path, policy(Order::Strict, Duration::from_millis(50))).await;
    for id in ["A", "B"] {
        outbox.enqueue(&document(id)).await.unwrap();
    }
    Worker::with_a_request_under_way(&sim, &path).await.kill();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "B", State::Fiscalised)).await;
    let died = line(&outbox, "A", "worker_died").await;
    assert_eq!((died.from, died.to), (Some(State::Sending), State::Unknown));
    assert_eq!(outbox.find("A").await.unwrap().state, State::Fiscalised);
    assert_eq!(sim.device().first_acceptances(), ["A", "B"]);
    assert_eq!(sim.ledger().not_exactly_once().collect::<Vec<_>>(), []);
    assert_eq!(sim.most_at_once(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_ended_inside_this_process_is_one_that_died() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let outbox = open(
        &folder.path().join("till.db"),
        policy(Order::Strict, Duration::from_millis(50)),
    )
    .await;
    outbox.enqueue(&document("A")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    slow_once(&sim);
    tokio::select! {
        () = outbox.run(&client, std::future::pending()) => unreachable!(),
        () = async {
            sim.await_requests(Operation::SubmitInvoice, 1).await;
        } => {}
    }
    outbox.run(&client, becomes(&outbox, "A", State::Fiscalised)).await;
    assert_eq!(line(&outbox, "A", "worker_died").await.attempt, 1);
    assert_eq!(sim.most_at_once(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_worker_still_holds_what_it_has_in_hand() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("till.db");
    let outbox = open(&path, policy(Order::Free, Duration::ZERO)).await;
    outbox.enqueue(&document("A")).await.unwrap();
    let stopped = Worker::with_a_request_under_way(&sim, &path).await;
    stopped.signal(Signal::STOP);
    let other = outbox.for_lane("other");
    let client = client_of(&sim, &sim.device());
    let go_on = async {
        // By the time that these have gone their whole way, the first lane has been asked for work many times.
        for id in ["1", "2", "3"] {
            other.enqueue(&document(id)).await.unwrap();
            becomes(&other, id, State::Fiscalised).await;
        }
    };
    let lanes = ["default", "other"].map(|lane| (lane.to_owned(), client.clone()));
    outbox.run_lanes(lanes.clone(), go_on).await;
    assert_eq!(outbox.find("A").await.unwrap().state, State::Sending);
    // It holds it until it dies.
    stopped.kill();
    outbox.run_lanes(lanes, becomes(&outbox, "A", State::Fiscalised)).await;
    assert_eq!(line(&outbox, "A", "worker_died").await.to, State::Unknown);
    assert_eq!(sim.most_at_once(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_free_order_the_next_document_goes_while_the_first_waits_out_its_window() {
    for is_killed in [true, false] {
        let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
        let path = folder.path().join("till.db");
        let outbox = open(&path, policy(Order::Free, HOUR)).await;
        for id in ["A", "B"] {
            outbox.enqueue(&document(id)).await.unwrap();
        }
        if is_killed {
            Worker::with_a_request_under_way(&sim, &path).await.kill();
        } else {
            sim.script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
        }
        let client = client_of(&sim, &sim.device());
        outbox.run(&client, becomes(&outbox, "B", State::Fiscalised)).await;
        let first = outbox.find("A").await.unwrap();
        assert_eq!(
            (first.state, first.in_doubt, first.holds),
            (State::Unknown, true, false)
        );
        let event = if is_killed { "worker_died" } else { "lost" };
        let left = line(&outbox, "A", event).await.at;
        let waits = first.due_at.unwrap().timestamp().duration_since(left.timestamp());
        assert_eq!(waits.as_secs(), 3_600, "it waits its window, and no longer");
    }
}
