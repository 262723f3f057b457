//! Bodies of requests, under a limit of length and of time.

use std::time::Duration;

use axum::{body::Body, http::StatusCode};

use crate::problem::Problem;

/// The longest document. The longest real ones have a few hundred lines of 200 bytes.
const MAX_BODY: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);

pub(crate) async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    match tokio::time::timeout(BODY_WITHIN, axum::body::to_bytes(body, MAX_BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(_)) => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too long",
            "a document has at most 1 MiB, and its body must arrive whole",
        )),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "Too slow",
            "the body did not arrive within 10 seconds",
        )),
    }
}
