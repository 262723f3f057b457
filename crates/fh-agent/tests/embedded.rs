//! A program of its own has the agent inside: one process with an outbox, a simulator and a till.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic about")]

use std::{sync::Arc, time::Duration};

use fh_agent::{Agent, AgentError, OPENAPI, Token};
use fh_auth::{AppVersion, Application, Identity, Station};
use fh_outbox::{Outbox, Policy};
use fh_sim::{Operation, Sim};
use fh_types::{CatDateTime, Clock, SystemClock};
use fiscal_harmony::{Client, Environment, document::AllowedFields, webhook::Secrets};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot};

struct World {
    folder: TempDir,
    sim: Sim,
    outbox: Outbox,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut policy = Policy::default();
        policy.webhooks = true;
        let file = folder.path().join("outbox.db");
        let outbox = Outbox::open_with(file, policy, Arc::new(SystemClock)).await.unwrap();
        Self {
            folder,
            sim: Sim::start().await.unwrap(),
            outbox,
        }
    }

    fn client(&self) -> Client {
        Client::builder()
            .environment(Environment::Custom(self.sim.base_url().to_owned()))
            .credentials(self.sim.credentials().clone())
            .identity(Identity::new(
                Application::new("My POS").unwrap(),
                Station::new("till-1").unwrap(),
                AppVersion::new("2.4").unwrap(),
            ))
            .build()
            .unwrap()
    }

    fn token(&self) -> (Token, String) {
        let file = self.folder.path().join("token");
        let (token, _) = Token::of_file(&file).unwrap();
        (token, std::fs::read_to_string(file).unwrap().trim().to_owned())
    }
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

fn invoice(id: &str) -> Value {
    let at = CatDateTime::from_timestamp(SystemClock.now() - Duration::from_secs(60));
    json!({
        "InvoiceId": id, "InvoiceNumber": id, "IsTaxInclusive": true, "BuyerContact": {"Name": "Cash Customer"},
        "Date": at.to_string(),
        "LineItems": [{"Description": "Fresh milk 1 l", "ProductCode": "04012000", "UnitAmount": 1.65, "Quantity": 3,
            "LineAmount": 4.95, "TaxCode": "ZERO"}],
        "SubTotal": 4.95, "TotalTax": 0, "Total": 4.95, "CurrencyCode": "USD", "PaymentMethod": "Cash"
    })
}

#[tokio::test]
async fn a_program_takes_a_sale_to_its_receipt_through_the_agent_inside_it() {
    let world = World::new().await;
    let (token, text) = world.token();
    let (api, address) = listener().await;
    let (pushed, receiver) = listener().await;
    let secrets = Secrets::new().with("till-1", world.sim.credentials().secret().clone());
    let agent = Agent::builder(world.outbox.clone())
        .lane("till-1", world.client())
        .token(token)
        .seller(["Baobab Stores", "TIN 2000123456"])
        .webhooks(pushed, secrets)
        .build()
        .unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(agent.serve(api, async {
        let _ = stopped.await;
    }));
    assert!(world.sim.set_webhook(&format!("{receiver}/")).await.active);

    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| {
        let asked = http.get(format!("{address}{path}")).bearer_auth(&text);
        asked
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    let stranger = http.get(format!("{address}/v1/stats")).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);

    let till = http.post(format!("{address}/v1/documents?wait=30")).bearer_auth(&text);
    let answer = till.json(&invoice("INV-1")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let entry: Value = answer.json().await.unwrap();
    assert_eq!(
        (&entry["state"], &entry["lane"]),
        (&"fiscalised".into(), &"till-1".into())
    );
    assert_eq!(world.sim.ledger().of("INV-1").fiscalised, 1);
    // The result was pushed; nobody had to ask for it.
    assert!(!world.sim.requests().contains_key(&Operation::Status));
    let receipt = get("/v1/documents/INV-1/receipt.txt").await;
    assert!(receipt.contains("Baobab Stores"), "{receipt}");
    assert_eq!(get("/v1/openapi.json").await, OPENAPI);

    drop(stop);
    served.await.unwrap().unwrap();
    assert!(
        http.get(format!("{address}/healthz")).send().await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn an_agent_that_is_dropped_listens_no_longer_and_its_documents_stay() {
    let world = World::new().await;
    let (token, text) = world.token();
    world.sim.stop_listening().await;
    let (api, address) = listener().await;
    let agent = Agent::builder(world.outbox.clone())
        .lane("till-1", world.client())
        .token(token)
        .build()
        .unwrap();
    let served = tokio::spawn(agent.serve(api, std::future::pending()));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let till = http.post(format!("{address}/v1/documents")).bearer_auth(&text);
    let answer = till.json(&invoice("INV-1")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    served.abort();
    assert!(served.await.unwrap_err().is_cancelled());
    assert!(http.get(format!("{address}/healthz")).send().await.is_err());
    assert!(!world.outbox.find("INV-1").await.unwrap().state.is_settled());
}

#[tokio::test]
async fn an_agent_without_a_lane_or_a_token_is_none() {
    let world = World::new().await;
    let builder = || Agent::builder(world.outbox.clone());
    assert_eq!(
        builder().token(world.token().0).build().unwrap_err(),
        AgentError::NoLane
    );
    assert_eq!(
        builder().lane("a", world.client()).build().unwrap_err(),
        AgentError::NoToken
    );
    let twice = builder().lane("a", world.client()).lane("a", world.client());
    assert_eq!(
        twice.token(world.token().0).build().unwrap_err(),
        AgentError::LaneTwice("a".to_owned())
    );
    let elsewhere = builder().lane("a", world.client()).allow_fields("b", due_date());
    assert_eq!(
        elsewhere.token(world.token().0).build().unwrap_err(),
        AgentError::NoSuchLane("b".to_owned())
    );
}

fn due_date() -> AllowedFields {
    AllowedFields::named(["DueDate"]).unwrap()
}

#[tokio::test]
async fn a_field_that_is_allowed_on_a_lane_is_kept_and_warned_of_and_others_are_refused() {
    let world = World::new().await;
    let (token, text) = world.token();
    let (api, address) = listener().await;
    let agent = Agent::builder(world.outbox.clone())
        .lane("till-1", world.client())
        .lane("till-2", world.client())
        .allow_fields("till-1", due_date())
        .token(token)
        .build()
        .unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(agent.serve(api, async {
        let _ = stopped.await;
    }));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let hand_in = async |lane: &str, field: &str| {
        let mut document = invoice("INV-1");
        document[field] = json!("2026-12-24");
        let till = http
            .post(format!("{address}/v1/documents?lane={lane}"))
            .bearer_auth(&text);
        let answer = till.json(&document).send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    for (lane, field) in [("till-2", "DueDate"), ("till-1", "duedate"), ("till-1", "isretry")] {
        let (status, problem) = hand_in(lane, field).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains(&format!("`{field}`")),
            "{problem}"
        );
    }
    let (status, taken) = hand_in("till-1", "DueDate").await;
    assert!(status.is_success(), "{taken}");
    let rules: Vec<_> = taken["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| &found["rule"])
        .collect();
    assert!(rules.contains(&&json!("PF40")), "{taken}");
    let kept = world.outbox.document("INV-1").await.unwrap();
    assert_eq!(kept.view().extra["DueDate"], "2026-12-24");
    drop(stop);
    served.await.unwrap().unwrap();
}
