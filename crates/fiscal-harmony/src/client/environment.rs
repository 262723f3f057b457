use reqwest::Url;

use super::configuration::ConfigurationError;

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

pub(super) fn base_url(text: &str) -> Result<Url, ConfigurationError> {
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

pub(super) fn is_loopback(url: &Url) -> bool {
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
}
