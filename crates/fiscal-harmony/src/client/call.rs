//! How a call is made: in a span, under a deadline, repeated only when that is harmless.

use std::{future::Future, time::Duration};

use fh_raw::{Error as RawError, ResponseValue, types::ProblemDetails};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, Span, debug, field};

use super::{
    handle::Client,
    translate::{Call, translate},
};
use crate::{Delivery, Error, ErrorKind, error::Details};

type Answer<T> = Result<T, RawError<ProblemDetails>>;

impl Client {
    /// A call that only reads, repeated under the policy on faults that pass.
    pub(super) async fn read<T, F>(&self, operation: &'static str, call: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Answer<ResponseValue<T>>>,
    {
        self.read_with(operation, || async {
            call().await.map(|answer| {
                self.note_date(answer.headers());
                answer.into_inner()
            })
        })
        .await
    }

    /// As [`read`](Self::read), for an answer that is not decoded JSON.
    pub(super) async fn read_with<T, F>(&self, operation: &'static str, call: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Answer<T>>,
    {
        let policy = self.shared.retry;
        let started = Instant::now();
        let deadline = started + policy.deadline;
        let mut attempt = 1;
        loop {
            let error = match timeout_at(deadline, attempt_in_span(operation, attempt, Call::Read, call())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => {
                    let mut details = Details::new(ErrorKind::Timeout, Delivery::MaybeSent, operation);
                    details.attempts = attempt;
                    // It only reads: asking again is harmless.
                    details.retryable = true;
                    return Err(details.into());
                }
            };
            let wait = error
                .is_retryable()
                .then(|| self.draw(|random| policy.wait(attempt, started.elapsed(), error.retry_after(), random)))
                .flatten();
            let Some(wait) = wait else {
                return Err(error.with_attempts(attempt));
            };
            debug!(operation, attempt, ?wait, "repeating a read");
            sleep(wait).await;
            attempt += 1;
        }
    }

    /// A call that changes something: made once.
    pub(super) async fn write<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Answer<ResponseValue<T>>>,
    ) -> Result<T, Error> {
        attempt_in_span(operation, 1, Call::Write, call)
            .await
            .map(ResponseValue::into_inner)
    }

    /// A call of the kind that is said: made once.
    pub(super) async fn once<T>(
        &self,
        operation: &'static str,
        call: Call,
        answer: impl Future<Output = Answer<T>>,
    ) -> Result<T, Error> {
        attempt_in_span(operation, 1, call, answer).await
    }

    /// A call that submits a document: made once.
    pub(super) async fn submission<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Answer<T>>,
    ) -> Result<T, Error> {
        attempt_in_span(operation, 1, Call::Submission, call).await
    }
}

/// One attempt. The span tells what was done and how it went, never what was said.
async fn attempt_in_span<T>(
    operation: &'static str,
    attempt: u32,
    call: Call,
    answer: impl Future<Output = Answer<T>>,
) -> Result<T, Error> {
    let span = tracing::info_span!(
        "fiscal_harmony",
        operation,
        attempt,
        status = field::Empty,
        duration_ms = field::Empty,
        delivery = field::Empty,
        trace_id = field::Empty,
    );
    let started = Instant::now();
    async {
        let result = answer.await.map_err(|raw| translate(operation, call, raw));
        let span = Span::current();
        span.record(
            "duration_ms",
            u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        );
        match &result {
            Ok(_) => span.record("status", "ok"),
            Err(error) => {
                if let Some(trace_id) = error.trace_id() {
                    span.record("trace_id", trace_id);
                }
                span.record("delivery", field::debug(error.delivery()));
                match error.status() {
                    Some(status) => span.record("status", status),
                    None => span.record("status", field::debug(error.kind())),
                }
            }
        };
        debug!("answered");
        result
    }
    .instrument(span)
    .await
}

/// Reads a body up to a limit. `Ok(None)` when it is longer.
pub(super) async fn read_capped(
    mut chunks: impl futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin,
    limit: usize,
) -> Answer<Option<bytes::Bytes>> {
    use futures_util::StreamExt;
    let mut body = bytes::BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(RawError::ResponseBodyError)?;
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body.freeze()))
}

/// How long to wait before the status is asked for the `polls`-th time: soon at first, then ever less often. The published
/// clients ask once, after three or six seconds \[vendor-code\].
pub(super) fn poll_ceiling(polls: u32) -> Duration {
    Duration::from_millis(250)
        .saturating_mul(1_u32.checked_shl(polls).unwrap_or(u32::MAX))
        .min(Duration::from_secs(8))
}
