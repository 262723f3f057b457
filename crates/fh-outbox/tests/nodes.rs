// One idea: several nodes work on one database, and each thing that can come between them, over the same few helpers.
//! PostgreSQL with several workers: eight processes on one database, one of which is killed over and over while connections are cut.
//! The simulator in this process is the judge, as in `crashes.rs`.

#![cfg(all(unix, feature = "postgres"))]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[macro_use]
mod engine;

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use engine::{Place, document, raw};
use fh_outbox::{Divide, Outbox, OutboxError, Policy, ReportQuery, Span, State};
use fh_sim::{Dose, Fault, FaultPlan, Operation, Repeat, Sim};
use fiscal_harmony::{
    Client, Environment,
    auth::{AppVersion, Application, Credentials, Identity, Station},
    types::{Clock, SystemClock},
};
use futures_util::future::join_all;
use tokio::sync::watch;

on_postgres!(
    eight_workers_fiscalise_everything_once_and_in_order_whoever_dies,
    a_worker_that_comes_back_after_its_lease_has_no_say,
    nodes_whose_clocks_differ_by_a_day_fiscalise_everything_once,
    what_a_dead_worker_of_this_machine_was_sending_waits_for_no_lease,
    a_head_that_another_holds_is_not_overtaken,
    a_worker_hears_of_a_document_from_another_process,
    connections_that_are_cut_are_opened_again,
    news_that_meet_the_answer_they_belong_to_are_not_lost,
    a_sale_and_its_document_are_kept_together_or_not_at_all,
    a_commit_waits_for_the_disk_whatever_the_server_says,
    what_does_not_let_us_in_is_said_without_the_password,
);

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.orphan_window = Duration::from_millis(20);
    policy.lease = Duration::from_millis(600);
    policy.backoff_base = Duration::from_millis(5);
    policy.backoff_cap = Duration::from_millis(20);
    policy.first_poll = Duration::from_millis(5);
    policy.poll_linger = Duration::from_millis(10);
    policy.idle_poll = Duration::from_millis(50);
    policy
}

async fn open(address: &str, policy: Policy) -> Outbox {
    Outbox::open_with(address, policy, Arc::new(SystemClock)).await.unwrap()
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

fn client(sim: &Sim) -> Client {
    Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials())
        .identity(sim.identity())
        .build()
        .unwrap()
}

/// A worker in this process, until it is dropped.
struct Worker(tokio::task::JoinHandle<()>);

impl Worker {
    fn start(outbox: &Outbox, sim: &Sim) -> Self {
        let (outbox, client) = (outbox.clone(), client(sim));
        Self(tokio::spawn(async move {
            outbox.run(&client, std::future::pending()).await
        }))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn await_state(outbox: &Outbox, id: &str, state: State) {
    let reached = async {
        loop {
            match outbox.find(id).await {
                Ok(entry) if entry.state == state => return,
                // A connection may be cut at any moment.
                Ok(_) | Err(OutboxError::Unreachable { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    // A bound for a test that hangs, not a measure.
    let reached = tokio::time::timeout(Duration::from_secs(60), reached).await;
    assert!(reached.is_ok(), "{id} is not {state}: {:?}", outbox.find(id).await);
}

/// A worker process: it does nothing unless this very file starts it.
#[tokio::test]
async fn node() {
    let Ok(address) = std::env::var("FH_NODE_STORE") else {
        return;
    };
    let client = Client::builder()
        .environment(Environment::Custom(std::env::var("FH_BASE_URL").unwrap()))
        .credentials(Credentials::from_env().unwrap())
        .identity(Identity::new(
            Application::new("fh-tests").unwrap(),
            Station::new("TILL-1").unwrap(),
            AppVersion::new("1").unwrap(),
        ))
        .build()
        .unwrap();
    let outbox = loop {
        match Outbox::open_with(&address, policy(), Arc::new(SystemClock)).await {
            Ok(outbox) => break outbox,
            // Its very first connection may be the one that is cut.
            Err(error) => assert!(error.is_temporary(), "{error}"),
        }
    };
    let lanes = std::env::var("FH_NODE_LANES").unwrap();
    let lanes: Vec<_> = lanes.split(',').map(|lane| outbox.for_lane(lane)).collect();
    join_all(lanes.iter().map(|lane| lane.run(&client, std::future::pending()))).await;
}

/// A process that is killed when it is dropped.
struct Node(Child);

impl Node {
    fn start(place: &Place, sim: &Sim, lanes: &[String]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "node", "--nocapture"])
            .env("FH_NODE_STORE", &place.address)
            .env("FH_NODE_LANES", lanes.join(","))
            .stdout(Stdio::null());
        for line in sim.export_lines().lines() {
            let (name, value) = line.trim_start_matches("export ").split_once('=').unwrap();
            command.env(name, value.trim_matches('\''));
        }
        Self(command.spawn().unwrap())
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(id, signal).unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn eight_workers_fiscalise_everything_once_and_in_order_whoever_dies(place: &Place) {
    const NODES: usize = 8;
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1");
    let (lanes, documents) = if is_long { (12, 500) } else { (8, 20) };
    let sim = strict_sim().await;
    sim.set_faults(
        FaultPlan::default()
            .with(Fault::LostReply, Dose::rate(0.1))
            .with(
                Fault::Delay,
                Dose {
                    ms: Some(20),
                    ..Dose::rate(0.3)
                },
            )
            .seed(8),
    );
    let lanes: Vec<String> = (0..lanes).map(|lane| format!("lane{lane}")).collect();
    let outbox = open(&place.address, policy()).await;
    let _nodes: Vec<Node> = (1..NODES).map(|_| Node::start(place, &sim, &lanes)).collect();
    let (done, mut all_done) = watch::channel(false);
    let trouble = async {
        let (mut deaths, mut cuts) = (0, 0);
        let mut random = fastrand::Rng::with_seed(8);
        while !*all_done.borrow() {
            let mut node = Node::start(place, &sim, &lanes);
            // The kill comes whenever it comes.
            let wait = Duration::from_millis(random.u64(30..=250));
            let _ = tokio::time::timeout(wait, all_done.changed()).await;
            node.0.kill().unwrap();
            deaths += 1;
            cuts += place.cut_connections(2).await;
        }
        (deaths, cuts)
    };
    let work = async {
        let fill = lanes.iter().map(|lane| {
            let outbox = outbox.for_lane(lane);
            async move {
                for number in 0..documents {
                    let document = document(&format!("{lane}-{number:03}"));
                    // A connection that is cut in the middle of a commit leaves it open; handing it in again is safe.
                    while let Err(error) = outbox.enqueue(&document).await {
                        assert!(error.is_temporary(), "{error}");
                    }
                }
                for number in 0..documents {
                    await_state(&outbox, &format!("{lane}-{number:03}"), State::Fiscalised).await;
                }
            }
        });
        join_all(fill).await;
        done.send_replace(true);
    };
    let ((deaths, cuts), ()) = tokio::join!(trouble, work);
    assert!(deaths >= 5 && cuts >= 5, "only {deaths} deaths and {cuts} cuts");
    // Whoever counted it beside whom, and whoever died at it.
    let day = Span::day("2026-11-21".parse().unwrap());
    for by in [Divide::Lane, Divide::Hour] {
        let report = outbox.report(ReportQuery::new(day, by)).await.unwrap();
        let sold = report.sales.iter().map(|sales| sales.invoices.documents).sum::<u64>();
        assert_eq!(
            usize::try_from(sold).unwrap(),
            lanes.len() * documents,
            "by {}",
            by.name()
        );
    }
    assert_eq!(sim.ledger().len(), lanes.len() * documents);
    assert_eq!(sim.ledger().not_exactly_once().collect::<Vec<_>>(), []);
    let order = sim.device().lane();
    for lane in &lanes {
        let sent: Vec<_> = order.iter().filter(|id| id.starts_with(&format!("{lane}-"))).collect();
        assert!(sent.is_sorted() && sent.len() == documents, "{sent:?}");
    }
    let workers = "SELECT count(DISTINCT who) FROM fh_outbox_history WHERE event = 'claim'";
    assert!(place.number(workers).await > 2, "one worker did it all");
}

async fn a_worker_that_comes_back_after_its_lease_has_no_say(place: &Place) {
    let sim = strict_sim().await;
    let outbox = open(&place.address, policy()).await.for_lane("till");
    outbox.enqueue(&document("first")).await.unwrap();
    sim.script(Operation::SubmitInvoice, [Some(Fault::Delay)]);
    let late = Node::start(place, &sim, &["till".to_owned()]);
    sim.await_requests(Operation::SubmitInvoice, 1).await;
    // It holds the lease and its request is under way when it stops.
    late.signal(rustix::process::Signal::STOP);
    let token = "SELECT token FROM fh_outbox_entry WHERE document_id = 'first'";
    let held = place.number(token).await;
    let other = Worker::start(&outbox, &sim);
    await_state(&outbox, "first", State::Fiscalised).await;
    drop(other);
    assert!(place.number(token).await > held);
    let lines = "SELECT count(*) FROM fh_outbox_history WHERE seq = (SELECT seq FROM fh_outbox_entry WHERE document_id = 'first')";
    let before = place.number(lines).await;
    late.signal(rustix::process::Signal::CONT);
    outbox.enqueue(&document("second")).await.unwrap();
    // It sends one thing after another, so by then it has tried to say what became of the first.
    await_state(&outbox, "second", State::Fiscalised).await;
    assert_eq!(place.number(lines).await, before);
    assert_eq!(sim.ledger().of("first").fiscalised, 1);
    assert_eq!(sim.device().lane(), ["first", "second"]);
}

/// A machine whose clock is wrong.
#[derive(Debug)]
struct Wrong(jiff::SignedDuration);

impl Clock for Wrong {
    fn now(&self) -> jiff::Timestamp {
        SystemClock.now() + self.0
    }

    fn is_of_this_machine(&self) -> bool {
        true
    }
}

async fn nodes_whose_clocks_differ_by_a_day_fiscalise_everything_once(place: &Place) {
    const DOCUMENTS: usize = 40;
    let sim = strict_sim().await;
    sim.set_faults(
        FaultPlan::default()
            .with(Fault::LostReply, Dose::rate(0.1))
            .with(
                Fault::Delay,
                Dose {
                    ms: Some(50),
                    ..Dose::rate(0.5)
                },
            )
            .seed(3),
    );
    let day = |days: i64| jiff::SignedDuration::from_hours(24 * days);
    // Long enough for a busy machine: no lease is over before its document is answered.
    let mut policy = policy();
    policy.lease = Duration::from_secs(60);
    let mut nodes = Vec::new();
    for days in [-1, 0, 1] {
        let outbox = Outbox::open_with(&place.address, policy.clone(), Arc::new(Wrong(day(days)))).await;
        nodes.push(outbox.unwrap().for_lane("till"));
    }
    let _workers: Vec<_> = nodes.iter().map(|node| Worker::start(node, &sim)).collect();
    for number in 0..DOCUMENTS {
        let node = &nodes[number % nodes.len()];
        node.enqueue(&document(&format!("{number:03}"))).await.unwrap();
    }
    for number in 0..DOCUMENTS {
        await_state(&nodes[1], &format!("{number:03}"), State::Fiscalised).await;
    }
    assert_eq!(sim.ledger().not_exactly_once().collect::<Vec<_>>(), []);
    assert_eq!(sim.most_at_once(), 1, "a lease was taken for over that was not");
    let order = sim.device().first_acceptances();
    assert!(order.is_sorted() && order.len() == DOCUMENTS, "{order:?}");
    // Nobody took another's time for a clock that was set, and all that is kept is of one time.
    let wrong = "SELECT count(*) FROM fh_outbox_history WHERE event IN ('clock', 'lease_expired')";
    assert_eq!(place.number(wrong).await, 0);
    let spread = "SELECT max(at) - min(at) FROM fh_outbox_history";
    assert!(
        place.number(spread).await < 3_600_000_000,
        "the history is of several days"
    );
}

#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only there a boot has a name"))]
async fn what_a_dead_worker_of_this_machine_was_sending_waits_for_no_lease(place: &Place) {
    let sim = strict_sim().await;
    let slow = Dose {
        ms: Some(60_000),
        on: vec![Operation::SubmitInvoice],
        ..Dose::count(1)
    };
    sim.set_faults(FaultPlan::default().with(Fault::Delay, slow));
    let mut policy = policy();
    policy.lease = Duration::from_secs(3_600);
    let outbox = open(&place.address, policy.clone()).await;
    outbox.enqueue(&document("A")).await.unwrap();
    let dying = Worker::start(&outbox, &sim);
    sim.await_requests(Operation::SubmitInvoice, 1).await;
    drop(dying);
    let outbox = open(&place.address, policy).await;
    let _worker = Worker::start(&outbox, &sim);
    await_state(&outbox, "A", State::Fiscalised).await;
    let died = "SELECT count(*) FROM fh_outbox_history WHERE event = 'worker_died'";
    assert_eq!(place.number(died).await, 1);
    assert_eq!((sim.ledger().of("A").accepted, sim.most_at_once()), (1, 1));
}

async fn a_head_that_another_holds_is_not_overtaken(place: &Place) {
    let sim = strict_sim().await;
    let outbox = open(&place.address, policy()).await;
    let (held, free) = (outbox.for_lane("held"), outbox.for_lane("free"));
    for id in ["1", "2"] {
        held.enqueue(&document(id)).await.unwrap();
    }
    let mut other = raw(&place.address).await;
    let transaction = other.transaction().await.unwrap();
    let lock = "SELECT 1 FROM fh_outbox_entry WHERE document_id = '1' FOR UPDATE";
    transaction.execute(lock, &[]).await.unwrap();
    let _workers = [Worker::start(&held, &sim), Worker::start(&free, &sim)];
    for id in ["a", "b", "c"] {
        // By the time that these have gone their whole way, the other lane has had its chances.
        free.enqueue(&document(id)).await.unwrap();
        await_state(&free, id, State::Fiscalised).await;
    }
    assert_eq!(sim.device().lane(), ["a", "b", "c"]);
    transaction.rollback().await.unwrap();
    await_state(&held, "2", State::Fiscalised).await;
    assert_eq!(sim.device().lane(), ["a", "b", "c", "1", "2"]);
}

async fn a_worker_hears_of_a_document_from_another_process(place: &Place) {
    let sim = strict_sim().await;
    let mut deaf = policy();
    deaf.idle_poll = Duration::from_secs(3600);
    let listening = open(&place.address, deaf).await;
    let _worker = Worker::start(&listening, &sim);
    let speaking = open(&place.address, policy()).await;
    for id in ["1", "2", "3"] {
        speaking.enqueue(&document(id)).await.unwrap();
        await_state(&speaking, id, State::Fiscalised).await;
    }
    // Also after the connection on which it listens was lost.
    assert!(place.cut_connections(100).await >= 2);
    speaking.enqueue(&document("4")).await.unwrap();
    await_state(&speaking, "4", State::Fiscalised).await;
}

async fn connections_that_are_cut_are_opened_again(place: &Place) {
    let outbox = open(&place.address, policy()).await;
    for id in ["1", "2", "3"] {
        assert!(outbox.enqueue(&document(id)).await.unwrap().is_new);
        assert!(place.cut_connections(100).await >= 1);
        assert_eq!(outbox.find(id).await.unwrap().state, State::Queued);
    }
}

async fn news_that_meet_the_answer_they_belong_to_are_not_lost(place: &Place) {
    let sim = strict_sim().await;
    let outbox = open(&place.address, policy()).await;
    outbox.enqueue(&document("1")).await.unwrap();
    let client = client(&sim);
    let worker = Worker::start(&outbox, &sim);
    await_state(&outbox, "1", State::Fiscalised).await;
    drop(worker);
    let id = outbox.find("1").await.unwrap().request_id.unwrap();
    let outcome = client.outcome(&id).await.unwrap();
    // As if a worker had just now noted the request and not committed, while the news come in.
    let mut other = raw(&place.address).await;
    place
        .execute("DELETE FROM fh_outbox_request; UPDATE fh_outbox_entry SET state = 'accepted', receipt = NULL")
        .await
        .unwrap();
    let transaction = other.transaction().await.unwrap();
    let lock = format!("SELECT pg_advisory_xact_lock(hashtextextended('fh_outbox {id}', 0))");
    transaction.batch_execute(&lock).await.unwrap();
    let note = format!("INSERT INTO fh_outbox_request SELECT '{id}', seq, 0 FROM fh_outbox_entry");
    transaction.batch_execute(&note).await.unwrap();
    let settling = tokio::spawn({
        let (outbox, id) = (outbox.clone(), id.clone());
        async move { outbox.settle([(id, outcome)]).await }
    });
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    while place.number(waiting).await == 0 {
        assert!(!settling.is_finished(), "the news did not wait");
        tokio::task::yield_now().await;
    }
    transaction.commit().await.unwrap();
    assert_eq!(settling.await.unwrap().unwrap(), 1);
    assert_eq!(outbox.find("1").await.unwrap().state, State::Fiscalised);
}

async fn a_sale_and_its_document_are_kept_together_or_not_at_all(place: &Place) {
    let sim = strict_sim().await;
    let mut deaf = policy();
    deaf.idle_poll = Duration::from_secs(3600);
    let outbox = open(&place.address, deaf).await;
    let _worker = Worker::start(&outbox, &sim);
    let mut pos = raw(&place.address).await;
    pos.batch_execute("CREATE TABLE sale (id TEXT)").await.unwrap();
    for (id, keep) in [("gone", false), ("kept", true)] {
        let transaction = pos.transaction().await.unwrap();
        transaction
            .execute("INSERT INTO sale VALUES ($1)", &[&id])
            .await
            .unwrap();
        outbox.enqueue_in_postgres(&transaction, &document(id)).await.unwrap();
        if keep {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
    }
    // The commit woke the worker.
    await_state(&outbox, "kept", State::Fiscalised).await;
    assert!(matches!(outbox.find("gone").await, Err(OutboxError::NoSuchDocument(_))));
    let transaction = pos.transaction().await.unwrap();
    transaction
        .batch_execute("SET LOCAL search_path = pg_catalog")
        .await
        .unwrap();
    let error = outbox
        .enqueue_in_postgres(&transaction, &document("lost"))
        .await
        .unwrap_err();
    assert!(matches!(error, OutboxError::NoTables { .. }), "{error}");
    transaction.rollback().await.unwrap();
    #[cfg(feature = "sqlite")]
    {
        let sqlite = Place::sqlite();
        let elsewhere = Outbox::open(&sqlite.address).await.unwrap();
        let transaction = pos.transaction().await.unwrap();
        let error = elsewhere
            .enqueue_in_postgres(&transaction, &document("lost"))
            .await
            .unwrap_err();
        assert!(matches!(error, OutboxError::OtherDatabase { .. }), "{error}");
    }
}

async fn a_commit_waits_for_the_disk_whatever_the_server_says(place: &Place) {
    let address = place
        .address
        .replace("options=", "options=-csynchronous_commit%3Doff%20");
    let outbox = open(&address, policy()).await;
    place
        .execute(
            "CREATE TABLE seen (mode TEXT);
             CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER see AFTER INSERT ON fh_outbox_entry DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION see()",
        )
        .await
        .unwrap();
    outbox.enqueue(&document("ours")).await.unwrap();
    let mut pos = raw(&address).await;
    let transaction = pos.transaction().await.unwrap();
    outbox
        .enqueue_in_postgres(&transaction, &document("theirs"))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(place.texts("SELECT mode FROM seen").await, ["on", "on"]);
}

async fn what_does_not_let_us_in_is_said_without_the_password(place: &Place) {
    let _ = place;
    for address in [
        "postgres://fh:hunter2@127.0.0.1:1/till",
        "postgres://fh:hunter2@localhost:1/till?connect_timeout=1",
    ] {
        let error = Outbox::open(address).await.unwrap_err();
        assert!(matches!(error, OutboxError::Unreachable { .. }), "{error}");
        assert!(
            error.is_temporary() && !format!("{error} {error:?}").contains("hunter2"),
            "{error}"
        );
    }
    let error = Outbox::open(place.address.replace("/postgres?", "/nowhere?"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
}
