//! The page for the back office: HTML over the outbox, made here and whole without a script.
//!
//! What comes from a document or from the service is escaped by the templates, and stands in elements that keep its direction of
//! writing to itself. Parts marked `data-live` are replaced by `live.js` when something changes.

mod correction;
mod day;
mod decisions;
mod document;
mod frame;
mod home;
mod sign_in;
mod sold;
mod words;

use axum::{
    Router,
    http::{HeaderValue, header},
    routing::{get, post},
};

use crate::{
    guard::{ICON, SIGN_IN, STYLE},
    inside::Shared,
};
use frame::SCRIPT;

pub(crate) fn router() -> Router<Shared> {
    let css = asset("text/css; charset=utf-8", include_str!("style.css"));
    let script = asset("text/javascript; charset=utf-8", include_str!("live.js"));
    let icon = asset("image/svg+xml", include_str!("icon.svg"));
    Router::new()
        .route("/", get(home::show))
        .route("/documents/{id}", get(document::show))
        .route("/documents/{id}/correct", post(correction::correct))
        .route("/documents/{id}/retry", post(document::retry))
        .route("/documents/{id}/skip", post(document::skip))
        .route("/documents/{id}/set-aside", post(document::set_aside))
        .route("/documents/{id}/release", post(document::release))
        .route("/documents/{id}/adopt", post(document::adopt))
        .route("/alarms/acknowledge", post(home::acknowledge))
        .route("/reports", get(sold::show))
        .route("/take-over", post(home::take_over))
        .route(SIGN_IN, get(sign_in::ask).post(sign_in::check))
        .route("/sign-out", post(sign_in::leave))
        .route(STYLE, get(async || css))
        .route(SCRIPT, get(async || script))
        .route(ICON, get(async || icon))
}

type Asset = ([(header::HeaderName, HeaderValue); 1], &'static str);

fn asset(kind: &'static str, text: &'static str) -> Asset {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text)
}
