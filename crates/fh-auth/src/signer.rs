use std::fmt;

use http::{HeaderMap, HeaderValue};

use crate::{ApiSecret, Credentials, Identity, Station, header, signature};

/// Makes the headers of a request: the API key, who is speaking and, when there is a body, its signature.
///
/// ```
/// use fh_auth::{AppVersion, Application, Credentials, Identity, Signer, Station, header};
/// let credentials = Credentials::unchecked_format("key", "secret")?;
/// let signer = Signer::new(credentials, Identity::new(Application::new("CornerShopPOS")?, Station::new("till-3")?, AppVersion::new("2.1.0")?));
/// let headers = signer.headers(Some(br#"["6f9619ff"]"#));
/// assert!(headers.contains_key(header::SIGNATURE));
/// assert!(!signer.headers(None).contains_key(header::SIGNATURE), "nothing to sign");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    fixed: HeaderMap,
    secret: ApiSecret,
    identity: Identity,
}

/// Why a request was not signed, and so must not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The body is a stream.
    #[error("the body is a stream: only bytes in memory can be signed, and an unsigned request is not sent")]
    BodyNotInMemory,
}

impl Signer {
    /// A signer for one device and one station.
    #[must_use]
    pub fn new(credentials: Credentials, identity: Identity) -> Self {
        let mut key =
            HeaderValue::from_str(credentials.key().as_str()).expect("visible ASCII was checked at construction");
        key.set_sensitive(true);
        let mut fixed = HeaderMap::with_capacity(6);
        fixed.insert(header::API_KEY, key);
        fixed.insert(header::APPLICATION, identity.application.header_value());
        fixed.insert(header::STATION, identity.station.header_value());
        fixed.insert(header::VERSION, identity.version.header_value());
        if let Some(count) = &identity.client_count {
            fixed.insert(header::CLIENT_COUNT, count.header_value());
        }
        Self {
            fixed,
            secret: credentials.secret().clone(),
            identity,
        }
    }

    /// A signer of the same device for another station.
    #[must_use]
    pub fn for_station(&self, station: Station) -> Self {
        let mut other = self.clone();
        other.fixed.insert(header::STATION, station.header_value());
        other.identity.station = station;
        other
    }

    /// Who is speaking.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The headers for a request with this body, or without one. Without a body there is no signature, not even of the
    /// empty text, as no published client sends one \[vendor-code\].
    #[must_use]
    pub fn headers(&self, body: Option<&[u8]>) -> HeaderMap {
        let mut headers = self.fixed.clone();
        if let Some(body) = body {
            headers.insert(header::SIGNATURE, self.signature(body));
        }
        headers
    }

    fn signature(&self, body: &[u8]) -> HeaderValue {
        let mut value = HeaderValue::from_str(&signature(&self.secret, body)).expect("base64 is visible ASCII");
        value.set_sensitive(true);
        value
    }

    /// Signs a request in place: over the bytes of its body, which are the bytes that will be sent.
    ///
    /// # Errors
    ///
    /// When the body is a stream. The request is then unchanged and must not be sent.
    #[cfg(feature = "reqwest")]
    pub fn sign_request(&self, request: &mut reqwest::Request) -> Result<(), SignError> {
        let signature = match request.body() {
            None => None,
            Some(body) => Some(self.signature(body.as_bytes().ok_or(SignError::BodyNotInMemory)?)),
        };
        let headers = request.headers_mut();
        for (name, value) in &self.fixed {
            headers.insert(name, value.clone());
        }
        match signature {
            Some(signature) => headers.insert(header::SIGNATURE, signature),
            None => headers.remove(header::SIGNATURE),
        };
        Ok(())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppVersion, Application};

    fn signer() -> Signer {
        let credentials = Credentials::unchecked_format("the-key", "the-secret").unwrap();
        Signer::new(
            credentials,
            Identity::new(
                Application::new("Shop").unwrap(),
                Station::new("till-1").unwrap(),
                AppVersion::new("1.0").unwrap(),
            ),
        )
    }

    #[test]
    fn every_request_says_who_is_speaking_and_none_carries_the_secret() {
        for body in [None, Some(&b"{}"[..])] {
            let headers = signer().headers(body);
            assert_eq!(headers[header::API_KEY], "the-key");
            assert_eq!(headers[header::APPLICATION], "Shop");
            assert_eq!(headers[header::STATION], "till-1");
            assert_eq!(headers[header::VERSION], "1.0");
            assert!(!headers.contains_key(header::CLIENT_COUNT));
            assert!(!headers.contains_key("x-api-secret"));
            assert!(headers.values().all(|value| value != "the-secret"));
            assert_eq!(headers.contains_key(header::SIGNATURE), body.is_some());
        }
        assert!(!format!("{:?} {:?}", signer(), signer().headers(Some(b""))).contains("the-secret"));
        assert!(
            !format!("{:?}", signer().headers(None)).contains("the-key"),
            "the key is marked sensitive"
        );
    }

    #[cfg(feature = "reqwest")]
    mod request {
        use reqwest::{Body, Method, Request};

        use super::*;

        fn request(body: Option<Body>) -> Request {
            let mut request = Request::new(Method::POST, "http://127.0.0.1/invoice".parse().unwrap());
            *request.body_mut() = body;
            request
        }

        #[test]
        fn the_signature_is_over_the_bytes_in_the_request() {
            let mut signed = request(Some("{\"Name\":\"Café\"}".into()));
            signer().sign_request(&mut signed).unwrap();
            let body = signed.body().unwrap().as_bytes().unwrap().to_vec();
            let header = signed.headers()[header::SIGNATURE].to_str().unwrap();
            let secret = ApiSecret::unchecked_format("the-secret").unwrap();
            assert_eq!(crate::verify(&body, header, &[secret]), Ok(0));
        }

        #[test]
        fn without_a_body_a_stale_signature_is_removed() {
            let mut bare = request(None);
            bare.headers_mut()
                .insert(header::SIGNATURE, HeaderValue::from_static("stale"));
            signer().sign_request(&mut bare).unwrap();
            assert!(!bare.headers().contains_key(header::SIGNATURE));
            assert_eq!(bare.headers()[header::API_KEY], "the-key");
        }

        #[test]
        fn a_streamed_body_is_refused() {
            struct Stream;
            impl http_body::Body for Stream {
                type Data = bytes::Bytes;
                type Error = std::convert::Infallible;
                fn poll_frame(
                    self: std::pin::Pin<&mut Self>,
                    _: &mut std::task::Context<'_>,
                ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
                    std::task::Poll::Ready(None)
                }
            }
            let mut streamed = request(Some(Body::wrap(Stream)));
            assert_eq!(signer().sign_request(&mut streamed), Err(SignError::BodyNotInMemory));
            assert!(streamed.headers().is_empty());
        }
    }
}
