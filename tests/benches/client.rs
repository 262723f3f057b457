//! What the client costs over the bare libraries, side by side in one run. `cargo xtask bench` runs it; docs/benchmarks.md
//! holds the figures.
//!
//! Rounds of both sides alternate and the medians are compared, since the machines this runs on are noisy. Nothing here
//! fails on a time; it fails when a count is wrong.

#![expect(clippy::float_arithmetic, reason = "ratios of times, for people")]

use std::{
    alloc::System,
    hint::black_box,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, http::StatusCode, routing::post};
use base64::{Engine, engine::general_purpose::STANDARD};
use fh_auth::{ApiSecret, AppVersion, Application, Credentials, Identity, Signer, Station, signature};
use fiscal_harmony::{
    Attempt, Buyer, Client, Document, Environment, Invoice, Line,
    tax::Tax,
    types::{Amount, CurrencyCode, HsCode},
};
use futures_util::{StreamExt, stream};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
const KEY: &str = "0123456789ABCDEF0123456789ABCDEF";
const SUBMISSIONS: usize = 10_000;
const CONCURRENCY: usize = 32;
const ROUNDS: usize = 9;

fn main() {
    signing();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(submitting());
    runtime.block_on(allocating());
    starting();
    idling();
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn alternate(rounds: usize, mut ours: impl FnMut(), mut bare: impl FnMut()) -> (Duration, Duration) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let started = Instant::now();
        ours();
        a.push(started.elapsed());
        let started = Instant::now();
        bare();
        b.push(started.elapsed());
    }
    (median(a), median(b))
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

fn signing() {
    let body = vec![b'x'; 1024];
    let secret = ApiSecret::new(SECRET).unwrap();
    let bare = |body: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body);
        STANDARD.encode(mac.finalize().into_bytes())
    };
    assert_eq!(signature(&secret, &body), bare(&body));
    let (ours, theirs) = alternate(
        31,
        || (0..5_000).for_each(|_| drop(black_box(signature(&secret, black_box(&body))))),
        || (0..5_000).for_each(|_| drop(black_box(bare(black_box(&body))))),
    );
    println!(
        "sign 1 KiB: fh_auth::signature {:?}, bare hmac + base64 {:?}, time ratio {:.3} (aim 1.0)",
        ours / 5_000,
        theirs / 5_000,
        ratio(ours, theirs)
    );
}

/// A server that reads the body and answers as the service does.
async fn server() -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let router = Router::new().route(
        "/invoice",
        post(move |body: Bytes| async move {
            counted.fetch_add(1, Ordering::Relaxed);
            if body.len() < 100 {
                StatusCode::BAD_REQUEST.to_string()
            } else {
                "6f9619ff-8b86-d011-b42d-00c04fc964ff".to_owned()
            }
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (base, count)
}

fn invoice() -> Invoice {
    let line = |number: i64| {
        Line::builder()
            .description(format!("Article {number}"))
            .hs_code(HsCode::parse("34011100").unwrap())
            .quantity(Amount::from_units(number))
            .unit_price(Amount::cents(1999))
            .tax(Tax::rated("VAT15.5", "15.5".parse().unwrap()))
            .build()
            .unwrap()
    };
    Invoice::builder()
        .id("INV-2026-00042")
        .date("2026-11-23T09:30:00+02:00".parse().unwrap())
        .currency(CurrencyCode::parse("USD").unwrap())
        .buyer(Buyer::cash("Walk-in").unwrap())
        .lines((1..=5).map(line).collect())
        .build()
        .unwrap()
}

fn client(base: &str) -> Client {
    Client::builder()
        .environment(Environment::Custom(base.to_owned()))
        .credentials(Credentials::new(KEY, SECRET).unwrap())
        .identity(Identity::new(
            Application::new("Bench").unwrap(),
            Station::new("till-1").unwrap(),
            AppVersion::new("1").unwrap(),
        ))
        .build()
        .unwrap()
}

async fn submitting() {
    let (base, count) = server().await;
    let client = client(&base);
    let document = Document::from(invoice());
    let frozen = document.freeze(Attempt::First).unwrap();
    let signer = Signer::new(Credentials::new(KEY, SECRET).unwrap(), client.identity().clone());
    let headers = signer.headers(Some(frozen.bytes()));
    // Set up as the client sets its own up, so that only the client's work is compared.
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let url = format!("{base}/invoice");
    let (mut ours, mut ready, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        stream::iter(0..SUBMISSIONS)
            .for_each_concurrent(CONCURRENCY, |_| async { drop(client.submit(&document).await.unwrap()) })
            .await;
        ours.push(started.elapsed());
        let started = Instant::now();
        stream::iter(0..SUBMISSIONS)
            .for_each_concurrent(CONCURRENCY, |_| async { drop(client.submit(&frozen).await.unwrap()) })
            .await;
        ready.push(started.elapsed());
        let started = Instant::now();
        stream::iter(0..SUBMISSIONS)
            .for_each_concurrent(CONCURRENCY, |_| async {
                let request = http
                    .post(&url)
                    .header("content-type", "application/json")
                    .headers(headers.clone());
                let answer = request.body(frozen.bytes().clone()).send().await.unwrap();
                assert!(!answer.text().await.unwrap().is_empty());
            })
            .await;
        bare.push(started.elapsed());
    }
    assert_eq!(count.load(Ordering::Relaxed), 3 * ROUNDS * SUBMISSIONS);
    let (ours, ready, bare) = (median(ours), median(ready), median(bare));
    let rate = |time: Duration| SUBMISSIONS as f64 / time.as_secs_f64();
    println!(
        "submit {SUBMISSIONS} invoices, {CONCURRENCY} at once, on one client thread: client.submit (serialise, sign, send) {:.0}/s, of \
         frozen documents {:.0}/s, bare reqwest with ready-made signed bytes {:.0}/s; throughput ratios {:.3} and {:.3} (aim 0.95)",
        rate(ours),
        rate(ready),
        rate(bare),
        ratio(bare, ours),
        ratio(bare, ready)
    );
}

/// Two bodies that differ by a known length, submitted often: what each more byte of body costs in allocated bytes is how
/// often the body is copied.
async fn allocating() {
    let (base, _) = server().await;
    let client = client(&base);
    let mut allocated = Vec::new();
    for padding in [0, 100_000] {
        let mut json = serde_json::to_value(
            serde_json::from_slice::<serde_json::Value>(
                Document::from(invoice()).freeze(Attempt::First).unwrap().bytes(),
            )
            .unwrap(),
        )
        .unwrap();
        json["Reference"] = "x".repeat(1 + padding).into();
        let document = Document::from_json(&serde_json::to_vec(&json).unwrap()).unwrap();
        let frozen = document.freeze(Attempt::First).unwrap();
        client.submit(&frozen).await.unwrap();
        let region = Region::new(ALLOCATOR);
        let rounds = 50;
        for _ in 0..rounds {
            client.submit(&frozen).await.unwrap();
        }
        allocated.push((frozen.bytes().len(), region.change().bytes_allocated / rounds));
        if padding == 0 {
            let change = region.change();
            println!(
                "one submission of {} bytes, frozen before: {} bytes in {} allocations, server in this process included",
                frozen.bytes().len(),
                change.bytes_allocated / rounds,
                change.allocations / rounds
            );
        }
    }
    let (body, total) = (allocated[1].0 - allocated[0].0, allocated[1].1 - allocated[0].1);
    println!(
        "each further byte of body allocates {:.2} bytes, of which the server reading it takes at least 1: the client's share \
         is its copies of the body (aim 0)",
        total as f64 / body as f64
    );
}

fn binary() -> Option<std::path::PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/fh");
    let path = std::env::var_os("FH_BINARY").map_or(path, Into::into);
    if path.exists() { Some(path) } else { None }
}

fn starting() {
    let Some(fh) = binary() else {
        println!("fh --version: target/release/fh is not built; run cargo build --release --bin fh");
        return;
    };
    let run = |program: &Path, argument: &str| {
        let output = Command::new(program).arg(argument).output().unwrap();
        assert!(output.status.success());
    };
    let (ours, bare) = alternate(
        31,
        || run(&fh, "--version"),
        || run(Path::new("/bin/true"), "--version"),
    );
    println!(
        "start-up: fh --version {ours:?}, /bin/true {bare:?}, ratio {:.2}",
        ratio(ours, bare)
    );
}

fn idling() {
    let Some(fh) = binary() else { return };
    let mut child = Command::new(fh)
        .args(["sim", "--port", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line).unwrap();
    assert!(!line.is_empty(), "fh sim says where it listens");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let resident = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap_or("VmRSS: not known on this system");
    println!(
        "idle fh sim: {}",
        resident.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    child.kill().unwrap();
    child.wait().unwrap();
}
