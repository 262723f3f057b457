//! The receiver on a socket, and clients that do not behave.

use std::{io::Read, time::Duration};

use fiscal_harmony::webhook::{self, ConnectionLimits, Receiver};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Listening, Store, rejected, secrets, till_1};

async fn start(limits: ConnectionLimits) -> (Store, Listening) {
    let store = Store::new();
    let receiver = Receiver::builder()
        .secrets(secrets())
        .sink(store.clone())
        .body_within(Duration::from_millis(200))
        .build();
    let listening = Listening::start(&receiver, limits).await;
    (store, listening)
}

async fn connect(listening: &Listening, text: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    stream.write_all(text.as_ref()).await.unwrap();
    stream
}

/// The status line of the next answer; empty when the connection ends without one.
async fn next(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(!head.to_ascii_lowercase().contains("set-cookie"), "{head}");
    head.lines().next().unwrap_or_default().to_owned()
}

/// Far longer than anything here takes: reached only when the other side never closes.
const LONG: Duration = Duration::from_secs(60);

/// Waits for the other side to close, and says whether it did so without another word.
async fn closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    let end = tokio::time::timeout(LONG, stream.read_to_end(&mut rest)).await;
    end.is_ok_and(|read| read.is_err() || rest.is_empty())
}

fn post(body: &str) -> String {
    let signature = webhook::sign(&till_1(), body.as_bytes());
    format!(
        "POST /webhook HTTP/1.1\r\nhost: x\r\nX-API-SIGNATURE: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn several_deliveries_may_share_a_connection_and_come_at_once() {
    let (store, listening) = start(ConnectionLimits::default()).await;
    let requests: String = (0..5)
        .map(|number| post(&format!("[{}]", rejected(&number.to_string()))))
        .collect();
    let mut stream = connect(&listening, requests).await;
    for _ in 0..5 {
        assert_eq!(next(&mut stream).await, "HTTP/1.1 200 OK");
    }
    assert_eq!(store.kept().changes, 5);
    listening.stop().await;
}

#[tokio::test]
async fn a_chunked_body_is_read_and_held_to_the_same_limit() {
    let (store, listening) = start(ConnectionLimits::default()).await;
    let body = format!("[{}]", rejected("a"));
    let signature = webhook::sign(&till_1(), body.as_bytes());
    let head =
        format!("POST / HTTP/1.1\r\nhost: x\r\nx-api-signature: {signature}\r\ntransfer-encoding: chunked\r\n\r\n");
    let mut stream = connect(&listening, &head).await;
    for piece in body.as_bytes().chunks(7) {
        stream
            .write_all(format!("{:x}\r\n", piece.len()).as_bytes())
            .await
            .unwrap();
        stream.write_all(piece).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    assert_eq!(next(&mut stream).await, "HTTP/1.1 200 OK");
    assert_eq!(store.kept().changes, 1);

    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x1_0000], b"\r\n"].concat();
    for _ in 0..16 {
        stream.write_all(&chunk).await.unwrap();
    }
    stream.write_all(b"1\r\n \r\n").await.unwrap();
    assert_eq!(next(&mut stream).await, "HTTP/1.1 413 Payload Too Large");
    assert!(closed(&mut stream).await);
    listening.stop().await;
}

#[tokio::test]
async fn a_body_that_is_said_to_be_too_long_is_not_waited_for() {
    let (_, listening) = start(ConnectionLimits::default()).await;
    let mut stream = connect(
        &listening,
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1048577\r\n\r\n",
    )
    .await;
    assert_eq!(next(&mut stream).await, "HTTP/1.1 413 Payload Too Large");
    assert!(closed(&mut stream).await);
    listening.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up_and_one_that_breaks_off_is_not_kept() {
    let (store, listening) = start(ConnectionLimits::default()).await;
    let whole = post(&format!("[{}]", rejected("a")));
    let mut slow = connect(&listening, &whole[..whole.len() - 1]).await;
    assert_eq!(next(&mut slow).await, "HTTP/1.1 408 Request Timeout");
    assert!(closed(&mut slow).await);
    let mut broken = connect(&listening, &whole[..whole.len() - 1]).await;
    broken.shutdown().await.unwrap();
    next(&mut broken).await;
    assert!(closed(&mut broken).await);
    assert_eq!(store.kept().deliveries, 0);
    listening.stop().await;
}

#[tokio::test]
async fn a_head_that_does_not_end_costs_little_and_not_for_long() {
    let limits = ConnectionLimits::builder()
        .head_within(Duration::from_millis(100))
        .build();
    let (_, listening) = start(limits).await;
    let mut silent = connect(&listening, "").await;
    assert!(
        closed(&mut silent).await,
        "a connection that asks for nothing is closed"
    );
    let mut slow = connect(&listening, "POST / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    next(&mut slow).await;
    assert!(closed(&mut slow).await);
    let mut idle = connect(&listening, post("[]")).await;
    assert_eq!(next(&mut idle).await, "HTTP/1.1 200 OK");
    assert!(closed(&mut idle).await, "between two requests too");
    listening.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_long_or_no_http_is_refused() {
    let (_, listening) = start(ConnectionLimits::default()).await;
    let mut long = connect(
        &listening,
        format!("POST / HTTP/1.1\r\nx-long: {}", "x".repeat(16 * 1024)),
    )
    .await;
    assert_eq!(next(&mut long).await, "HTTP/1.1 431 Request Header Fields Too Large");
    let mut garbage = connect(&listening, "\x16\x03\x01\x02\x00\x01\r\n\r\n").await;
    assert_eq!(next(&mut garbage).await, "HTTP/1.1 400 Bad Request");
    let mut smuggled = connect(
        &listening,
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n[] ",
    )
    .await;
    assert_eq!(next(&mut smuggled).await, "HTTP/1.1 400 Bad Request");
    listening.stop().await;
}

#[tokio::test]
async fn a_connection_too_many_waits_and_one_that_lasts_too_long_ends() {
    let limits = ConnectionLimits::builder()
        .connections(1)
        .lifetime(Duration::from_millis(100))
        .build();
    let (store, listening) = start(limits).await;
    let mut first = connect(&listening, post("[]")).await;
    assert_eq!(next(&mut first).await, "HTTP/1.1 200 OK");
    let mut second = connect(&listening, post(&format!("[{}]", rejected("a")))).await;
    assert_eq!(next(&mut second).await, "HTTP/1.1 200 OK");
    let mut first = first.into_std().unwrap();
    assert_eq!(first.read(&mut [0]).unwrap(), 0, "the first was closed before");
    assert_eq!(store.kept().changes, 1);
    listening.stop().await;
}
