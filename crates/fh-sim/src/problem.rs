use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::ErrorBody;

/// Field name to messages, as ASP.NET Core writes them: `LineItems[0].ProductCode`, or `$.Date` for what cannot be converted.
pub(crate) type FieldErrors = BTreeMap<String, Vec<String>>;

/// What an error says, kept beside it for another form of its body.
#[derive(Debug, Clone)]
struct Said(String);

/// The same error with another body, if it has one of problem details.
pub(crate) fn reshaped(response: Response, form: ErrorBody) -> Response {
    let Some(Said(said)) = response.extensions().get::<Said>().cloned() else {
        return response;
    };
    let mut other = match form {
        ErrorBody::ProblemDetails => return response,
        ErrorBody::Message => (
            [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
            json!({ "message": said }).to_string(),
        )
            .into_response(),
        ErrorBody::Html => html(response.status()),
        ErrorBody::Empty => ().into_response(),
    };
    *other.status_mut() = response.status();
    if let Some(wait) = response.headers().get(header::RETRY_AFTER) {
        other.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    other
}

/// An answer of problem details, the framework's stock form of errors \[inferred\].
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response {
    let mut response = answer(
        status,
        json!({ "title": status.canonical_reason().unwrap_or("Error"), "detail": detail }),
    );
    response.extensions_mut().insert(Said(detail.to_owned()));
    response
}

/// A `400` that names fields.
pub(crate) fn validation(errors: &FieldErrors) -> Response {
    let mut response = answer(
        StatusCode::BAD_REQUEST,
        json!({ "title": "One or more validation errors occurred.", "errors": errors }),
    );
    let all: Vec<_> = errors.values().flatten().map(String::as_str).collect();
    response.extensions_mut().insert(Said(all.join(" ")));
    response
}

/// A `400` about one field.
pub(crate) fn field(name: &str, message: impl Into<String>) -> Response {
    validation(&FieldErrors::from([(name.to_owned(), vec![message.into()])]))
}

/// An error page as proxies send it.
pub(crate) fn html(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<html>\r\n<head><title>{0} {reason}</title></head>\r\n<body><center><h1>{0} {reason}</h1></center></body>\r\n</html>\r\n",
        status.as_u16()
    );
    (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

fn answer(status: StatusCode, mut body: Value) -> Response {
    static TRACES: AtomicU64 = AtomicU64::new(1);
    let trace = TRACES.fetch_add(1, Ordering::Relaxed);
    body["type"] = json!(format!(
        "https://www.rfc-editor.org/rfc/rfc9110#status.{}",
        status.as_u16()
    ));
    body["status"] = json!(status.as_u16());
    body["traceId"] = json!(format!("00-{trace:032x}-{trace:016x}-00"));
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/problem+json; charset=utf-8")
        .body(Body::from(body.to_string()))
        .unwrap_or_else(|_| status.into_response())
}
