//! What happens to every request, generated or frozen: it is signed, and its answer is made readable.
//!
//! The generator is told to expect hooks, so forgetting them is no way to send unsigned requests. The generated client
//! alone does not compile:
//!
//! ```compile_fail,E0277
//! include!(concat!(env!("OUT_DIR"), "/client.rs"));
//! # fn main() {}
//! ```
//!
//! and the hooks are the only thing that it lacks:
//!
//! ```
//! # #![allow(dead_code, unused_imports)]
//! include!(concat!(env!("OUT_DIR"), "/client.rs"));
//! impl ClientHooks<std::sync::Arc<fh_auth::Signer>> for Client {}
//! # fn main() {}
//! ```

use std::sync::Arc;

use fh_auth::Signer;
use progenitor_client::{ClientHooks, Error, OperationInfo};

use crate::{Client, limit::limited, problem, spelling};

impl Client {
    /// The same client for another signer, over the same connections.
    #[must_use]
    pub fn signed_by(&self, signer: Arc<Signer>) -> Self {
        Self::new_with_client(&self.baseurl, self.client.clone(), signer)
    }
}

impl ClientHooks<Arc<Signer>> for Client {
    /// Signs the bytes that are about to leave. An error here means that nothing has left.
    async fn pre<E>(&self, request: &mut reqwest::Request, _: &OperationInfo) -> Result<(), Error<E>> {
        // The generator stamps the document's version on every request; the service does not know the header.
        request.headers_mut().remove("api-version");
        self.inner
            .sign_request(request)
            .map_err(|error| Error::Custom(error.to_string()))
    }

    /// Makes every refusal a problem document, and every JSON answer spelt as the specification spells it.
    async fn exec(&self, request: reqwest::Request, _: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let secrets = problem::Secrets::of(&request);
        let response = limited(self.client.execute(request).await?);
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            Ok(problem::readable(response, &secrets).await)
        } else {
            spelling::canonical(response).await
        }
    }
}
