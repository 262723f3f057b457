//! The generated client's errors, in this crate's words.

use std::time::Duration;

use fh_raw::{
    Error as RawError, TooLong, UNREADABLE_BODY,
    types::{FieldErrors, ProblemDetails},
};
use fh_types::jiff::Timestamp;
use http::HeaderMap;

use crate::{
    Delivery, Error, ErrorKind, FieldError,
    error::{Details, redacted_excerpt},
};

/// What kind of call failed, which decides what a lost answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// It only reads: repeating it is harmless.
    Read,
    /// It changes something that can be looked at afterwards.
    Write,
    /// It submits a document.
    Submission,
}

/// Translates one failed attempt.
pub(super) fn translate(operation: &'static str, call: Call, raw: RawError<ProblemDetails>) -> Error {
    let mut details = match raw {
        RawError::InvalidRequest(message) | RawError::Custom(message) => {
            let mut details = Details::new(ErrorKind::Unexpected, Delivery::NotSent, operation);
            details.source = Some(message.into());
            details
        }
        RawError::CommunicationError(error) | RawError::ResponseBodyError(error) if too_long(&error) => {
            let mut details = Details::new(ErrorKind::Decode, read_in_part(call), operation);
            details.source = Some(Box::new(TooLong));
            details
        }
        RawError::CommunicationError(error) => communication(operation, error),
        RawError::ErrorResponse(response) => {
            let status = response.status().as_u16();
            let mut details = Details::new(kind_of(status), delivery_of(status), operation);
            details.status = Some(status);
            details.retry_after = retry_after(response.headers());
            fill(&mut details, response.into_inner());
            details
        }
        RawError::InvalidResponsePayload(bytes, error) => {
            let mut details = Details::new(ErrorKind::Decode, Delivery::Accepted, operation);
            details.decode_path = Some(format!("line {}, column {}", error.line(), error.column()));
            details.excerpt = Some(redacted_excerpt(&bytes));
            details.source = Some(Box::new(error));
            details
        }
        RawError::ResponseBodyError(error) | RawError::InvalidUpgrade(error) => {
            let kind = if error.is_timeout() {
                ErrorKind::Timeout
            } else {
                ErrorKind::Connection
            };
            let mut details = Details::new(kind, read_in_part(call), operation);
            details.source = Some(Box::new(error.without_url()));
            details
        }
        RawError::UnexpectedResponse(response) => {
            let status = response.status();
            // Neither success nor error: a redirect, most likely. It is not followed, and nothing was processed.
            let delivery = if status.is_success() {
                Delivery::MaybeSent
            } else {
                Delivery::Refused
            };
            let mut details = Details::new(ErrorKind::Unexpected, delivery, operation);
            details.status = Some(status.as_u16());
            details
        }
    };
    let transient = matches!(
        details.kind,
        ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::Server
            | ErrorKind::TooManyRequests
    );
    details.retryable = match call {
        Call::Read => transient,
        Call::Write | Call::Submission => {
            (details.kind == ErrorKind::Connect && details.delivery == Delivery::NotSent)
                || details.kind == ErrorKind::TooManyRequests
        }
    };
    details.into()
}

/// An answer that began and was not read to its end: of a submission, it may have been a success.
fn read_in_part(call: Call) -> Delivery {
    match call {
        Call::Submission => Delivery::MaybeSent,
        Call::Read | Call::Write => Delivery::Accepted,
    }
}

/// Whether reading was broken off because there was no end to it.
fn too_long(error: &reqwest::Error) -> bool {
    std::iter::successors(std::error::Error::source(error), |error| error.source()).any(|error| error.is::<TooLong>())
}

fn communication(operation: &'static str, error: reqwest::Error) -> Details {
    let (kind, delivery) = if error.is_connect() {
        (ErrorKind::Connect, Delivery::NotSent)
    } else if error.is_builder() {
        (ErrorKind::Unexpected, Delivery::NotSent)
    } else if error.is_timeout() {
        (ErrorKind::Timeout, Delivery::MaybeSent)
    } else {
        (ErrorKind::Connection, Delivery::MaybeSent)
    };
    let mut details = Details::new(kind, delivery, operation);
    details.source = Some(Box::new(Chain(error.without_url())));
    details
}

/// A transport error that shows its causes, where the reason stands.
#[derive(Debug)]
struct Chain(reqwest::Error);

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = std::error::Error::source(&self.0);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Chain {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 | 403 => ErrorKind::Unauthorised,
        402 => ErrorKind::PaymentRequired,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::TooManyRequests,
        408 => ErrorKind::Timeout,
        400..=499 => ErrorKind::Invalid,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Unexpected,
    }
}

fn delivery_of(status: u16) -> Delivery {
    match status {
        // A conflict says that something of that id is there already; a server fault can come after the taking.
        408 | 409 | 500..=599 => Delivery::MaybeSent,
        _ => Delivery::Refused,
    }
}

fn fill(details: &mut Details, problem: ProblemDetails) {
    if problem.type_.as_deref() == Some(UNREADABLE_BODY) {
        details.excerpt = problem
            .detail
            .filter(|text| !text.is_empty())
            .map(|text| redacted_excerpt(text.as_bytes()));
        return;
    }
    details.trace_id = problem.trace_id;
    details.title = match (problem.title, problem.detail) {
        (Some(title), Some(detail)) if !detail.is_empty() => Some(format!("{title} {detail}")),
        (title, detail) => title.or(detail),
    };
    details.fields = problem
        .errors
        .unwrap_or_default()
        .into_iter()
        .map(|(field, messages)| FieldError {
            field,
            messages: match messages {
                FieldErrors::Array(messages) => messages,
                FieldErrors::String(message) => vec![message],
                _ => Vec::new(),
            },
        })
        .collect();
}

/// `Retry-After` in seconds or as a date, which is measured against the answer's own `Date`, so that this machine's clock
/// does not matter.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok();
    let then = date(value)?;
    let now = date(headers.get(http::header::DATE)?.to_str().ok()?)?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use fh_raw::ResponseValue;
    use http::{HeaderValue, StatusCode, header};

    use super::*;

    fn refused(status: u16, call: Call, problem: &str, headers: HeaderMap) -> Error {
        let problem = serde_json::from_str(problem).unwrap();
        let response = ResponseValue::new(problem, StatusCode::from_u16(status).unwrap(), headers);
        translate("submit_invoice", call, RawError::ErrorResponse(response))
    }

    #[test]
    fn every_status_says_whether_the_document_may_have_arrived() {
        for (status, delivery, retryable) in [
            (400, Delivery::Refused, false),
            (401, Delivery::Refused, false),
            (402, Delivery::Refused, false),
            (404, Delivery::Refused, false),
            (408, Delivery::MaybeSent, false),
            (409, Delivery::MaybeSent, false),
            (413, Delivery::Refused, false),
            (422, Delivery::Refused, false),
            (429, Delivery::Refused, true),
            (500, Delivery::MaybeSent, false),
            (502, Delivery::MaybeSent, false),
            (503, Delivery::MaybeSent, false),
        ] {
            let error = refused(status, Call::Submission, "{}", HeaderMap::new());
            assert_eq!(
                (error.delivery(), error.is_retryable()),
                (delivery, retryable),
                "{status}"
            );
        }
        assert!(refused(503, Call::Read, "{}", HeaderMap::new()).is_retryable());
        assert!(!refused(503, Call::Write, "{}", HeaderMap::new()).is_retryable());
    }

    #[test]
    fn problem_details_become_field_errors() {
        let problem = r#"{"title":"One or more validation errors occurred.","status":400,"traceId":"00-ab-01",
            "errors":{"LineItems[0].ProductCode":["The ProductCode field is required."],"Date":"bad"}}"#;
        let error = refused(400, Call::Submission, problem, HeaderMap::new());
        assert_eq!(error.trace_id(), Some("00-ab-01"));
        assert_eq!(error.field_errors().len(), 2);
        let text = error.to_string();
        assert!(
            text.contains("[LineItems[0].ProductCode: The ProductCode field is required.]"),
            "{text}"
        );
        assert!(text.contains("One or more validation errors occurred."), "{text}");
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("17"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(17)));
        headers.insert(header::DATE, HeaderValue::from_static("Wed, 21 Oct 2026 07:28:00 GMT"));
        headers.insert(
            header::RETRY_AFTER,
            HeaderValue::from_static("Wed, 21 Oct 2026 07:28:30 GMT"),
        );
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(30)));
        headers.insert(
            header::RETRY_AFTER,
            HeaderValue::from_static("Wed, 21 Oct 2026 07:00:00 GMT"),
        );
        assert_eq!(retry_after(&headers), Some(Duration::ZERO));
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("soon"));
        assert_eq!(retry_after(&headers), None);
    }
}
