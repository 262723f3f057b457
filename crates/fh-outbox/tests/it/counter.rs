//! At the counter: how long whoever waits has to wait, and how often the service is asked for it.
//!
//! `FH_LONG_TESTS=1` measures every settling time of the table in `docs/benchmarks.md` and prints it.

#![expect(clippy::float_arithmetic, reason = "times, not money")]

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use fh_outbox::{Outbox, Policy, State};
use fh_sim::{Operation, Sim, Spread};
use fiscal_harmony::types::SystemClock;

use crate::support::{becomes, client_of, document, is_long};

/// What nobody has set otherwise.
async fn open(path: &Path) -> Outbox {
    Outbox::open_with(path, Policy::default(), Arc::new(SystemClock))
        .await
        .unwrap()
}

/// As in life, but that the usual questions never come within a test.
async fn open_without_usual_questions(path: &Path, eager_questions: u32) -> Outbox {
    let mut policy = Policy::default();
    policy.first_poll = Duration::from_secs(3_600);
    policy.eager_questions = eager_questions;
    Outbox::open_with(path, policy, Arc::new(SystemClock)).await.unwrap()
}

async fn sim(settles_in: Duration, spread: Spread) -> Sim {
    Sim::builder()
        .settle_delay(settles_in)
        .settle_spread(spread)
        .start()
        .await
        .unwrap()
}

fn status_questions(sim: &Sim) -> u64 {
    sim.requests().get(&Operation::Status).copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_asked_for_and_what_nobody_waits_for_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let sim = sim(Duration::from_millis(20), Spread::None).await;
    let outbox = open_without_usual_questions(&folder.path().join("till.db"), 5).await;
    let client = client_of(&sim, &sim.device());
    let till = async {
        outbox.enqueue(&document("nobody")).await.unwrap();
        outbox.enqueue(&document("somebody")).await.unwrap();
        let waited = outbox.wait("somebody", Duration::from_secs(60)).await.unwrap();
        assert_eq!(waited.state, State::Fiscalised);
        assert_eq!(outbox.find("nobody").await.unwrap().state, State::Accepted);
        // One who comes later is asked for too.
        let waited = outbox.wait("nobody", Duration::from_secs(60)).await.unwrap();
        assert_eq!(waited.state, State::Fiscalised);
    };
    outbox.run(&client, till).await;
    assert!(status_questions(&sim) <= 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_not_asked_for_more_often_than_the_policy_allows_however_often_somebody_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let sim = sim(Duration::from_secs(3_600), Spread::None).await;
    let outbox = open_without_usual_questions(&folder.path().join("till.db"), 2).await;
    let client = client_of(&sim, &sim.device());
    let till = async {
        outbox.enqueue(&document("A")).await.unwrap();
        for _ in 0..4 {
            let waited = outbox.wait("A", Duration::from_millis(500)).await.unwrap();
            assert!(!waited.state.is_settled());
        }
        sim.await_requests(Operation::Status, 2).await;
    };
    outbox.run(&client, till).await;
    assert_eq!(status_questions(&sim), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lane_has_taught_is_known_to_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    let sim = sim(Duration::from_millis(20), Spread::None).await;
    let client = client_of(&sim, &sim.device());
    for id in ["A", "B", "C"] {
        let outbox = open_without_usual_questions(&path, 5).await;
        outbox.enqueue(&document(id)).await.unwrap();
        let till = async {
            outbox.wait(id, Duration::from_secs(60)).await.unwrap();
        };
        outbox.run(&client, till).await;
    }
    let text: String = fh_outbox::rusqlite::Connection::open(&path)
        .unwrap()
        .query_row(
            "SELECT value FROM fh_outbox_meta WHERE name = 'tempo default'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let pairs: Vec<[f64; 2]> = serde_json::from_str(&text).unwrap();
    assert_eq!(pairs.len(), 3, "{text}");
    let outbox = open_without_usual_questions(&path, 5).await;
    outbox.enqueue(&document("D")).await.unwrap();
    let before = status_questions(&sim);
    outbox
        .run(&client, async {
            outbox.wait("D", Duration::from_secs(60)).await.unwrap();
        })
        .await;
    assert!(status_questions(&sim) > before);
}

/// What was seen of one document.
#[derive(Debug, Clone, Copy)]
struct Sale {
    /// From handing it in to its receipt.
    took: Duration,
    /// What the service took of that between acceptance and result.
    settles: Duration,
}

/// Sells one thing after another at a till, and waits for each receipt.
async fn sell(outbox: &Outbox, sim: &Sim, ids: impl IntoIterator<Item = String>) -> Vec<Sale> {
    let mut sales = Vec::new();
    for id in ids {
        let began = Instant::now();
        outbox.enqueue(&document(&id)).await.unwrap();
        let entry = outbox.wait(&id, Duration::from_secs(300)).await.unwrap();
        let took = began.elapsed();
        assert_eq!(entry.state, State::Fiscalised, "the waiter missed its result");
        let settles = sim.settle_time(entry.request_id.unwrap().as_str());
        sales.push(Sale { took, settles });
    }
    sales
}

/// The value below which this share of them lies.
fn share(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

/// A line of the table.
fn line(name: &str, sales: &[Sale], questions: f64) -> (String, f64) {
    let over = |sale: &Sale| (sale.took.as_secs_f64() - 0.3) / sale.settles.as_secs_f64();
    let seconds =
        |value: fn(&Sale) -> Duration, at| share(sales.iter().map(|sale| value(sale).as_secs_f64()).collect(), at);
    let p95 = share(sales.iter().map(over).collect(), 0.95);
    let text = format!(
        "| {name} | {} | {:.2} | {:.2} | {:.2} | {p95:.2} | {questions:.2} |",
        sales.len(),
        seconds(|sale| sale.settles, 0.5),
        seconds(|sale| sale.took, 0.5),
        seconds(|sale| sale.took, 0.95),
    );
    (text, p95)
}

/// Ten documents teach, then so many are measured.
async fn measure(name: &str, settles_in: Duration, spread: Spread, count: usize) -> (String, f64) {
    let folder = tempfile::tempdir().unwrap();
    let sim = sim(settles_in, spread).await;
    let outbox = open(&folder.path().join("till.db")).await;
    let client = client_of(&sim, &sim.device());
    let mut measured = None;
    let till = async {
        sell(&outbox, &sim, (0..10).map(|nth| format!("taught-{nth}"))).await;
        let before = status_questions(&sim);
        let sales = sell(&outbox, &sim, (0..count).map(|nth| format!("sold-{nth}"))).await;
        let questions = (status_questions(&sim) - before) as f64 / count as f64;
        measured = Some(line(name, &sales, questions));
    };
    outbox.run(&client, till).await;
    measured.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counter_times() {
    let spread = Spread::Even(0.2);
    let times: &[(u64, usize)] = if is_long() {
        &[
            (200, 100),
            (500, 100),
            (1_000, 60),
            (2_000, 60),
            (5_000, 40),
            (10_000, 40),
            (20_000, 40),
        ]
    } else {
        &[(200, 10)]
    };
    // `FH_MEASURE=1000,5000` measures these milliseconds alone, and holds them to the aim; on a quiet machine.
    let chosen = std::env::var("FH_MEASURE").ok();
    let is_chosen = |time: u64| {
        let chosen = chosen.as_deref();
        chosen.is_none_or(|chosen| chosen.split(',').any(|name| name == time.to_string()))
    };
    let mut tasks = tokio::task::JoinSet::new();
    for (nth, (milliseconds, count)) in times.iter().copied().enumerate() {
        if !is_chosen(milliseconds) {
            continue;
        }
        tasks.spawn(async move {
            let name = format!("{} s ±20 %", milliseconds as f64 / 1_000.0);
            (
                nth,
                measure(&name, Duration::from_millis(milliseconds), spread, count).await,
            )
        });
    }
    if is_long() && chosen.is_none() {
        tasks.spawn(async {
            (
                90,
                measure(
                    "2 s log-normal 0.5",
                    Duration::from_secs(2),
                    Spread::LogNormal(0.5),
                    100,
                )
                .await,
            )
        });
        tasks.spawn(async { (91, jump().await) });
    }
    let lines: BTreeMap<_, _> = tasks.join_all().await.into_iter().collect();
    println!(
        "| settling time | documents | median of it | counter time, median (s) | p95 (s) | (counter time - 0.3 s) / settling time, p95 | questions each |"
    );
    for (text, _) in lines.values() {
        println!("{text}");
    }
    // A machine that is busy with other tests makes any of them late; the figures are for the table, which says how busy it was.
    if chosen.is_some() {
        for (text, p95) in lines.into_values() {
            assert!(p95 <= 1.25, "{text}");
        }
    }
}

/// The service takes half a second, and from one document to the next ten.
async fn jump() -> (String, f64) {
    let folder = tempfile::tempdir().unwrap();
    let sim = sim(Duration::from_millis(500), Spread::Even(0.2)).await;
    let outbox = open(&folder.path().join("till.db")).await;
    let client = client_of(&sim, &sim.device());
    let mut measured = None;
    let till = async {
        sell(&outbox, &sim, (0..20).map(|nth| format!("before-{nth}"))).await;
        sim.set_settle_delay(Duration::from_secs(10), Spread::Even(0.2));
        let before = status_questions(&sim);
        let sales = sell(&outbox, &sim, (0..20).map(|nth| format!("after-{nth}"))).await;
        let questions = (status_questions(&sim) - before) as f64 / 20.0;
        for (nth, sale) in sales.iter().enumerate() {
            println!(
                "after the jump, document {nth}: {:.2} s for {:.2} s",
                sale.took.as_secs_f64(),
                sale.settles.as_secs_f64()
            );
        }
        measured = Some(line("0.5 s, then 10 s", &sales, questions));
    };
    outbox.run(&client, till).await;
    measured.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_waiter_a_hundred_documents_share_their_questions() {
    const DOCUMENTS: u64 = 100;
    let folder = tempfile::tempdir().unwrap();
    let sim = sim(Duration::from_millis(20), Spread::None).await;
    let outbox = open(&folder.path().join("till.db")).await;
    for nth in 0..DOCUMENTS {
        outbox.enqueue(&document(&format!("D{nth:03}"))).await.unwrap();
    }
    let client = client_of(&sim, &sim.device());
    let last = format!("D{:03}", DOCUMENTS - 1);
    outbox.run(&client, becomes(&outbox, &last, State::Fiscalised)).await;
    let all: u64 = sim.requests().values().sum();
    println!("{all} requests for {DOCUMENTS} documents without a waiter");
    assert!(status_questions(&sim) <= 5, "{:?}", sim.requests());
}
