use std::time::Duration;

use fh_auth::{ApiSecret, header::SIGNATURE, signature};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use serde_json::Value;
use tokio::time::timeout;

use crate::{Delivery, PushError, WebhookCookies, device::Submission, engine::Engine, record, spelling::spelled};

/// What a receiver answered.
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    /// Cookies that are held against it.
    pub(super) cookies: bool,
}

impl Answer {
    pub(super) fn is_received(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status)) && !self.cookies
    }
}

pub(super) async fn post(engine: &Engine, url: &str, body: &[u8], signature: Option<&str>) -> Answer {
    let mut request = engine
        .http
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_vec());
    if let Some(signature) = signature {
        request = request.header(SIGNATURE, signature);
    }
    let setup = engine.setup();
    match timeout(setup.options.webhook_timeout, request.send()).await {
        Ok(Ok(response)) => Answer {
            status: Some(response.status().as_u16()),
            cookies: setup.options.webhook_cookies == WebhookCookies::Refused
                && response.headers().contains_key(SET_COOKIE),
        },
        Ok(Err(_)) | Err(_) => Answer {
            status: None,
            cookies: false,
        },
    }
}

fn target(engine: &Engine, device: u32) -> Option<(String, ApiSecret)> {
    engine.read(|world| {
        let device = world.device(device)?;
        let hook = device.hook.as_ref().filter(|hook| hook.active)?;
        Some((hook.url.clone(), device.secrets().pop()?))
    })
}

/// Pushes a result that was settled before once more, and not again whatever comes of it: that of a document or a request, or the
/// latest.
pub(crate) async fn push_again(engine: &Engine, device: u32, id: Option<&str>) -> Result<Delivery, PushError> {
    let record = engine.read(|world| {
        let device = world.device(device)?;
        let is_meant = |submission: &&Submission| {
            submission.outcome.is_some() && id.is_none_or(|id| id == submission.document || id == submission.request)
        };
        let submission = device.submissions.iter().rev().find(is_meant)?;
        Some(record::record(device, submission))
    });
    let record = record.ok_or(PushError::NotSettled)?;
    let pushed = attempt(
        engine,
        device,
        &[spelled(record, engine.setup().options.key_case)],
        1,
        0,
    )
    .await;
    pushed.ok_or(PushError::NoWebhook)
}

/// What was answered; none when there is no active webhook.
pub(super) async fn attempt(
    engine: &Engine,
    device: u32,
    records: &[Value],
    attempt: usize,
    due: u64,
) -> Option<Delivery> {
    let (url, secret) = target(engine, device)?;
    let body = serde_json::to_vec(records).unwrap_or_default();
    let answer = post(engine, &url, &body, Some(&signature(&secret, &body))).await;
    let request = |record: &Value| {
        let id = record.get("RequestId").or_else(|| record.get("requestId"));
        id.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let delivery = Delivery {
        attempt,
        due: Duration::from_secs(due),
        status: answer.status,
        received: answer.is_received(),
        requests: records.iter().map(request).collect(),
    };
    engine.delivered(delivery.clone());
    Some(delivery)
}
