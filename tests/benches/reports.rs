//! What was sold, over files of three sizes: sums, pages, and what keeping the amounts costs. `cargo xtask bench` runs it; docs/benchmarks.md
//! holds the figures.
//!
//! Nothing here fails on a time; it fails when a count is wrong. `FH_BENCH_LARGE` is the number of documents in the largest file (1,000,000
//! unless set).

#![expect(clippy::float_arithmetic, reason = "ratios of times, for people")]

mod filled;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use fh_agent::{Agent, Token};
use fh_outbox::{Divide, Outbox, Policy, ReportQuery, Span, rusqlite};
use fh_sim::Sim;
use fiscal_harmony::{
    Client, Environment,
    auth::{AppVersion, Application, Identity, Station},
    types::{SystemClock, jiff},
};
use tokio::{net::TcpListener, runtime::Runtime};

use filled::{document, fill};

const ROUNDS: usize = 7;
const SINGLE: usize = 300;

fn main() {
    // `cargo test` builds benches too and runs them with this.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = Runtime::new().unwrap();
    with_and_without_the_ledger(&runtime);
    let large = std::env::var("FH_BENCH_LARGE").ok().and_then(|text| text.parse().ok());
    for count in [10, 10_000, large.unwrap_or(1_000_000)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sold.db");
        drop(runtime.block_on(open(&path)));
        fill(&path, count);
        sums(&runtime, &path, count);
        runtime.block_on(pages(&path, count));
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(times: Vec<Duration>) -> f64 {
    median(times).as_secs_f64() * 1_000.0
}

async fn open(path: &Path) -> Outbox {
    Outbox::open_with(path, Policy::default(), Arc::new(SystemClock))
        .await
        .unwrap()
}

/// The same enqueueing, once with the ledger and once where what would be written into it is dropped.
fn with_and_without_the_ledger(runtime: &Runtime) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for keeps in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("till.db");
            drop(runtime.block_on(open(&path)));
            if !keeps {
                let drops = "ALTER TABLE fh_outbox_ledger RENAME TO fh_outbox_dropped;
                             CREATE VIEW fh_outbox_ledger AS SELECT * FROM fh_outbox_dropped;
                             CREATE TRIGGER drops INSTEAD OF INSERT ON fh_outbox_ledger BEGIN SELECT 1; END;
                             CREATE TRIGGER changes INSTEAD OF UPDATE ON fh_outbox_ledger BEGIN SELECT 1; END;";
                rusqlite::Connection::open(&path).unwrap().execute_batch(drops).unwrap();
            }
            let some: Vec<_> = (0..SINGLE)
                .map(|number| document(&format!("S{round}-{number}")))
                .collect();
            let outbox = runtime.block_on(open(&path));
            let started = Instant::now();
            runtime.block_on(async {
                for document in &some {
                    outbox.enqueue(document).await.unwrap();
                }
            });
            if keeps { &mut with } else { &mut without }.push(started.elapsed());
            drop(outbox);
            let kept: i64 = rusqlite::Connection::open(&path)
                .unwrap()
                .query_row("SELECT count(*) FROM fh_outbox_ledger", [], |row| row.get(0))
                .unwrap();
            assert_eq!(kept, if keeps { SINGLE as i64 } else { 0 });
        }
    }
    let rate = |times| SINGLE as f64 / median(times).as_secs_f64();
    let (with, without) = (rate(with), rate(without));
    println!(
        "durable enqueue, one at a time: with the ledger {with:.0}/s, without {without:.0}/s, ratio {:.2} (aim 0.95)",
        with / without
    );
}

fn sums(runtime: &Runtime, path: &Path, count: usize) {
    let outbox = runtime.block_on(open(path));
    let month = Span::month(jiff::civil::date(2026, 1, 1));
    for by in [Divide::Day, Divide::Tax, Divide::Hour] {
        let mut times = Vec::new();
        let mut documents = 0;
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let report = runtime.block_on(outbox.report(ReportQuery::new(month, by))).unwrap();
            times.push(started.elapsed());
            documents = report.sales.iter().map(|sales| sales.invoices.documents).sum::<u64>();
        }
        assert!(documents > 0);
        println!(
            "{count} documents: a month of them by {}, {documents} documents: {:.1} ms",
            by.name(),
            milliseconds(times)
        );
    }
}

/// Pages of the agent, as a browser asks for them.
async fn pages(path: &Path, count: usize) {
    let sim = Sim::start().await.unwrap();
    let client = Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials().clone())
        .identity(Identity::new(
            Application::new("bench").unwrap(),
            Station::new("bench").unwrap(),
            AppVersion::new("1.0.0").unwrap(),
        ))
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let (token, _) = Token::of_file(&file).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let agent = Agent::builder(open(path).await)
        .lane("default", client)
        .token(token)
        .build()
        .unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(agent.serve(listener, async {
        let _ = stopped.await;
    }));
    let bearer = std::fs::read_to_string(&file).unwrap();
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    for (page, what) in [
        ("/", "today"),
        ("/documents?from=2026-01-01&to=2026-12-31", "the newest documents"),
        ("/documents?from=2026-01-01&to=2026-12-31&search=l-7", "found by a part"),
        (
            "/documents?from=2026-01-01&to=2026-12-31&search=nobody",
            "found nowhere in a year",
        ),
        ("/reports?from=2026-01-01&to=2026-01-31&by=day", "a month by day"),
        ("/reports?from=2026-01-01&to=2026-01-31&by=hour", "a month by hour"),
        ("/devices", "the devices"),
    ] {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let answer = browser
                .get(format!("http://{address}{page}"))
                .bearer_auth(bearer.trim())
                .send()
                .await
                .unwrap();
            assert!(answer.status().is_success(), "{page}: {}", answer.status());
            let _ = answer.bytes().await.unwrap();
            times.push(started.elapsed());
        }
        println!("{count} documents: page of {what}: {:.1} ms", milliseconds(times));
    }
    let _ = stop.send(());
    served.await.unwrap().unwrap();
}
