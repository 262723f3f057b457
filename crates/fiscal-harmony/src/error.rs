use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

/// What became of the request: the question that decides whether a submission may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Nothing left this machine. Sending again is safe.
    NotSent,
    /// The service answered and did not take it. Sending the same again is safe, and useless unless something changes.
    Refused,
    /// Bytes may have arrived and the answer was lost, unreadable, or a server fault. **Sending again blindly can fiscalise
    /// twice**: ask for the status first, or resend with `IsRetry` after a wait, as the outbox does.
    MaybeSent,
    /// The service took it; what failed came afterwards, while reading the answer.
    Accepted,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The document could not be written as JSON.
    Document,
    /// [`Client::call`](crate::Client::call) was given a path that is none below the base URL.
    Path,
    /// No connection: wrong address, no network, no trust in the certificate.
    Connect,
    /// No answer in time.
    Timeout,
    /// The connection broke between request and answer.
    Connection,
    /// 401 or 403: the key is unknown, the signature does not match, or a required header is missing.
    Unauthorised,
    /// 402: by its meaning, the subscription is not paid \[inferred\].
    PaymentRequired,
    /// 404: no fiscal device on the account, or a wrong base URL \[docs\]\[vendor-code\].
    NotFound,
    /// 400, 413, 415, 422: the service does not accept the form of the request.
    Invalid,
    /// 429: too many requests.
    TooManyRequests,
    /// 5xx: the service, or something in front of it, failed.
    Server,
    /// A success whose content cannot be read.
    Decode,
    /// Anything else that was answered.
    Unexpected,
}

/// A field that the service found wrong, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The field, such as `LineItems[0].ProductCode`.
    pub field: String,
    /// What is wrong with it.
    pub messages: Vec<String>,
}

impl FieldError {
    /// A field and what is wrong with it, for tests and for whoever keeps errors.
    #[must_use]
    pub fn new(field: impl Into<String>, messages: Vec<String>) -> Self {
        Self {
            field: field.into(),
            messages,
        }
    }
}

/// A call that did not succeed.
///
/// [`delivery`](Self::delivery) is the axis: whether the request may have been taken. Texts from the service are kept in
/// full where they are structured (title, field errors) and as a short, redacted excerpt otherwise. Copies are cheap.
#[derive(Clone)]
pub struct Error(Arc<Details>);

/// The name of an operation that the specification does not know.
pub(crate) const CALL: &str = "call";

pub(crate) struct Details {
    pub(crate) kind: ErrorKind,
    pub(crate) delivery: Delivery,
    pub(crate) operation: &'static str,
    pub(crate) retryable: bool,
    pub(crate) attempts: u32,
    pub(crate) status: Option<u16>,
    pub(crate) title: Option<String>,
    pub(crate) fields: Vec<FieldError>,
    pub(crate) trace_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) excerpt: Option<String>,
    pub(crate) decode_path: Option<String>,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Details {
    pub(crate) fn new(kind: ErrorKind, delivery: Delivery, operation: &'static str) -> Self {
        Self {
            kind,
            delivery,
            operation,
            retryable: false,
            attempts: 1,
            status: None,
            title: None,
            fields: Vec::new(),
            trace_id: None,
            retry_after: None,
            excerpt: None,
            decode_path: None,
            source: None,
        }
    }
}

impl From<Details> for Error {
    fn from(details: Details) -> Self {
        Self(Arc::new(details))
    }
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the request may have been taken.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// True when the same call may be made again and could then succeed. Never true for a submission that may have
    /// arrived.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// The operation, by its id in the specification, such as `submit_invoice`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// How often the call was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    pub(crate) fn with_attempts(self, attempts: u32) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(details) => Details { attempts, ..details }.into(),
            Err(shared) => Self(shared),
        }
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's own name for the failure, to quote to its support.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// How long the service asks to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What the service found wrong, field by field.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The beginning of an answer that could not be understood, at most 200 characters, with long tokens blanked.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// Where in the answer's JSON the reading failed, such as `[0].QrData.FiscalDay`.
    #[must_use]
    pub fn decode_path(&self) -> Option<&str> {
        self.0.decode_path.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        write!(f, "{}: {}", details.operation, headline(details.kind))?;
        if let Some(status) = details.status {
            write!(f, " (HTTP {status})")?;
        }
        if let Some(title) = &details.title {
            write!(f, ": {title}")?;
        }
        for field in &details.fields {
            write!(f, " [{}: {}]", field.field, field.messages.join(" "))?;
        }
        if let Some(path) = &details.decode_path {
            write!(f, " at {path}")?;
        }
        if let Some(source) = &details.source {
            write!(f, ": {source}")?;
        }
        if let Some(excerpt) = &details.excerpt {
            write!(f, "; the answer began {excerpt:?}")?;
        }
        if details.attempts > 1 {
            write!(f, "; tried {} times", details.attempts)?;
        }
        if let Some(wait) = details.retry_after {
            write!(f, "; the service asks to wait {} s", wait.as_secs())?;
        }
        if let Some(trace_id) = &details.trace_id {
            write!(f, "; trace id {trace_id}")?;
        }
        write!(f, "; {}", advice(details))
    }
}

fn headline(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Document => "the document cannot be written as JSON",
        ErrorKind::Path => "the path is not one below the base URL",
        ErrorKind::Connect => "no connection to the service",
        ErrorKind::Timeout => "no answer in time",
        ErrorKind::Connection => "the connection broke before the answer came",
        ErrorKind::Unauthorised => "the credentials were refused",
        ErrorKind::PaymentRequired => "the service asks for payment",
        ErrorKind::NotFound => "not found",
        ErrorKind::Invalid => "the service does not accept the request",
        ErrorKind::TooManyRequests => "too many requests",
        ErrorKind::Server => "the service failed",
        ErrorKind::Decode => "the answer cannot be read",
        ErrorKind::Unexpected => "an unexpected answer",
    }
}

/// What to do next, in one clause.
fn advice(details: &Details) -> &'static str {
    let submission = details.operation.starts_with("submit_");
    match (details.kind, details.delivery) {
        (_, Delivery::MaybeSent) if submission => {
            "the document may have been taken: do not send it again blindly, ask for its status or resend it as a retry"
        }
        (_, Delivery::MaybeSent) if details.operation == CALL => {
            "it may have been done: look before calling again, since nothing of it is repeated by itself"
        }
        (ErrorKind::Path, _) => {
            "nothing was sent; write it as /Resource/1, and put what it names into %XX where need be"
        }
        (ErrorKind::Unauthorised, _) => {
            "check the API key and secret, the application's name and the station; a wrong secret is only noticed on signed calls"
        }
        (ErrorKind::NotFound, _) => {
            "either it does not exist (no fiscal device on this account?) or the base URL is wrong"
        }
        (ErrorKind::PaymentRequired, _) => "look at the subscription in the portal",
        (ErrorKind::Invalid | ErrorKind::Document, _) => "correct the fields named and send it again",
        (ErrorKind::Connect, _) => "nothing was sent; check the network and the base URL, then try again",
        (ErrorKind::TooManyRequests, _) => "nothing was taken; wait and try again",
        (ErrorKind::Decode, _) => "the service may have changed; please report this",
        _ => "try again later",
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        f.debug_struct("Error")
            .field("kind", &details.kind)
            .field("delivery", &details.delivery)
            .field("operation", &details.operation)
            .field("status", &details.status)
            .field("attempts", &details.attempts)
            .field("message", &self.to_string())
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The beginning of a text for an error message: at most 200 characters, on one line, with any run of 32 or more token
/// characters blanked, since keys, secrets and signatures look like that.
pub(crate) fn redacted_excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(2_000)]);
    let mut excerpt = String::new();
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            excerpt.push(' ');
        }
        for piece in word.split_inclusive(|c: char| !is_token(c)) {
            let token = piece.trim_end_matches(|c: char| !is_token(c));
            if token.len() >= 32 {
                excerpt.push('…');
                excerpt.push_str(&piece[token.len()..]);
            } else {
                excerpt.push_str(piece);
            }
        }
        if excerpt.chars().count() > 200 {
            return excerpt.chars().take(200).chain(['…']).collect();
        }
    }
    excerpt
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert!(size_of::<Error>() <= 16);
    }

    #[test]
    fn an_excerpt_is_short_flat_and_blanks_what_looks_like_a_secret() {
        let secret = "A".repeat(88);
        let excerpt = redacted_excerpt(format!("<html>\n  <b>{secret}</b>\tkey={secret}").as_bytes());
        assert_eq!(excerpt, "<html> <b>…</b> …");
        assert!(redacted_excerpt("long words ".repeat(100).as_bytes()).chars().count() <= 201);
    }

    #[test]
    fn a_lost_submission_warns_against_sending_again() {
        let error = Error::from(Details::new(ErrorKind::Timeout, Delivery::MaybeSent, "submit_invoice"));
        assert_eq!(
            error.to_string(),
            "submit_invoice: no answer in time; the document may have been taken: do not send it again blindly, ask for its \
             status or resend it as a retry"
        );
    }
}
