//! Reading a site politely: one request at a time, with a pause, a name, limits and patience.

use std::time::{Duration, Instant};
use std::{error::Error as _, thread};

use reqwest::blocking::{Client, Response};
use reqwest::header::{CONTENT_TYPE, LAST_MODIFIED, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url, redirect};

use super::source::{Fetched, Limits, Source, read_capped};

/// Who we are, so that the vendor can tell us to stop.
pub const USER_AGENT: &str = concat!(
    "fiscal-harmony-harvest/",
    env!("CARGO_PKG_VERSION"),
    " (+",
    env!("CARGO_PKG_REPOSITORY"),
    ")"
);

/// A documentation site.
#[derive(Debug)]
pub struct Site {
    client: Client,
    base: Url,
    limits: Limits,
}

/// Why one attempt failed, and whether another may succeed.
enum Attempt {
    Final(String),
    Again { problem: String, after: Option<Duration> },
}

impl Site {
    /// A site at this address. Plain `http` is for a server on this machine only.
    ///
    /// # Errors
    ///
    /// When the address is none, or plain `http` to another machine.
    pub fn new(address: &str, limits: Limits) -> Result<Self, String> {
        let base = Url::parse(address).map_err(|error| format!("`{address}` is no address: {error}"))?;
        let loopback = matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if base.scheme() != "https" && !loopback {
            return Err(format!("`{address}`: https is required for another machine"));
        }
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .timeout(limits.page_time)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Site { client, base, limits })
    }

    fn attempt(&self, path: &str) -> Result<Fetched, Attempt> {
        let started = Instant::now();
        let mut url = self
            .base
            .join(path)
            .map_err(|error| Attempt::Final(format!("no address: {error}")))?;
        for _ in 0..=self.limits.most_redirects {
            let again = |problem| Attempt::Again { problem, after: None };
            let response = self
                .client
                .get(url.clone())
                .send()
                .map_err(|error| again(chain(&error)))?;
            if response.status().is_redirection() {
                url = self.redirected(&url, &response)?;
                continue;
            }
            refuse_status(&response)?;
            refuse_html(&response)?;
            let last_modified = header(&response, LAST_MODIFIED);
            let in_time = || {
                if started.elapsed() < self.limits.page_time {
                    Ok(())
                } else {
                    Err(format!("not finished after {} s", self.limits.page_time.as_secs()))
                }
            };
            let text = read_capped(response, self.limits.largest_page, in_time).map_err(Attempt::Final)?;
            return Ok(Fetched { text, last_modified });
        }
        Err(Attempt::Final(format!(
            "more than {} redirects",
            self.limits.most_redirects
        )))
    }

    fn redirected(&self, from: &Url, response: &Response) -> Result<Url, Attempt> {
        let location = header(response, LOCATION).unwrap_or_default();
        let to = from
            .join(&location)
            .map_err(|_| Attempt::Final(format!("redirected to `{location}`, which is no address")))?;
        if to.origin() != self.base.origin() {
            return Err(Attempt::Final(format!("redirected to another host: {to}")));
        }
        Ok(to)
    }
}

impl Source for Site {
    fn page(&self, path: &str) -> Result<Fetched, String> {
        let mut wait = self.limits.back_off;
        let mut number = 1;
        loop {
            thread::sleep(self.limits.pause);
            match self.attempt(path) {
                Ok(fetched) => return Ok(fetched),
                Err(Attempt::Final(problem)) => return Err(problem),
                Err(Attempt::Again { problem, .. }) if number >= self.limits.attempts => {
                    return Err(format!("{problem} ({number} attempts)"));
                }
                Err(Attempt::Again { after, .. }) => {
                    thread::sleep(
                        after
                            .unwrap_or_default()
                            .clamp(wait, self.limits.longest_wait.max(wait)),
                    );
                    wait = wait.saturating_mul(2);
                    number += 1;
                }
            }
        }
    }

    fn origin(&self) -> Option<String> {
        Some(self.base.origin().ascii_serialization())
    }

    fn most_pages(&self) -> usize {
        self.limits.most_pages
    }
}

fn refuse_status(response: &Response) -> Result<(), Attempt> {
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(());
    }
    let problem = format!("the server answered {status}");
    if status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) {
        let after = header(response, RETRY_AFTER)
            .and_then(|text| text.parse().ok())
            .map(Duration::from_secs);
        return Err(Attempt::Again { problem, after });
    }
    Err(Attempt::Final(problem))
}

fn refuse_html(response: &Response) -> Result<(), Attempt> {
    match header(response, CONTENT_TYPE) {
        Some(kind) if kind.to_ascii_lowercase().contains("html") => {
            Err(Attempt::Final("an HTML page where Markdown should be".to_owned()))
        }
        _ => Ok(()),
    }
}

fn header(response: &Response, name: reqwest::header::HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// The error and its causes on one line: the outermost alone often says only "error sending request".
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
