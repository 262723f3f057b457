//! The rules of the receiver, without a network and on a clock that jumps.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::body::{Body, Bytes};
use fiscal_harmony::webhook::{self, Message, Receiver, Secrets, Sink, SinkError};
use futures_util::{StreamExt, stream};
use http::{Method, Request, StatusCode};
use tokio::time::Instant;
use tower_service::Service;

use crate::{Store, fiscalised, rejected, secret, secrets, signed, status, till_1};

async fn answer<S: Sink>(receiver: &Receiver<S>, request: Request<Body>) -> StatusCode {
    status(&receiver.receive(request).await)
}

#[tokio::test]
async fn only_posts_are_taken() {
    let store = Store::new();
    let receiver = Receiver::new(secrets(), store.clone());
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let mut request = signed(format!("[{}]", rejected("a")));
        *request.method_mut() = method.clone();
        let response = receiver.receive(request).await;
        assert_eq!(status(&response), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(response.headers()["allow"], "POST");
    }
    assert_eq!(store.kept().deliveries, 0);
}

#[tokio::test]
async fn without_a_right_signature_nothing_is_kept_and_nothing_is_told() {
    let store = Store::new();
    let receiver = Receiver::new(secrets(), store.clone());
    let body = format!("[{}]", rejected("a"));
    let right = webhook::sign(&till_1(), body.as_bytes());
    let wrong = webhook::sign(&secret("another"), body.as_bytes());
    for signatures in [
        vec![],
        vec![""],
        vec!["not base64!"],
        vec![&*wrong],
        vec![&*right, &*right],
        vec!["\u{e9}"],
    ] {
        let mut request = Request::post("/").body(Body::from(body.clone())).unwrap();
        for signature in &signatures {
            request
                .headers_mut()
                .append("x-api-signature", signature.parse().unwrap());
        }
        let response = receiver.receive(request).await;
        assert_eq!(status(&response), StatusCode::UNAUTHORIZED, "{signatures:?}");
        assert_eq!(response.headers().len(), 0);
        assert!(axum::body::to_bytes(response.into_body(), 1).await.unwrap().is_empty());
    }
    assert_eq!(store.kept().deliveries, 0);
    assert_eq!(receiver.counts().refused, 6);
}

#[tokio::test]
async fn whatever_is_rightly_signed_is_taken_whatever_its_content_type() {
    let store = Store::new();
    let receiver = Receiver::new(secrets(), store.clone());
    for body in [
        "",
        "[]",
        "{}",
        "null",
        "not JSON",
        "[{]",
        r#"{"Event":"test"}"#,
        &format!("[{}]", rejected("a")),
    ] {
        let mut request = signed(body);
        request
            .headers_mut()
            .insert("content-type", "text/html".parse().unwrap());
        assert_eq!(answer(&receiver, request).await, StatusCode::OK, "{body}");
    }
    let kept = store.kept();
    assert_eq!((kept.outcomes.len(), kept.unreadable), (1, 5));
    assert_eq!(kept.deliveries, 6, "what says nothing does not trouble the sink");
}

#[tokio::test]
async fn one_bad_element_loses_no_other() {
    let store = Store::new();
    let receiver = Receiver::new(secrets(), store.clone());
    let body = format!("[{},17,{},{{\"Success\":true}}]", rejected("a"), fiscalised("b", 2));
    assert_eq!(answer(&receiver, signed(body)).await, StatusCode::OK);
    let kept = store.kept();
    assert_eq!(kept.outcomes.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(kept.unreadable, 2);
}

#[tokio::test]
async fn secrets_can_be_replaced_while_it_runs() {
    let receiver = Receiver::new(Secrets::new(), Store::new());
    assert_eq!(answer(&receiver, signed("[]")).await, StatusCode::UNAUTHORIZED);
    receiver.replace_secrets(secrets());
    assert_eq!(answer(&receiver, signed("[]")).await, StatusCode::OK);
}

/// A body of so many frames of 1 KiB, and how many of them were asked for.
fn frames(count: usize) -> (Body, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let frames = stream::iter(0..count).map(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok::<_, io::Error>(Bytes::from_static(&[b' '; 1024]))
    });
    (Body::from_stream(frames), asked)
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_it_is_read_or_hashed() {
    let receiver = Receiver::new(secrets(), Store::new());
    let claimed = |length: &str, body| {
        let request = Request::post("/").header("content-length", length);
        request.body(body).unwrap()
    };
    for length in ["1048577", "18446744073709551615"] {
        let (body, asked) = frames(2_000);
        let response = receiver.receive(claimed(length, body)).await;
        assert_eq!(status(&response), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(response.headers()["connection"], "close");
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    }
    for length in ["10", "none", "99999999999999999999999999"] {
        let (body, asked) = frames(2_000);
        assert_eq!(
            answer(&receiver, claimed(length, body)).await,
            StatusCode::PAYLOAD_TOO_LARGE
        );
        assert_eq!(asked.load(Ordering::Relaxed), 1025, "one frame more than 1 MiB");
    }
    assert_eq!(answer(&receiver, signed(" ".repeat(1 << 20))).await, StatusCode::OK);
    assert_eq!(receiver.counts().held_bytes, 0);
    let small = Receiver::builder()
        .secrets(secrets())
        .sink(Store::new())
        .max_body(8)
        .build();
    assert_eq!(answer(&small, signed("[       ")).await, StatusCode::OK);
    assert_eq!(answer(&small, signed("[        ")).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_asked_for_again() {
    let receiver = Receiver::new(secrets(), Store::new());
    let frames = stream::iter([Ok(Bytes::from_static(b"[")), Err(io::Error::other("gone"))]);
    let request = signed("[]").map(|_| Body::from_stream(frames));
    assert_eq!(answer(&receiver, request).await, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up_and_its_room_given_back() {
    let receiver = Receiver::new(secrets(), Store::new());
    let began = Instant::now();
    let drip = stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_millis(500)).await;
        Some((Ok::<_, io::Error>(Bytes::from_static(b" ")), ()))
    });
    let request = signed("[]").map(|_| Body::from_stream(drip));
    assert_eq!(answer(&receiver, request).await, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(began.elapsed().as_secs(), 3);
    let counts = receiver.counts();
    assert_eq!((counts.not_read, counts.held_bytes), (1, 0));
    assert!(counts.most_held_bytes > 0);
}

struct Fails;

impl Sink for Fails {
    async fn keep(&self, _: Message) -> Result<(), SinkError> {
        Err("the disk is full".into())
    }
}

struct Hangs;

impl Sink for Hangs {
    async fn keep(&self, _: Message) -> Result<(), SinkError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_kept_is_not_acknowledged_and_no_answer_takes_over_four_seconds() {
    let body = format!("[{}]", rejected("a"));
    assert_eq!(
        answer(&Receiver::new(secrets(), Fails), signed(&*body)).await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let patient = Receiver::builder()
        .secrets(secrets())
        .sink(Hangs)
        .answer_within(Duration::from_secs(60))
        .build();
    let began = Instant::now();
    assert_eq!(answer(&patient, signed(&*body)).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(began.elapsed().as_secs(), 4);
    assert_eq!((patient.counts().kept, patient.counts().not_kept), (0, 1));
}

#[tokio::test]
async fn it_is_a_service_that_a_router_takes() {
    let store = Store::new();
    let mut router = axum::Router::new().route_service("/webhook", Receiver::new(secrets(), store.clone()));
    let mut request = signed(format!("[{}]", rejected("a")));
    *request.uri_mut() = "/webhook".parse().unwrap();
    let response = router.call(request).await.unwrap();
    assert_eq!(status(&response), StatusCode::OK);
    assert_eq!(store.kept().changes, 1);
}

#[test]
fn neither_bodies_nor_signatures_are_logged() {
    let written = Arc::new(std::sync::Mutex::new(Vec::new()));
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || Lines(writer.clone()))
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let body = r#"[{"RequestId":"request-of-tendai","Success":false,"Error":"Tendai Moyo has no TIN"},{"Name":"Tendai Moyo"}]"#;
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let receiver = Receiver::new(secrets(), Fails);
            receiver.receive(signed(body)).await;
            receiver.receive(signed(body).map(|_| Body::from("[]"))).await;
        });
    });
    let log = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("the disk is full") && log.contains("without a right signature"),
        "{log}"
    );
    for secret in [
        "endai",
        "Moyo",
        "the secret",
        &webhook::sign(&till_1(), body.as_bytes()),
    ] {
        assert!(!log.contains(secret), "{log}");
    }
}

struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
