//! Requests whose bytes were serialised before: kept, signed and sent without another copy.

use bytes::Bytes;
use progenitor_client::{ClientHooks, Error, OperationInfo, ResponseValue};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};

use crate::{Client, types};

/// The operations whose body is prepared and whose answer is read outside of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrozenOperation {
    /// `POST /invoice`.
    Invoice,
    /// `POST /creditnote`.
    CreditNote,
    /// `POST /status`, for a caller that reads the records one by one, so that a bad one costs no other.
    Status,
}

impl FrozenOperation {
    fn path(self) -> &'static str {
        match self {
            Self::Invoice => "/invoice",
            Self::CreditNote => "/creditnote",
            Self::Status => "/status",
        }
    }

    fn answer(self) -> &'static str {
        match self {
            // The request id is documented as text, and refusals are JSON.
            Self::Invoice | Self::CreditNote => "text/plain, application/json;q=0.9",
            Self::Status => "application/json",
        }
    }

    /// The operation's id in the specification.
    #[must_use]
    pub fn operation_id(self) -> &'static str {
        match self {
            Self::Invoice => "submit_invoice",
            Self::CreditNote => "submit_credit_note",
            Self::Status => "check_status",
        }
    }
}

impl Client {
    /// Sends the exact bytes given, through the same hooks as every generated method.
    ///
    /// The bytes are signed and sent from this very buffer. A success is handed back undecoded: the request id as text, or
    /// the status records.
    ///
    /// # Errors
    ///
    /// As the generated methods: [`Error::Custom`] or [`Error::InvalidRequest`] when nothing has left,
    /// [`Error::CommunicationError`] when it may have, [`Error::ErrorResponse`] for a refusal, and
    /// [`Error::UnexpectedResponse`] for a status that is neither success nor error.
    pub async fn send_frozen(
        &self,
        operation: FrozenOperation,
        body: Bytes,
    ) -> Result<reqwest::Response, Error<types::ProblemDetails>> {
        let mut request = self
            .frozen_request(operation, body)
            .map_err(|error| Error::InvalidRequest(error.to_string()))?;
        let info = OperationInfo {
            operation_id: operation.operation_id(),
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result.map_err(Error::CommunicationError)?;
        let status = response.status();
        if status.is_success() {
            Ok(response)
        } else if status.is_client_error() || status.is_server_error() {
            Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
        } else {
            Err(Error::UnexpectedResponse(response))
        }
    }

    fn frozen_request(&self, operation: FrozenOperation, body: Bytes) -> reqwest::Result<reqwest::Request> {
        self.client
            .post(format!("{}{}", self.baseurl, operation.path()))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ACCEPT, HeaderValue::from_static(operation.answer()))
            .body(body)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fh_auth::{AppVersion, Application, Credentials, Identity, Signer, Station};
    use progenitor_client::ClientInfo;

    use super::*;

    fn client() -> Client {
        let credentials = Credentials::unchecked_format("key", "secret").unwrap();
        let identity = Identity::new(
            Application::new("Shop").unwrap(),
            Station::new("till-1").unwrap(),
            AppVersion::new("1.0").unwrap(),
        );
        Client::new_with_client(
            "http://localhost",
            reqwest::Client::new(),
            Arc::new(Signer::new(credentials, identity)),
        )
    }

    #[test]
    fn the_buffer_that_is_sent_is_the_buffer_that_was_given() {
        let body = Bytes::from_static(b"{}");
        let address = body.as_ptr();
        let request = client().frozen_request(FrozenOperation::Invoice, body).unwrap();
        let sent = request.body().and_then(reqwest::Body::as_bytes).unwrap();
        assert_eq!(sent.as_ptr(), address);
    }

    #[tokio::test]
    async fn a_stream_is_refused_before_anything_leaves() {
        let client = client();
        let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("{}")]);
        let mut request = client
            .client()
            .post("http://localhost/invoice")
            .body(reqwest::Body::wrap_stream(chunks))
            .build()
            .unwrap();
        let info = OperationInfo {
            operation_id: "submit_invoice",
        };
        let refused = client.pre::<()>(&mut request, &info).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Custom(reason) if reason.contains("stream")),
            "{refused:?}"
        );
        assert!(!request.headers().contains_key(fh_auth::header::API_KEY));
    }

    #[test]
    fn futures_can_cross_threads() {
        fn assert_send<T: Send>(_: T) {}
        let client = client();
        assert_send(client.send_frozen(FrozenOperation::CreditNote, Bytes::new()));
        assert_send(client.get_profile());
        assert_send(client.download_pdf("a.pdf"));
    }

    #[test]
    fn paths_and_ids_are_those_of_the_specification() {
        let document: serde_json::Value = serde_json::from_str(crate::SPEC).unwrap();
        for operation in [
            FrozenOperation::Invoice,
            FrozenOperation::CreditNote,
            FrozenOperation::Status,
        ] {
            assert_eq!(
                document["paths"][operation.path()]["post"]["operationId"],
                operation.operation_id()
            );
        }
    }
}
