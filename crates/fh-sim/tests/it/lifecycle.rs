//! Restarts, state files, several devices, and the control API.

use std::{sync::Arc, time::Duration};

use fh_auth::Credentials;
use fh_sim::{Count, Fault, Operation, Sim, StartError};
use fh_types::ManualClock;
use serde_json::{Value, json};

use crate::till::{Till, invoice};

const ONCE: Count = Count {
    accepted: 1,
    fiscalised: 1,
    rejected: 0,
};

#[tokio::test]
async fn a_restart_keeps_the_port_and_the_state() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let base = sim.base_url();
    let request = till.submit(&invoice("A-1")).await;
    sim.stop_listening().await;
    assert!(
        till.request(reqwest::Method::GET, "/profile", None)
            .send()
            .await
            .unwrap_err()
            .is_connect()
    );
    sim.listen_again().await.unwrap();
    assert_eq!(sim.base_url(), base);
    assert!(sim.await_settled("A-1").await);
    assert_eq!(till.status(&[&request]).await[0]["Success"], true);
    sim.restart().await.unwrap();
    assert_eq!(
        till.settle(&sim, &invoice("A-2")).await["QrData"]["InvoiceNumber"],
        1044
    );
}

#[tokio::test]
async fn a_state_file_carries_everything_to_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sim.json");
    let hour = Duration::from_secs(3600);
    let first = Sim::builder()
        .state_file(file.clone())
        .settle_delay(hour)
        .start()
        .await
        .unwrap();
    let till = Till::new(&first);
    let waiting = till.submit(&invoice("A-1")).await;
    let key = first.credentials().key().as_str().to_owned();
    first.shutdown().await;

    // Another seed: the credentials come from the file all the same.
    let second = Sim::builder().state_file(file.clone()).seed(99).start().await.unwrap();
    assert_eq!(second.credentials().key().as_str(), key);
    assert!(
        second.await_settled(&waiting).await,
        "what was pending is settled after the start"
    );
    assert_eq!(second.ledger().of("A-1"), ONCE);
    let mut repeated = invoice("A-1");
    repeated["IsRetry"] = json!(true);
    assert_eq!(Till::new(&second).submit(&repeated).await, waiting);
    second.shutdown().await;

    std::fs::write(&file, "{").unwrap();
    let error = Sim::builder().state_file(file.clone()).start().await.unwrap_err();
    assert!(matches!(error, StartError::State { .. }), "{error}");
    assert!(
        error.to_string().contains("sim.json") && error.to_string().contains("delete it"),
        "{error}"
    );
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_says_so() {
    let sim = Sim::start().await.unwrap();
    let port = sim
        .base_url()
        .rsplit(':')
        .next()
        .unwrap()
        .trim_end_matches("/api")
        .parse()
        .unwrap();
    let error = Sim::builder().port(port).start().await.unwrap_err().to_string();
    assert!(
        error.contains(&port.to_string()) && error.contains("choose another port"),
        "{error}"
    );
}

#[tokio::test]
async fn devices_have_their_own_secrets_lanes_and_counts() {
    let sim = Sim::start().await.unwrap();
    let branch = sim.add_device();
    let (head, other) = (Till::new(&sim), Till::on(&sim, &branch));
    assert_ne!(sim.device().id(), branch.id());
    let request = head.submit(&invoice("A-1")).await;
    sim.await_settled(&request).await;
    let record = other.settle(&sim, &invoice("B-1")).await;
    assert_eq!(
        (&record["QrData"]["InvoiceNumber"], &record["QrData"]["FiscalDay"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        other.status(&[&request]).await,
        json!([]),
        "another device's requests are not shown"
    );
    assert_eq!(branch.ledger().of("A-1"), Count::default());
    assert_eq!(
        (sim.device().lane(), branch.lane()),
        (vec!["A-1".to_owned()], vec!["B-1".to_owned()])
    );
    assert_eq!(sim.ledger().len(), 2);
}

#[tokio::test]
async fn the_seed_decides_the_credentials_and_their_formats_are_the_known_ones() {
    let key = async |seed| {
        let sim = Sim::builder().seed(seed).start().await.unwrap();
        sim.credentials().key().as_str().to_owned()
    };
    assert_eq!(key(5).await, key(5).await);
    assert_ne!(key(5).await, key(6).await);

    let sim = Sim::start().await.unwrap();
    let lines = sim.export_lines();
    let value = |name: &str| {
        let line = lines
            .lines()
            .find_map(|line| line.strip_prefix(&format!("export {name}=")));
        line.unwrap_or_else(|| panic!("{name} is missing"))
            .trim_matches('\'')
            .to_owned()
    };
    assert_eq!(value("FH_BASE_URL"), sim.base_url());
    assert!(Credentials::new(&value("FH_API_KEY"), &value("FH_API_SECRET")).is_ok());
    for name in ["FH_APPLICATION", "FH_STATION", "FH_APP_VERSION"] {
        assert!(!value(name).is_empty());
    }
    assert!(!format!("{sim:?}{:?}", sim.device()).contains(&value("FH_API_SECRET")[..20]));
}

#[tokio::test]
async fn results_can_be_asked_for_during_seven_days() {
    let clock = Arc::new(ManualClock::new("2026-11-21T10:00:00Z".parse().unwrap()));
    let sim = Sim::builder().clock(clock.clone()).start().await.unwrap();
    let till = Till::new(&sim);
    let request = till.submit(&invoice("A-1")).await;
    sim.await_settled(&request).await;
    clock.advance(Duration::from_secs(7 * 86_400));
    assert_eq!(till.status(&[&request]).await.as_array().unwrap().len(), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(till.status(&[&request]).await, json!([]));
}

#[tokio::test]
async fn the_control_api_drives_a_simulator_from_another_process() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let control = |path: &str| format!("{}/{path}", sim.control_url());
    let json_of = async |url: String| till.http.get(url).send().await.unwrap().json::<Value>().await.unwrap();

    assert_eq!(json_of(control("ledger")).await, json!({}));
    till.settle(&sim, &invoice("A-1")).await;
    let counted = json!({ "A-1": { "accepted": 1, "fiscalised": 1, "rejected": 0 } });
    assert_eq!(json_of(control("ledger")).await, counted);
    let key = sim.add_device().credentials().key().as_str().to_owned();
    assert_eq!(json_of(format!("{}?key={key}", control("ledger"))).await, json!({}));
    assert_eq!(
        json_of(control("requests")).await,
        json!({ "submit_invoice": 1, "status": 1 })
    );

    let plan = json!({ "lost_reply": 0.2, "seed": 7 });
    let set = till
        .http
        .put(control("faults"))
        .body(plan.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(set.status(), 200);
    assert_eq!(json_of(control("faults")).await, plan);
    assert!(sim.faults().dose(Fault::LostReply).is_some());
    let bad = till
        .http
        .put(control("faults"))
        .body(r#"{"lost": 1}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(bad.status(), 400);
    assert!(bad.text().await.unwrap().contains("there is no fault"));

    let close = async || till.http.post(control("close-day")).send().await.unwrap();
    assert_eq!(
        close().await.json::<Value>().await.unwrap(),
        json!({ "fiscal_day": 212, "closed": true })
    );
    assert_eq!(close().await.status(), 409);
    let hook = till
        .http
        .put(control("webhook"))
        .body(r#"{"url":"http://127.0.0.1:9/"}"#)
        .send()
        .await
        .unwrap();
    let burst: Value = hook.json().await.unwrap();
    assert_eq!(
        (&burst["active"], burst["steps"].as_array().unwrap().len()),
        (&json!(false), 5)
    );
    assert_eq!(
        till.http
            .put(control("webhook"))
            .body(r#"{"url":null}"#)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );

    assert_eq!(till.http.post(control("reset")).send().await.unwrap().status(), 204);
    assert_eq!(json_of(control("ledger")).await, json!({}));
    assert_eq!(json_of(control("faults")).await, json!({}));
    assert_eq!(
        till.settle(&sim, &invoice("A-1")).await["QrData"]["InvoiceNumber"],
        1043
    );
}

#[tokio::test]
async fn arrivals_can_be_awaited() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let (_, ()) = tokio::join!(till.get("/profile"), sim.await_requests(Operation::Profile, 1));
    assert_eq!(sim.requests()[&Operation::Profile], 1);
}
