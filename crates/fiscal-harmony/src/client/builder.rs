use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fh_auth::{Credentials, Identity, Signer};

use super::{
    configuration::ConfigurationError,
    environment::{Environment, base_url},
    handle::{Client, Shared},
    http::HttpSettings,
};
use crate::RetryPolicy;

/// Builds a [`Client`]. The environment, the credentials and the identity have no defaults.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `.build()`"]
pub struct ClientBuilder {
    environment: Option<Environment>,
    credentials: Option<Credentials>,
    identity: Option<Identity>,
    retry: RetryPolicy,
    deadline: Duration,
    http: HttpSettings,
    seed: Option<u64>,
}

impl Client {
    /// Begins a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }
}

impl ClientBuilder {
    fn new() -> Self {
        Self {
            environment: None,
            credentials: None,
            identity: None,
            retry: RetryPolicy::default(),
            deadline: Duration::from_secs(60),
            http: HttpSettings::default(),
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
        self.http.connect_timeout = timeout;
        self
    }

    /// How long one request may take, answer included. 30 s when not set, as published clients have it \[vendor-code\].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// Goes through a proxy, such as `http://proxy.shop.local:3128`, with `user:password@` before the host where it wants
    /// that. Without this setting the environment's proxy is used (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), except to this
    /// machine.
    ///
    /// A proxy sees nothing of https but the host's name. It sees all of plain http, which is spoken to this machine only.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.http.proxy = Some(url.into());
        self
    }

    /// Trusts an authority besides those that the system trusts: its certificate as PEM, or several in one text. For a shop
    /// whose network ends TLS at its border, or a service of your own for tests. May be given more than once.
    ///
    /// Whoever holds that authority's key can read and answer everything that is sent.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.root_certificates.push(pem.into());
        self
    }

    /// Sets up the HTTP client below in ways that have no setting here: a DNS resolver, a client certificate, TCP options.
    ///
    /// The caller's settings come first, and what this library's promises hang on comes after and wins: no redirects, no
    /// cookies, nothing sent twice, the user agent and the time-outs of this builder. Whatever else is set stays: headers
    /// that are set as a default go to the service, and trust that is given away is given away.
    ///
    /// In a build without the feature `rustls`, `https` is refused unless this is called, as the caller may bring another
    /// TLS with reqwest's features.
    ///
    /// The feature is named after reqwest's version, whose type shows here: another version will be another feature.
    ///
    /// ```no_run
    /// # use fiscal_harmony::Client;
    /// let builder = Client::builder().http(|http| http.local_address(std::net::IpAddr::from([10, 0, 0, 7])));
    /// ```
    #[cfg(feature = "reqwest-0-13")]
    pub fn http(
        mut self,
        customise: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.http.customise = Some(Arc::new(customise));
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
    /// When something without a default is missing, the base URL is not one or is not encrypted, the proxy or a root
    /// certificate cannot be used, or the HTTP client cannot be set up. Without the feature `rustls`, https is refused.
    pub fn build(self) -> Result<Client, ConfigurationError> {
        let environment = self.environment.ok_or(ConfigurationError::Missing("environment"))?;
        let credentials = self.credentials.ok_or(ConfigurationError::Missing("credentials"))?;
        let identity = self.identity.ok_or(ConfigurationError::Missing("identity"))?;
        let base = base_url(environment.base_url())?;
        let http = self.http.build(&base)?;
        let base_url = base.as_str().trim_end_matches('/').to_owned();
        let signer = Arc::new(Signer::new(credentials, identity.clone()));
        Ok(Client {
            shared: Arc::new(Shared {
                raw: fh_raw::Client::new_with_client(&base_url, http, signer.clone()),
                signer,
                base_url,
                identity,
                retry: self.retry,
                deadline: self.deadline,
                random: Mutex::new(self.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)),
                catalogue: Mutex::default(),
                clock_ahead: Mutex::default(),
                service_time: Mutex::default(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = Client::builder().build().unwrap_err().to_string();
        assert!(error.contains(".environment(…)"), "{error}");
    }
}
