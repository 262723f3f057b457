//! Submissions whose bytes were serialised before: kept, signed and sent without another copy.

use bytes::Bytes;
use progenitor_client::{ClientHooks, Error, OperationInfo, ResponseValue};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};

use crate::{Client, types};

/// The operations that take a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrozenOperation {
    /// `POST /invoice`.
    Invoice,
    /// `POST /creditnote`.
    CreditNote,
}

impl FrozenOperation {
    fn path(self) -> &'static str {
        match self {
            Self::Invoice => "/invoice",
            Self::CreditNote => "/creditnote",
        }
    }

    /// The operation's id in the specification.
    #[must_use]
    pub fn operation_id(self) -> &'static str {
        match self {
            Self::Invoice => "submit_invoice",
            Self::CreditNote => "submit_credit_note",
        }
    }
}

impl Client {
    /// Submits a document as the exact bytes given, through the same hooks as every generated method.
    ///
    /// The bytes are signed and sent from this very buffer. A success is handed back unread: it holds the request id as
    /// text.
    ///
    /// # Errors
    ///
    /// As the generated `submit_invoice`: [`Error::Custom`] or [`Error::InvalidRequest`] when nothing has left,
    /// [`Error::CommunicationError`] when it may have, [`Error::ErrorResponse`] for a refusal, and
    /// [`Error::UnexpectedResponse`] for a status that is neither success nor error.
    pub async fn send_frozen(
        &self,
        operation: FrozenOperation,
        body: Bytes,
    ) -> Result<reqwest::Response, Error<types::ProblemDetails>> {
        let mut request = self
            .client
            .post(format!("{}{}", self.baseurl, operation.path()))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ACCEPT, HeaderValue::from_static("text/plain, application/json;q=0.9"))
            .body(body)
            .build()
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
}
