//! How much of an answer is read: no server fills the memory of a till.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The longest answer that is read, in bytes: a fiscal invoice has a few pages, a list of mappings a few hundred entries.
const LIMIT: usize = 32 * 1024 * 1024;

/// An answer is longer than any that the service has reason to give. It is the cause of the error that reading it ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the answer is longer than {} MiB", LIMIT / (1024 * 1024))
    }
}

impl std::error::Error for TooLong {}

/// The same response, which breaks off with [`TooLong`] instead of going on for ever. One that says its length is never longer
/// than that, and costs nothing more when it is short enough.
pub(crate) fn limited(response: reqwest::Response) -> reqwest::Response {
    if response.content_length().is_some_and(|length| length <= LIMIT as u64) {
        return response;
    }
    http::Response::from(response)
        .map(|body| reqwest::Body::wrap(Limited { body, left: LIMIT }))
        .into()
}

struct Limited {
    body: reqwest::Body,
    left: usize,
}

impl Body for Limited {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(frame) => frame?,
        };
        let length = frame.data_ref().map_or(0, Bytes::len);
        Poll::Ready(Some(match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Ok(frame)
            }
            None => Err(TooLong.into()),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
