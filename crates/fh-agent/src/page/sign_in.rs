//! Signing in with the token, and out again.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Failed, form, frame};
use crate::{
    guard::{self, Guard},
    inside::Shared,
};

/// There is a guard where somebody is not known yet.
type Unknown = Option<Extension<Arc<Guard>>>;

#[derive(Deserialize)]
struct Presented {
    #[serde(default)]
    token: String,
}

pub(super) async fn ask(State(agent): State<Shared>, unknown: Unknown) -> Response {
    if unknown.is_none() {
        return Redirect::to("/").into_response();
    }
    Html(page(&agent, false).into_string()).into_response()
}

pub(super) async fn check(State(agent): State<Shared>, unknown: Unknown, request: Request) -> Result<Response, Failed> {
    let Some(Extension(guard)) = unknown else {
        return Ok(Redirect::to("/").into_response());
    };
    let presented: Presented = form(&agent, request).await?;
    let Some(cookie) = guard.sign_in(&presented.token) else {
        let page = Html(page(&agent, true).into_string());
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    };
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

pub(super) async fn leave() -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, guard::sign_out());
    (headers, Redirect::to(guard::SIGN_IN)).into_response()
}

fn page(agent: &Shared, was_wrong: bool) -> Markup {
    let body = html! {
        section.card.narrow {
            h1 { "Sign in" }
            @if was_wrong {
                p.problem #wrong role="alert" { strong { "This is not the token." } " Copy the whole line of the token file and try again." }
            }
            form method="post" action=(guard::SIGN_IN) {
                label for="token" { "Token of this agent" }
                input #token name="token" type="password" required autofocus autocomplete="current-password" spellcheck="false"
                    aria-invalid=[was_wrong.then_some("true")] aria-describedby=(if was_wrong { "wrong where" } else { "where" });
                button.primary type="submit" { "Sign in" }
            }
            div #where .hint {
                p { "The token is the one line of a file on the machine of the agent." }
                @for paragraph in &agent.advice.token { p { (paragraph) } }
                p { "Only whoever set the agent up can read it. Ask them." }
            }
        }
    };
    frame(agent, "Sign in", false, &body)
}
