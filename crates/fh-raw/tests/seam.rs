//! What leaves through the seam and what comes back, seen from a socket.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use bytes::Bytes;
use fh_auth::{ApiSecret, AppVersion, Application, Credentials, Identity, Signer, Station};
use fh_raw::{Client, Error, FrozenOperation, UNREADABLE_BODY, types};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const KEY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET: &str = "a-secret-for-tests";

/// One request as it arrived.
struct Received {
    head: String,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A server that answers one request with these bytes, closes, and hands the request over.
async fn server(answer: impl Into<Vec<u8>>) -> (Client, JoinHandle<Received>) {
    serve(answer.into(), false).await
}

/// With `endless`, the server goes on talking until the client has hung up.
async fn serve(answer: Vec<u8>, endless: bool) -> (Client, JoinHandle<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        let received = loop {
            let n = socket.read(&mut buffer).await.unwrap();
            assert_ne!(n, 0, "the client hung up early");
            bytes.extend_from_slice(&buffer[..n]);
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let mut received = Received {
                    head: String::from_utf8(bytes[..end].to_vec()).unwrap(),
                    body: bytes[end + 4..].to_vec(),
                };
                let length = received.header("content-length").map_or(0, |n| n.parse().unwrap());
                while received.body.len() < length {
                    let n = socket.read(&mut buffer).await.unwrap();
                    received.body.extend_from_slice(&buffer[..n]);
                }
                break received;
            }
        };
        // The client may close once it has seen enough.
        let _ = socket.write_all(&answer).await;
        while endless && socket.write_all(&[b'x'; 4096]).await.is_ok() {}
        let _ = socket.shutdown().await;
        received
    });
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let credentials = Credentials::unchecked_format(KEY, SECRET).unwrap();
    let identity = Identity::new(
        Application::new("Shop").unwrap(),
        Station::new("till-1").unwrap(),
        AppVersion::new("1.0").unwrap(),
    );
    let signer = Arc::new(Signer::new(credentials, identity));
    (
        Client::new_with_client(&format!("http://{address}"), http, signer),
        received,
    )
}

fn answer(status: &str, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nretry-after: 7\r\n\r\n{body}",
        body.len()
    )
}

fn signature_of(body: &[u8]) -> String {
    fh_auth::signature(&ApiSecret::unchecked_format(SECRET).unwrap(), body)
}

#[tokio::test]
async fn a_generated_method_signs_the_bytes_that_it_sends() {
    let (client, received) = server(answer("200 OK", "application/json", "[]")).await;
    let ids = vec!["Café – Müller".to_owned()];
    assert!(client.check_status(&ids).await.unwrap().is_empty());
    let received = received.await.unwrap();
    assert!(received.head.starts_with("POST /status HTTP/1.1"));
    assert_eq!(received.body, r#"["Café – Müller"]"#.as_bytes());
    assert_eq!(received.header("x-api-signature"), Some(&*signature_of(&received.body)));
    assert_eq!(received.header("x-api-key"), Some(KEY));
    assert_eq!(received.header("x-application"), Some("Shop"));
    assert_eq!(received.header("x-app-station"), Some("till-1"));
    assert_eq!(received.header("x-app-version"), Some("1.0"));
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.header("api-version"), None);
    assert!(!received.head.contains(SECRET));
}

#[tokio::test]
async fn a_request_without_a_body_is_identified_and_not_signed() {
    let (client, received) = server(answer("200 OK", "application/json", r#"{"Id":42,"Plan":"x"}"#)).await;
    let profile = client.get_profile().await.unwrap().into_inner();
    assert_eq!((profile.id, profile.full_name), (42, None));
    assert_eq!(profile.extra["Plan"], "x", "what we do not know is kept");
    let received = received.await.unwrap();
    assert_eq!(received.header("x-api-signature"), None);
    assert_eq!(received.header("x-app-station"), Some("till-1"));
}

#[tokio::test]
async fn a_path_segment_is_percent_encoded() {
    let (client, received) = server(answer("200 OK", "application/pdf", "%PDF-")).await;
    client.download_pdf("a/b c.pdf").await.unwrap();
    let received = received.await.unwrap();
    assert!(
        received.head.starts_with("GET /download/a%2Fb%20c.pdf "),
        "{}",
        received.head
    );
}

#[tokio::test]
async fn frozen_bytes_arrive_as_they_are_and_signed() {
    let body = "{ \"InvoiceId\" : \"INV/1\",\n\"Total\": 1.10 }";
    let (client, received) = server(answer("200 OK", "text/plain", "6f9619ff")).await;
    let response = client
        .send_frozen(FrozenOperation::Invoice, Bytes::from_static(body.as_bytes()))
        .await
        .unwrap();
    assert_eq!(response.text().await.unwrap(), "6f9619ff");
    let received = received.await.unwrap();
    assert!(received.head.starts_with("POST /invoice HTTP/1.1"));
    assert_eq!(received.body, body.as_bytes());
    assert_eq!(
        received.header("x-api-signature"),
        Some(&*signature_of(body.as_bytes()))
    );
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.header("api-version"), None);
}

#[tokio::test]
async fn a_refusal_of_frozen_bytes_is_a_problem() {
    let body = r#"{"title":"One or more validation errors occurred.","status":400,"traceId":"00-1",
        "errors":{"LineItems[0].ProductCode":["The ProductCode field is required."],"Date":"bad"}}"#;
    let (client, _received) = server(answer("400 Bad Request", "application/problem+json", body)).await;
    let refused = client
        .send_frozen(FrozenOperation::CreditNote, Bytes::from_static(b"{}"))
        .await
        .unwrap_err();
    let Error::ErrorResponse(problem) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(problem.status(), 400);
    assert_eq!(problem.trace_id.as_deref(), Some("00-1"));
    let errors = problem.errors.as_ref().unwrap();
    assert_eq!(
        errors["LineItems[0].ProductCode"],
        types::FieldErrors::Array(vec!["The ProductCode field is required.".to_owned()])
    );
    assert_eq!(errors["Date"], types::FieldErrors::String("bad".to_owned()));
}

/// The problem that a generated method reports for this answer.
async fn problem_for(answer: impl Into<Vec<u8>>) -> (Error<types::ProblemDetails>, u16, types::ProblemDetails) {
    let (client, _received) = server(answer).await;
    let error = client.get_fiscal_device().await.unwrap_err();
    match error {
        Error::ErrorResponse(value) => {
            let status = value.status().as_u16();
            let problem = (*value).clone();
            (Error::ErrorResponse(value), status, problem)
        }
        other => panic!("the status is lost: {other:?}"),
    }
}

#[tokio::test]
async fn the_html_of_a_gateway_keeps_its_status_headers_and_an_excerpt() {
    let html = "<html>\n<h1>502   Bad Gateway</h1></html>";
    let (error, status, problem) = problem_for(answer("502 Bad Gateway", "text/html", html)).await;
    assert!(error.is_retryable());
    assert_eq!(status, 502);
    assert_eq!(problem.type_.as_deref(), Some(UNREADABLE_BODY));
    assert_eq!(problem.title.as_deref(), Some("Bad Gateway"));
    assert_eq!(
        problem.detail.as_deref(),
        Some("<html> <h1>502 Bad Gateway</h1></html>")
    );
    let Error::ErrorResponse(value) = error else {
        unreachable!()
    };
    assert_eq!(value.headers()["retry-after"], "7");
}

#[tokio::test]
async fn an_empty_refusal_keeps_its_status() {
    let (_, status, problem) = problem_for("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!((status, problem.detail), (401, None));
}

#[tokio::test]
async fn json_of_another_shape_keeps_its_status() {
    let (_, status, problem) =
        problem_for(answer("500 Internal Server Error", "application/json", r#"["boom"]"#)).await;
    assert_eq!(status, 500);
    assert_eq!(problem.detail.as_deref(), Some(r#"["boom"]"#));
}

#[tokio::test]
async fn a_huge_refusal_is_read_in_part_and_shown_in_part() {
    let body = "x".repeat(1024 * 1024);
    let (_, status, problem) = problem_for(answer("503 Service Unavailable", "text/plain", &body)).await;
    assert_eq!(status, 503);
    assert_eq!(problem.detail.unwrap().chars().count(), 501);
}

#[tokio::test]
async fn a_refusal_that_never_ends_is_hung_up_on() {
    let head = "HTTP/1.1 500 Oops\r\ncontent-type: text/plain\r\ncontent-length: 99999999999999\r\n\r\n";
    let (client, received) = serve(head.into(), true).await;
    let error = client.get_fiscal_device().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 500);
    received.await.unwrap();
}

#[tokio::test]
async fn a_refusal_that_breaks_off_keeps_its_status() {
    let (_, status, problem) =
        problem_for("HTTP/1.1 500 Oops\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"title\":")
            .await;
    assert_eq!(status, 500);
    assert_eq!(problem.detail.as_deref(), Some("{\"title\":"));
}

#[tokio::test]
async fn a_server_that_echoes_the_key_does_not_get_it_into_an_error() {
    for (content_type, body) in [
        ("text/html", format!("<p>key {KEY}</p>")),
        ("application/json", format!(r#"{{"title":"key {KEY}"}}"#)),
    ] {
        let (error, _, problem) = problem_for(answer("401 Unauthorized", content_type, &body)).await;
        let text = format!("{error:?} {error} {problem:?}");
        assert!(!text.contains(KEY), "{text}");
        assert!(text.contains("[redacted]"), "{text}");
    }
}

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let (client, _received) =
        server("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    let error = client
        .send_frozen(FrozenOperation::Invoice, Bytes::from_static(b"{}"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::UnexpectedResponse(_)), "{error:?}");
    assert_eq!(error.status().unwrap(), 302);
}

#[tokio::test]
async fn answers_are_read_in_any_case_with_extra_null_and_missing_members() {
    let qr =
        r#"{"QrCodeUrl":"https://x","verificationCode":"A-B","FiscalDay":1,"DeviceId":2,"InvoiceNumber":3,"New":[]}"#;
    let body = format!(
        r#"[{{"requestId":"a","success":true,"isActionable":null,"qrData":{qr}}},
            {{"RequestId":"b","Success":true,"QRData":{qr},"Extra":1}},
            {{"RequestId":"c","Success":false,"Error":null,"FiscalInvoicePdf":null,"QrData":null}},
            {{"RequestId":"d","Success":false}}]"#
    );
    let (client, _received) = server(answer("200 OK", "application/json; charset=utf-8", &body)).await;
    let records = client.check_status(&Vec::new()).await.unwrap().into_inner();
    let seen: Vec<_> = records
        .iter()
        .map(|record| {
            (
                record.request_id.as_str(),
                record.success,
                record.qr_data.as_ref().map(|qr| qr.verification_code.as_str()),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("a", true, Some("A-B")),
            ("b", true, Some("A-B")),
            ("c", false, None),
            ("d", false, None)
        ]
    );
}

#[tokio::test]
async fn every_error_status_has_a_documented_type() {
    for status in ["402 Payment Required", "404 Not Found", "429 Too Many Requests"] {
        let (_, code, problem) = problem_for(answer(status, "text/plain", "no")).await;
        assert!(status.starts_with(&code.to_string()));
        assert_eq!(problem.detail.as_deref(), Some("no"));
    }
}
