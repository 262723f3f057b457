//! A morning in the shop, over HTTP, against the simulator.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{future::pending, time::Duration};

use fh_outbox::State;
use fh_sim::Sim;
use fiscal_harmony::{
    Client, Environment,
    webhook::{self, ConnectionLimits, Receiver, Secrets},
};
use pos::{counter, shop::Shop};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A till's conversation with the shop: what it is answered to a body that it posts, or to a question.
async fn ask(shop: &Shop, path: &str, body: Option<Value>) -> (u16, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}{path}", listener.local_addr().unwrap());
    let router = counter::router(shop.clone());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let http = reqwest::Client::new();
    let request = match &body {
        Some(body) => http.post(url).json(body),
        None => http.get(url),
    };
    let answer = request.send().await.unwrap();
    let answer = (answer.status().as_u16(), answer.text().await.unwrap());
    server.abort();
    answer
}

fn loaves(id: &str, count: u32) -> Option<Value> {
    Some(json!({ "id": id, "buyer": "Walk-in", "articles": [["BREAD", count]] }))
}

fn stale(id: &str, count: u32) -> Option<Value> {
    Some(json!({ "id": id, "reason": "stale", "lines": [[0, count]] }))
}

async fn settled(shop: &Shop, id: &str) -> State {
    shop.outbox().wait(id, Duration::from_secs(60)).await.unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_fiscalised_printed_and_a_part_of_it_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::start().await.unwrap();
    let shop = Shop::open(&folder.path().join("shop.db")).await.unwrap();
    // Nobody works on the outbox yet: the sale is safe, and there is nothing to print.
    assert_eq!(ask(&shop, "/sales", loaves("S-1", 3)).await.0, 202);
    assert_eq!(ask(&shop, "/receipts/S-1", None).await.0, 409);
    // The till lost the answer and hands the same sale in again.
    assert_eq!(ask(&shop, "/sales", loaves("S-1", 3)).await.0, 202);

    let pushes = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", pushes.local_addr().unwrap());
    let secrets = Secrets::new().with("till-1", sim.credentials().secret().clone());
    let receiver = Receiver::new(secrets, shop.outbox().clone());
    tokio::spawn(webhook::serve(pushes, receiver, ConnectionLimits::default(), pending()));
    sim.set_webhook(&url).await;
    let client = Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(sim.credentials())
        .identity(sim.identity())
        .build()
        .unwrap();
    let outbox = shop.outbox().clone();
    tokio::spawn(async move { outbox.run(&client, pending()).await });
    assert_eq!(settled(&shop, "S-1").await, State::Fiscalised);
    let (_, paper) = ask(&shop, "/receipts/S-1", None).await;
    for printed in ["Corner Shop", "TOTAL USD", "3.75", "Verification code"] {
        assert!(paper.contains(printed), "{printed:?} is not on\n{paper}");
    }

    assert_eq!(ask(&shop, "/sales/S-1/refunds", stale("R-1", 2)).await.0, 202);
    assert_eq!(settled(&shop, "R-1").await, State::Fiscalised);
    let (status, why) = ask(&shop, "/sales/S-1/refunds", stale("R-2", 2)).await;
    assert_eq!(status, 422, "one loaf is left of the sale: {why}");
    // What failed inside the transaction has not used up the id.
    assert_eq!(ask(&shop, "/sales/S-1/refunds", stale("R-2", 1)).await.0, 202);
    assert_eq!(settled(&shop, "R-2").await, State::Fiscalised);
    let counted = ["S-1", "R-1", "R-2"].map(|id| sim.ledger().of(id).fiscalised);
    assert_eq!(counted, [1, 1, 1]);
}

#[tokio::test]
async fn what_cannot_be_sold_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(&folder.path().join("shop.db")).await.unwrap();
    let nothing = json!({ "id": "S-1", "buyer": "Walk-in", "articles": [["GOLD", 1]] });
    assert_eq!(ask(&shop, "/sales", Some(nothing)).await.0, 422);
    assert_eq!(ask(&shop, "/receipts/S-1", None).await.0, 404);
    // The id is still free.
    assert_eq!(ask(&shop, "/sales", loaves("S-1", 1)).await.0, 202);
}
