//! The forms an answer may take, where the vendor's own is not known.

use std::time::Duration;

use axum::{Router, http::header, routing::post};
use fh_sim::{KeyCase, Options, PendingForm, Repeat, Sim, SubmitAnswer};
use fiscal_harmony::{
    Client, Delivery, Environment, ErrorKind, Outcome, RetryPolicy,
    auth::{AppVersion, Application, Credentials, Identity, Station},
    types::RequestId,
};

use crate::{client, invoice};

#[tokio::test]
async fn every_switch_of_the_simulator_is_understood() {
    let delay = Duration::from_millis(50);
    let switches = [
        Options::builder().settle_delay(delay).build(),
        Options::builder()
            .settle_delay(delay)
            .submit_answer(SubmitAnswer::JsonString)
            .build(),
        Options::builder().settle_delay(delay).key_case(KeyCase::Camel).build(),
        Options::builder()
            .settle_delay(delay)
            .pending(PendingForm::Missing)
            .build(),
        Options::builder()
            .settle_delay(delay)
            .pending(PendingForm::Nulls)
            .build(),
        Options::builder().settle_delay(delay).base_path("/").build(),
    ];
    for (number, switch) in switches.into_iter().enumerate() {
        let sim = Sim::with_options(switch).await.unwrap();
        let done = client(&sim).fiscalise(&invoice("INV-1")).await.unwrap();
        assert!(
            matches!(done.outcome, Outcome::Fiscalised(_)),
            "switch {number}: {:?}",
            done.outcome
        );
        assert_eq!(sim.ledger().of("INV-1").fiscalised, 1, "switch {number}");
    }
}

#[tokio::test]
async fn a_conflict_says_that_it_may_be_taken_already() {
    let sim = Sim::builder().repeat(Repeat::Conflict).start().await.unwrap();
    let client = client(&sim);
    client.submit(&invoice("INV-1")).await.unwrap();
    let error = client.submit(&invoice("INV-1")).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::MaybeSent, "{error}");
    assert_eq!(sim.ledger().of("INV-1").accepted, 1);
}

/// A service that answers every submission and every status question with fixed texts.
async fn answering(submission: &'static str, status: &'static str) -> Client {
    let json = [(header::CONTENT_TYPE, "application/json")];
    let router = Router::new()
        .route("/invoice", post(move || async move { submission }))
        .route("/status", post(move || async move { (json, status) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Client::builder()
        .environment(Environment::Custom(base))
        .credentials(Credentials::unchecked_format("key", "secret").unwrap())
        .identity(Identity::new(
            Application::new("Shop").unwrap(),
            Station::new("till-1").unwrap(),
            AppVersion::new("1").unwrap(),
        ))
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_acceptance_without_an_id_may_have_been_taken() {
    for answer in ["", "  \"\" ", "<html>Welcome</html>"] {
        let client = answering(answer, "[]").await;
        let error = client.submit(&invoice("INV-1")).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::Decode, Delivery::MaybeSent),
            "{answer:?}: {error}"
        );
    }
}

#[tokio::test]
async fn status_records_with_extra_missing_and_null_fields_are_read() {
    let id = RequestId::parse("r1").unwrap();
    for (records, settled) in [
        (
            r#"[{"RequestId":"r1","Success":true,"Extra":[1],"QrData":{"QrCodeUrl":"https://x.test/1","VerificationCode":"AAAA-BBBB-CCCC-DDDD","FiscalDay":1,"DeviceId":2,"InvoiceNumber":3,"More":null}}]"#,
            true,
        ),
        (r#"[{"RequestId":"r1"}]"#, false),
        (
            r#"[{"RequestId":"r1","Success":null,"QrData":null,"Error":null,"IsActionable":null}]"#,
            false,
        ),
        (
            r#"[7,{"Success":true},{"RequestId":"r1","Success":false,"Error":"No TIN provided","IsActionable":true}]"#,
            true,
        ),
        ("[]", false),
    ] {
        let outcome = answering("r1", records).await.outcome(&id).await.unwrap();
        assert_eq!(outcome.is_settled(), settled, "{records}: {outcome:?}");
    }
    for broken in ["", "\"text\"", "[{\"RequestId\":"] {
        let error = answering("r1", broken).await.outcome(&id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{broken}: {error}");
    }
}
