//! The way of a request: size, headers, signature over the raw bytes, content type, form, and only then its meaning.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use fh_auth::header;
use fh_types::CatDateTime;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    EmptyStation, Fault, GetSignature, GuessedPaths, Operation, ZReportPdfPath, account,
    call::Call,
    dice::Struck,
    document::Document,
    engine::{Engine, Setup},
    mappings,
    problem::{field, html, problem, reshaped, validation},
    reports, transactions,
};

/// How much of a body that is too large is read, so that its sender gets to see the answer.
const DRAIN_LIMIT: usize = 32 * 1024 * 1024;

/// A response with this in its extensions is not sent: the connection is closed instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HangUp;

/// Answers one request of the API.
pub(crate) async fn handle(
    engine: Arc<Engine>,
    operation: Operation,
    params: HashMap<String, String>,
    request: Request,
) -> Response {
    let struck = engine.arrived(operation);
    tracing::debug!(%operation, ?struck, "request");
    if struck.has(Fault::DropBefore) {
        return hang_up();
    }
    let (head, body) = request.into_parts();
    let body = take_in(body, engine.setup().options.body_limit).await;
    let _in_hand = body
        .as_ref()
        .ok()
        .filter(|_| operation.is_submission())
        .and_then(|bytes| Document::read(bytes).ok())
        .map(|document| engine.in_hand(document.id));
    if let Some(dose) = struck.dose(Fault::Delay) {
        tokio::time::sleep(Duration::from_millis(dose.ms.unwrap_or(100))).await;
    }
    let response = match body {
        Ok(bytes) => match struck_down(&struck) {
            Some(response) => response,
            None => checked(&engine, operation, params, &head, bytes, struck.clone()).await,
        },
        Err(response) => response,
    };
    if struck.has(Fault::LostReply) {
        return hang_up();
    }
    let mut response = reshaped(response, engine.setup().options.error_body);
    let skew = struck
        .dose(Fault::ClockSkew)
        .map_or(0, |dose| dose.seconds.unwrap_or(600));
    date(&mut response, engine.now(), skew);
    response
}

fn hang_up() -> Response {
    let mut response = StatusCode::IM_A_TEAPOT.into_response();
    response.extensions_mut().insert(HangUp);
    response
}

/// The `Date` header by the simulator's clock.
fn date(response: &mut Response, now: CatDateTime, skew: i64) {
    let seconds = now.timestamp().as_second().saturating_add(skew);
    let Ok(seconds) = u64::try_from(seconds) else { return };
    let text = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(seconds));
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(http::header::DATE, value);
    }
}

async fn take_in(body: Body, limit: u32) -> Result<Bytes, Response> {
    let limit = match usize::try_from(limit) {
        Ok(0) | Err(_) => DRAIN_LIMIT,
        Ok(limit) => limit,
    };
    let mut chunks = body.into_data_stream();
    let mut bytes = BytesMut::new();
    let mut length = 0_usize;
    while let Some(chunk) = chunks.next().await {
        // The sender is gone; whatever is answered, nobody reads it.
        let Ok(chunk) = chunk else { return Err(hang_up()) };
        length = length.saturating_add(chunk.len());
        if length <= limit {
            bytes.extend_from_slice(&chunk);
        } else if length > DRAIN_LIMIT {
            break;
        }
    }
    if length > limit {
        let detail = format!("The body is larger than {limit} bytes.");
        return Err(problem(StatusCode::PAYLOAD_TOO_LARGE, &detail));
    }
    Ok(bytes.freeze())
}

/// Faults that answer in place of the service.
fn struck_down(struck: &Struck) -> Option<Response> {
    if struck.has(Fault::Unauthorized401) {
        return Some(problem(StatusCode::UNAUTHORIZED, "The API key was revoked."));
    }
    if struck.has(Fault::PaymentRequired402) {
        return Some(problem(StatusCode::PAYMENT_REQUIRED, "The subscription is not paid."));
    }
    if struck.has(Fault::NotFound404) {
        return Some(problem(StatusCode::NOT_FOUND, "No fiscal device is attached."));
    }
    if let Some(dose) = struck.dose(Fault::TooManyRequests429) {
        return Some(too_many(dose.seconds.unwrap_or(1)));
    }
    if struck.has(Fault::ServerError500Html) {
        return Some(html(StatusCode::INTERNAL_SERVER_ERROR));
    }
    struck
        .has(Fault::BadGateway502Html)
        .then(|| html(StatusCode::BAD_GATEWAY))
}

fn too_many(seconds: i64) -> Response {
    let mut response = problem(StatusCode::TOO_MANY_REQUESTS, "Too many requests.");
    response
        .headers_mut()
        .insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

async fn checked(
    engine: &Engine,
    operation: Operation,
    params: HashMap<String, String>,
    head: &http::request::Parts,
    bytes: Bytes,
    struck: Struck,
) -> Response {
    let setup = engine.setup();
    let is_elsewhere = match operation {
        Operation::Test => setup.options.guessed_paths == GuessedPaths::NotFound,
        Operation::ZReportPdf => match setup.options.z_report_pdf {
            ZReportPdfPath::Pdf => !head.uri.path().ends_with("/pdf"),
            ZReportPdfPath::Download => !head.uri.path().ends_with("/download"),
            ZReportPdfPath::NotFound => true,
        },
        _ => false,
    };
    if is_elsewhere {
        return problem(StatusCode::NOT_FOUND, "There is no such operation.");
    }
    let device = match authenticate(engine, &setup, &head.headers, &bytes, operation) {
        Ok(device) => device,
        Err(detail) => return problem(StatusCode::UNAUTHORIZED, detail),
    };
    if let Some(seconds) = engine.wait_for_turn(device, setup.options.rate_limit) {
        return too_many(seconds);
    }
    let body = match read_body(&setup, operation, &head.headers, &bytes) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let query = head.uri.query().unwrap_or_default().to_owned();
    let call = Call {
        engine,
        setup,
        operation,
        device,
        params,
        query,
        bytes,
        body,
        struck,
    };
    match operation {
        Operation::Test | Operation::Profile | Operation::FiscalDevice | Operation::Subscription => {
            account::answer(&call)
        }
        Operation::SubmitInvoice | Operation::SubmitCreditNote => transactions::submit(&call).await,
        Operation::Status => transactions::status(&call),
        Operation::DownloadPdf => transactions::download(&call),
        Operation::ZReports | Operation::ZReport | Operation::ZReportPdf => reports::answer(&call),
        _ => mappings::answer(&call),
    }
}

/// The device whose key and signature the request carries.
fn authenticate(
    engine: &Engine,
    setup: &Setup,
    headers: &HeaderMap,
    bytes: &[u8],
    operation: Operation,
) -> Result<u32, &'static str> {
    let text = |name: &http::HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let options = &setup.options;
    let key = text(&header::API_KEY);
    let found = engine.read(|world| {
        let device = world.devices.iter().find(|device| device.key == key)?;
        Some((device.id, device.secrets(), device.key_is_revoked))
    });
    let (device, secrets, is_revoked) = found.ok_or("X-Api-Key is missing or unknown.")?;
    if is_revoked {
        return Err("The API key was revoked.");
    }
    if options.enforce_identity && text(&header::APPLICATION).trim().is_empty() {
        return Err("X-Application is missing or empty.");
    }
    let station_is_taken = options.empty_station == EmptyStation::Taken && headers.contains_key(&header::STATION);
    if options.enforce_identity && text(&header::STATION).trim().is_empty() && !station_is_taken {
        return Err("X-App-Station is missing or empty.");
    }
    if options.enforce_client_count && text(&header::CLIENT_COUNT).trim().is_empty() {
        return Err("X-Client-Count is missing or empty.");
    }
    if options.enforce_version && text(&header::VERSION).trim().is_empty() {
        return Err("X-App-Version is missing or empty.");
    }
    let takes_body = matches!(operation.method(), http::Method::POST | http::Method::PUT);
    let is_signed = takes_body && (!bytes.is_empty() || setup.schemas.needs_body(operation));
    if is_signed || options.get_signature == GetSignature::Required {
        let signature = text(&header::SIGNATURE);
        if signature.is_empty() {
            return Err("X-Api-Signature is missing.");
        }
        if fh_auth::verify(bytes, signature, &secrets).is_err() {
            return Err("X-Api-Signature is not the signature of the body.");
        }
    }
    Ok(device)
}

fn read_body(setup: &Setup, operation: Operation, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Box<Response>> {
    if !setup.schemas.needs_body(operation) {
        return Ok(Value::Null);
    }
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Box::new(problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The content type must be application/json.",
        )));
    }
    let body: Value = serde_json::from_slice(bytes)
        .map_err(|error| Box::new(field("$", format!("The body is not JSON: {error}."))))?;
    setup
        .schemas
        .check(operation, &body)
        .map_err(|errors| Box::new(validation(&errors)))?;
    Ok(body)
}
