//! Sends one request as it is asked for, however wrong, and writes down what came back.

use std::{
    cell::Cell,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use fh_auth::{Credentials, Identity, Signer, header};
use reqwest::{
    Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect, retry,
};

use crate::exchange::{Answer, Reply, Request};

/// How much of a body is written down.
const KEPT: usize = 64 * 1024;

/// The headers of an answer that say something of the service.
const TELLING: [&str; 12] = [
    "allow",
    "content-disposition",
    "content-type",
    "date",
    "location",
    "retry-after",
    "server",
    "set-cookie",
    "www-authenticate",
    "x-fh-gateway",
    "x-powered-by",
    "x-ratelimit-limit",
];

/// One request that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Whether the path begins at the root of the host instead of behind the base path.
    pub(crate) from_root: bool,
    pub(crate) body: Option<String>,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) who: Who,
}

/// What a request says of its sender.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) key: Key,
    pub(crate) application: bool,
    pub(crate) station: Station,
    pub(crate) version: bool,
    pub(crate) client_count: Count,
    pub(crate) signature: Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Own,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Station {
    Own,
    Empty,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// Of the body, when there is one or the service wants one all the same.
    OfBody,
    None,
    /// Of other bytes.
    Wrong,
}

/// Whether `X-Client-Count` is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// As the service turned out to want it.
    Usual,
    None,
    One,
}

/// What the service turned out to want of every request, beyond what is documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Manner {
    /// `X-Client-Count`.
    pub(crate) counted: bool,
    /// A signature also where there is no body.
    pub(crate) signed: bool,
}

impl Default for Who {
    fn default() -> Self {
        Self {
            key: Key::Own,
            application: true,
            station: Station::Own,
            version: true,
            client_count: Count::Usual,
            signature: Signature::OfBody,
        }
    }
}

impl Ask {
    fn new(method: &'static str, path: impl Into<String>, body: Option<String>) -> Self {
        let content_type = body.is_some().then_some("application/json");
        Self {
            method,
            path: path.into(),
            from_root: false,
            body,
            content_type,
            who: Who::default(),
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path, None)
    }

    pub(crate) fn post(path: impl Into<String>, body: impl Into<String>) -> Self {
        Self::new("POST", path, Some(body.into()))
    }

    pub(crate) fn put(path: impl Into<String>, body: impl Into<String>) -> Self {
        Self::new("PUT", path, Some(body.into()))
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path, None)
    }

    pub(crate) fn at_root(mut self) -> Self {
        self.from_root = true;
        self
    }

    pub(crate) fn typed(mut self, content_type: Option<&'static str>) -> Self {
        self.content_type = content_type;
        self
    }

    pub(crate) fn who(mut self, change: impl FnOnce(&mut Who)) -> Self {
        change(&mut self.who);
        self
    }
}

/// Who is speaking, and to whom.
pub(crate) struct Wire {
    http: reqwest::Client,
    signer: Signer,
    base: Url,
    pub(crate) manner: Cell<Manner>,
}

impl Wire {
    pub(crate) fn new(
        base: Url,
        credentials: Credentials,
        identity: Identity,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let mut http = reqwest::Client::builder();
        if is_of_this_machine(&base) {
            http = http.no_proxy();
        }
        let http = http
            .user_agent(concat!("fiscal-harmony-rs/", env!("CARGO_PKG_VERSION"), " probe"))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(Duration::from_secs(10).min(timeout))
            .timeout(timeout)
            .build()?;
        Ok(Self {
            http,
            signer: Signer::new(credentials, identity),
            base,
            manner: Cell::default(),
        })
    }

    /// How a request is written down, and what is sent.
    pub(crate) fn prepare(&self, ask: &Ask) -> (Request, Prepared) {
        let prefix = if ask.from_root {
            ""
        } else {
            self.base.path().trim_end_matches('/')
        };
        let path = format!("{prefix}{}", ask.path);
        let mut url = self.base.clone();
        let (bare, query) = path
            .split_once('?')
            .map_or((path.as_str(), None), |(bare, query)| (bare, Some(query)));
        url.set_path(bare);
        url.set_query(query);
        let mut headers = self.signer.headers(ask.body.as_ref().map(String::as_bytes));
        let mut said = BTreeMap::new();
        let mut set = |name: HeaderName, value: Option<&str>, word: &str| {
            match value.and_then(|value| HeaderValue::from_str(value).ok()) {
                Some(value) => headers.insert(name.clone(), value),
                None => headers.remove(&name),
            };
            said.insert(name.as_str().to_owned(), word.to_owned());
        };
        match ask.who.key {
            Key::Own => {}
            Key::Other => set(header::API_KEY, Some("FHPROBEFHPROBEFHPROBEFHPROBEFHPR"), "of nobody"),
        }
        if !ask.who.application {
            set(header::APPLICATION, None, "none");
        }
        match ask.who.station {
            Station::Own => {}
            Station::Empty => set(header::STATION, Some(""), "empty"),
            Station::None => set(header::STATION, None, "none"),
        }
        if !ask.who.version {
            set(header::VERSION, None, "none");
        }
        let manner = self.manner.get();
        if ask.who.client_count == Count::One || (manner.counted && ask.who.client_count == Count::Usual) {
            set(header::CLIENT_COUNT, Some("1"), "1");
        }
        if manner.signed && ask.body.is_none() && ask.who.signature == Signature::OfBody {
            let empty = self.signer.headers(Some(b""));
            let empty = empty
                .get(header::SIGNATURE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned);
            set(header::SIGNATURE, empty.as_deref(), "of nothing");
        }
        match ask.who.signature {
            Signature::OfBody => {}
            Signature::None => set(header::SIGNATURE, None, "none"),
            Signature::Wrong => {
                let wrong = self.signer.headers(Some(b"FHPROBE: other bytes"));
                let wrong = wrong
                    .get(header::SIGNATURE)
                    .and_then(|value| value.to_str().ok())
                    .map(str::to_owned);
                set(header::SIGNATURE, wrong.as_deref(), "of other bytes");
            }
        }
        if let Some(content_type) = ask.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            said.insert("content-type".to_owned(), content_type.to_owned());
        }
        let shown = ask.body.as_ref().map(|body| cut(body));
        let request = Request {
            method: ask.method.to_owned(),
            path,
            headers: said,
            body: shown,
        };
        (
            request,
            Prepared {
                method: ask.method,
                url,
                headers,
                body: ask.body.clone(),
            },
        )
    }

    /// Sends it.
    pub(crate) async fn send(&self, prepared: Prepared) -> Reply {
        let Ok(method) = reqwest::Method::from_bytes(prepared.method.as_bytes()) else {
            return Reply::NotSent {
                why: "there is no such method".to_owned(),
            };
        };
        let mut request = self.http.request(method, prepared.url).headers(prepared.headers);
        if let Some(body) = prepared.body {
            request = request.body(body);
        }
        let started = Instant::now();
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => {
                return Reply::NotSent { why: words(&error) };
            }
            Err(error) => return Reply::Lost { why: words(&error) },
        };
        let status = response.status().as_u16();
        let headers = telling(response.headers());
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => return Reply::Lost { why: words(&error) },
        };
        let text = if body.starts_with(b"%PDF-") {
            String::from_utf8_lossy(&body[..body.len().min(8)]).into_owned()
        } else {
            cut(&String::from_utf8_lossy(&body))
        };
        Reply::Answer(Answer {
            status,
            headers,
            body: text,
            bytes: u64::try_from(body.len()).unwrap_or(u64::MAX),
            millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// What is sent.
pub(crate) struct Prepared {
    method: &'static str,
    url: Url,
    headers: HeaderMap,
    body: Option<String>,
}

fn cut(text: &str) -> String {
    if text.len() <= KEPT {
        return text.to_owned();
    }
    let mut end = 200;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… ({} bytes)", &text[..end], text.len())
}

fn telling(headers: &HeaderMap) -> BTreeMap<String, String> {
    let told = TELLING.iter().filter_map(|name| {
        let value = headers.get(*name)?.to_str().ok()?;
        // The name of a cookie says enough.
        let value = if *name == "set-cookie" {
            value.split('=').next().unwrap_or_default()
        } else {
            value
        };
        Some(((*name).to_owned(), value.to_owned()))
    });
    told.collect()
}

/// What went wrong, without the address, which is known.
fn words(error: &reqwest::Error) -> String {
    use std::error::Error;
    let mut text = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        "the connection broke".to_owned()
    };
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

fn is_of_this_machine(url: &Url) -> bool {
    let host = url
        .host_str()
        .map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    match host {
        Some("localhost") => true,
        Some(host) => host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}
