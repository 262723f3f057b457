//! The page for the back office: HTML over the outbox, made here and whole without a script.
//!
//! What comes from a document or from the service is escaped by the templates, and stands in elements that keep its direction of
//! writing to itself. Parts marked `data-live` are replaced by `live.js` when something changes.

mod day;
mod document;
mod home;
mod sign_in;
mod words;

use axum::{
    Form, Router,
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use fh_outbox::OutboxError;
use fh_types::{CatDateTime, SystemClock};
use maud::{DOCTYPE, Markup, html};
use serde::de::DeserializeOwned;

use super::{
    Shared, documents, guard,
    problem::{Problem, bad_request, not_found},
};

const STYLE: &str = "/page/style.css";
const SCRIPT: &str = "/page/live.js";
const ICON: &str = "/page/icon.svg";

pub(super) fn router() -> Router<Shared> {
    let css = asset("text/css; charset=utf-8", include_str!("style.css"));
    let script = asset("text/javascript; charset=utf-8", include_str!("live.js"));
    let icon = asset("image/svg+xml", include_str!("icon.svg"));
    Router::new()
        .route("/", get(home::show))
        .route("/documents/{id}", get(document::show))
        .route("/documents/{id}/retry", post(document::retry))
        .route("/documents/{id}/skip", post(document::skip))
        .route(guard::SIGN_IN, get(sign_in::ask).post(sign_in::check))
        .route("/sign-out", post(sign_in::leave))
        .route(STYLE, get(async || css))
        .route(SCRIPT, get(async || script))
        .route(ICON, get(async || icon))
}

type Asset = ([(header::HeaderName, HeaderValue); 1], &'static str);

fn asset(kind: &'static str, text: &'static str) -> Asset {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text)
}

/// What the page for signing in needs, so that it is open to those who are not known yet.
pub(super) fn is_open(path: &str) -> bool {
    [guard::SIGN_IN, STYLE, ICON].contains(&path)
}

/// Reads a form under the limits of every body.
async fn form<T: DeserializeOwned>(agent: &Shared, request: Request) -> Result<T, Failed> {
    let (parts, body) = request.into_parts();
    let bytes = documents::read(body).await.map_err(|problem| failed(agent, problem))?;
    let request = Request::from_parts(parts, Body::from(bytes));
    let read = Form::from_request(request, &()).await;
    read.map(|Form(form)| form)
        .map_err(|rejection| failed(agent, bad_request(rejection.body_text())))
}

/// The frame around every page. `is_live` is for those who are signed in, on pages that change by themselves.
fn frame(agent: &Shared, title: &str, is_live: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Fiscal Harmony" }
                link rel="stylesheet" href=(STYLE);
                link rel="icon" type="image/svg+xml" href=(ICON);
                @if is_live { script src=(SCRIPT) defer {} }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.home href="/" { "Fiscal Harmony" }
                    @if is_live {
                        p #connection role="status" {}
                        noscript { p.hint { "Reload for news." } }
                        form method="post" action="/sign-out" { button.quiet type="submit" { "Sign out" } }
                    }
                }
                @if agent.sandbox {
                    p.sandbox {
                        strong { "Sandbox." } " Nothing here is real: a simulator stands in for the tax authority, and its receipts are worth nothing."
                    }
                }
                main #main tabindex="-1" { (body) }
                footer { "All times are Central Africa Time (CAT)." }
            }
        }
    }
}

/// A text from outside, whose direction of writing is its own affair.
fn foreign(text: &str) -> Markup {
    html! { bdi { (text) } }
}

fn when(at: CatDateTime, now: CatDateTime) -> Markup {
    html! { time datetime=(at) title=(at.civil().strftime("%-d %b %Y, %H:%M:%S CAT")) { (words::time(at, now)) } }
}

/// As [`when`], to the second.
fn exactly(at: CatDateTime, now: CatDateTime) -> Markup {
    let seconds = at.civil().strftime(":%S");
    html! { time datetime=(at) { (words::time(at, now)) (seconds) } }
}

fn now() -> CatDateTime {
    CatDateTime::now(&SystemClock)
}

/// A problem, as a page.
struct Failed(Box<Response>);

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        *self.0
    }
}

fn failed(agent: &Shared, problem: impl Into<Problem>) -> Failed {
    let problem = problem.into();
    let body = html! {
        section.card.narrow {
            h1 { (problem.title()) }
            p.foreign { (foreign(problem.detail())) }
            p { a href="/" { "Back to the overview" } }
        }
    };
    let page = frame(agent, problem.title(), false, &body);
    Failed(Box::new((problem.status(), Html(page.into_string())).into_response()))
}

/// What the outbox says, or the page that says why it does not.
fn known<T>(agent: &Shared, result: Result<T, OutboxError>) -> Result<T, Failed> {
    result.map_err(|error| match error {
        OutboxError::NoSuchDocument(id) => {
            let detail = format!("There is no document of the id {id:?} here. Search for it on the overview.");
            failed(agent, not_found(detail))
        }
        error => failed(agent, error),
    })
}
