//! The simulator's pushes against the receiver.

use std::{
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
};

use fh_sim::{Dose, Fault, FaultPlan, Sim};
use fiscal_harmony::{
    Buyer, Client, Environment, Invoice, Line, Outcome,
    auth::Credentials,
    tax::Tax,
    types::{Amount, CatDateTime, CurrencyCode, HsCode, SystemClock},
    webhook::{ConnectionLimits, Message, Receiver, Secrets, Sink, SinkError},
};
use tokio::net::TcpListener;

use crate::{Listening, Store};

fn client(sim: &Sim, credentials: Credentials) -> Client {
    Client::builder()
        .environment(Environment::Custom(sim.base_url()))
        .credentials(credentials)
        .identity(sim.identity())
        .build()
        .unwrap()
}

fn invoice(id: &str) -> Invoice {
    let soap = Line::builder()
        .description("Soap, 250 g")
        .hs_code(HsCode::parse("34011100").unwrap())
        .quantity(Amount::from_units(3))
        .unit_price(Amount::cents(1999))
        .tax(Tax::rated("VAT15.5", "15.5".parse().unwrap()))
        .build()
        .unwrap();
    Invoice::builder()
        .id(id)
        .date(CatDateTime::now(&SystemClock))
        .currency(CurrencyCode::parse("USD").unwrap())
        .buyer(Buyer::cash("Walk-in").unwrap())
        .lines(vec![soap])
        .build()
        .unwrap()
}

fn of(credentials: &Credentials, label: &str) -> Secrets {
    Secrets::new().with(label, credentials.secret().clone())
}

/// A store that can be out of order.
#[derive(Clone)]
struct Fragile {
    store: Store,
    broken: Arc<AtomicBool>,
}

impl Sink for Fragile {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err("no space left on the device".into());
        }
        self.store.keep(message).await
    }
}

#[tokio::test]
async fn it_passes_the_save_and_test_burst_and_gets_what_status_says() {
    let sim = Sim::start().await.unwrap();
    let store = Store::new();
    let receiver = Receiver::new(of(&sim.credentials(), "till-1"), store.clone());
    let listening = Listening::start(&receiver, ConnectionLimits::default()).await;
    let burst = sim.set_webhook(&listening.url()).await;
    assert!(burst.active && burst.steps.len() == 5, "{burst:?}");
    assert_eq!((receiver.counts().kept, receiver.counts().refused), (2, 3));

    let client = client(&sim, sim.credentials());
    let id = client.submit(&invoice("A-1")).await.unwrap();
    let kept = store.once(|kept| kept.outcomes.contains_key(id.as_str())).await;
    let status = client.outcome(&id).await.unwrap();
    assert!(status.receipt().is_some());
    assert_eq!(kept.outcomes[id.as_str()].receipt(), status.receipt());
    listening.stop().await;
}

#[tokio::test]
async fn with_another_secret_the_burst_does_not_pass() {
    let sim = Sim::start().await.unwrap();
    let receiver = Receiver::new(of(&sim.add_device().credentials(), "till-2"), Store::new());
    let listening = Listening::start(&receiver, ConnectionLimits::default()).await;
    assert!(!sim.set_webhook(&listening.url()).await.active);
    assert_eq!(receiver.counts().refused, 5);
    listening.stop().await;
}

#[tokio::test]
async fn news_of_several_devices_comes_under_their_labels() {
    let sim = Sim::start().await.unwrap();
    let second = sim.add_device();
    let secrets = of(&sim.credentials(), "till-1").with("till-2", second.credentials().secret().clone());
    let store = Store::new();
    let listening = Listening::start(&Receiver::new(secrets, store.clone()), ConnectionLimits::default()).await;
    assert!(sim.set_webhook(&listening.url()).await.active);
    assert!(second.set_webhook(&listening.url()).await.active);
    let one = client(&sim, sim.credentials()).submit(&invoice("A-1")).await.unwrap();
    let two = client(&sim, second.credentials())
        .submit(&invoice("B-1"))
        .await
        .unwrap();
    let both = |kept: &crate::Kept| [&one, &two].iter().all(|id| kept.outcomes.contains_key(id.as_str()));
    let kept = store.once(both).await;
    assert_eq!(
        (&*kept.labels[one.as_str()], &*kept.labels[two.as_str()]),
        ("till-1", "till-2")
    );
    listening.stop().await;
}

#[tokio::test]
async fn news_that_comes_before_the_submission_is_answered_is_kept() {
    let sim = Sim::start().await.unwrap();
    let store = Store::new();
    let receiver = Receiver::new(of(&sim.credentials(), "till-1"), store.clone());
    let listening = Listening::start(&receiver, ConnectionLimits::default()).await;
    assert!(sim.set_webhook(&listening.url()).await.active);
    sim.set_faults(FaultPlan::default().with(Fault::WebhookBeforeReply, Dose::count(1)));
    let id = client(&sim, sim.credentials()).submit(&invoice("A-1")).await.unwrap();
    assert!(
        store.kept().outcomes.contains_key(id.as_str()),
        "it was there before the answer"
    );
    listening.stop().await;
}

#[tokio::test]
async fn a_receiver_that_is_down_at_first_gets_what_it_missed() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let sim = Sim::builder()
        .webhook(format!("http://{address}/webhook"))
        .time_scale(10_000)
        .start()
        .await
        .unwrap();
    let id = client(&sim, sim.credentials()).submit(&invoice("A-1")).await.unwrap();
    sim.await_deliveries(2).await;
    assert!(
        sim.deliveries().iter().all(|delivery| delivery.status.is_none()),
        "nobody listens"
    );

    let store = Store::new();
    let receiver = Receiver::new(of(&sim.credentials(), "till-1"), store.clone());
    let listener = TcpListener::bind(address).await.unwrap();
    let listening = Listening::on(listener, &receiver, ConnectionLimits::default());
    let kept = store.once(|kept| kept.outcomes.contains_key(id.as_str())).await;
    assert!(matches!(kept.outcomes[id.as_str()], Outcome::Fiscalised(_)));
    listening.stop().await;
}

#[tokio::test]
async fn what_is_not_kept_is_delivered_for_24_hours_and_then_the_webhook_is_off_until_it_is_tested_anew() {
    let sim = Sim::builder().time_scale(1_000_000).start().await.unwrap();
    let sink = Fragile {
        store: Store::new(),
        broken: Arc::default(),
    };
    let receiver = Receiver::new(of(&sim.credentials(), "till-1"), sink.clone());
    let listening = Listening::start(&receiver, ConnectionLimits::default()).await;
    assert!(sim.set_webhook(&listening.url()).await.active);
    sink.broken.store(true, Ordering::SeqCst);
    let client = client(&sim, sim.credentials());
    let lost = client.submit(&invoice("A-1")).await.unwrap();
    sim.await_webhook_disabled().await;
    let deliveries = sim.deliveries();
    assert!(
        deliveries.iter().all(|delivery| delivery.status == Some(503)),
        "{deliveries:?}"
    );
    assert_eq!(deliveries.last().unwrap().due.as_secs(), 86_400);
    assert!(
        !sim.set_webhook(&listening.url()).await.active,
        "its test finds it broken"
    );

    sink.broken.store(false, Ordering::SeqCst);
    assert!(sim.set_webhook(&listening.url()).await.active);
    let later = client.submit(&invoice("A-2")).await.unwrap();
    let kept = sink.store.once(|kept| kept.outcomes.contains_key(later.as_str())).await;
    assert!(
        !kept.outcomes.contains_key(lost.as_str()),
        "it is never delivered again"
    );
    assert!(
        client.outcome(&lost).await.unwrap().receipt().is_some(),
        "but /status knows it"
    );
    listening.stop().await;
}
