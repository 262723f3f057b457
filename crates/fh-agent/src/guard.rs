//! Who may ask: whoever shows the token, and speaks to this very address.
//!
//! The listener is on loopback, but a browser on the same machine speaks to loopback for any page that the cashier visits. So the
//! `Host` must be one of ours (or a name could be pointed here), and what comes from another page is refused.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{problem::Problem, token::Token};

/// The cookie of the page.
const COOKIE: &str = "fh_session";
/// Where the token is asked for, which must be open to those who do not have it yet.
pub(crate) const SIGN_IN: &str = "/sign-in";

/// What the page for signing in looks like, so that it is open to those who are not known yet.
pub(crate) const STYLE: &str = "/page/style.css";
pub(crate) const ICON: &str = "/page/icon.svg";

pub(crate) struct Guard {
    token: Token,
    hosts: Vec<String>,
    /// How to add a name, for those who come under one that is not known.
    advice: String,
}

impl Guard {
    /// Answers to the address, to the names of this machine if it is one of loopback, and to `names`.
    pub(crate) fn new(token: Token, address: SocketAddr, names: &[String], advice: &str) -> Self {
        let port = address.port();
        let mut hosts = vec![address.to_string()];
        if address.ip().is_loopback() {
            hosts.extend(["127.0.0.1", "[::1]", "localhost"].map(|name| format!("{name}:{port}")));
        }
        for name in names {
            hosts.extend([name.clone(), format!("{name}:{port}")]);
        }
        Self {
            token,
            hosts,
            advice: advice.to_owned(),
        }
    }

    fn knows(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// Whether it comes from one of our own pages, or from no page at all.
    fn is_at_home(&self, headers: &HeaderMap, changes: bool) -> bool {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        // Following a link from elsewhere is harmless: the cookie does not come along, so it ends at the sign-in.
        let follows_a_link =
            text("sec-fetch-mode") == Some("navigate") && text("sec-fetch-dest") == Some("document") && !changes;
        let from_elsewhere = matches!(text("sec-fetch-site"), Some(site) if site != "same-origin" && site != "none");
        let origin = text("origin").is_none_or(|origin| {
            let host = origin
                .strip_prefix("http://")
                .or_else(|| origin.strip_prefix("https://"));
            host.is_some_and(|host| self.knows(host))
        });
        origin && (!from_elsewhere || follows_a_link)
    }

    fn is_known(&self, headers: &HeaderMap) -> Option<Known> {
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some((scheme, token)) = authorization.and_then(|value| value.split_once(' ')) {
            let known = scheme.eq_ignore_ascii_case("bearer") && self.token.is(token.trim());
            return known.then_some(Known::Program);
        }
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut cookies = cookies.flat_map(|cookies| cookies.split(';'));
        let session = cookies.find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
        self.token.is_session(session).then_some(Known::Browser)
    }

    /// The cookie for whoever signs in with the token.
    pub(super) fn sign_in(&self, token: &str) -> Option<HeaderValue> {
        let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", self.token.session());
        self.token
            .is(token.trim())
            .then(|| HeaderValue::from_str(&cookie).ok())?
    }
}

/// The cookie that makes a browser forget its session.
pub(super) fn sign_out() -> HeaderValue {
    HeaderValue::from_static("fh_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
}

/// How somebody is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Program,
    Browser,
}

pub(super) async fn check(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    if !guard.knows(host) || headers.get_all(header::HOST).iter().count() > 1 {
        let detail = format!("this address is not served under that Host; {}", guard.advice);
        return Problem::new(StatusCode::FORBIDDEN, "Wrong host", detail).into_response();
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if !guard.is_at_home(headers, changes) {
        let detail = "the request comes from a page of another origin";
        return Problem::new(StatusCode::FORBIDDEN, "Cross-site request", detail).into_response();
    }
    let is_open = [SIGN_IN, STYLE, ICON].contains(&request.uri().path());
    match guard.is_known(headers) {
        // A browser that says neither where a request comes from nor whose page sent it is too old to be trusted with changes.
        Some(Known::Browser)
            if changes && !headers.contains_key("origin") && !headers.contains_key("sec-fetch-site") =>
        {
            let detail = "a change needs the Origin of the page that asks for it";
            Problem::new(StatusCode::FORBIDDEN, "Unknown origin", detail).into_response()
        }
        Some(_) => harden(next.run(request).await),
        None if is_open => {
            request.extensions_mut().insert(guard);
            harden(next.run(request).await)
        }
        // Also a form that was filled in while the session ended.
        None if wants_a_page(headers) => Redirect::to(SIGN_IN).into_response(),
        None => {
            let detail = "send the header `Authorization: Bearer …` with the token of the token file";
            let mut response = Problem::new(StatusCode::UNAUTHORIZED, "No token", detail).into_response();
            let challenge = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
    }
}

fn wants_a_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// No other page may frame ours, read its answers or have its own scripts run in it.
fn harden(mut response: Response) -> Response {
    const HEADERS: [(&str, &str); 5] = [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri \
             'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        // Not `no-referrer`: under that, a browser sends the forms of our own pages with `Origin: null`.
        ("referrer-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ];
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
