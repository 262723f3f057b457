//! The receiver of webhooks: what it refuses, what it keeps, and the simulator's pushes against it.

mod connection;
mod limits;
mod redelivery;
mod service;
mod verification;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use axum::body::Body;
use fiscal_harmony::{
    Outcome,
    auth::ApiSecret,
    webhook::{self, ConnectionLimits, Event, Message, Receiver, Secrets, Sink, SinkError},
};
use http::{Request, Response, StatusCode};
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
};

fn secret(text: &str) -> ApiSecret {
    ApiSecret::unchecked_format(text).unwrap()
}

fn till_1() -> ApiSecret {
    secret("the secret of till 1")
}

fn secrets() -> Secrets {
    Secrets::new().with("till-1", till_1())
}

fn rejected(id: &str) -> String {
    format!(r#"{{"RequestId":"{id}","Success":false,"IsActionable":true,"Error":"No TIN provided"}}"#)
}

fn fiscalised(id: &str, number: u32) -> String {
    format!(
        r#"{{"RequestId":"{id}","Success":true,"IsActionable":false,"Error":null,"QrData":{{"QrCodeUrl":"https://x.test/{id}",
        "VerificationCode":"CC86-EF9C-DFA9-68E3","FiscalDay":12,"DeviceId":33389,"InvoiceNumber":{number}}}}}"#
    )
}

fn signed(body: impl Into<Vec<u8>>) -> Request<Body> {
    let body = body.into();
    Request::post("/")
        .header("X-Api-Signature", webhook::sign(&till_1(), &body))
        .body(body.into())
        .unwrap()
}

fn status(response: &Response<Body>) -> StatusCode {
    assert!(response.headers().get("set-cookie").is_none(), "no cookies");
    response.status()
}

/// A store in memory that takes the same news any number of times, and never takes back a receipt.
#[derive(Clone)]
struct Store {
    state: watch::Sender<Kept>,
}

#[derive(Clone, Default, Debug)]
struct Kept {
    outcomes: BTreeMap<String, Outcome>,
    labels: BTreeMap<String, Arc<str>>,
    changes: usize,
    deliveries: usize,
    unreadable: usize,
}

impl Store {
    fn new() -> Self {
        Self {
            state: watch::Sender::new(Kept::default()),
        }
    }

    fn kept(&self) -> Kept {
        self.state.borrow().clone()
    }

    /// What is kept, once it is enough.
    async fn once(&self, enough: impl FnMut(&Kept) -> bool) -> Kept {
        self.state.subscribe().wait_for(enough).await.unwrap().clone()
    }
}

impl Kept {
    fn take(
        &mut self,
        label: &Arc<str>,
        Event {
            request_id, outcome, ..
        }: Event,
    ) {
        let id = request_id.as_str().to_owned();
        let news = match (self.outcomes.get(&id), &outcome) {
            (_, Outcome::Pending) | (Some(Outcome::Fiscalised(_)), _) => false,
            (Some(earlier), later) => format!("{earlier:?}") != format!("{later:?}"),
            (None, _) => true,
        };
        if news {
            self.changes += 1;
            self.labels.insert(id.clone(), label.clone());
            self.outcomes.insert(id, outcome);
        }
    }
}

impl Sink for Store {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        self.state.send_modify(|kept| {
            kept.deliveries += 1;
            kept.unreadable += message.unreadable.len();
            for event in message.events {
                kept.take(&message.label, event);
            }
        });
        Ok(())
    }
}

/// A receiver that listens on loopback until it is dropped or stopped.
struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Listening {
    async fn start<S: Sink>(receiver: &Receiver<S>, limits: ConnectionLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, receiver, limits)
    }

    fn on<S: Sink>(listener: TcpListener, receiver: &Receiver<S>, limits: ConnectionLimits) -> Self {
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(webhook::serve(listener, receiver.clone(), limits, async {
            let _ = stopped.await;
        }));
        Self { address, stop, task }
    }

    async fn stop(self) {
        drop(self.stop);
        self.task.await.unwrap();
    }

    fn url(&self) -> String {
        format!("http://{}/webhook", self.address)
    }
}
