//! Results that are pushed.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, response::IntoResponse, routing::post};
use fh_auth::ApiSecret;
use fh_sim::{Dose, Fault, FaultPlan, Sim};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::sync::watch;

use crate::till::{Till, invoice};

/// A receiver that keeps the vendor's rules, or breaks one on purpose.
#[derive(Clone)]
struct Receiver {
    secret: ApiSecret,
    manner: Arc<Mutex<Manner>>,
    events: watch::Sender<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Proper,
    Cookies,
    TrustsAnyone,
    Fails,
    Hangs,
}

impl Receiver {
    async fn start(sim: &Sim) -> (Self, String) {
        let receiver = Self {
            secret: sim.credentials().secret().clone(),
            manner: Arc::new(Mutex::new(Manner::Proper)),
            events: watch::Sender::new(Vec::new()),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = Router::new().route("/hook", post(receive)).with_state(receiver.clone());
        tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        (receiver, url)
    }

    fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// The request ids that came, once there are so many.
    async fn events(&self, count: usize) -> Vec<String> {
        let mut events = self.events.subscribe();
        events.wait_for(|events| events.len() >= count).await.unwrap().clone()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let manner = *receiver.manner.lock().unwrap();
    let signature = headers
        .get("x-api-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if manner == Manner::Hangs {
        std::future::pending::<()>().await;
    }
    let verified = fh_auth::verify(&body, signature, std::slice::from_ref(&receiver.secret)).is_ok();
    if !verified && manner != Manner::TrustsAnyone {
        return (StatusCode::UNAUTHORIZED, HeaderMap::new());
    }
    if manner == Manner::Fails {
        return (StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new());
    }
    let records: Vec<Value> = serde_json::from_slice(&body).unwrap();
    receiver.events.send_modify(|events| {
        let ids = records
            .iter()
            .map(|record| record["RequestId"].as_str().unwrap().to_owned());
        events.extend(ids.filter(|id| !id.starts_with("00000000")));
    });
    let mut answer = HeaderMap::new();
    if manner == Manner::Cookies {
        answer.insert("set-cookie", "session=1".parse().unwrap());
    }
    (StatusCode::OK, answer)
}

#[tokio::test]
async fn results_are_pushed_signed_and_equal_to_those_of_status() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let (receiver, url) = Receiver::start(&sim).await;
    let burst = sim.set_webhook(&url).await;
    assert!(burst.active && burst.steps.len() == 5, "{burst:?}");
    let request = till.submit(&invoice("A-1")).await;
    assert_eq!(receiver.events(1).await, std::slice::from_ref(&request));
    sim.await_deliveries(1).await;
    let delivery = &sim.deliveries()[0];
    assert_eq!(
        (delivery.attempt, delivery.status, delivery.received),
        (1, Some(200), true)
    );
    assert_eq!(delivery.requests, [request]);
}

#[tokio::test]
async fn the_save_and_test_burst_activates_only_a_receiver_that_keeps_the_rules() {
    let sim = Sim::builder()
        .webhook_timeout(Duration::from_millis(100))
        .start()
        .await
        .unwrap();
    let (receiver, url) = Receiver::start(&sim).await;
    for (manner, active) in [
        (Manner::Proper, true),
        (Manner::Cookies, false),
        (Manner::TrustsAnyone, false),
        (Manner::Fails, false),
        (Manner::Hangs, false),
    ] {
        receiver.behave(manner);
        let burst = sim.set_webhook(&url).await;
        assert_eq!(burst.active, active, "{burst:?}");
        assert_eq!(sim.device().webhook_is_active(), active);
    }
    let burst = sim.set_webhook("http://127.0.0.1:9/nobody").await;
    assert!(burst.steps.iter().all(|step| step.status.is_none() && !step.passed));
}

#[tokio::test]
async fn what_is_not_received_is_tried_for_24_hours_and_then_the_webhook_is_disabled() {
    let sim = Sim::builder().time_scale(1_000_000).start().await.unwrap();
    let till = Till::new(&sim);
    let (receiver, url) = Receiver::start(&sim).await;
    assert!(sim.set_webhook(&url).await.active);
    receiver.behave(Manner::Fails);
    till.submit(&invoice("A-1")).await;
    sim.await_deliveries(12).await;
    let deliveries = sim.deliveries();
    let due: Vec<u64> = deliveries.iter().map(|delivery| delivery.due.as_secs()).collect();
    assert_eq!(due.last(), Some(&86_400));
    let gaps: Vec<u64> = due.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.is_sorted(), "with decreasing frequency: {gaps:?}");
    assert!(
        deliveries
            .iter()
            .enumerate()
            .all(|(index, delivery)| delivery.attempt == index + 1 && !delivery.received)
    );
    sim.await_webhook_disabled().await;
    assert!(!sim.device().webhook_is_active());

    // Switched on again, it gets what is settled from then on.
    receiver.behave(Manner::Proper);
    assert!(sim.set_webhook(&url).await.active);
    let request = till.submit(&invoice("A-2")).await;
    assert_eq!(receiver.events(1).await, [request]);
}

#[tokio::test]
async fn a_receiver_that_recovers_gets_what_it_missed() {
    let sim = Sim::builder().time_scale(10_000).start().await.unwrap();
    let till = Till::new(&sim);
    let (receiver, url) = Receiver::start(&sim).await;
    sim.set_webhook(&url).await;
    receiver.behave(Manner::Cookies);
    let request = till.submit(&invoice("A-1")).await;
    sim.await_deliveries(2).await;
    receiver.behave(Manner::Proper);
    let seen = receiver.events(2).await;
    assert!(seen.iter().all(|id| *id == request));
    let received = sim
        .deliveries()
        .into_iter()
        .filter(|delivery| delivery.received)
        .count();
    assert!(received <= 1, "it is not pushed again once it was received");
}

#[tokio::test]
async fn a_result_can_come_before_the_reply_twice_late_or_never() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let (receiver, url) = Receiver::start(&sim).await;
    sim.set_webhook(&url).await;
    let plan = |fault| FaultPlan::default().with(fault, Dose::count(1));

    sim.set_faults(plan(Fault::WebhookBeforeReply));
    let first = till.submit(&invoice("A-1")).await;
    assert_eq!(
        receiver.events.borrow().clone(),
        std::slice::from_ref(&first),
        "it was there before the answer"
    );

    sim.set_faults(plan(Fault::WebhookDuplicate));
    let second = till.submit(&invoice("A-2")).await;
    assert_eq!(receiver.events(3).await[1..], [second.clone(), second]);

    sim.set_faults(plan(Fault::WebhookReorder));
    let third = till.submit(&invoice("A-3")).await;
    let fourth = till.submit(&invoice("A-4")).await;
    assert_eq!(receiver.events(5).await[3..], [fourth, third]);

    sim.set_faults(plan(Fault::WebhookReorder));
    let alone = till.submit(&invoice("A-5")).await;
    assert_eq!(
        receiver.events(6).await[5..],
        [alone],
        "it comes late even when nothing overtakes it"
    );

    sim.set_faults(plan(Fault::WebhookSilent));
    let silent = till.submit(&invoice("A-6")).await;
    assert!(sim.await_settled(&silent).await);
    let after = till.submit(&invoice("A-7")).await;
    let all = receiver.events(7).await;
    assert_eq!(all.last(), Some(&after));
    assert!(!all.contains(&silent));
    assert_eq!(sim.ledger().not_exactly_once().count(), 0);
}

#[tokio::test]
async fn a_result_is_pushed_again_when_asked_for() {
    let sim = Sim::start().await.unwrap();
    let till = Till::new(&sim);
    let push = async |body: &str| {
        let response = till
            .http
            .post(format!("{}/push", sim.control_url()))
            .body(body.to_owned());
        let response = response.send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    assert_eq!(push("").await.0, 404, "nothing has a result");
    let first = till.settle(&sim, &invoice("A-1")).await;
    let second = till.settle(&sim, &invoice("A-2")).await;
    assert_eq!(push("").await.0, 409, "nobody wants it");

    let (receiver, url) = Receiver::start(&sim).await;
    assert!(sim.set_webhook(&url).await.active);
    let (status, delivery) = push("").await;
    assert_eq!(
        (status, &delivery["received"], &delivery["status"]),
        (200, &true.into(), &200.into())
    );
    assert_eq!(push(r#"{"id": "A-1"}"#).await.0, 200);
    let id = |record: &Value| record["RequestId"].as_str().unwrap().to_owned();
    assert_eq!(receiver.events(2).await, [id(&second), id(&first)]);

    receiver.behave(Manner::Fails);
    assert_eq!(push("").await.1["received"], false);
    assert_eq!(push(r#"{"id": "A-9"}"#).await.0, 404);
    assert_eq!(
        sim.device().push_again(Some("A-9")).await,
        Err(fh_sim::PushError::NotSettled)
    );
    assert_eq!(sim.deliveries().len(), 3, "an attempt that failed is not made again");
}

#[tokio::test]
async fn cookies_are_tolerated_and_the_burst_is_short_where_the_switches_say_so() {
    let sim = Sim::start().await.unwrap();
    let (receiver, url) = Receiver::start(&sim).await;
    receiver.behave(Manner::Cookies);
    assert!(!sim.set_webhook(&url).await.active);
    sim.set("webhook_cookies", "tolerated").unwrap();
    let burst = sim.set_webhook(&url).await;
    assert!(burst.active && burst.steps.len() == 5, "{burst:?}");
    sim.set("webhook_burst", "valid").unwrap();
    receiver.behave(Manner::TrustsAnyone);
    let burst = sim.set_webhook(&url).await;
    assert!(burst.active && burst.steps.len() == 1, "{burst:?}");
}
