//! Every fault the simulator knows: what the caller is told, and what the simulator counted.

use std::time::Duration;

use fh_sim::{Dose, Fault, FaultPlan, Operation, Sim};
use fiscal_harmony::auth::Credentials;
use fiscal_harmony::{Attempt, Client, Delivery, Document, Environment, ErrorKind, Frozen, Outcome, RetryPolicy};

use crate::{LONG, client, client_builder, invoice};

/// Submits one invoice through a simulator that does `fault` to the submission, and returns the error with what was
/// accepted and how often was asked.
async fn submit_through(fault: Fault) -> (fiscal_harmony::Error, u64, u64) {
    let sim = Sim::start().await.unwrap();
    sim.script(Operation::SubmitInvoice, [Some(fault)]);
    let error = client(&sim).submit(&invoice("INV-1")).await.unwrap_err();
    (
        error,
        sim.ledger().of("INV-1").accepted,
        sim.requests()[&Operation::SubmitInvoice],
    )
}

#[tokio::test]
async fn a_submission_is_made_once_whatever_happens_and_says_what_may_have_been_taken() {
    for (fault, kind, delivery, accepted) in [
        (Fault::LostReply, ErrorKind::Connection, Delivery::MaybeSent, 1),
        (Fault::DropBefore, ErrorKind::Connection, Delivery::MaybeSent, 0),
        (Fault::Unauthorized401, ErrorKind::Unauthorised, Delivery::Refused, 0),
        (
            Fault::PaymentRequired402,
            ErrorKind::PaymentRequired,
            Delivery::Refused,
            0,
        ),
        (Fault::NotFound404, ErrorKind::NotFound, Delivery::Refused, 0),
        (
            Fault::TooManyRequests429,
            ErrorKind::TooManyRequests,
            Delivery::Refused,
            0,
        ),
        (Fault::ServerError500Html, ErrorKind::Server, Delivery::MaybeSent, 0),
        (Fault::BadGateway502Html, ErrorKind::Server, Delivery::MaybeSent, 0),
    ] {
        let (error, counted, asked) = submit_through(fault).await;
        assert_eq!(
            (error.kind(), error.delivery()),
            (kind, delivery),
            "{}: {error}",
            fault.name()
        );
        assert_eq!((counted, asked), (accepted, 1), "{}", fault.name());
    }
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_and_html_is_shown_in_part() {
    let (error, _, _) = submit_through(Fault::TooManyRequests429).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert!(error.is_retryable());
    let (error, _, _) = submit_through(Fault::BadGateway502Html).await;
    assert_eq!(error.status(), Some(502));
    assert!(
        error.excerpt().is_some_and(|excerpt| excerpt.contains("502")),
        "{error}"
    );
    assert!(!error.is_retryable(), "a submission that may have arrived");
}

#[tokio::test]
async fn a_lost_reply_is_an_unknown_outcome_and_the_retry_form_finds_the_first_taking() {
    let sim = Sim::start().await.unwrap();
    sim.script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    let client = client(&sim);
    let document = Document::from(invoice("INV-1"));
    let done = client.fiscalise(&document).await.unwrap();
    assert_eq!(done.request_id, None);
    let Outcome::Unknown(error) = &done.outcome else {
        panic!("{:?}", done.outcome)
    };
    assert_eq!(error.delivery(), Delivery::MaybeSent);
    let retry: Frozen = document.freeze(Attempt::Retry).unwrap();
    let again = client.fiscalise(&retry).await.unwrap();
    assert!(matches!(again.outcome, Outcome::Fiscalised(_)), "{:?}", again.outcome);
    let count = sim.ledger().of("INV-1");
    assert_eq!((count.accepted, count.fiscalised), (1, 1));
}

#[tokio::test]
async fn a_slow_answer_is_a_timeout_that_may_have_arrived() {
    let sim = Sim::start().await.unwrap();
    let slow = Dose {
        ms: Some(60_000),
        ..Dose::count(1)
    };
    sim.set_faults(FaultPlan::default().with(Fault::Delay, slow));
    let client = client_builder(&sim)
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = client.submit(&invoice("INV-1")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Timeout, Delivery::MaybeSent)
    );
    assert_eq!(sim.requests()[&Operation::SubmitInvoice], 1);
}

#[tokio::test]
async fn nobody_listening_is_not_sent() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    sim.stop_listening().await;
    let error = client.submit(&invoice("INV-1")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery(), error.is_retryable()),
        (ErrorKind::Connect, Delivery::NotSent, true)
    );
    sim.listen_again().await.unwrap();
    assert_eq!(sim.ledger().of("INV-1").accepted, 0);
}

#[tokio::test]
async fn reads_are_repeated_through_faults_that_pass() {
    for fault in [
        Fault::DropBefore,
        Fault::TooManyRequests429,
        Fault::ServerError500Html,
        Fault::BadGateway502Html,
    ] {
        let sim = Sim::start().await.unwrap();
        let brief = Dose {
            seconds: Some(0),
            ..Dose::count(2)
        };
        sim.set_faults(FaultPlan::default().with(fault, brief));
        client(&sim)
            .profile()
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", fault.name()));
        assert_eq!(sim.requests()[&Operation::Profile], 3, "{}", fault.name());
    }
}

#[tokio::test]
async fn reads_give_up_after_their_attempts_and_at_once_on_faults_that_stay() {
    for (fault, asked) in [
        (Fault::BadGateway502Html, 3),
        (Fault::Unauthorized401, 1),
        (Fault::PaymentRequired402, 1),
        (Fault::NotFound404, 1),
    ] {
        let sim = Sim::start().await.unwrap();
        sim.set_faults(FaultPlan::default().with(fault, Dose::rate(1.0)));
        let error = client(&sim).profile().await.unwrap_err();
        assert_eq!(u64::from(error.attempts()), asked, "{error}");
        assert_eq!(sim.requests()[&Operation::Profile], asked, "{}", fault.name());
    }
}

#[tokio::test]
async fn retry_after_beyond_the_deadline_is_not_waited_for() {
    let sim = Sim::start().await.unwrap();
    let long = Dose {
        seconds: Some(3_600),
        ..Dose::rate(1.0)
    };
    sim.set_faults(FaultPlan::default().with(Fault::TooManyRequests429, long));
    let error = client(&sim).profile().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    assert_eq!(sim.requests()[&Operation::Profile], 1);
}

#[tokio::test]
async fn writes_are_made_once() {
    let sim = Sim::start().await.unwrap();
    sim.set_faults(FaultPlan::default().with(Fault::BadGateway502Html, Dose::rate(1.0)));
    let mapping = serde_json::from_value(serde_json::json!({"TaxCode": "X", "DestinationTaxId": 1})).unwrap();
    let error = client(&sim).add_tax_mapping(&mapping).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Server, Delivery::MaybeSent)
    );
    assert_eq!(sim.requests()[&Operation::AddTaxMapping], 1);
}

#[tokio::test]
async fn waiting_outlasts_faults_and_missing_elements() {
    let sim = Sim::builder()
        .settle_delay(Duration::from_millis(400))
        .start()
        .await
        .unwrap();
    let odd = Dose {
        on: vec![Operation::Status],
        ..Dose::count(4)
    };
    let plan = FaultPlan::default().with(Fault::StatusMissing, Dose::rate(1.0));
    let plan = plan.with(Fault::StatusPending, Dose::count(2));
    sim.set_faults(plan.with(Fault::BadGateway502Html, odd));
    let done = client(&sim).fiscalise(&invoice("INV-1")).await.unwrap();
    assert!(matches!(done.outcome, Outcome::Fiscalised(_)), "{:?}", done.outcome);
    assert_eq!(sim.ledger().of("INV-1").fiscalised, 1);
}

#[tokio::test]
async fn a_deadline_that_passes_is_pending_with_the_request_id() {
    let sim = Sim::builder().settle_delay(LONG).start().await.unwrap();
    let done = client(&sim)
        .fiscalise_within(&invoice("INV-1"), Duration::from_millis(600))
        .await
        .unwrap();
    assert!(matches!(done.outcome, Outcome::Pending), "{:?}", done.outcome);
    assert!(done.request_id.is_some());
    let count = sim.ledger().of("INV-1");
    assert_eq!((count.accepted, count.fiscalised), (1, 0));
}

#[tokio::test]
async fn a_rejection_that_may_be_sent_again_is_and_counts_once() {
    let sim = Sim::start().await.unwrap();
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let client = client(&sim);
    let document = Document::from(invoice("INV-1"));
    let done = client.fiscalise(&document).await.unwrap();
    let Outcome::Rejected(rejection) = &done.outcome else {
        panic!("{:?}", done.outcome)
    };
    assert!(rejection.actionable, "{rejection:?}");
    let again = client
        .fiscalise(&document.freeze(Attempt::Retry).unwrap())
        .await
        .unwrap();
    assert!(matches!(again.outcome, Outcome::Fiscalised(_)), "{:?}", again.outcome);
    assert_eq!(sim.ledger().of("INV-1").fiscalised, 1);
}

#[tokio::test]
async fn a_download_that_is_no_pdf_is_never_kept() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let done = client.fiscalise(&invoice("INV-1")).await.unwrap();
    let receipt = done.outcome.receipt().unwrap();
    for fault in [Fault::PdfHtml, Fault::PdfTruncated] {
        sim.script(Operation::DownloadPdf, [Some(fault)]);
        let error = client.pdf(receipt).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{}: {error}", fault.name());
        assert!(error.to_string().contains("PDF"), "{error}");
    }
    assert!(client.pdf(receipt).await.is_ok());
}

#[tokio::test]
async fn the_webhook_faults_do_not_disturb_a_client_that_asks() {
    for fault in [
        Fault::WebhookBeforeReply,
        Fault::WebhookDuplicate,
        Fault::WebhookReorder,
        Fault::WebhookSilent,
        Fault::ClockSkew,
    ] {
        let sim = Sim::start().await.unwrap();
        sim.set_faults(FaultPlan::default().with(fault, Dose::rate(1.0)));
        let done = client(&sim).fiscalise(&invoice("INV-1")).await.unwrap();
        assert!(
            matches!(done.outcome, Outcome::Fiscalised(_)),
            "{}: {:?}",
            fault.name(),
            done.outcome
        );
        let count = sim.ledger().of("INV-1");
        assert_eq!((count.accepted, count.fiscalised), (1, 1), "{}", fault.name());
    }
}

/// A client keeps nothing between two documents. Whoever compares request ids finds it out, as the outbox does.
#[tokio::test]
async fn one_request_id_for_two_documents_shows_in_what_the_callers_get() {
    let sim = Sim::start().await.unwrap();
    let client = client(&sim);
    let first = client.fiscalise(&invoice("INV-1")).await.unwrap();
    sim.script(Operation::SubmitInvoice, [Some(Fault::EarlierRequestId)]);
    let second = client.fiscalise(&invoice("INV-2")).await.unwrap();
    assert_eq!(first.request_id, second.request_id);
    assert!(sim.await_settled("INV-2").await);
    assert_eq!(sim.ledger().of("INV-2").fiscalised, 1);
}

#[tokio::test]
async fn every_fault_has_a_test_here() {
    let here = include_str!("faults.rs");
    for fault in Fault::ALL {
        assert!(here.contains(&format!("Fault::{fault:?}")), "{fault:?} is not tested");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_nothing_is_taken() {
    let sim = Sim::start().await.unwrap();
    let wrong = Credentials::new(sim.credentials().key().as_str(), &format!("{}==", "x".repeat(86))).unwrap();
    let client = Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(wrong)
        .identity(sim.identity())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    assert!(
        client.profile().await.is_ok(),
        "nothing is signed here, so nothing is noticed"
    );
    assert_eq!(
        client.check_credentials().await.unwrap_err().kind(),
        ErrorKind::Unauthorised
    );
    let error = client.submit(&invoice("INV-1")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Unauthorised, Delivery::Refused)
    );
    assert!(sim.ledger().is_empty() || sim.ledger().of("INV-1").accepted == 0);
}
