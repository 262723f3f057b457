use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, Request, State},
    response::Response,
    routing::{MethodFilter, on},
};
use http::StatusCode;
use hyper::service::Service;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    Operation, control,
    engine::Engine,
    flow::{self, HangUp},
    problem::problem,
};

/// How long answers under way may take once the listener is asked to end.
const GRACE: Duration = Duration::from_secs(2);

/// A listener on a loopback port, with its connections.
pub(crate) struct Listener {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Takes the port; the address says which when 0 was asked for.
    pub(crate) async fn bind(engine: Arc<Engine>, port: u16) -> io::Result<(SocketAddr, Self)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, router(engine), stopped));
        Ok((address, Self { stop, task }))
    }

    /// Lets answers under way finish, then closes.
    pub(crate) async fn finish(self) {
        self.stop.send_replace(true);
        let _ = self.task.await;
    }

    /// Closes at once, like a process that dies.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    pub(crate) fn abort(&self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone(), stopped.clone()));
                }
                // Out of file descriptors, or a peer that is gone already: give others time to close.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, finished).await;
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the simulator hangs up")]
struct HungUp;

async fn serve(stream: TcpStream, router: Router, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |request| {
        let answer = router.call(request);
        async move {
            // The router cannot fail.
            let response: Response = answer.await.map_err(|_| HungUp)?;
            // An error makes the server drop the connection without a byte.
            if response.extensions().get::<HangUp>().is_some() {
                Err(HungUp)
            } else {
                Ok(response)
            }
        }
    });
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

fn router(engine: Arc<Engine>) -> Router {
    let mut api = Router::new();
    for operation in Operation::ALL {
        let Ok(method) = MethodFilter::try_from(operation.method()) else {
            continue;
        };
        let handler =
            move |State(engine): State<Arc<Engine>>, Path(params): Path<HashMap<String, String>>, request: Request| {
                flow::handle(engine, operation, params, request)
            };
        if operation == Operation::ZReportPdf {
            // Where it is instead, by the switch z_report_pdf.
            api = api.route("/reports/z-report/{fiscalDay}/download", on(method, handler));
        }
        api = api.route(operation.path(), on(method, handler));
    }
    let prefix = engine.setup().options.prefix();
    let root = if prefix.is_empty() {
        api
    } else {
        Router::new().nest(&prefix, api)
    };
    root.merge(control::router())
        .fallback(async || problem(StatusCode::NOT_FOUND, "There is no such operation."))
        .with_state(engine)
}
