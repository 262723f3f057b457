//! Listens for what the service sends by itself: webhooks, and the requests of the portal's Save & Test. Each is answered as the
//! documentation asks: 200 when it is rightly signed, 401 when it is not, and no cookies.

use std::{collections::BTreeMap, io, net::SocketAddr};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri},
};
use fh_auth::{ApiSecret, header, verify};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

use crate::exchange::{Answer, Reply, Request};

/// The longest body that is taken in.
const MAX_BODY: usize = 1024 * 1024;

/// A listener. It closes when dropped.
pub(crate) struct Ears {
    pub(crate) address: SocketAddr,
    arrived: mpsc::Receiver<(Request, Reply)>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Ear {
    secret: ApiSecret,
    arrivals: mpsc::Sender<(Request, Reply)>,
}

impl Ears {
    /// Opens the address.
    pub(crate) async fn open(address: SocketAddr, secret: ApiSecret) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (arrivals, arrived) = mpsc::channel(1000);
        let router = Router::new()
            .fallback(hear)
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(Ear { secret, arrivals });
        let task = tokio::spawn(async move {
            // It ends when it is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, arrived, task })
    }

    /// What arrives next.
    pub(crate) async fn next(&mut self) -> (Request, Reply) {
        match self.arrived.recv().await {
            Some(arrival) => arrival,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn hear(State(ear): State<Ear>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get(header::SIGNATURE).and_then(|value| value.to_str().ok());
    let (word, status) = match signature {
        None => ("none", StatusCode::UNAUTHORIZED),
        Some(signature) if verify(&body, signature, std::slice::from_ref(&ear.secret)).is_ok() => {
            ("right", StatusCode::OK)
        }
        Some(_) => ("wrong", StatusCode::UNAUTHORIZED),
    };
    let mut said = BTreeMap::from([("x-api-signature".to_owned(), word.to_owned())]);
    for name in ["content-type", "user-agent"] {
        if let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) {
            said.insert(name.to_owned(), value.to_owned());
        }
    }
    let request = Request {
        method: method.to_string(),
        path: uri.path().to_owned(),
        headers: said,
        body: Some(String::from_utf8_lossy(&body).into_owned()),
    };
    let reply = Reply::Answer(Answer {
        status: status.as_u16(),
        headers: BTreeMap::new(),
        body: String::new(),
        bytes: 0,
        millis: 0,
    });
    // Beyond what can be taken in, nothing new is learnt.
    let _ = ear.arrivals.try_send((request, reply));
    status
}
