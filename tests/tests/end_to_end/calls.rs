//! Operations that this library does not know, answers without an end, and what is known once a document was taken.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{StatusCode, header},
    routing::{any, post},
};
use fh_sim::{Fault, Operation, Sim};
use fiscal_harmony::{Client, Delivery, Error, ErrorKind, Outcome, RetryPolicy, client::Method, document::Submit};

use crate::{
    client, invoice,
    listener::{Listener, answer, builder_for},
};

async fn serve(router: Router) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut retry = RetryPolicy::never();
    retry.deadline = Duration::from_millis(300);
    builder_for(base).retry(retry).build().unwrap()
}

#[tokio::test]
async fn a_new_operation_is_called_signed_once_and_answered_to_the_letter() {
    let service = Listener::start(|_| {
        answer(
            "202 Accepted",
            "content-type: application/json\r\nx-page: 2\r\n",
            r#"{"requestid":1.50}"#,
        )
    });
    let client = builder_for(service.base()).build().unwrap();
    let answer = client
        .call(Method::Patch, "/New/7?a=b", Some(r#"{"x": 1.0}"#.into()))
        .await
        .unwrap();
    assert_eq!(
        (answer.status(), answer.header("X-Page"), answer.header("none")),
        (202, Some("2"), None)
    );
    assert_eq!(&answer.into_body()[..], br#"{"requestid":1.50}"#);
    let (_, request) = service.arrived().remove(0);
    assert!(
        request.starts_with("PATCH /api/New/7?a=b HTTP/1.1\r\n") && request.ends_with(r#"{"x": 1.0}"#),
        "{request}"
    );
    for name in [
        "x-api-key: key-1",
        "x-api-signature: ",
        "x-application: Shop",
        "x-app-station: till-1",
        "content-type: application/json",
    ] {
        assert!(request.contains(name), "{name}: {request}");
    }
}

#[tokio::test]
async fn a_path_that_leads_out_is_refused_before_anything_leaves() {
    let service = Listener::start(|_| answer("200 OK", "", ""));
    let client = builder_for(service.base()).build().unwrap();
    for path in [
        "/../admin",
        "/%2e%2E/admin",
        "//evil.test",
        "https://evil.test/",
        "/a\\b",
        "@evil.test/",
    ] {
        let error = client.call(Method::Post, path, None).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::Path, Delivery::NotSent),
            "{path}"
        );
        assert!(error.to_string().contains("nothing was sent"), "{error}");
    }
    assert_eq!(service.arrived(), []);
}

#[tokio::test]
async fn a_submission_by_hand_says_whether_it_may_have_arrived() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let body = invoice("INV-1").to_frozen().unwrap().bytes().clone();
    sim.script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    let error = client
        .call(Method::Post, "/invoice", Some(body.clone()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.delivery(), error.is_retryable()),
        (Delivery::MaybeSent, false),
        "{error}"
    );
    assert!(error.to_string().contains("do not send it again blindly"), "{error}");
    assert_eq!(sim.ledger().of("INV-1").accepted, 1);
    let error = client
        .call(Method::Post, "/invoice", Some("{}".into()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.delivery(), error.kind()),
        (Delivery::Refused, ErrorKind::Invalid),
        "{error}"
    );
    assert!(!error.field_errors().is_empty(), "{error}");
    // Nothing is repeated by itself, not even a read.
    sim.script(Operation::Profile, [Some(Fault::BadGateway502Html)]);
    let error = client.call(Method::Get, "/profile", None).await.unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(502), 1), "{error}");
}

#[tokio::test]
async fn an_answer_without_an_end_is_broken_off() {
    for kind in ["application/json", "text/html", "application/pdf"] {
        let client = serve(Router::new().fallback(any(move || async move {
            let endless = futures_util::stream::repeat_with(|| Ok::<_, Infallible>(vec![b' '; 64 * 1024]));
            ([(header::CONTENT_TYPE, kind)], Body::from_stream(endless))
        })))
        .await;
        let client = {
            // As long as it takes to read so much.
            let mut retry = RetryPolicy::never();
            retry.deadline = crate::LONG;
            builder_for(client.base_url()).retry(retry).build().unwrap()
        };
        let errors: Vec<Error> = match kind {
            "application/json" => vec![
                client.profile().await.unwrap_err(),
                client.tax_mappings().await.unwrap_err(),
            ],
            "text/html" => vec![
                client.z_reports().await.unwrap_err(),
                client.currency_mapping(1).await.unwrap_err(),
            ],
            _ => vec![
                client.z_report_pdf(1).await.unwrap_err(),
                client.call(Method::Get, "/New", None).await.unwrap_err(),
            ],
        };
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Decode, "{kind}: {error}");
            assert!(error.to_string().contains("longer than 32 MiB"), "{kind}: {error}");
        }
        let error = client.submit(&invoice("INV-1")).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::Decode, Delivery::MaybeSent),
            "{kind}: {error}"
        );
    }
}

#[tokio::test]
async fn a_document_that_was_taken_keeps_its_request_id_whatever_the_status_says() {
    for (status, body, slow, kind) in [
        (401, "", false, ErrorKind::Unauthorised),
        (402, "", false, ErrorKind::PaymentRequired),
        (404, "", false, ErrorKind::NotFound),
        (200, "[{\"RequestId\":", false, ErrorKind::Decode),
        (503, "", false, ErrorKind::Server),
        (200, "", true, ErrorKind::Timeout),
    ] {
        let answer = (
            StatusCode::from_u16(status).unwrap(),
            [(header::CONTENT_TYPE, "application/json")],
            body,
        );
        let router = Router::new().route("/invoice", post(|| async { "r1" })).route(
            "/status",
            post(move || async move {
                if slow {
                    std::future::pending::<()>().await;
                }
                answer
            }),
        );
        let client = serve(router).await;
        let done = client
            .fiscalise_within(&invoice("INV-1"), Duration::from_millis(500))
            .await
            .unwrap();
        assert_eq!(done.request_id.as_ref().unwrap().as_str(), "r1", "{status}");
        assert!(matches!(done.outcome, Outcome::Pending), "{status}: {:?}", done.outcome);
        assert_eq!(done.unanswered.as_ref().unwrap().kind(), kind, "{status}: {done:?}");
        // Waiting by hand says the same, as an error if it does not pass.
        let waited = client.wait(&done.request_id.unwrap(), Duration::from_millis(300)).await;
        let passes = matches!(kind, ErrorKind::Server | ErrorKind::Timeout);
        assert_eq!(waited.is_ok(), passes, "{status}: {waited:?}");
    }
}
