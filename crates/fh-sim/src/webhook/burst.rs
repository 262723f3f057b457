use fh_auth::signature;
use serde_json::json;

use super::push::post;
use crate::{Burst, BurstStep, WebhookBurst, engine::Engine, hook::Hook, spelling::spelled};

/// Sets a webhook as the portal's "Save & Test" does: a series of requests with test data, some wrongly signed; it becomes
/// active when each is answered right. What the real series consists of is not known \[inferred\].
pub(crate) async fn save_and_test(engine: &Engine, device: u32, url: &str) -> Burst {
    let secret = engine.read(|world| world.device(device).and_then(|device| device.secrets().pop()));
    let mut burst = Burst {
        active: false,
        steps: Vec::new(),
    };
    let Some(secret) = secret else { return burst };
    let test = json!([{
        "RequestId": "00000000-0000-0000-0000-000000000000",
        "Success": false,
        "IsActionable": false,
        "Error": "Webhook test",
        "FiscalInvoicePdf": null,
        "QrData": null,
    }]);
    let test = spelled(test, engine.setup().options.key_case).to_string().into_bytes();
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
    let wanted: &[_] = match engine.setup().options.webhook_burst {
        WebhookBurst::Full => &series,
        WebhookBurst::Valid => &series[2..3],
    };
    for (sent, body, signature, is_right) in wanted.iter().copied() {
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
