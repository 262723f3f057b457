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
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address of a proxy that cannot be used.
    #[error("{url:?} is not a proxy: {problem}; it should look like http://proxy.shop.local:3128")]
    Proxy {
        /// What was given, without a user name and password it may have held.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A root certificate that cannot be read.
    #[error(
        "root certificate {number} cannot be used: {problem}; give the authority's certificate as PEM, which begins with \
         -----BEGIN CERTIFICATE-----"
    )]
    RootCertificate {
        /// Which one, in the order in which they were given, from 1.
        number: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// https was asked of a build that has no TLS.
    #[error(
        "{url:?} needs TLS, and this program was built without it: enable the feature `rustls` of fiscal-harmony, which is on \
         unless `default-features = false` is set"
    )]
    NoTls {
        /// What was given: the base URL, or the proxy.
        url: String,
    },
}
