//! Refusals, as problem documents (RFC 9457).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fh_outbox::OutboxError;
use fiscal_harmony::{
    DocumentError,
    preflight::{Findings, finding_of},
};
use serde::Serialize;

/// What went wrong, where, and what to do.
#[derive(Debug)]
pub(crate) struct Problem(Box<Details>);

#[derive(Debug, Serialize)]
struct Details {
    title: &'static str,
    status: u16,
    detail: String,
    /// Where in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// What preflight found.
    #[serde(flatten)]
    findings: Option<Findings>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            title,
            status: status.as_u16(),
            detail: detail.into(),
            pointer: None,
            line: None,
            column: None,
            findings: None,
        }))
    }

    pub(crate) fn title(&self) -> &'static str {
        self.0.title
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.0)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

pub(crate) fn not_found(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Not found", detail)
}

pub(crate) fn bad_request(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "Bad request", detail)
}

pub(crate) fn method_not_allowed() -> Problem {
    let detail = "this address does not know that method; /v1/openapi.json says which it knows";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", detail)
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "Not a document", error.to_string());
        problem.0.pointer = Some(error.pointer().to_owned());
        problem.0.line = error.line();
        problem.0.column = error.column();
        // The same words and the same advice as on the command line.
        problem.0.findings = Some(finding_of(&error).into());
        problem
    }
}

impl From<OutboxError> for Problem {
    fn from(error: OutboxError) -> Self {
        let detail = error.to_string();
        match error {
            OutboxError::Preflight(findings) => {
                let mut problem = Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "The authority would refuse it",
                    detail,
                );
                problem.0.findings = Some(*findings);
                problem
            }
            OutboxError::Document(error) => error.into(),
            OutboxError::OtherContent { .. } => Self::new(
                StatusCode::CONFLICT,
                "Another document has this id",
                detail.replace("`Outbox::correct`", "`PUT /v1/documents/{id}`"),
            ),
            OutboxError::Fixed { .. } => Self::new(StatusCode::CONFLICT, "Cannot be corrected", detail),
            OutboxError::Replaced { .. } => Self::new(StatusCode::CONFLICT, "Replaced", detail),
            OutboxError::NoSuchDocument(id) => not_found(format!("{id:?} is not in the outbox")),
            OutboxError::Evidence { .. } => Self::new(StatusCode::CONFLICT, "Not this document's", detail),
            OutboxError::NoSuchAlarm(key) => not_found(format!(
                "{key:?} names no alarm that can be acknowledged; /v1/stats lists them"
            )),
            OutboxError::NotPossible { .. } | OutboxError::NothingToTakeOver => {
                Self::new(StatusCode::CONFLICT, "Not possible", detail)
            }
            _ => {
                tracing::error!(error = detail, "the outbox failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "The outbox failed", detail)
            }
        }
    }
}
