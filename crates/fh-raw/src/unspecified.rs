//! Requests that the specification does not know: what the vendor has added since.

use bytes::Bytes;
use progenitor_client::{ClientHooks, Error, OperationInfo, ResponseValue};
use reqwest::{
    Method, Url,
    header::{CONTENT_TYPE, HeaderValue},
};

use crate::{Client, limit::limited, problem, types};

impl Client {
    /// Sends a request to any address below the base URL, signed and identified like all others. A success is handed back
    /// as it came, to the letter.
    ///
    /// `url` must lie below the base URL: it is for the caller to see to that.
    ///
    /// # Errors
    ///
    /// As [`send_frozen`](Self::send_frozen).
    pub async fn send_unspecified(
        &self,
        operation_id: &'static str,
        method: Method,
        url: Url,
        body: Option<Bytes>,
    ) -> Result<reqwest::Response, Error<types::ProblemDetails>> {
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body);
        }
        let mut request = request
            .build()
            .map_err(|error| Error::InvalidRequest(error.to_string()))?;
        self.pre(&mut request, &OperationInfo { operation_id }).await?;
        let secrets = problem::Secrets::of(&request);
        let response = limited(self.client.execute(request).await.map_err(Error::CommunicationError)?);
        let status = response.status();
        if status.is_success() {
            Ok(response)
        } else if status.is_client_error() || status.is_server_error() {
            let readable = problem::readable(response, &secrets).await;
            Err(Error::ErrorResponse(ResponseValue::from_response(readable).await?))
        } else {
            Err(Error::UnexpectedResponse(response))
        }
    }
}
