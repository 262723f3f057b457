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

/// Field name to messages, as ASP.NET Core writes them: `LineItems[0].ProductCode`, or `$.Date` for what cannot be converted.
pub(crate) type FieldErrors = BTreeMap<String, Vec<String>>;

/// An answer of problem details, the framework's stock form of errors \[inferred\].
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response {
    answer(
        status,
        json!({ "title": status.canonical_reason().unwrap_or("Error"), "detail": detail }),
    )
}

/// A `400` that names fields.
pub(crate) fn validation(errors: &FieldErrors) -> Response {
    answer(
        StatusCode::BAD_REQUEST,
        json!({ "title": "One or more validation errors occurred.", "errors": errors }),
    )
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
