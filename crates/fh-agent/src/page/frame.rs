//! What all pages are made of.

use axum::{
    Form,
    body::Body,
    extract::{FromRequest, Request},
    response::{Html, IntoResponse, Response},
};
use fh_outbox::OutboxError;
use fh_types::{CatDateTime, SystemClock};
use maud::{DOCTYPE, Markup, html};
use serde::de::DeserializeOwned;

use super::{
    language::{Language, chosen, say},
    words,
};
use crate::{
    body,
    guard::{ICON, STYLE},
    inside::Shared,
    problem::{Problem, bad_request, not_found},
    wording::Mood,
};

pub(super) const SCRIPT: &str = "/page/live.js";

/// Reads a form under the limits of every body.
pub(super) async fn form<T: DeserializeOwned>(agent: &Shared, request: Request) -> Result<T, Failed> {
    let (parts, sent) = request.into_parts();
    let bytes = body::read(sent).await.map_err(|problem| failed(agent, problem))?;
    let request = Request::from_parts(parts, Body::from(bytes));
    let read = Form::from_request(request, &()).await;
    read.map(|Form(form)| form)
        .map_err(|rejection| failed(agent, bad_request(rejection.body_text())))
}

/// The parts of the page, each at its address.
const PARTS: [&str; 5] = ["/", "/documents", "/reports", "/devices", "/alarms"];

/// The way around. `here` is the part that is shown.
fn around(here: &str) -> Markup {
    let names = [
        say("Today"),
        say("Documents"),
        say("Reports"),
        say("Devices"),
        say("Alarms"),
    ];
    html! {
        nav.around aria-label=(say("Parts of the page")) {
            @for (address, name) in PARTS.into_iter().zip(names) {
                a href=(address) aria-current=[(address == here).then_some("page")] { (name) }
            }
        }
    }
}

/// The frame around every page. `is_live` is for those who are signed in, on pages that change by themselves.
pub(super) fn frame(agent: &Shared, title: &str, is_live: bool, body: &Markup) -> Markup {
    frame_of(agent, title, is_live.then_some(""), body)
}

/// The frame around a page for those who are signed in; `here` is its part of the whole.
pub(super) fn part(agent: &Shared, title: &str, here: &str, body: &Markup) -> Markup {
    frame_of(agent, title, Some(here), body)
}

fn frame_of(agent: &Shared, title: &str, here: Option<&str>, body: &Markup) -> Markup {
    let is_live = here.is_some();
    html! {
        (DOCTYPE)
        html lang=(chosen().code()) {
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
                a.skip href="#main" { (say("Skip to the content")) }
                header.top {
                    a.home href="/" { "Fiscal Harmony" }
                    @if is_live {
                        p #connection role="status" {}
                        noscript { p.hint { (say("Reload for news.")) } }
                        form method="post" action="/sign-out" { button.quiet type="submit" { (say("Sign out")) } }
                    }
                }
                @if agent.sandbox {
                    p.sandbox {
                        strong { "Sandbox." } " Nothing here is real: a simulator stands in for the tax authority, and its receipts are worth nothing."
                    }
                }
                @if let Some(here) = here { (around(here)) }
                main #main tabindex="-1" { (body) }
                footer {
                    (say("All times are Central Africa Time (CAT)."))
                    @if chosen() == Language::Shona { " " (say("These words were not reviewed by a native speaker.")) }
                }
            }
        }
    }
}

/// A text from outside, whose direction of writing is its own affair.
pub(super) fn foreign(text: &str) -> Markup {
    html! { bdi { (text) } }
}

pub(super) fn when(at: CatDateTime, now: CatDateTime) -> Markup {
    html! { time datetime=(at) title=(at.civil().strftime("%-d %b %Y, %H:%M:%S CAT")) { (words::time(at, now)) } }
}

/// As [`when`], to the second.
pub(super) fn exactly(at: CatDateTime, now: CatDateTime) -> Markup {
    let seconds = at.civil().strftime(":%S");
    html! { time datetime=(at) { (words::time(at, now)) (seconds) } }
}

pub(super) fn now() -> CatDateTime {
    CatDateTime::now(&SystemClock)
}

/// A problem, as a page.
pub(super) struct Failed(Box<Response>);

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        *self.0
    }
}

pub(super) fn failed(agent: &Shared, problem: impl Into<Problem>) -> Failed {
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
pub(super) fn known<T>(agent: &Shared, result: Result<T, OutboxError>) -> Result<T, Failed> {
    result.map_err(|error| match error {
        OutboxError::NoSuchDocument(id) => {
            let detail = format!("There is no document of the id {id:?} here. Search for it on the overview.");
            failed(agent, not_found(detail))
        }
        error => failed(agent, error),
    })
}

/// A state, told by a sign and a word besides its colour.
pub(super) fn badge(mood: Mood, label: &str) -> Markup {
    html! { span.badge.(words::class(mood)) { span aria-hidden="true" { (words::sign(mood)) } " " (label) } }
}
