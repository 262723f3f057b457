//! The page for the back office: HTML over the outbox, made here and whole without a script.
//!
//! What comes from a document or from the service is escaped by the templates, and stands in elements that keep its direction of
//! writing to itself. Parts marked `data-live` are replaced by `live.js` when something changes.

mod alarms;
mod correction;
mod credit;
mod day;
mod decisions;
mod devices;
mod document;
mod documents;
mod frame;
mod home;
mod language;
mod print;
mod receipt;
mod reconcile;
mod rows;
mod shona;
mod sign_in;
mod sold;
mod words;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    middleware,
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
        .route("/documents", get(documents::show))
        .route("/documents/{id}", get(document::show))
        .route("/documents/{id}/credit", post(credit::credit))
        .route("/documents/{id}/print", get(print::show).post(print::count))
        .route("/documents/{id}/correct", post(correction::correct))
        .route("/documents/{id}/retry", post(document::retry))
        .route("/documents/{id}/skip", post(document::skip))
        .route("/documents/{id}/set-aside", post(document::set_aside))
        .route("/documents/{id}/release", post(document::release))
        .route("/documents/{id}/adopt", post(document::adopt))
        .route("/devices", get(devices::show))
        .route("/alarms", get(alarms::show))
        .route("/alarms/acknowledge", post(alarms::acknowledge))
        .route("/reports", get(sold::show))
        .route(
            "/reports/reconcile",
            get(reconcile::show)
                .post(reconcile::upload)
                .layer(DefaultBodyLimit::max(reconcile::LONGEST)),
        )
        .route("/take-over", post(alarms::take_over))
        .route(SIGN_IN, get(sign_in::ask).post(sign_in::check))
        .route("/sign-out", post(sign_in::leave))
        .route(STYLE, get(async || css))
        .route(SCRIPT, get(async || script))
        .route(ICON, get(async || icon))
        .layer(middleware::from_fn(language::choose))
}

type Asset = ([(header::HeaderName, HeaderValue); 1], &'static str);

fn asset(kind: &'static str, text: &'static str) -> Asset {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text)
}
