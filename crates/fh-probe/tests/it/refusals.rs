//! What is not shown to be a test environment is sent nothing.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use fh_auth::Credentials;
use fh_probe::{Probe, ProbeError, proof::Refusal};
use tempfile::tempdir;

use crate::harness::{identity, limits, run};

/// A service that says of itself what it is told to.
#[derive(Clone)]
struct Double {
    qr_url: Option<&'static str>,
    link_host: &'static str,
    is_gateway: bool,
    seen: Arc<Mutex<Vec<(Method, String)>>>,
}

impl Double {
    fn new(qr_url: Option<&'static str>) -> Self {
        Self {
            qr_url,
            link_host: "https://fdms.zimra.co.zw",
            is_gateway: false,
            seen: Arc::default(),
        }
    }

    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/api")
    }

    fn sent(&self) -> Vec<(Method, String)> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|(method, _)| method != Method::GET)
            .cloned()
            .collect()
    }
}

async fn answer(State(double): State<Double>, method: Method, uri: Uri, _: HeaderMap, body: Bytes) -> Response {
    let number = {
        let mut seen = double.seen.lock().unwrap();
        seen.push((method.clone(), uri.path().to_owned()));
        seen.len()
    };
    let json = |text: String| ([("content-type", "application/json")], text).into_response();
    let mut response = match (method.as_str(), uri.path().trim_start_matches("/api")) {
        ("GET", "/fiscaldevice") => {
            let mut config = serde_json::json!({ "applicableTaxes": [{ "taxID": 1, "taxPercent": 15.5 }], "vatNumber": "220000000" });
            if let Some(qr_url) = double.qr_url {
                config["qrUrl"] = qr_url.into();
            }
            json(serde_json::json!({ "CurrentConfig": config.to_string() }).to_string())
        }
        ("GET", "/currencymapping") => {
            json(r#"[{"Id":1,"SourceCurrency":"USD","DestinationCurrency":"USD"}]"#.to_owned())
        }
        ("GET", "/profile") => json(r#"{"Id":1,"FullName":"x"}"#.to_owned()),
        ("POST", "/taxmapping") => json(String::from_utf8_lossy(&body).replace('{', &format!("{{\"Id\":{number},"))),
        ("POST", "/invoice") => "request-1".into_response(),
        ("POST", "/status") => {
            let link = format!("{}/0000034567271120260000000001AAAABBBBCCCCDDDD", double.link_host);
            json(
                serde_json::json!([{ "RequestId": "request-1", "Success": true, "QrData": { "QrCodeUrl": link } }])
                    .to_string(),
            )
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    };
    if double.is_gateway {
        response
            .headers_mut()
            .insert("x-fh-gateway", "fiscal-harmony-rs".parse().unwrap());
    }
    response
}

async fn probed(base_url: &str) -> ProbeError {
    let folder = tempdir().unwrap();
    let credentials = Credentials::unchecked_format("test-key", "test-secret").unwrap();
    let probe = Probe::new(base_url, credentials, identity(), folder.path().join("probe.jsonl")).limits(limits());
    run(&probe, false)
        .await
        .map(|outcome| outcome.bundle.about)
        .unwrap_err()
}

#[tokio::test]
async fn what_is_not_shown_to_be_a_test_is_refused_before_anything_is_sent() {
    // This machine's address proves nothing: production may be behind it.
    for qr_url in [
        Some("https://fdms.zimra.co.zw"),
        Some("https://invoice.zimra.co.zw/"),
        None,
        Some(""),
    ] {
        let double = Double::new(qr_url);
        let error = probed(&double.start().await).await;
        assert!(matches!(error, ProbeError::Refused(_)), "{qr_url:?}: {error}");
        assert_eq!(double.sent(), [], "{qr_url:?}");
    }
    let gateway = Double {
        is_gateway: true,
        ..Double::new(Some("https://fdmstest.zimra.co.zw"))
    };
    let error = probed(&gateway.start().await).await;
    assert!(matches!(error, ProbeError::Refused(Refusal::Gateway(_))), "{error}");
    assert_eq!(gateway.sent(), []);
}

#[tokio::test]
async fn without_a_device_that_shows_it_nothing_is_sent() {
    // Nobody is there: the addresses of production and of an unknown host come to the same without a network.
    let error = probed("http://127.0.0.1:9/api").await;
    assert!(
        matches!(error, ProbeError::Refused(Refusal::NoDevice { status: None, .. })),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("nothing shows that it is a test environment"),
        "{error}"
    );
}

#[tokio::test]
async fn a_device_that_lies_about_its_receipts_is_sent_one_document() {
    let double = Double::new(Some("https://fdmstest.zimra.co.zw"));
    let error = probed(&double.start().await).await;
    let ProbeError::NotATest { link, document, left } = &error else {
        panic!("{error}")
    };
    assert!(link.starts_with("https://fdms.zimra.co.zw/"), "{link}");
    assert!(document.starts_with("FH-PROBE-"), "{document}");
    assert!(left.contains("FHPROBE"), "{left}");
    assert!(error.to_string().contains("credit note"), "{error}");
    let documents = double
        .sent()
        .iter()
        .filter(|(_, path)| path.ends_with("/invoice"))
        .count();
    assert_eq!(documents, 1);
}
