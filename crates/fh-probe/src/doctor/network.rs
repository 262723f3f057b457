//! The way to the service, step by step: the proxy, the name, the connection, the certificate.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use fh_types::jiff::SignedDuration;
use reqwest::Url;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{
    certificate,
    check::Found,
    patient::Environment,
    sight::{NetworkSight, Sight, TlsFault, TlsSight},
};

/// Certificates of web servers are renewed a month before their end; two weeks before it, somebody has forgotten.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Parts of the names under which firewalls, virus scanners and debuggers issue certificates of their own.
const INSPECTORS: [&str; 24] = [
    "fortinet",
    "fortigate",
    "zscaler",
    "sophos",
    "kaspersky",
    "eset ssl",
    "avast",
    "avg ",
    "bitdefender",
    "blue coat",
    "netskope",
    "palo alto",
    "mitmproxy",
    "squid",
    "untangle",
    "watchguard",
    "sonicwall",
    "barracuda",
    "umbrella",
    "forcepoint",
    "mcafee",
    "adguard",
    "charles proxy",
    "fiddler",
];

/// How long each step may take.
pub(super) const STEP: Duration = Duration::from_secs(3);

/// Looks at the way to an address.
pub(super) async fn look(base_url: &str, environment: &Environment, roots: &[Vec<u8>]) -> Option<NetworkSight> {
    let url = Url::parse(base_url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default()?;
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let mut sight = NetworkSight {
        base_url: base_url.to_owned(),
        host: host.clone(),
        is_loopback,
        proxy: None,
        dns: None,
        connect: None,
        tls: None,
    };
    // The client goes around a proxy to this machine, and so does this.
    if let Some(proxy) = environment
        .proxy
        .as_deref()
        .filter(|_| !is_loopback && !is_excepted(&host, environment))
    {
        sight.proxy = Some(reach(proxy).await);
        return Some(sight);
    }
    let found = addresses(&host, port).await;
    let stream = match &found {
        Ok(_) => {
            let began = Instant::now();
            let stream = match timeout(STEP, TcpStream::connect((host.as_str(), port))).await {
                Ok(Ok(stream)) => Ok(stream),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(late()),
            };
            sight.connect = Some(stream.as_ref().map(|_| began.elapsed()).map_err(Clone::clone));
            stream.ok()
        }
        Err(_) => None,
    };
    sight.dns = Some(found);
    if let Some(stream) = stream.filter(|_| url.scheme() == "https") {
        sight.tls = Some(match timeout(STEP, shake_hands(stream, &host, roots)).await {
            Ok(shaken) => shaken,
            Err(_) => Err(TlsFault::Other(late())),
        });
    }
    Some(sight)
}

fn late() -> String {
    format!("no answer within {} s", STEP.as_secs())
}

async fn addresses(host: &str, port: u16) -> Result<Vec<IpAddr>, String> {
    match timeout(STEP, lookup_host((host, port))).await {
        Ok(Ok(found)) => {
            let found: Vec<_> = found.map(|address| address.ip()).collect();
            if found.is_empty() {
                Err("the name stands for no address".to_owned())
            } else {
                Ok(found)
            }
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(late()),
    }
}

/// Whether the environment says that no proxy is used for a host.
fn is_excepted(host: &str, environment: &Environment) -> bool {
    let list = environment.no_proxy.as_deref().unwrap_or_default();
    list.split(',').map(str::trim).any(|entry| {
        let entry = entry.trim_start_matches('.');
        entry == "*" || (!entry.is_empty() && (host == entry || host.ends_with(&format!(".{entry}"))))
    })
}

/// A proxy without its password, and whether it can be reached.
async fn reach(proxy: &str) -> (String, Result<(), String>) {
    // Without a scheme it is read as http, as the client does.
    let text = if proxy.contains("://") {
        proxy.to_owned()
    } else {
        format!("http://{proxy}")
    };
    let Ok(mut url) = Url::parse(&text) else {
        return ("…".to_owned(), Err("its address cannot be read".to_owned()));
    };
    let hidden = url.set_username("").and_then(|()| url.set_password(None));
    let shown = if hidden.is_ok() {
        url.to_string()
    } else {
        "…".to_owned()
    };
    let port = url.port_or_known_default().or(match url.scheme() {
        "socks5" | "socks5h" | "socks4" => Some(1080),
        _ => None,
    });
    let (Some(host), Some(port)) = (url.host_str(), port) else {
        return (shown, Err("its address names no host".to_owned()));
    };
    let reached = match timeout(STEP, TcpStream::connect((host.trim_matches(['[', ']']), port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(late()),
    };
    (shown, reached)
}

/// Begins an encrypted connection, and ends it: what counts is the certificate.
async fn shake_hands(stream: TcpStream, host: &str, roots: &[Vec<u8>]) -> Result<TlsSight, TlsFault> {
    let other = |error: &dyn fmt::Display| TlsFault::Other(error.to_string());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let seen = Arc::new(Mutex::new(None));
    let verifier = Recorder {
        inner: trust(roots, &provider).map_err(|error| other(&error))?,
        seen: seen.clone(),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| other(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| other(&error))?;
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let der: Option<Vec<u8>> = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let seen = der.map(|der| certificate::read(&der)).unwrap_or_default();
    let Err(error) = shaken else {
        return Ok(TlsSight {
            issuer: seen.issuer,
            not_after: seen.not_after,
        });
    };
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<TlsError>());
    Err(match cause {
        Some(TlsError::InvalidCertificate(wrong)) => fault(wrong, seen),
        Some(cause) => other(cause),
        None => other(&error),
    })
}

fn fault(wrong: &CertificateError, seen: certificate::Certificate) -> TlsFault {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired {
            not_after: seen.not_after,
        },
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYet,
        CertificateError::UnknownIssuer => TlsFault::UnknownIssuer { issuer: seen.issuer },
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::OtherName,
        wrong => TlsFault::Other(format!("{wrong:?}")),
    }
}

/// The trust of this machine, as the client has it, and what was added to it.
fn trust(roots: &[Vec<u8>], provider: &Arc<CryptoProvider>) -> Result<Verifier, TlsError> {
    let extra: Vec<CertificateDer<'static>> = roots
        .iter()
        .flat_map(|pem| {
            CertificateDer::pem_slice_iter(pem)
                .filter_map(Result::ok)
                .collect::<Vec<_>>()
        })
        .collect();
    if extra.is_empty() {
        return Verifier::new(provider.clone());
    }
    Verifier::new_with_extra_roots(extra, provider.clone())
}

/// Checks as the system does, and keeps what it was shown.
#[derive(Debug)]
struct Recorder {
    inner: Verifier,
    seen: Arc<Mutex<Option<Vec<u8>>>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        self.inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// What was seen of the way, or why a check of it is skipped.
fn seen(sight: &Sight) -> Result<&NetworkSight, Found> {
    let network = sight.network.as_ref();
    network.ok_or_else(|| Found::skip("no address of the service is known".to_owned()))
}

pub(super) fn proxy(sight: &Sight) -> Found {
    let network = match seen(sight) {
        Ok(network) => network,
        Err(found) => return found,
    };
    match &network.proxy {
        None => Found::pass("no proxy is used".to_owned()),
        Some((shown, Ok(()))) => Found::pass(format!("the proxy {shown} can be reached")),
        Some((shown, Err(why))) => Found::fail(format!("the proxy {shown} cannot be reached: {why}")),
    }
}

pub(super) fn dns(sight: &Sight) -> Found {
    let network = match seen(sight) {
        Ok(network) => network,
        Err(found) => return found,
    };
    match &network.dns {
        None => Found::skip("the proxy looks the name up".to_owned()),
        Some(Ok(_)) => Found::pass(format!("the name {} can be looked up", network.host)),
        Some(Err(why)) => Found::fail(format!("the name {} cannot be looked up: {why}", network.host)),
    }
}

pub(super) fn connect(sight: &Sight) -> Found {
    let network = match seen(sight) {
        Ok(network) => network,
        Err(found) => return found,
    };
    match &network.connect {
        None => Found::skip("a proxy connects, or the name stands for nothing".to_owned()),
        Some(Ok(took)) => Found::pass(format!("a connection took {} ms", took.as_millis())),
        Some(Err(why)) if network.is_loopback => Found::fail(format!("nothing answers at {}: {why}", network.base_url))
            .remedy("Start what should answer there, such as `fh sim`, or name another base_url."),
        Some(Err(why)) => Found::fail(format!("{} cannot be connected to: {why}", network.host)),
    }
}

/// The certificate, or why there is none to look at.
fn shaken(sight: &Sight) -> Result<&Result<TlsSight, TlsFault>, Found> {
    let network = seen(sight)?;
    let none = if network.base_url.starts_with("http://") {
        "the connection is not encrypted, on this machine"
    } else if network.proxy.is_some() {
        "the connection goes through a proxy"
    } else {
        "there is no connection"
    };
    network.tls.as_ref().ok_or_else(|| Found::skip(none.to_owned()))
}

fn named(issuer: &str) -> String {
    if issuer.is_empty() {
        String::new()
    } else {
        format!(" (issued by {issuer})")
    }
}

pub(super) fn tls(sight: &Sight) -> Found {
    match shaken(sight) {
        Err(found) => found,
        Ok(Ok(_)) => Found::pass("the certificate of the service is trusted".to_owned()),
        Ok(Err(TlsFault::Expired { not_after })) => {
            let when = not_after.map_or_else(String::new, |at| format!(" on {}", at.civil().date()));
            Found::fail(format!("the certificate of the service has ended{when}"))
                .remedy("See whether this machine's clock is right; if it is, only the vendor can renew the certificate: tell them.")
        }
        Ok(Err(TlsFault::NotYet)) => Found::fail("the certificate of the service begins in the future".to_owned())
            .remedy("Set this machine's clock, and let the system keep it (NTP)."),
        Ok(Err(TlsFault::UnknownIssuer { issuer })) => {
            Found::fail(format!("nobody whom this machine trusts has issued the certificate{}", named(issuer)))
                .remedy("Something in between reads the connection, or this machine's certificates are old: have the service excepted from inspection, or update the system's certificates.")
        }
        Ok(Err(TlsFault::OtherName)) => Found::fail("the certificate is another host's".to_owned())
            .remedy("See whether the base URL is spelt right, and whether a sign-in page of the network (a captive portal) is in between."),
        Ok(Err(TlsFault::Other(why))) => Found::fail(format!("no encrypted connection can be made: {why}")),
    }
}

pub(super) fn tls_end(sight: &Sight) -> Found {
    let shaken = match shaken(sight) {
        Ok(Ok(shaken)) => shaken,
        Ok(Err(_)) => return Found::skip("the certificate is not trusted".to_owned()),
        Err(found) => return found,
    };
    let Some(not_after) = shaken.not_after else {
        return Found::skip("its end cannot be read".to_owned());
    };
    let left = not_after.timestamp().duration_since(sight.now.timestamp());
    let day = not_after.civil().date();
    if left <= SOON {
        Found::warn(format!("the certificate of the service ends on {day}"))
    } else {
        Found::pass(format!("the certificate of the service is good until {day}"))
    }
}

pub(super) fn interception(sight: &Sight) -> Found {
    let issuer = match shaken(sight) {
        Ok(Ok(shaken)) => &shaken.issuer,
        Ok(Err(TlsFault::UnknownIssuer { issuer })) => issuer,
        Ok(Err(_)) => return Found::skip("the certificate is not trusted for another reason".to_owned()),
        Err(found) => return found,
    };
    let plain = issuer.to_lowercase();
    if INSPECTORS.iter().any(|inspector| plain.contains(inspector)) {
        return Found::warn(format!(
            "the certificate is of a program that reads encrypted connections{}",
            named(issuer)
        ));
    }
    Found::pass(format!(
        "nothing that reads encrypted connections is known by this name{}",
        named(issuer)
    ))
    .guess("who issues the vendor's certificate is not documented, so only known inspectors are recognised")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_excepted_from_the_proxy_by_its_name_or_its_domain() {
        let excepted = |list: &str| {
            let environment = Environment {
                no_proxy: Some(list.to_owned()),
                ..Environment::default()
            };
            is_excepted("api.fiscalharmony.co.zw", &environment)
        };
        assert!(excepted("x, .fiscalharmony.co.zw") && excepted("fiscalharmony.co.zw") && excepted("*"));
        assert!(!excepted("") && !excepted("harmony.co.zw") && !excepted("other.co.zw"));
    }

    #[tokio::test]
    async fn a_proxy_is_shown_without_its_password() {
        let (shown, reached) = reach("http://me:hunter2@127.0.0.1:1/").await;
        assert_eq!(shown, "http://127.0.0.1:1/");
        assert!(reached.is_err());
        let (shown, reached) = reach("http://me:hunter2@").await;
        assert!(reached.is_err() && !shown.contains("hunter2"), "{shown}");
    }
}
