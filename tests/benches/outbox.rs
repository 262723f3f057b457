//! What durability costs, side by side in one run. `cargo xtask bench` runs it; docs/benchmarks.md holds the figures.
//!
//! Rounds of both sides alternate and the medians are compared. Nothing here fails on a time; it fails when a count is wrong.
//! `FH_BENCH_LARGE` is the number of settled documents in the large file (1,000,000 unless set); `FH_APALIS_BENCH` the program of
//! `tests/apalis`, which `cargo xtask bench` builds and names.

#![expect(clippy::float_arithmetic, reason = "ratios of times, for people")]

mod filled;

use std::{
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use fh_outbox::{Outbox, Policy, Query, State, rusqlite};
use fh_sim::{Operation, Sim};
use fiscal_harmony::{
    Attempt, Client, Document, Environment,
    auth::{AppVersion, Application, Identity, Station},
    types::SystemClock,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use filled::{document, fill};

const SINGLE: usize = 300;
const TOGETHER: usize = 3_200;
const WRITERS: usize = 32;
const DRAINED: usize = 2_000;
const ROUNDS: usize = 5;

fn main() {
    // `cargo test` builds benches too and runs them with this.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = Runtime::new().unwrap();
    enqueueing(&runtime);
    against_apalis(&runtime);
    draining(&runtime);
    large_file(&runtime);
}

fn documents(prefix: &str, count: usize) -> Vec<Document> {
    (0..count)
        .map(|number| document(&format!("{prefix}-{number}")))
        .collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

async fn open(path: &Path) -> Outbox {
    Outbox::open_with(path, Policy::default(), Arc::new(SystemClock))
        .await
        .unwrap()
}

/// A loop as one would write it: a row with the same bytes, one transaction each, at the same durability.
struct Bare(rusqlite::Connection);

impl Bare {
    fn open(path: &Path) -> Self {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
                 CREATE TABLE queue (id INTEGER PRIMARY KEY, document TEXT UNIQUE, body BLOB, retry BLOB, state TEXT)",
            )
            .unwrap();
        Self(connection)
    }

    fn insert(&self, document: &Document) {
        let body = document.freeze(Attempt::First).unwrap();
        let retry = document.freeze(Attempt::Retry).unwrap();
        self.0
            .prepare_cached("INSERT INTO queue (document, body, retry, state) VALUES (?1, ?2, ?3, 'queued')")
            .unwrap()
            .execute((document.id(), body.bytes().as_ref(), retry.bytes().as_ref()))
            .unwrap();
    }
}

fn enqueueing(runtime: &Runtime) {
    let (mut single, mut together, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let outbox = runtime.block_on(open(&folder.path().join("single.db")));
        let some = documents(&format!("S{round}"), SINGLE);
        let started = Instant::now();
        runtime.block_on(async {
            for document in &some {
                outbox.enqueue(document).await.unwrap();
            }
        });
        single.push(started.elapsed());

        let loop_ = Bare::open(&folder.path().join("bare.db"));
        let started = Instant::now();
        some.iter().for_each(|document| loop_.insert(document));
        bare.push(started.elapsed());

        let outbox = runtime.block_on(open(&folder.path().join("together.db")));
        let many = documents(&format!("T{round}"), TOGETHER);
        let started = Instant::now();
        runtime.block_on(enqueue_together(&outbox, many));
        together.push(started.elapsed());
        let kept = runtime.block_on(outbox.stats()).unwrap().count(State::Queued);
        assert_eq!(kept, TOGETHER as u64);
    }
    let (single, together, bare) = (median(single), median(together), median(bare));
    let (ours, theirs, grouped) = (rate(SINGLE, single), rate(SINGLE, bare), rate(TOGETHER, together));
    println!(
        "durable enqueue, one at a time: outbox {ours:.0}/s, bare rusqlite loop {theirs:.0}/s, ratio {:.2} (aim 0.9)",
        ours / theirs
    );
    println!(
        "durable enqueue, {WRITERS} at once: outbox {grouped:.0}/s, bare rusqlite loop {theirs:.0}/s, ratio {:.1} (aim 5)",
        grouped / theirs
    );
}

async fn enqueue_together(outbox: &Outbox, documents: Vec<Document>) {
    let mut shares: Vec<Vec<Document>> = (0..WRITERS).map(|_| Vec::new()).collect();
    for (number, document) in documents.into_iter().enumerate() {
        shares[number % WRITERS].push(document);
    }
    let writers = shares.into_iter().map(|share| {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            for document in share {
                outbox.enqueue(&document).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// The same number of jobs with a body of the same length, pushed to a queue of apalis in a process of its own, since its binding of
/// SQLite cannot be linked beside ours. It prints the seconds that each way took.
fn against_apalis(runtime: &Runtime) {
    let Some(program) = std::env::var_os("FH_APALIS_BENCH") else {
        println!("durable enqueue against apalis: not run; `cargo xtask bench` builds it");
        return;
    };
    let body = document("A-0").freeze(Attempt::First).unwrap().bytes().len();
    let (mut ours, mut theirs) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let outbox = runtime.block_on(open(&folder.path().join("ours.db")));
        let some = documents(&format!("A{round}"), SINGLE);
        let started = Instant::now();
        runtime.block_on(async {
            for document in &some {
                outbox.enqueue(document).await.unwrap();
            }
        });
        ours[0].push(started.elapsed());
        let many = documents(&format!("B{round}"), TOGETHER);
        let started = Instant::now();
        runtime.block_on(enqueue_together(&outbox, many));
        ours[1].push(started.elapsed());
        let output = Command::new(&program)
            .arg(folder.path().join("theirs.db"))
            .args([SINGLE, TOGETHER, WRITERS, body].map(|number| number.to_string()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        for (times, seconds) in theirs.iter_mut().zip(text.split_whitespace()) {
            times.push(Duration::from_secs_f64(seconds.parse().unwrap()));
        }
    }
    let counts = [SINGLE, TOGETHER];
    for (index, what) in ["one at a time".to_owned(), format!("{WRITERS} at once")]
        .into_iter()
        .enumerate()
    {
        let ours = rate(counts[index], median(ours[index].clone()));
        let theirs = rate(counts[index], median(theirs[index].clone()));
        println!(
            "durable enqueue, {what}: outbox {ours:.0}/s, apalis {theirs:.0}/s, ratio {:.1} (aim above 1)",
            ours / theirs
        );
    }
}

fn client(sim: &Sim) -> Client {
    Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials().clone())
        .identity(Identity::new(
            Application::new("fh-bench").unwrap(),
            Station::new("TILL-1").unwrap(),
            AppVersion::new("1").unwrap(),
        ))
        .build()
        .unwrap()
}

fn draining(runtime: &Runtime) {
    runtime.block_on(async {
        let sim = Sim::builder().settle_delay(Duration::from_millis(1)).start().await.unwrap();
        let client = client(&sim);
        let (mut drained, mut plain, mut requests) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let outbox = open(&folder.path().join("till.db")).await;
            enqueue_together(&outbox, documents(&format!("D{round}"), DRAINED)).await;
            let before: u64 = sim.requests().values().sum();
            let started = Instant::now();
            let mut subscription = outbox.subscribe();
            let mut sent = None;
            let settled = async {
                loop {
                    let stats = outbox.stats().await.unwrap();
                    let unsent = stats.count(State::Queued) + stats.count(State::Sending);
                    if unsent == 0 && sent.is_none() {
                        sent = Some(started.elapsed());
                    }
                    if stats.open() == 0 {
                        return;
                    }
                    // Looking costs too: not at every change.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    subscription.changed().await;
                }
            };
            outbox.run(&client, settled).await;
            drained.push(sent.unwrap());
            let after: u64 = sim.requests().values().sum();
            requests.push(after - before);
            assert_eq!(outbox.stats().await.unwrap().count(State::Fiscalised), DRAINED as u64);

            let some = documents(&format!("P{round}"), DRAINED);
            let started = Instant::now();
            for document in &some {
                client.submit(document).await.unwrap();
            }
            plain.push(started.elapsed());
        }
        assert!(sim.requests()[&Operation::SubmitInvoice] >= 6 * DRAINED as u64);
        let (ours, theirs) = (rate(DRAINED, median(drained)), rate(DRAINED, median(plain)));
        println!(
            "sending {DRAINED} documents of one lane: outbox {ours:.0}/s, plain client one after another {theirs:.0}/s, ratio {:.2}",
            ours / theirs
        );
        requests.sort_unstable();
        println!(
            "HTTP requests for each document at steady state: {:.3} (aim at most 1.02)",
            requests[1] as f64 / DRAINED as f64
        );
    });
}

fn large_file(runtime: &Runtime) {
    let count = std::env::var("FH_BENCH_LARGE")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let folder: TempDir = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.db");
    drop(runtime.block_on(open(&path)));
    fill(&path, count);
    let mut opened = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let outbox = runtime.block_on(open(&path));
        let newest = runtime.block_on(outbox.list(Query::default().limit(1))).unwrap();
        opened.push(started.elapsed());
        assert_eq!(newest[0].document, format!("L-{count}"));
    }
    println!(
        "opening a file with {count} settled documents and looking at the newest: {:.3} s (aim under 1)",
        median(opened).as_secs_f64()
    );
    let (mut large, mut empty) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for (path, times) in [
            (path.clone(), &mut large),
            (folder.path().join(format!("empty-{round}.db")), &mut empty),
        ] {
            let outbox = runtime.block_on(open(&path));
            let some = documents(&format!("E{round}"), SINGLE);
            let started = Instant::now();
            runtime.block_on(async {
                for document in &some {
                    outbox.enqueue(document).await.unwrap();
                }
            });
            times.push(started.elapsed());
        }
    }
    let (large, empty) = (rate(SINGLE, median(large)), rate(SINGLE, median(empty)));
    println!(
        "enqueueing into it {large:.0}/s, into an empty one {empty:.0}/s, ratio {:.2} (aim 1.0)",
        large / empty
    );
    let outbox = runtime.block_on(open(&path));
    let started = Instant::now();
    let stats = runtime.block_on(outbox.stats()).unwrap();
    assert_eq!(stats.count(State::Fiscalised), count as u64);
    println!("stats of it: {:.3} s", started.elapsed().as_secs_f64());
}
