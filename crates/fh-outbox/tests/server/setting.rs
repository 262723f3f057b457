//! A quick policy, a strict service, and a worker.

use std::{sync::Arc, time::Duration};

use fh_outbox::{OnLate, Outbox, OutboxError, Policy, State};
use fh_sim::{Repeat, Sim};
use fiscal_harmony::{Client, Environment, types::SystemClock};

pub(crate) fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.orphan_window = Duration::from_millis(20);
    policy.lease = Duration::from_secs(60);
    policy.backoff_base = Duration::from_millis(5);
    policy.backoff_cap = Duration::from_millis(20);
    policy.first_poll = Duration::from_millis(5);
    policy.poll_linger = Duration::from_millis(5);
    policy.idle_poll = Duration::from_millis(20);
    // All of these documents are of one second.
    policy.on_late = OnLate::Keep;
    policy
}

pub(crate) async fn open(address: &str) -> Outbox {
    Outbox::open_with(address, policy(), Arc::new(SystemClock))
        .await
        .unwrap()
}

pub(crate) async fn service() -> Sim {
    Sim::builder()
        .repeat(Repeat::SecondAcceptance)
        .repeat_with_retry(Repeat::SameRequest)
        .unique_numbers(false)
        .settle_delay(Duration::from_millis(1))
        .start()
        .await
        .unwrap()
}

pub(crate) fn client(sim: &Sim) -> Client {
    Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials())
        .identity(sim.identity())
        .build()
        .unwrap()
}

/// Waits until a document is in a state, whatever the store says meanwhile.
pub(crate) async fn becomes(outbox: &Outbox, id: &str, state: State) {
    let reached = async {
        loop {
            match outbox.find(id).await {
                Ok(entry) if entry.state == state => return,
                Ok(_) | Err(OutboxError::Unreachable { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    // A bound for a test that hangs, not a measure.
    let reached = tokio::time::timeout(Duration::from_secs(60), reached).await;
    assert!(reached.is_ok(), "{id} is not {state}: {:?}", outbox.find(id).await);
}

/// A worker in this process, until it is dropped.
pub(crate) struct Worker(tokio::task::JoinHandle<()>);

impl Worker {
    pub(crate) fn start(outbox: &Outbox, sim: &Sim, lanes: &[&str]) -> Self {
        let (outbox, client) = (outbox.clone(), client(sim));
        let lanes: Vec<_> = lanes.iter().map(|lane| ((*lane).to_owned(), client.clone())).collect();
        Self(tokio::spawn(async move {
            outbox.run_lanes(lanes, std::future::pending()).await;
        }))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.abort();
    }
}
