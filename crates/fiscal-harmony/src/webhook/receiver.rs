use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum_core::body::Body;
use bon::bon;
use bytes::Bytes;
use fh_auth::header::SIGNATURE;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tokio::time::{Instant, timeout_at};
use tower_service::Service;
use tracing::{debug, warn};

use super::{
    body::{self, Budget, NotRead, Share},
    secrets::Secrets,
    signature::verify,
    sink::Sink,
};

/// Receives what the service pushes, by its rules: `POST`, a right signature or `401`, no cookies, and a `2xx` within 5 s
/// \[docs\], which is given only when the [`Sink`] has kept the news.
///
/// It is a tower service for any path: `Router::new().route_service("/webhook", receiver)`, or [`serve`](super::serve) for
/// a listener that has nothing else. Copies share one receiver.
///
/// | answer | when | what the service does \[docs\] |
/// | --- | --- | --- |
/// | `200` | kept; also what says nothing, names unknown submissions or cannot be read | it is done |
/// | `400`, `408` | the body broke off, or took too long | delivers again |
/// | `401` | no signature, or none that a secret made; nothing says which | delivers again |
/// | `405` | not `POST` | |
/// | `413` | the body is too long; found out before it is hashed | delivers again |
/// | `503` | the sink failed or was too slow, or there is no room for the body | delivers again |
///
/// Bodies and signatures are never logged.
pub struct Receiver<S> {
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    sink: S,
    secrets: RwLock<Arc<Secrets>>,
    max_body: usize,
    body_within: Duration,
    answer_within: Duration,
    budget: Arc<Budget>,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    kept: AtomicU64,
    refused: AtomicU64,
    not_read: AtomicU64,
    not_kept: AtomicU64,
}

/// What a receiver has answered since it began, and the bodies it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Deliveries answered `200`.
    pub kept: u64,
    /// Requests without a right signature.
    pub refused: u64,
    /// Requests whose body was too long, too slow, broken, or one too many.
    pub not_read: u64,
    /// Deliveries that the sink did not keep in time.
    pub not_kept: u64,
    /// Bytes of bodies held now.
    pub held_bytes: usize,
    /// The most bytes of bodies that were held at once.
    pub most_held_bytes: usize,
}

/// The service gives up after 5 s \[docs\]; an answer needs some time to travel.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

#[bon]
impl<S: Sink> Receiver<S> {
    /// A receiver with limits of your own.
    #[builder(builder_type(name = ReceiverBuilder, vis = "pub"), finish_fn = build)]
    pub fn builder(
        /// Who may sign.
        secrets: Secrets,
        /// Where news goes.
        sink: S,
        /// The longest body, in bytes. A record has under 1 KiB unless its reason is long.
        #[builder(default = 1024 * 1024)]
        max_body: usize,
        /// How many bytes of bodies may be held at once, over all requests; what comes on top is answered `503`. Longer
        /// bodies may take twice their length, since nobody says how long they are who can be trusted.
        #[builder(default = 32 * 1024 * 1024)]
        max_held: usize,
        /// How long the reading of a body may take.
        #[builder(default = Duration::from_secs(3))]
        body_within: Duration,
        /// How long all may take, from the last byte of the head to the answer; never over 4 s. When it is over the sink's
        /// future is dropped and the service told to deliver again.
        #[builder(default = ANSWER_WITHIN)]
        answer_within: Duration,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                sink,
                secrets: RwLock::new(Arc::new(secrets)),
                max_body,
                body_within,
                answer_within: answer_within.min(ANSWER_WITHIN),
                budget: Budget::new(max_held),
                counters: Counters::default(),
            }),
        }
    }

    /// A receiver with the usual limits.
    pub fn new(secrets: Secrets, sink: S) -> Self {
        Self::builder().secrets(secrets).sink(sink).build()
    }

    /// Takes other secrets from now on, as for a rotation; requests under way keep those they came under.
    pub fn replace_secrets(&self, secrets: Secrets) {
        *self.shared.secrets.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secrets);
    }

    /// What happened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let Shared { counters, budget, .. } = &*self.shared;
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            kept: of(&counters.kept),
            refused: of(&counters.refused),
            not_read: of(&counters.not_read),
            not_kept: of(&counters.not_kept),
            held_bytes: budget.held(),
            most_held_bytes: budget.most(),
        }
    }

    /// Answers one request. If the future is dropped, the sink's is dropped with it and nobody is answered: the service
    /// delivers again.
    pub async fn receive(&self, request: Request<Body>) -> Response<Body> {
        let status = self.answer(request).await;
        let header = match status {
            StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, "POST")),
            // What is left of the body is not worth reading, and would be taken for the next request.
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT | StatusCode::BAD_REQUEST => {
                Some((header::CONNECTION, "close"))
            }
            _ => None,
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }

    async fn answer(&self, request: Request<Body>) -> StatusCode {
        let (head, body) = request.into_parts();
        if head.method != Method::POST {
            return StatusCode::METHOD_NOT_ALLOWED;
        }
        let Shared { counters, budget, .. } = &*self.shared;
        let arrived = Instant::now();
        let mut share = Share::none(budget);
        let raw = match self.body(&head.headers, body, arrived, &mut share).await {
            Ok(raw) => raw,
            Err(status) => {
                counters.not_read.fetch_add(1, Ordering::Relaxed);
                debug!(%status, "a delivery was not read");
                return status;
            }
        };
        let secrets = self
            .shared
            .secrets
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Ok(message) = verify(&raw, signature(&head.headers), &secrets) else {
            counters.refused.fetch_add(1, Ordering::Relaxed);
            debug!(bytes = raw.len(), "a delivery without a right signature was refused");
            return StatusCode::UNAUTHORIZED;
        };
        drop(raw);
        for unreadable in &message.unreadable {
            let (element, reason) = (unreadable.index, &*unreadable.reason);
            warn!(
                label = &*message.label,
                element, reason, "a part of a delivery cannot be read"
            );
        }
        if !message.is_empty() {
            let label = message.label.clone();
            let failure = match timeout_at(arrived + self.shared.answer_within, self.shared.sink.keep(message)).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error),
                Err(_) => Some("it took too long".into()),
            };
            if let Some(error) = failure {
                counters.not_kept.fetch_add(1, Ordering::Relaxed);
                warn!(label = &*label, %error, "a delivery was not kept; the service is asked to deliver it again");
                return StatusCode::SERVICE_UNAVAILABLE;
            }
        }
        counters.kept.fetch_add(1, Ordering::Relaxed);
        StatusCode::OK
    }

    /// The body, read to its end even when the signature is missing: an answer that comes before the last byte of a
    /// request may be lost with its connection, and the service's test wants to see its `401`.
    async fn body(
        &self,
        headers: &HeaderMap,
        body: Body,
        arrived: Instant,
        share: &mut Share,
    ) -> Result<Bytes, StatusCode> {
        let claimed = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        if claimed.is_some_and(|length: u64| length > self.shared.max_body as u64) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let within = self.shared.body_within.min(self.shared.answer_within);
        let read = timeout_at(arrived + within, body::read(body, self.shared.max_body, share));
        match read.await {
            Ok(read) => read.map_err(|problem| match problem {
                NotRead::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
                NotRead::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
                NotRead::Broken => StatusCode::BAD_REQUEST,
            }),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        }
    }
}

/// The signature, of which there must be one; an empty one is never right.
fn signature(headers: &HeaderMap) -> &str {
    let mut all = headers.get_all(SIGNATURE).iter();
    match (all.next(), all.next()) {
        (Some(only), None) => only.to_str().unwrap_or_default(),
        _ => "",
    }
}

impl<S> Clone for Receiver<S> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<S> fmt::Debug for Receiver<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("max_body", &self.shared.max_body)
            .finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<B>> for Receiver<S>
where
    S: Sink,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<axum_core::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let receiver = self.clone();
        Box::pin(async move { Ok(receiver.receive(request.map(Body::new)).await) })
    }
}
