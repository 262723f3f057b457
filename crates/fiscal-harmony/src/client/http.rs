//! The HTTP client below: what the caller sets first, and what he cannot unset last.

use std::{fmt, time::Duration};

use reqwest::{Proxy, Url, redirect, retry};

use super::{configuration::ConfigurationError, environment::is_loopback};

/// The settings of an HTTP client.
#[derive(Clone)]
pub(super) struct HttpSettings {
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) proxy: Option<String>,
    pub(super) root_certificates: Vec<Vec<u8>>,
    #[cfg(feature = "reqwest-0-13")]
    pub(super) customise: Option<Customise>,
}

/// What a caller does to the builder.
#[cfg(feature = "reqwest-0-13")]
pub(super) type Customise = std::sync::Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            proxy: None,
            root_certificates: Vec::new(),
            #[cfg(feature = "reqwest-0-13")]
            customise: None,
        }
    }
}

impl HttpSettings {
    /// An HTTP client that speaks to `base`.
    pub(super) fn build(&self, base: &Url) -> Result<reqwest::Client, ConfigurationError> {
        let proxy = self.proxy.as_deref().map(proxy_url).transpose()?;
        for url in std::iter::once(base).chain(&proxy) {
            self.require_tls(url)?;
        }
        let mut http = reqwest::Client::builder();
        if is_loopback(base) {
            // Of the environment: one that is set on purpose, below, is used.
            http = http.no_proxy();
        }
        #[cfg(feature = "reqwest-0-13")]
        if let Some(customise) = &self.customise {
            http = customise(http).cookie_store(false);
        }
        http = self.trust(http)?;
        if let Some(url) = proxy {
            let proxy = Proxy::all(url).map_err(|error| ConfigurationError::Http(error.without_url().into()))?;
            http = http.proxy(proxy);
        }
        http.user_agent(concat!("fiscal-harmony-rs/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry a signed document to somewhere nobody configured.
            .redirect(redirect::Policy::none())
            // A submission is sent once. Whether to send again is decided above, where it is known what that means.
            .retry(retry::never())
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .build()
            .map_err(|error| ConfigurationError::Http(error.into()))
    }

    #[cfg(feature = "rustls")]
    fn require_tls(&self, _: &Url) -> Result<(), ConfigurationError> {
        Ok(())
    }

    /// Refuses what could only fail later, with words that name no feature.
    #[cfg(not(feature = "rustls"))]
    fn require_tls(&self, url: &Url) -> Result<(), ConfigurationError> {
        // A caller who sets up the HTTP client himself may have brought TLS with it.
        #[cfg(feature = "reqwest-0-13")]
        if self.customise.is_some() {
            return Ok(());
        }
        match url.scheme() {
            "https" => Err(ConfigurationError::NoTls { url: shown(url) }),
            _ => Ok(()),
        }
    }

    #[cfg(feature = "rustls")]
    fn trust(&self, mut http: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ConfigurationError> {
        for (index, pem) in self.root_certificates.iter().enumerate() {
            let wrong = |problem: String| ConfigurationError::RootCertificate {
                number: index + 1,
                problem,
            };
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| wrong(error.to_string()))?;
            if certificates.is_empty() {
                return Err(wrong("there is no certificate in it".to_owned()));
            }
            http = http.tls_certs_merge(certificates);
        }
        Ok(http)
    }

    #[cfg(not(feature = "rustls"))]
    fn trust(&self, http: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ConfigurationError> {
        if self.root_certificates.is_empty() {
            Ok(http)
        } else {
            Err(ConfigurationError::RootCertificate {
                number: 1,
                problem: "this program was built without TLS (the feature `rustls` of fiscal-harmony)".to_owned(),
            })
        }
    }
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = self.proxy.as_deref().map(|url| proxy_url(url).map(|url| shown(&url)));
        f.debug_struct("HttpSettings")
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("proxy", &proxy)
            .field("root_certificates", &self.root_certificates.len())
            .finish_non_exhaustive()
    }
}

fn proxy_url(text: &str) -> Result<Url, ConfigurationError> {
    let wrong = |url: &str, problem| ConfigurationError::Proxy {
        url: url.to_owned(),
        problem,
    };
    // Not shown when it cannot be read: it may hold a password.
    let url = Url::parse(text.trim()).map_err(|_| wrong("…", "it cannot be read as a URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(&shown(&url), "it begins with neither http nor https"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(&shown(&url), "it has a path, a query or a fragment"));
    }
    Ok(url)
}

/// A URL without what it may hold of a user name and password.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    if url.set_username("").and_then(|()| url.set_password(None)).is_err() {
        return "…".to_owned();
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(settings: &HttpSettings, base: &str) -> Result<reqwest::Client, ConfigurationError> {
        settings.build(&base.parse().unwrap())
    }

    #[test]
    fn a_proxy_is_checked_and_its_password_is_never_shown() {
        let proxy = |url: &str| HttpSettings {
            proxy: Some(url.to_owned()),
            ..HttpSettings::default()
        };
        assert!(build(&proxy("http://me:hunter2@proxy.test:3128"), "http://localhost:1").is_ok());
        for url in [
            "proxy.shop.local",
            "socks5://me:hunter2@proxy.test",
            "ftp://me:hunter2@proxy.test",
            "http://me:hunter2@proxy.test/path",
            "http://me:hunter2@",
        ] {
            let error = build(&proxy(url), "http://localhost:1").unwrap_err();
            assert!(matches!(error, ConfigurationError::Proxy { .. }), "{url}: {error:?}");
            assert!(
                !format!("{error} {error:?} {:?}", proxy(url)).contains("hunter2"),
                "{error:?}"
            );
        }
        let shown = format!("{:?}", proxy("http://me:hunter2@proxy.test:3128"));
        assert!(
            shown.contains("proxy.test:3128") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn a_root_certificate_that_is_none_is_named_by_its_place() {
        let settings = HttpSettings {
            root_certificates: vec![b"-----BEGIN NOTHING-----".to_vec()],
            ..HttpSettings::default()
        };
        let error = build(&settings, "http://localhost:1").unwrap_err();
        assert!(
            matches!(error, ConfigurationError::RootCertificate { number: 1, .. }),
            "{error:?}"
        );
    }

    #[cfg(not(feature = "rustls"))]
    #[test]
    fn without_tls_https_is_refused_by_the_name_of_the_feature() {
        let error = build(&HttpSettings::default(), "https://api.fiscalharmony.co.zw/api").unwrap_err();
        assert!(matches!(error, ConfigurationError::NoTls { .. }), "{error:?}");
        assert!(error.to_string().contains("feature `rustls`"), "{error}");
        assert!(build(&HttpSettings::default(), "http://localhost:1").is_ok());
    }

    #[cfg(feature = "rustls")]
    #[test]
    fn with_tls_https_is_taken() {
        assert!(build(&HttpSettings::default(), "https://api.fiscalharmony.co.zw/api").is_ok());
    }
}
