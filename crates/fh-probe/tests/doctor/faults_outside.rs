//! Faults of the settings and of the way to the service.

use fh_probe::doctor::{Environment, Other, Patient, Source, Verdict, examine};
use tokio::net::TcpListener;

use crate::till::{Till, finds, found, mode};

const FAIL: Verdict = Verdict::Fail;
const WARN: Verdict = Verdict::Warn;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_till_gives_no_warning() {
    let till = Till::healthy().await;
    let report = examine(&till.patient()).await;
    let troubled: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.verdict >= WARN)
        .collect();
    assert!(troubled.is_empty(), "{troubled:#?}");
    assert!(report.count(Verdict::Pass) > 25, "{report:#?}");
    assert_eq!(report.findings.len(), fh_probe::doctor::CHECKS.len());
    assert!(report.findings.iter().all(|finding| finding.remedy.is_none()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_settings() {
    let till = Till::healthy().await;
    let file = till.path("profiles.toml");
    mode(&file, 0o644);
    finds(
        &till.patient(),
        "settings.file",
        FAIL,
        "others on this machine",
        "chmod 600",
    )
    .await;
    mode(&file, 0o600);
    mode(till.folder.path(), 0o777);
    finds(
        &till.patient(),
        "settings.file",
        WARN,
        "another file in the place",
        "chmod go-w",
    )
    .await;
    mode(till.folder.path(), 0o700);
    let nowhere = Patient::new(
        "1",
        Source::Nowhere {
            path: Some(file.clone()),
        },
        Err("nothing".to_owned()),
    );
    finds(&nowhere, "settings.file", FAIL, "nothing says who", "FH_API_KEY").await;
    let source = till.patient().source;
    let unread = Patient::new(
        "1",
        source,
        Err("profiles.toml:3:1: profile \"till\" has an unknown key \"api_kye\"".to_owned()),
    );
    finds(&unread, "settings.content", FAIL, "api_kye", "Mend the profile").await;
    let mut mixed = till.patient();
    mixed.ignored = vec!["FH_STATION".to_owned()];
    finds(&mixed, "settings.one_source", WARN, "FH_STATION", "Unset").await;

    let secret = till.said().api_secret.unwrap();
    for (pasted, words) in [
        (format!("{}\n", *secret), "ends in a line break"),
        (format!(" {}", *secret), "blank"),
        (format!("\"{}\"", *secret), "quotation marks"),
    ] {
        let patient = till.saying(|said| said.api_secret = Some(pasted.into()));
        let report = finds(&patient, "credentials.secret", FAIL, words, "Take that away").await;
        assert!(!format!("{report:?}").contains("cut short"));
    }
    let cut = till.saying(|said| said.api_secret = Some(secret[..80].to_owned().into()));
    finds(&cut, "credentials.secret", FAIL, "80 characters", "Copy the API secret").await;
    let cut = till.saying(|said| said.api_key = said.api_key.take().map(|key| key[..30].to_owned()));
    finds(&cut, "credentials.key", FAIL, "30 characters", "Copy the API key").await;
    let free = till.saying(|said| {
        said.api_secret = Some("anything".to_owned().into());
        said.unchecked_format = true;
    });
    finds(
        &free,
        "credentials.secret",
        WARN,
        "unchecked_format",
        "Take unchecked_format out",
    )
    .await;
    let rotated = till.saying(|said| said.previous_api_secret = said.api_secret.clone());
    finds(
        &rotated,
        "credentials.previous_secret",
        WARN,
        "the same",
        "before the rotation",
    )
    .await;
    let unnamed = till.saying(|said| said.station = None);
    finds(&unnamed, "identity.station", FAIL, "missing", "a name of its own").await;
    let unnamed = till.saying(|said| said.application = Some(String::new()));
    finds(&unnamed, "identity.application", FAIL, "", "the vendor gave").await;
    let mut shared = till.patient();
    shared.others = vec![Other::new("till-2", Ok(till.said()))];
    let report = finds(
        &shared,
        "identity.station_is_unique",
        WARN,
        "till-2",
        "a station of its own",
    )
    .await;
    found(&report, "credentials.key_is_unique", WARN, "till-2", "one profile");
    let remote = till.saying(|said| said.base_url = Some("http://api.example.co.zw".to_owned()));
    finds(&remote, "settings.base_url", FAIL, "unencrypted", "https://").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_way() {
    let till = Till::healthy().await;
    let at = |url: &str| {
        let url = url.to_owned();
        till.saying(move |said| said.base_url = Some(url))
    };
    finds(
        &at("https://nowhere.invalid/api"),
        "network.dns",
        FAIL,
        "nowhere.invalid",
        "DNS",
    )
    .await;
    // Nobody listens where somebody just did.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let report = finds(
        &at(&format!("http://{gone}")),
        "network.connect",
        FAIL,
        "nothing answers",
        "fh sim",
    )
    .await;
    found(&report, "service.answers", FAIL, "no answer", "outbox meanwhile");
    let mut behind = at("https://api.fiscalharmony.co.zw/api");
    behind.environment = Environment::default();
    behind.environment.proxy = Some(format!("http://me:hunter2@{gone}"));
    let report = finds(&behind, "network.proxy", FAIL, "cannot be reached", "HTTPS_PROXY").await;
    assert!(!format!("{report:?}").contains("hunter2"));
}

/// A server with a certificate, which ends every connection after the hand is shaken.
async fn tls(change: impl FnOnce(&mut rcgen::CertificateParams)) -> (u16, Vec<u8>) {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "Fortinet Shop CA");
    let authority_key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { drop(acceptor.accept(stream).await) });
        }
    });
    (port, pem.into_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_certificates() {
    let till = Till::healthy().await;
    let to = |port: u16, host: &str| {
        let url = format!("https://{host}:{port}/api");
        till.saying(move |said| said.base_url = Some(url))
    };
    let (port, _) = tls(|_| {}).await;
    let report = finds(
        &to(port, "localhost"),
        "network.tls",
        FAIL,
        "Fortinet Shop CA",
        "excepted from inspection",
    )
    .await;
    found(&report, "network.interception", WARN, "Fortinet", "inspection");
    let (port, pem) = tls(|params| params.not_after = rcgen::date_time_ymd(2024, 2, 3)).await;
    let mut patient = to(port, "localhost");
    patient.root_certificates = vec![pem];
    finds(
        &patient,
        "network.tls",
        FAIL,
        "has ended on 2024-02-03",
        "clock is right",
    )
    .await;
    let (port, pem) = tls(|_| {}).await;
    let mut patient = to(port, "127.0.0.1");
    patient.root_certificates = vec![pem];
    finds(&patient, "network.tls", FAIL, "another host's", "captive portal").await;
}
