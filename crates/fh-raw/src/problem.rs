//! Refusals as problem documents, whatever the server or a proxy before it has said.
//!
//! The generated code decodes an error body as the documented JSON and drops the status when that fails, as it does
//! for the HTML of a gateway. Here such a body becomes a problem document that keeps status, headers and an excerpt.

use bytes::Bytes;
use fh_auth::header;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use reqwest::{ResponseBuilderExt, StatusCode, Url};

use crate::types::ProblemDetails;

/// The `type` of a problem document that this crate made because the server sent none that could be read. Its `detail`
/// is an excerpt of what was sent.
pub const UNREADABLE_BODY: &str = "urn:fh-raw:unreadable-body";

/// No more of an error body than this is read.
const BODY_LIMIT: usize = 64 * 1024;

/// No more characters of an unreadable body than this are shown.
const EXCERPT_LIMIT: usize = 500;

/// The values of a request that no error may repeat, should the server echo them.
pub(crate) struct Secrets([Option<HeaderValue>; 2]);

impl Secrets {
    pub(crate) fn of(request: &reqwest::Request) -> Self {
        // Copies of header values share their bytes: nothing is spelt out until there is an error to clean.
        Self([header::API_KEY, header::SIGNATURE].map(|name| request.headers().get(name).cloned()))
    }

    fn redact(&self, text: String) -> String {
        self.0
            .iter()
            .flatten()
            .filter_map(|value| value.to_str().ok())
            .filter(|secret| !secret.is_empty())
            .fold(text, |text, secret| text.replace(secret, "[redacted]"))
    }
}

/// An error response with a body that decodes as [`ProblemDetails`].
pub(crate) async fn readable(mut response: reqwest::Response, secrets: &Secrets) -> reqwest::Response {
    let body = read(&mut response).await;
    let text = secrets.redact(String::from_utf8_lossy(&body).into_owned());
    let status = response.status();
    let body = if serde_json::from_str::<ProblemDetails>(&text).is_ok() {
        text
    } else {
        synthesised(status, &text)
    };
    rebuilt(status, response.headers().clone(), response.url().clone(), body.into())
}

/// Up to [`BODY_LIMIT`] bytes. A connection that breaks here has still said its status.
async fn read(response: &mut reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < BODY_LIMIT
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk[..chunk.len().min(BODY_LIMIT - body.len())]);
    }
    body
}

fn synthesised(status: StatusCode, text: &str) -> String {
    let excerpt = excerpt(text);
    serde_json::json!({
        "type": UNREADABLE_BODY,
        "title": status.canonical_reason().unwrap_or("The request failed"),
        "status": status.as_u16(),
        "detail": (!excerpt.is_empty()).then_some(excerpt),
    })
    .to_string()
}

/// The beginning of a text on one line, without control characters.
fn excerpt(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = printable.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() > EXCERPT_LIMIT {
        let mut short: String = line.chars().take(EXCERPT_LIMIT).collect();
        short.push('…');
        short
    } else {
        line
    }
}

/// A response with another JSON body in it; the headers that described the old one are gone.
pub(crate) fn rebuilt(status: StatusCode, headers: HeaderMap, url: Url, body: Bytes) -> reqwest::Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    for stale in [CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING] {
        response.headers_mut().remove(stale);
    }
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // reqwest keeps the URL in a private extension that only its builder trait can set.
    let (mut parts, body) = response.into_parts();
    if let Ok(with_url) = http::Response::builder().url(url).body(()) {
        parts.extensions.extend(with_url.into_parts().0.extensions);
    }
    http::Response::from_parts(parts, body).into()
}
