use std::{collections::BTreeMap, sync::Arc, time::Duration};

use fh_auth::{ApiSecret, header::SIGNATURE, signature};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};

use crate::{Fault, device::Submission, engine::Engine, settlement};

/// Where a device's results are pushed.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Hook {
    pub(crate) url: String,
    /// Off after 24 hours without success; a person must switch it on again \[docs\].
    pub(crate) active: bool,
}

/// One result on its way.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) device: u32,
    pub(crate) record: Value,
}

/// One attempt to push results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// 1 for the first.
    pub attempt: usize,
    /// How long after the first attempt it was due, before the time scale.
    #[serde(serialize_with = "seconds", rename = "due_seconds")]
    pub due: Duration,
    /// What the receiver answered; none when it did not answer in time or at all.
    pub status: Option<u16>,
    /// Whether that counts as received: a 2xx without cookies.
    pub received: bool,
    /// The request ids in it.
    pub requests: Vec<String>,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

/// Why a result was not pushed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// There is no such result.
    #[error("no such document or request has a result, or nothing has one yet; submit a document first")]
    NotSettled,
    /// Nobody wants it.
    #[error("the webhook is not set, or is off; set it first, which tests the receiver")]
    NoWebhook,
}

/// What the save-and-test of a webhook found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Burst {
    /// Whether every step was answered right, so that the webhook is now active.
    pub active: bool,
    /// The requests that were made.
    pub steps: Vec<BurstStep>,
}

/// One request of the save-and-test burst.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BurstStep {
    /// What was sent.
    pub sent: &'static str,
    /// The answer that is right.
    pub wanted: &'static str,
    /// The status that came; none when nothing came in time.
    pub status: Option<u16>,
    /// Whether it was right.
    pub passed: bool,
}

/// When a push is tried again, after the first attempt: with decreasing frequency, for 24 hours \[docs\]. The figures are the
/// simulator's own.
const RETRIES: [u64; 11] = [10, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400];

/// How many results travel in one request at most.
const BATCH: usize = 50;

/// How long a result that is to come late waits for another one to overtake it.
const OVERTAKING: Duration = Duration::from_secs(1);

struct Answer {
    status: Option<u16>,
    cookies: bool,
}

impl Answer {
    fn is_received(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status)) && !self.cookies
    }
}

async fn post(engine: &Engine, url: &str, body: &[u8], signature: Option<&str>) -> Answer {
    let mut request = engine
        .http
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_vec());
    if let Some(signature) = signature {
        request = request.header(SIGNATURE, signature);
    }
    match timeout(engine.options.webhook_timeout, request.send()).await {
        Ok(Ok(response)) => Answer {
            status: Some(response.status().as_u16()),
            cookies: response.headers().contains_key(SET_COOKIE),
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

/// Pushes results as they are settled, until the simulator ends.
pub(crate) async fn courier(engine: Arc<Engine>, mut queue: mpsc::UnboundedReceiver<Event>) {
    let mut retries = JoinSet::new();
    let mut late: Option<Event> = None;
    loop {
        // Held back in an earlier round: it goes out at the end of this one, overtaken or alone.
        let held = late.take();
        let first = if held.is_some() {
            timeout(OVERTAKING, queue.recv()).await.unwrap_or(None)
        } else {
            match queue.recv().await {
                Some(event) => Some(event),
                None => return,
            }
        };
        let mut batches: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
        let mut again = Vec::new();
        let more = std::iter::from_fn(|| queue.try_recv().ok()).take(BATCH - 1);
        for event in first.into_iter().chain(more.collect::<Vec<_>>()) {
            let struck = engine.dice(|dice| dice.push());
            if struck.has(Fault::WebhookSilent) {
                continue;
            }
            if struck.has(Fault::WebhookDuplicate) {
                again.push(event.clone());
            }
            if struck.has(Fault::WebhookReorder) && late.is_none() {
                late = Some(event);
                continue;
            }
            batches.entry(event.device).or_default().push(event.record);
        }
        for (device, records) in batches {
            first_attempt(&engine, device, records, &mut retries).await;
        }
        for event in again.into_iter().chain(held) {
            first_attempt(&engine, event.device, vec![event.record], &mut retries).await;
        }
        while retries.try_join_next().is_some() {}
    }
}

async fn first_attempt(engine: &Arc<Engine>, device: u32, records: Vec<Value>, retries: &mut JoinSet<()>) {
    if is_to_come_again(attempt(engine, device, &records, 1, 0).await) {
        retries.spawn(retry(engine.clone(), device, records));
    }
}

/// Pushes one result before anything else happens; when it is not received, the courier takes over.
pub(crate) async fn deliver_now(engine: &Engine, event: Event) {
    let pushed = attempt(engine, event.device, std::slice::from_ref(&event.record), 1, 0).await;
    if is_to_come_again(pushed) {
        engine.push(event);
    }
}

async fn retry(engine: Arc<Engine>, device: u32, records: Vec<Value>) {
    let scale = engine.options.time_scale.max(1);
    let mut past = 0;
    for (index, due) in RETRIES.into_iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(due - past) / scale).await;
        past = due;
        if !is_to_come_again(attempt(&engine, device, &records, index + 2, due).await) {
            return;
        }
    }
    tracing::warn!(device, "webhook disabled after 24 hours without success");
    engine.write(|world| {
        if let Some(hook) = world.device_mut(device).and_then(|device| device.hook.as_mut()) {
            hook.active = false;
        }
    });
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
        Some(settlement::record(device, submission))
    });
    let record = record.ok_or(PushError::NotSettled)?;
    let pushed = attempt(engine, device, &[engine.spelled(record)], 1, 0).await;
    pushed.ok_or(PushError::NoWebhook)
}

/// It was not received, and somebody wanted to receive it.
fn is_to_come_again(pushed: Option<Delivery>) -> bool {
    pushed.is_some_and(|delivery| !delivery.received)
}

/// What was answered; none when there is no active webhook.
async fn attempt(engine: &Engine, device: u32, records: &[Value], attempt: usize, due: u64) -> Option<Delivery> {
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

/// Sets a webhook as the portal's "Save & Test" does: a series of requests with test data, some wrongly signed; it becomes
/// active when each is answered right. What the real series consists of is not known \[inferred\].
pub(crate) async fn save_and_test(engine: &Engine, device: u32, url: &str) -> Burst {
    let secret = engine.read(|world| world.device(device).and_then(|device| device.secrets().pop()));
    let mut burst = Burst {
        active: false,
        steps: Vec::new(),
    };
    let Some(secret) = secret else { return burst };
    let test = engine.spelled(json!([{
        "RequestId": "00000000-0000-0000-0000-000000000000",
        "Success": false,
        "IsActionable": false,
        "Error": "Webhook test",
        "FiscalInvoicePdf": null,
        "QrData": null,
    }]));
    let test = test.to_string().into_bytes();
    let right = signature(&secret, &test);
    let wrong = signature(&secret, b"another body");
    let empty = signature(&secret, b"[]");
    let series: [(&'static str, &[u8], Option<&str>, bool); 5] = [
        ("an empty list, rightly signed", b"[]", Some(&empty), true),
        ("a test event, wrongly signed", &test, Some(&wrong), false),
        ("a test event, rightly signed", &test, Some(&right), true),
        ("a test event without a signature", &test, None, false),
        (
            "a test event with a signature that is not base64",
            &test,
            Some("not base64!"),
            false,
        ),
    ];
    for (sent, body, signature, is_right) in series {
        let answer = post(engine, url, body, signature).await;
        let passed = if is_right {
            answer.is_received()
        } else {
            answer.status == Some(401) && !answer.cookies
        };
        let wanted = if is_right {
            "2xx without cookies"
        } else {
            "401 without cookies"
        };
        burst.steps.push(BurstStep {
            sent,
            wanted,
            status: answer.status,
            passed,
        });
    }
    burst.active = burst.steps.iter().all(|step| step.passed);
    engine.write(|world| {
        if let Some(device) = world.device_mut(device) {
            device.hook = Some(Hook {
                url: url.to_owned(),
                active: burst.active,
            });
        }
    });
    burst
}
