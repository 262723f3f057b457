//! An address to which each alarm is posted.

use std::time::Duration;

use fh_auth::{ApiSecret, header::SIGNATURE, signature};
use reqwest::{Client, Url, header::CONTENT_TYPE, redirect::Policy};
use serde_json::Value;

/// Where the secret is that signs posted alarms, when no profile holds it.
pub(super) const SECRET_VARIABLE: &str = "FH_ALARM_SECRET";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Post {
    client: Client,
    url: Url,
    secret: ApiSecret,
}

impl Post {
    pub(super) fn new(url: &str, secret: ApiSecret) -> Result<Self, String> {
        let url: Url = url.parse().map_err(|error| format!("{url:?} is no address: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "an address begins with https:// or http://, not {}:",
                url.scheme()
            ));
        }
        let client = Client::builder().redirect(Policy::none()).timeout(PATIENCE).build();
        let client = client.map_err(|error| error.to_string())?;
        Ok(Self { client, url, secret })
    }

    /// Posts it, signed over its bytes as the service signs its webhooks. Only an answer of success counts.
    pub(super) async fn send(&self, letter: &Value) -> Result<(), String> {
        let body = letter.to_string();
        let signed = signature(&self.secret, body.as_bytes());
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE, signed)
            .body(body);
        // Its address may hold what is nobody's business.
        let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("it answered {}", answer.status()))
        }
    }
}
