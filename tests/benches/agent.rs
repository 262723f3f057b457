//! What a delivery costs on its way through the receiver into a real outbox, over what the outbox alone takes to keep the same
//! news; and what an idle agent holds. `cargo xtask bench` runs it; docs/benchmarks.md holds the figures.
//!
//! Rounds of both sides alternate and the medians are compared. The news is of requests that nobody knows, each new: one
//! durable write each, and the least that a write can be, so that the receiver's part shows as large as it gets.

#![expect(clippy::float_arithmetic, reason = "ratios of times, for people")]

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use fh_outbox::Outbox;
use fiscal_harmony::{
    auth::ApiSecret,
    webhook::{self, ConnectionLimits, Receiver, Secrets},
};
use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
const CONNECTIONS: usize = 32;
const POSTS: usize = 100;
const ROUNDS: usize = 9;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(durable());
    idle();
}

fn secret() -> ApiSecret {
    ApiSecret::new(SECRET).unwrap()
}

/// News of a request that was never heard of.
fn news() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(
        r#"[{{"RequestId":"6f9619ff-8b86-d011-b42d-{number:012}","Success":false,"IsActionable":true,"Error":"No TIN provided","FiscalInvoicePdf":null,"QrData":null}}]"#
    )
}

async fn listen(outbox: &Outbox) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let receiver = Receiver::new(Secrets::new().with("till-1", secret()), outbox.clone());
    tokio::spawn(webhook::serve(
        listener,
        receiver,
        ConnectionLimits::default(),
        std::future::pending(),
    ));
    address
}

async fn pushed(address: SocketAddr) -> Duration {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let requests: Vec<_> = (0..POSTS)
            .map(|_| {
                let body = news();
                let signature = webhook::sign(&secret(), body.as_bytes());
                format!(
                    "POST / HTTP/1.1\r\nhost: x\r\nx-api-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
            })
            .collect();
        clients.push((stream, requests));
    }
    let began = Instant::now();
    let clients = clients.into_iter().map(|(mut stream, requests)| {
        tokio::spawn(async move {
            let mut answer = Vec::with_capacity(512);
            for request in requests {
                stream.write_all(request.as_bytes()).await.unwrap();
                answer.clear();
                while !answer.ends_with(b"\r\n\r\n") {
                    assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
                }
                assert!(answer.starts_with(b"HTTP/1.1 200 "));
            }
        })
    });
    for client in join_all(clients).await {
        client.unwrap();
    }
    began.elapsed()
}

async fn settled(outbox: &Outbox) -> Duration {
    let secrets = Secrets::new().with("till-1", secret());
    let events = |body: String| {
        let signature = webhook::sign(&secret(), body.as_bytes());
        webhook::verify(body.as_bytes(), &signature, &secrets).unwrap().events
    };
    let all: Vec<Vec<_>> = (0..CONNECTIONS)
        .map(|_| (0..POSTS).map(|_| events(news())).collect())
        .collect();
    let began = Instant::now();
    let tasks = all.into_iter().map(|events| {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            for events in events {
                outbox.settle(events.into_iter().map(Into::into)).await.unwrap();
            }
        })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn durable() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(folder.path().join("outbox.db")).await.unwrap();
    let address = listen(&outbox).await;
    let (mut through, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        through.push(pushed(address).await);
        alone.push(settled(&outbox).await);
    }
    let kept = 2 * ROUNDS * CONNECTIONS * POSTS;
    assert_eq!(outbox.stats().await.unwrap().orphans, kept as u64, "each is kept");
    let (through, alone) = (median(through), median(alone));
    let rate = |time: Duration| (CONNECTIONS * POSTS) as f64 / time.as_secs_f64();
    println!(
        "news kept durably, one to a delivery, {CONNECTIONS} at once: through the receiver {:.0}/s, by the outbox alone {:.0}/s, \
         throughput ratio {:.3}",
        rate(through),
        rate(alone),
        alone.as_secs_f64() / through.as_secs_f64()
    );
}

/// The memory of an agent that waits.
fn idle() {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/fh");
    let fh = std::env::var_os("FH_BINARY").map_or(built, Into::into);
    let status = Path::new("/proc/self/status");
    if !fh.exists() || !status.exists() {
        println!("memory of an idle agent: not measured; it takes Linux and `cargo build --release --bin fh`");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(fh);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--webhook-listen", "127.0.0.1:0"])
        .env("HOME", home.path())
        .env_remove("XDG_STATE_HOME")
        .env("FH_API_KEY", "0123456789ABCDEF0123456789ABCDEF")
        .env("FH_API_SECRET", SECRET)
        .env("FH_APPLICATION", "bench")
        .env("FH_STATION", "till-1")
        // Nobody is there: it waits for its catalogue, and has nothing to send.
        .env("FH_BASE_URL", "http://127.0.0.1:9")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let is_up = said.any(|line| line.unwrap().contains("at work on"));
    // The first requests for its catalogue are over by then; nothing tells.
    std::thread::sleep(Duration::from_secs(1));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let _ = child.kill();
    let _ = child.wait();
    assert!(is_up, "the agent did not start");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap_or("VmRSS: ?");
    println!(
        "memory of an idle agent with a receiver of webhooks: {}",
        line.trim_start_matches("VmRSS:").trim()
    );
}
