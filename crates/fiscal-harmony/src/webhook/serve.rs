use std::{convert::Infallible, future::Future, pin::pin, sync::Arc, time::Duration};

use axum_core::body::Body;
use bon::Builder;
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_service::Service;

/// What a connection may cost, before a request has told who it is from.
#[derive(Debug, Clone, Copy, Builder)]
#[non_exhaustive]
pub struct ConnectionLimits {
    /// How many there may be at once; more wait unaccepted.
    #[builder(default = 1024)]
    pub connections: usize,
    /// The longest head of a request, in bytes, and the buffer of a connection; at least 8 KiB. More is answered `431`.
    #[builder(default = 16 * 1024)]
    pub head: usize,
    /// How long a head may take, or the wait for the next one.
    #[builder(default = Duration::from_secs(5))]
    pub head_within: Duration,
    /// How long a connection may last. The request under way is answered first.
    #[builder(default = Duration::from_secs(600))]
    pub lifetime: Duration,
    /// How long requests under way may still take when a connection, or all of it, is to end.
    #[builder(default = Duration::from_secs(5))]
    pub grace: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self::builder().build()
    }
}

/// Listens until `shutdown` is done, and answers by `service`: a [`Receiver`](super::Receiver), or a router of axum's.
///
/// It speaks HTTP/1 without TLS. The service only pushes to HTTPS on port 443 \[docs\], so something that ends TLS stands
/// before it, or a tunnel; the limits here hold all the same, as they may be misconfigured there.
///
/// If the future is dropped, the listener and all connections close at once. Deliveries under way go unanswered, and come
/// again.
pub async fn serve<S>(listener: TcpListener, service: S, limits: ConnectionLimits, shutdown: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    let room = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let place = room.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (place, accepted) = accepted => match accepted {
                Ok((stream, _)) => {
                    let (service, stopped) = (service.clone(), stopped.clone());
                    connections.spawn(async move {
                        converse(stream, service, limits, stopped).await;
                        drop(place);
                    });
                }
                // Out of file descriptors, or a peer that is gone already: give others time to close.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
        }
    }
    drop((listener, stop));
    let finished = async { while connections.join_next().await.is_some() {} };
    // What is still open then is dropped; a delivery without an answer comes again.
    let _ = timeout(limits.grace, finished).await;
}

async fn converse<S>(stream: TcpStream, service: S, limits: ConnectionLimits, mut stopped: watch::Receiver<()>)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    // Without it an answer may wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(limits.head.max(8 * 1024))
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => {}
        () = sleep(limits.lifetime) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.grace, connection).await;
}
