use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fh_auth::{Credentials, Identity, Signer};
use reqwest::{Url, redirect};

use super::{Client, Shared};
use crate::RetryPolicy;

/// Which service to speak to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The real one, `https://api.fiscalharmony.co.zw/api` \[vendor-code\]. What is submitted here is fiscalised for good.
    Production,
    /// The vendor's test service, `https://apitest.fiscalharmony.co.zw` \[third-party\]. Whether it wants `/api` behind is not
    /// known; if it answers 404, try that as [`Environment::Custom`].
    Test,
    /// Any base URL, with its path prefix. Plain `http` is taken for this machine only.
    Custom(String),
}

impl Environment {
    /// Its base URL.
    #[must_use]
    pub fn base_url(&self) -> &str {
        match self {
            Self::Production => "https://api.fiscalharmony.co.zw/api",
            Self::Test => "https://apitest.fiscalharmony.co.zw",
            Self::Custom(url) => url,
        }
    }
}

/// Why a client was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// Something that has no default.
    #[error("the client has no {0}; set it with `.{0}(…)` before `.build()`")]
    Missing(&'static str),
    /// Not a URL that can be used as a base.
    #[error("{url:?} is not a base URL: {problem}; it should look like https://api.fiscalharmony.co.zw/api")]
    BaseUrl {
        /// What was given, without a password it may have held.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Plain http to another machine.
    #[error(
        "{url:?} would send the buyers' data and the API key unencrypted to {host}; use https (plain http is allowed to this machine only)"
    )]
    Insecure {
        /// What was given.
        url: String,
        /// Where it points.
        host: String,
    },
    /// The HTTP client could not be set up, such as when the system's certificates cannot be read.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[source] reqwest::Error),
}

/// Builds a [`Client`]. The environment, the credentials and the identity have no defaults.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `.build()`"]
pub struct ClientBuilder {
    environment: Option<Environment>,
    credentials: Option<Credentials>,
    identity: Option<Identity>,
    retry: RetryPolicy,
    deadline: Duration,
    connect_timeout: Duration,
    timeout: Duration,
    seed: Option<u64>,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            environment: None,
            credentials: None,
            identity: None,
            retry: RetryPolicy::default(),
            deadline: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            seed: None,
        }
    }

    /// Which service to speak to.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// The API key and secret of the device.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Application, station and version.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// When to repeat calls that only read.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How long [`Client::fiscalise`] waits for an outcome. 60 s when not set.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long a connection may take to come about. 5 s when not set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one request may take, answer included. 30 s when not set, as published clients have it \[vendor-code\].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes the waits between attempts the same in every run, for tests.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When something without a default is missing, the base URL is not one or is not encrypted, or the HTTP client cannot
    /// be set up.
    pub fn build(self) -> Result<Client, ConfigurationError> {
        let environment = self.environment.ok_or(ConfigurationError::Missing("environment"))?;
        let credentials = self.credentials.ok_or(ConfigurationError::Missing("credentials"))?;
        let identity = self.identity.ok_or(ConfigurationError::Missing("identity"))?;
        let base = base_url(environment.base_url())?;
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("fiscal-harmony-rs/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry a signed document to somewhere nobody configured.
            .redirect(redirect::Policy::none())
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout);
        if is_loopback(&base) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(ConfigurationError::Http)?;
        let base_url = base.as_str().trim_end_matches('/').to_owned();
        let signer = Arc::new(Signer::new(credentials, identity.clone()));
        Ok(Client {
            shared: Arc::new(Shared {
                raw: fh_raw::Client::new_with_client(&base_url, http, signer),
                base_url,
                identity,
                retry: self.retry,
                deadline: self.deadline,
                random: Mutex::new(self.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)),
                catalogue: Mutex::default(),
                clock_ahead: Mutex::default(),
            }),
        })
    }
}

fn base_url(text: &str) -> Result<Url, ConfigurationError> {
    let wrong = |problem| ConfigurationError::BaseUrl {
        url: text.to_owned(),
        problem,
    };
    let url = Url::parse(text.trim()).map_err(|_| wrong("it cannot be read as a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        // Not shown: it may hold a password.
        return Err(ConfigurationError::BaseUrl {
            url: "…".to_owned(),
            problem: "it holds a user name or password, which do not belong into it",
        });
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has a query or a fragment"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(ConfigurationError::Insecure {
            host: url.host_str().unwrap_or_default().to_owned(),
            url: text.to_owned(),
        }),
        _ => Err(wrong("it begins with neither https nor http")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url
        .host_str()
        .map(|host| host.trim_start_matches('[').trim_end_matches(']'))
    {
        Some("localhost") => true,
        Some(host) => host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in [
            "http://127.0.0.1:8080/api",
            "http://localhost:1/",
            "http://[::1]:5",
            "https://api.example.co.zw/api/",
        ] {
            assert!(base_url(url).is_ok(), "{url}");
        }
        for url in [
            "http://192.168.1.4/api",
            "http://localhost.evil.test",
            "http://api.fiscalharmony.co.zw/api",
        ] {
            let error = base_url(url).unwrap_err().to_string();
            assert!(error.contains("unencrypted") && error.contains("https"), "{error}");
        }
    }

    #[test]
    fn a_malformed_base_url_is_explained_and_a_password_not_repeated() {
        for url in ["api.fiscalharmony.co.zw", "", "ftp://x", "https://x/?a=b"] {
            assert!(
                matches!(base_url(url), Err(ConfigurationError::BaseUrl { .. })),
                "{url}"
            );
        }
        let error = base_url("https://me:hunter2@x.test").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Client::builder().build().unwrap_err().to_string();
        assert!(error.contains(".environment(…)"), "{error}");
    }
}
