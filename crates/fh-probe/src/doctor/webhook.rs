//! The receiver of webhooks, tested as the portal's "Save & Test" does: some requests that are signed rightly, some that are not.

use std::time::{Duration, Instant};

use fh_auth::{ApiSecret, signature};
use reqwest::{Client, Url, redirect::Policy};
use serde_json::json;

use super::{
    check::Found,
    sight::{Sight, WebhookSight, WebhookStep},
};

/// A receiver has so long to answer \[docs\].
const LIMIT: Duration = Duration::from_secs(5);

/// Sends the test.
pub(super) async fn look(url: &str, secret: Option<&str>, roots: &[Vec<u8>]) -> WebhookSight {
    WebhookSight {
        url: url.to_owned(),
        steps: send(url, secret, roots).await,
    }
}

async fn send(url: &str, secret: Option<&str>, roots: &[Vec<u8>]) -> Result<Vec<WebhookStep>, String> {
    let secret = secret.ok_or("the API secret is missing")?;
    let secret = ApiSecret::unchecked_format(secret).map_err(|error| error.to_string())?;
    Url::parse(url).map_err(|_| "it cannot be read as a URL".to_owned())?;
    let mut http = Client::builder().redirect(Policy::none()).timeout(LIMIT);
    for pem in roots {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| error.to_string())?;
        http = http.tls_certs_merge(certificates);
    }
    let http = http.build().map_err(|error| error.to_string())?;
    // Nothing that a receiver could take for news of a document of its own.
    let event = json!([{
        "RequestId": "00000000-0000-0000-0000-000000000000", "Success": false, "IsActionable": false,
        "Error": "Webhook test", "FiscalInvoicePdf": null, "QrData": null,
    }])
    .to_string();
    let (right, empty) = (signature(&secret, event.as_bytes()), signature(&secret, b"[]"));
    let wrong = signature(&secret, b"another body");
    let tests: [(&'static str, bool, &str, Option<&str>); 4] = [
        ("an empty list, rightly signed", true, "[]", Some(&empty)),
        ("a test event, rightly signed", true, &event, Some(&right)),
        ("a test event, wrongly signed", false, &event, Some(&wrong)),
        ("a test event without a signature", false, &event, None),
    ];
    let mut steps = Vec::new();
    for (sent, is_right, body, signature) in tests {
        let mut request = http
            .post(url)
            .header("Content-Type", "application/json")
            .body(body.to_owned());
        if let Some(signature) = signature {
            request = request.header("X-Api-Signature", signature);
        }
        let began = Instant::now();
        let answer = request.send().await;
        let is_lost = answer.is_err();
        steps.push(WebhookStep {
            sent,
            is_right,
            cookies: answer
                .as_ref()
                .is_ok_and(|answer| answer.headers().contains_key("set-cookie")),
            status: answer
                .map(|answer| answer.status().as_u16())
                .map_err(|error| words(&error)),
            took: began.elapsed(),
        });
        if is_lost {
            // The others would only take the same time.
            break;
        }
    }
    Ok(steps)
}

fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", LIMIT.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn tested(sight: &Sight) -> Result<(&WebhookSight, &[WebhookStep]), Found> {
    let Some(webhook) = &sight.webhook else {
        return Err(Found::skip(
            "the public address of the receiver was not given (--webhook-url)".to_owned(),
        ));
    };
    match &webhook.steps {
        Ok(steps) => Ok((webhook, steps)),
        Err(why) => Err(Found::skip(format!("the receiver was not tested: {why}"))),
    }
}

pub(super) fn address(sight: &Sight) -> Found {
    let (webhook, _) = match tested(sight) {
        Ok(tested) => tested,
        Err(found) => return found,
    };
    let Ok(url) = Url::parse(&webhook.url) else {
        return Found::fail("the address of the receiver cannot be read as a URL".to_owned());
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if is_here {
        return Found::pass("a receiver on this machine, as in tests: the service could not reach it".to_owned());
    }
    if url.scheme() != "https" || url.port_or_known_default() != Some(443) {
        return Found::fail(format!(
            "the receiver is at {}://…:{}",
            url.scheme(),
            url.port_or_known_default().unwrap_or_default()
        ));
    }
    Found::pass("the receiver is at https on port 443".to_owned())
}

pub(super) fn reachable(sight: &Sight) -> Found {
    let (_, steps) = match tested(sight) {
        Ok(tested) => tested,
        Err(found) => return found,
    };
    let lost = steps.iter().find_map(|step| step.status.as_ref().err());
    match lost {
        Some(why) => Found::fail(format!("the receiver did not answer: {why}")),
        None => Found::pass("the receiver answers (asked from this machine)".to_owned()),
    }
}

pub(super) fn answers(sight: &Sight) -> Found {
    let (_, steps) = match tested(sight) {
        Ok(tested) => tested,
        Err(found) => return found,
    };
    let answered: Vec<_> = steps
        .iter()
        .filter_map(|step| Some((step, *step.status.as_ref().ok()?)))
        .collect();
    if answered.len() < steps.len() || answered.is_empty() {
        return Found::skip("the receiver did not answer".to_owned());
    }
    let wrong = answered.iter().find(|(step, status)| match step.is_right {
        true => !(200..300).contains(status),
        false => *status != 401,
    });
    if let Some((step, status)) = wrong {
        let wanted = if step.is_right { "2xx" } else { "401" };
        let remedy = if step.is_right {
            "Give the receiver the API secret of this profile: a webhook that is signed with it must be answered with 2xx."
        } else {
            "Let the receiver answer 401 to whatever is not rightly signed; otherwise the portal does not take it, and anybody may say that a sale is fiscalised."
        };
        return Found::fail(format!("{} was answered with {status} instead of {wanted}", step.sent)).remedy(remedy);
    }
    if answered.iter().any(|(step, _)| step.cookies) {
        return Found::fail("the receiver sets cookies, which the vendor's rules forbid".to_owned())
            .remedy("Switch cookies and sessions off for the address of webhooks.")
            .guess("a published receiver that is in production sets cookies, so the rule may not be enforced");
    }
    let slowest = steps.iter().map(|step| step.took).max().unwrap_or_default();
    if slowest > LIMIT / 2 {
        return Found::warn(format!(
            "the receiver took {} ms to answer, and has {} s",
            slowest.as_millis(),
            LIMIT.as_secs()
        ))
        .remedy("Let the receiver keep what came and answer at once, and do the work afterwards.");
    }
    Found::pass(
        "the receiver keeps the vendor's rules (it counts what this test did not sign rightly as refused: acknowledge that alarm)".to_owned(),
    )
}
