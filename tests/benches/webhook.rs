//! What the receiver costs over a bare handler that computes the same HMAC, side by side in one run. `cargo xtask bench`
//! runs it; docs/benchmarks.md holds the figures.
//!
//! Rounds of both sides alternate and the medians are compared, since the machines this runs on are noisy. Nothing here
//! fails on a time; it fails when an answer or a count is wrong.

#![expect(clippy::float_arithmetic, reason = "ratios of times, for people")]

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use fiscal_harmony::{
    auth::ApiSecret,
    webhook::{self, ConnectionLimits, Message, Receiver, Secrets, Sink, SinkError},
};
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
const CONNECTIONS: usize = 32;
const POSTS: usize = 1_000;
const ROUNDS: usize = 15;

struct Nowhere;

impl Sink for Nowhere {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        assert!(!message.events.is_empty());
        Ok(())
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        compare("one rejection", &format!("[{}]", record(0))).await;
        let fifty: Vec<String> = (0..50).map(record).collect();
        compare("fifty rejections", &format!("[{}]", fifty.join(","))).await;
    });
}

fn record(number: usize) -> String {
    format!(
        r#"{{"RequestId":"6f9619ff-8b86-d011-b42d-{number:012}","Success":false,"IsActionable":true,"Error":"No TIN provided","FiscalInvoicePdf":null,"QrData":null}}"#
    )
}

async fn ours() -> SocketAddr {
    let secrets = Secrets::new().with("till-1", ApiSecret::new(SECRET).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let receiver = Receiver::new(secrets, Nowhere);
    tokio::spawn(webhook::serve(
        listener,
        receiver,
        ConnectionLimits::default(),
        std::future::pending(),
    ));
    address
}

/// What somebody would write in ten minutes. It verifies, and reads the JSON only when told to.
async fn bare(reads: bool) -> SocketAddr {
    let handler = async move |headers: HeaderMap, body: Bytes| {
        let claimed = headers
            .get("x-api-signature")
            .and_then(|header| STANDARD.decode(header).ok())
            .unwrap_or_default();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&body);
        match mac.verify_slice(&claimed) {
            Err(_) => StatusCode::UNAUTHORIZED,
            Ok(()) if reads && serde_json::from_slice::<Vec<serde_json::Value>>(&body).is_err() => {
                StatusCode::BAD_REQUEST
            }
            Ok(()) => StatusCode::OK,
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/webhook", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn round(address: SocketAddr, request: &Arc<str>) -> Duration {
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        streams.push(stream);
    }
    let began = Instant::now();
    let clients = streams.into_iter().map(|mut stream| {
        let request = request.clone();
        tokio::spawn(async move {
            let mut answer = Vec::with_capacity(512);
            for _ in 0..POSTS {
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

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn compare(what: &str, body: &str) {
    let signature = webhook::sign(&ApiSecret::new(SECRET).unwrap(), body.as_bytes());
    let request: Arc<str> = format!(
        "POST /webhook HTTP/1.1\r\nhost: x\r\nx-api-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into();
    let sides = [ours().await, bare(false).await, bare(true).await];
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (side, times) in sides.iter().zip(&mut times) {
            times.push(round(*side, &request).await);
        }
    }
    let [ours, bare, reading] = times.map(median);
    let rate = |time: Duration| (CONNECTIONS * POSTS) as f64 / time.as_secs_f64();
    println!(
        "{what} ({} bytes), {CONNECTIONS} connections: the receiver, reading and handing on, {:.0}/s; a bare axum handler with the \
         same HMAC {:.0}/s, throughput ratio {:.3} (aim 0.9); one that parses the JSON too {:.0}/s, ratio {:.3}",
        body.len(),
        rate(ours),
        rate(bare),
        bare.as_secs_f64() / ours.as_secs_f64(),
        rate(reading),
        reading.as_secs_f64() / ours.as_secs_f64(),
    );
}
