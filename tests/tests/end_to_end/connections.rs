//! The HTTP client below the client: shared, led through a proxy, given other trust, set up by the caller, and never led astray.

use std::sync::Arc;

use fiscal_harmony::{Delivery, ErrorKind, auth::Credentials, client::Method};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::{
    invoice,
    listener::{Listener, answer, builder_for, identity},
};

#[tokio::test]
async fn a_redirect_leads_nowhere_even_when_the_caller_wants_to_follow_it() {
    for status in ["307 Temporary Redirect", "308 Permanent Redirect"] {
        let elsewhere = Listener::start(|_| answer("200 OK", "", "taken"));
        let location = format!("http://localhost:{}/invoice", elsewhere.address.port());
        let service = Listener::start(move |_| {
            let headers = format!("location: {location}\r\nset-cookie: session=1\r\n");
            answer(status, &headers, "")
        });
        let client = builder_for(service.base())
            .http(|http| {
                http.redirect(reqwest::redirect::Policy::limited(10))
                    .cookie_store(true)
                    .retry(reqwest::retry::for_host("127.0.0.1").classify_fn(|answer| answer.retryable()))
            })
            .build()
            .unwrap();
        for _ in 0..2 {
            let error = client.submit(&invoice("INV-1")).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.delivery()),
                (ErrorKind::Unexpected, Delivery::Refused),
                "{status}: {error}"
            );
        }
        client.profile().await.unwrap_err();
        assert_eq!(elsewhere.arrived(), [], "{status}");
        let arrived = service.arrived();
        assert_eq!(arrived.len(), 3, "{status}: each was sent once");
        assert!(
            arrived
                .iter()
                .all(|(_, request)| !request.to_ascii_lowercase().contains("cookie")),
            "{arrived:?}"
        );
    }
}

#[tokio::test]
async fn what_the_caller_sets_on_the_http_client_holds_where_it_breaks_no_promise() {
    let service = Listener::start(|_| answer("200 OK", "", "{}"));
    let port = service.address.port();
    let client = builder_for(format!("http://service.localhost.test:{port}"));
    assert!(client.clone().build().is_err(), "plain http to another machine");
    let client = builder_for(format!("http://localhost:{port}/api"))
        .http(|http| {
            http.user_agent("mine")
                .default_headers([(http::header::FROM, "shop".parse().unwrap())].into_iter().collect())
        })
        .build()
        .unwrap();
    client.call(Method::Get, "/Profile", None).await.unwrap();
    let (_, request) = service.arrived().remove(0);
    assert!(
        request.contains("from: shop") && request.contains("user-agent: fiscal-harmony-rs/"),
        "{request}"
    );
}

#[tokio::test]
async fn devices_share_a_connection_and_nothing_else() {
    let service = Listener::start(|_| answer("200 OK", "", "{}"));
    let first = builder_for(service.base()).build().unwrap();
    let second = first.for_device(
        Credentials::unchecked_format("key-2", "other").unwrap(),
        identity("till-2"),
    );
    for client in [&first, &second, &first] {
        client.call(Method::Post, "/New", Some("{}".into())).await.unwrap();
    }
    let arrived = service.arrived();
    assert!(arrived.iter().all(|(connection, _)| *connection == 0), "{arrived:?}");
    let said = |name: &str, at: usize| {
        let prefix = format!("{name}: ");
        let head = arrived[at].1.lines();
        head.map(str::to_owned)
            .find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
            .unwrap()
    };
    assert_eq!(
        (said("x-api-key", 0), said("x-api-key", 1)),
        ("key-1".into(), "key-2".into())
    );
    assert_eq!(
        (said("x-app-station", 0), said("x-app-station", 1)),
        ("till-1".into(), "till-2".into())
    );
    assert_ne!(said("x-api-signature", 0), said("x-api-signature", 1));
    assert_eq!(said("x-api-signature", 0), said("x-api-signature", 2));
    assert_eq!(second.identity().station.as_str(), "till-2");
}

#[tokio::test]
async fn a_proxy_is_gone_through_with_its_password() {
    let proxy = Listener::start(|_| answer("200 OK", "", "by proxy"));
    let client = builder_for("http://localhost:9/api")
        .proxy(format!("http://me:hunter2@{}", proxy.address))
        .build()
        .unwrap();
    let answer = client.call(Method::Get, "/Profile", None).await.unwrap();
    assert_eq!(&answer.body()[..], b"by proxy");
    let (_, request) = proxy.arrived().remove(0);
    assert!(
        request.starts_with("GET http://localhost:9/api/Profile HTTP/1.1\r\n"),
        "{request}"
    );
    // me:hunter2
    assert!(
        request.contains("proxy-authorization: Basic bWU6aHVudGVyMg=="),
        "{request}"
    );
}

#[tokio::test]
async fn a_service_behind_an_authority_of_its_own_is_trusted_when_that_is_given() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new([]).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = rcgen::CertifiedIssuer::self_signed(authority, key).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let config = ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // One that does not trust the certificate hangs up here.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream
                .write_all(answer("200 OK", "connection: close\r\n", "trusted").as_bytes())
                .await;
            let _ = stream.shutdown().await;
        }
    });
    let stranger = builder_for(&base).build().unwrap();
    let error = stranger.call(Method::Get, "/Profile", None).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Connect, Delivery::NotSent),
        "{error}"
    );
    let friend = builder_for(&base).root_certificate(authority.pem()).build().unwrap();
    let answer = friend.call(Method::Get, "/Profile", None).await.unwrap();
    assert_eq!(&answer.body()[..], b"trusted");
}
