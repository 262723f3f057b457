//! Every fault: what the caller sees, and what the ledger counted.

use std::time::{Duration, Instant};

use fh_sim::{Count, Dose, Fault, FaultPlan, Operation, Repeat, Sim};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::till::{Till, invoice};

const ONCE: Count = Count {
    accepted: 1,
    fiscalised: 1,
    rejected: 0,
};

fn once(fault: Fault) -> FaultPlan {
    FaultPlan::default().with(fault, Dose::count(1))
}

/// Posts an invoice and returns the answer, or none when the connection was closed without one.
async fn post(till: &Till, id: &str) -> Option<reqwest::Response> {
    let body = invoice(id).to_string();
    match till
        .request(reqwest::Method::POST, "/invoice", Some(body.as_bytes()))
        .send()
        .await
    {
        Ok(response) => Some(response),
        Err(error) => {
            assert!(
                error.is_request() && !error.is_timeout() && !error.is_connect(),
                "{error:?}"
            );
            None
        }
    }
}

#[tokio::test]
async fn a_lost_reply_leaves_an_accepted_document_and_a_caller_who_does_not_know() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    sim.set_faults(once(Fault::LostReply));
    assert!(post(&till, "A-1").await.is_none());
    assert!(sim.await_settled("A-1").await);
    assert_eq!(sim.ledger().of("A-1"), ONCE);

    // Sent again as a retry, the document keeps its request and is fiscalised once.
    let mut again = invoice("A-1");
    again["IsRetry"] = json!(true);
    let record = till.settle(&sim, &again).await;
    assert_eq!(record["Success"], true);
    assert_eq!(sim.ledger().of("A-1"), ONCE);
}

#[tokio::test]
async fn a_connection_dropped_before_leaves_nothing() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    sim.set_faults(once(Fault::DropBefore));
    assert!(post(&till, "A-1").await.is_none());
    assert!(sim.ledger().is_empty());
    assert_eq!(post(&till, "A-1").await.unwrap().status(), 200, "the fault is used up");
    assert_eq!(sim.requests()[&Operation::SubmitInvoice], 2);
}

#[tokio::test]
async fn a_dropped_connection_sends_not_one_byte() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let sim = Sim::start().await.unwrap();
    for fault in [Fault::DropBefore, Fault::LostReply] {
        sim.set_faults(FaultPlan::default().with(
            fault,
            Dose {
                on: vec![Operation::Profile],
                ..Dose::count(1)
            },
        ));
        let address = sim.base_url().replace("http://", "").replace("/api", "");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /api/profile HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"", "{fault:?}");
    }
}

#[tokio::test]
async fn refusals_keep_nothing() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    for (fault, status, kind) in [
        (Fault::Unauthorized401, 401, "application/problem+json"),
        (Fault::PaymentRequired402, 402, "application/problem+json"),
        (Fault::NotFound404, 404, "application/problem+json"),
        (Fault::TooManyRequests429, 429, "application/problem+json"),
        (Fault::ServerError500Html, 500, "text/html"),
        (Fault::BadGateway502Html, 502, "text/html"),
    ] {
        sim.set_faults(once(fault));
        let response = post(&till, "A-1").await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert_eq!(response.headers().contains_key("retry-after"), status == 429);
        assert!(sim.ledger().is_empty(), "{fault:?}");
    }
    sim.set_faults(FaultPlan::default().with(
        Fault::TooManyRequests429,
        Dose {
            seconds: Some(17),
            ..Dose::count(1)
        },
    ));
    assert_eq!(post(&till, "A-1").await.unwrap().headers()["retry-after"], "17");
    assert_eq!(post(&till, "A-1").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_delay_holds_the_answer_back() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    sim.set_faults(FaultPlan::default().with(
        Fault::Delay,
        Dose {
            ms: Some(120),
            ..Dose::count(1)
        },
    ));
    let asked = Instant::now();
    assert_eq!(till.get("/profile").await.status(), 200);
    assert!(asked.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_date_header() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let date = async || {
        let response = till.get("/profile").await;
        httpdate::parse_http_date(response.headers()["date"].to_str().unwrap()).unwrap()
    };
    let right = date().await;
    sim.set_faults(FaultPlan::default().with(
        Fault::ClockSkew,
        Dose {
            seconds: Some(-3600),
            ..Dose::count(1)
        },
    ));
    assert!(right.duration_since(date().await).unwrap() >= Duration::from_secs(3590));
    sim.set_faults(once(Fault::ClockSkew));
    assert!(date().await.duration_since(right).unwrap() >= Duration::from_secs(590));
}

#[tokio::test]
async fn a_pending_element_is_missing_once() {
    let sim = Sim::builder()
        .settle_delay(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    let till = Till::new(&sim);
    let request = till.submit(&invoice("A-1")).await;
    sim.set_faults(once(Fault::StatusMissing));
    assert_eq!(till.status(&[&request]).await, json!([]));
    assert_eq!(till.status(&[&request]).await[0]["RequestId"], *request);
}

#[tokio::test]
async fn a_settled_element_is_pending_once() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let record = till.settle(&sim, &invoice("A-1")).await;
    let request = record["RequestId"].as_str().unwrap();
    sim.set_faults(once(Fault::StatusPending));
    let told = till.status(&[request]).await;
    assert_eq!(
        (&told[0]["RequestId"], &told[0]["Success"], &told[0]["QrData"]),
        (&record["RequestId"], &json!(false), &Value::Null)
    );
    assert_eq!(till.status(&[request]).await[0], record);
}

#[tokio::test]
async fn a_download_is_html_or_half_a_pdf() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let record = till.settle(&sim, &invoice("A-1")).await;
    let path = format!(
        "/download/{}",
        record["FiscalInvoicePdf"].as_str().unwrap().replace(' ', "%20")
    );
    let whole = till.get(&path).await.bytes().await.unwrap();
    sim.script(
        Operation::DownloadPdf,
        [Some(Fault::PdfHtml), Some(Fault::PdfTruncated), None],
    );
    let html = till.get(&path).await;
    assert_eq!(
        (html.status(), html.headers()["content-type"].to_str().unwrap()),
        (StatusCode::OK, "text/html")
    );
    let half = till.get(&path).await.bytes().await.unwrap();
    assert_eq!(half.len(), whole.len() / 2);
    assert!(half.starts_with(b"%PDF-"));
    assert_eq!(till.get(&path).await.bytes().await.unwrap(), whole);
}

#[tokio::test]
async fn a_rejection_that_may_be_sent_again_takes_no_receipt() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    sim.set_faults(once(Fault::RejectedOnce));
    let record = till.settle(&sim, &invoice("A-1")).await;
    assert_eq!(
        (&record["Success"], &record["IsActionable"]),
        (&json!(false), &json!(true))
    );
    let mut again = invoice("A-1");
    again["IsRetry"] = json!(true);
    assert_eq!(till.settle(&sim, &again).await["Success"], true);
    assert_eq!(
        sim.ledger().of("A-1"),
        Count {
            accepted: 2,
            fiscalised: 1,
            rejected: 1
        }
    );
    assert_eq!(sim.close_day(), Ok(212));
}

#[tokio::test]
async fn a_script_strikes_exactly_the_requests_that_it_names() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    sim.script(
        Operation::SubmitInvoice,
        [None, Some(Fault::LostReply), Some(Fault::BadGateway502Html)],
    );
    assert_eq!(till.get("/profile").await.status(), 200);
    assert_eq!(post(&till, "A-1").await.unwrap().status(), 200);
    assert!(post(&till, "A-2").await.is_none());
    assert_eq!(post(&till, "A-3").await.unwrap().status(), 502);
    assert_eq!(post(&till, "A-3").await.unwrap().status(), 200);
    assert_eq!(sim.ledger().len(), 3);
}

#[tokio::test]
async fn the_same_seed_strikes_the_same_requests() {
    let struck = async |seed| {
        let sim = Sim::start().await.unwrap();
        let till = Till::new(&sim);
        sim.set_faults(
            FaultPlan::default()
                .with(Fault::NotFound404, Dose::rate(0.5))
                .seed(seed),
        );
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(till.get("/profile").await.status().as_u16());
        }
        statuses
    };
    let first = struck(7).await;
    assert_eq!(first, struck(7).await);
    assert_ne!(first, struck(8).await);
    let hits = first.iter().filter(|status| **status == 404).count();
    assert!((8..=32).contains(&hits), "{hits} of 40 at a rate of one half");
}

#[tokio::test]
async fn a_repeated_document_is_answered_as_the_switch_says() {
    let repeat = async |policy, unique| {
        let sim = Sim::builder()
            .repeat(policy)
            .unique_numbers(unique)
            .start()
            .await
            .unwrap();
        let till = Till::new(&sim);
        let first = till.submit(&invoice("A-1")).await;
        let second = post(&till, "A-1").await.unwrap();
        let status = second.status().as_u16();
        let same = second.text().await.unwrap() == first;
        sim.await_settled("A-1").await;
        (status, same, sim.ledger().of("A-1"))
    };
    assert_eq!(repeat(Repeat::SameRequest, true).await, (200, true, ONCE));
    assert_eq!(repeat(Repeat::Conflict, true).await, (409, false, ONCE));
    let twice = Count {
        accepted: 2,
        fiscalised: 1,
        rejected: 1,
    };
    assert_eq!(repeat(Repeat::SecondAcceptance, true).await, (200, false, twice));
    let twice = Count {
        accepted: 2,
        fiscalised: 2,
        rejected: 0,
    };
    assert_eq!(repeat(Repeat::SecondAcceptance, false).await, (200, false, twice));
}

#[test]
fn a_plan_is_read_strictly_and_written_back() {
    let text = r#"{"delay":{"count":3,"ms":50,"on":["status"]},"lost_reply":0.2,"seed":7}"#;
    let plan: FaultPlan = serde_json::from_str(text).unwrap();
    assert_eq!(plan.dose(Fault::LostReply), Some(&Dose::rate(0.2)));
    assert_eq!(
        serde_json::from_str::<Value>(text).unwrap(),
        serde_json::to_value(&plan).unwrap()
    );
    for (text, said) in [
        (r#"{"lost_replies": 0.2}"#, "there is no fault \"lost_replies\""),
        (r#"{"lost_reply": 1.2}"#, "a rate is between 0 and 1"),
        (r#"{"lost_reply": {"often": 1}}"#, "unknown field `often`"),
        (r#"{"seed": -1}"#, "seed must be"),
    ] {
        let error = serde_json::from_str::<FaultPlan>(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert_eq!(Fault::ALL.len(), 20);
}

/// Ten thousand documents would take this test minutes in a debug build; the proportion is what matters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_till_gets_every_document_fiscalised_once_at_a_fifth_of_faults() {
    let sim = Sim::builder()
        .settle_delay(Duration::from_millis(1))
        .start()
        .await
        .unwrap();
    let till = Till::new(&sim);
    let faults = [
        Fault::LostReply,
        Fault::DropBefore,
        Fault::ServerError500Html,
        Fault::TooManyRequests429,
        Fault::RejectedOnce,
    ];
    let plan = faults.into_iter().fold(FaultPlan::default().seed(11), |plan, fault| {
        plan.with(fault, Dose::rate(0.04))
    });
    sim.set_faults(plan);
    for index in 0..300 {
        let mut document = invoice(&format!("N-{index}"));
        loop {
            let body = document.to_string();
            let sent = till
                .request(reqwest::Method::POST, "/invoice", Some(body.as_bytes()))
                .send()
                .await;
            document["IsRetry"] = json!(true);
            if let Ok(response) = sent
                && response.status() == 200
                && sim.await_settled(&response.text().await.unwrap()).await
            {
                break;
            }
        }
    }
    let ledger = sim.ledger();
    assert_eq!(ledger.len(), 300);
    assert_eq!(ledger.not_exactly_once().count(), 0);
    assert!(sim.requests()[&Operation::SubmitInvoice] > 330, "{:?}", sim.requests());
    assert_eq!(sim.device().lane().len(), 300);
}

#[tokio::test]
async fn a_revoked_key_is_refused_until_it_is_taken_back_and_other_devices_are_not() {
    let sim = Sim::start().await.unwrap();
    let branch = sim.add_device();
    let (till, other) = (Till::new(&sim), Till::on(&sim, &branch));
    sim.device().revoke_key(true);
    assert_eq!(post(&till, "A-1").await.unwrap().status(), 401);
    assert_eq!(post(&other, "B-1").await.unwrap().status(), 200);
    sim.device().revoke_key(false);
    assert_eq!(post(&till, "A-1").await.unwrap().status(), 200);
    assert_eq!(sim.ledger().of("A-1").accepted, 1);
}

#[tokio::test]
async fn the_order_of_first_acceptances_is_not_changed_by_a_second_one() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    for id in ["A-1", "A-2", "A-1", "A-3"] {
        assert_eq!(post(&till, id).await.unwrap().status(), 200);
    }
    assert_eq!(sim.device().first_acceptances(), ["A-1", "A-2", "A-3"]);
    assert_eq!(sim.most_at_once(), 1);
}

#[tokio::test]
async fn two_sendings_of_one_document_at_a_time_are_noticed() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let late = Dose {
        ms: Some(200),
        ..Dose::count(2)
    };
    sim.set_faults(FaultPlan::default().with(Fault::Delay, late));
    tokio::join!(post(&till, "A-1"), post(&till, "A-1"));
    assert_eq!(sim.most_at_once(), 2);
}
