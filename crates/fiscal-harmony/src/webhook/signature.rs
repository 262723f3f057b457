use fh_auth::{ApiSecret, VerifyError};

use super::{message::Message, secrets::Secrets};

/// Checks the signature of a delivery over its raw bytes and reads its records. `header` is the value of
/// `X-Api-Signature`.
///
/// The comparison takes the same time wherever the signatures differ. Bytes that are rightly signed are never refused: an
/// empty list, an unknown form and text that is no JSON give a message without events, since the service tests a receiver
/// with payloads that nobody has described \[inferred\]. What could not be read stands beside the events.
///
/// # Errors
///
/// When none of the secrets made the signature. Answer `401`, and nothing more \[docs\].
///
/// ```
/// use fiscal_harmony::{auth::ApiSecret, webhook::{self, Secrets}};
/// let secret = ApiSecret::unchecked_format("the secret of till 1")?;
/// let secrets = Secrets::new().with("till-1", secret.clone());
/// let body = br#"[{"RequestId":"6f96","Success":false,"Error":"No TIN provided","IsActionable":true}]"#;
/// let message = webhook::verify(body, &webhook::sign(&secret, body), &secrets)?;
/// assert_eq!(message.label, "till-1".into());
/// assert_eq!(message.events[0].request_id.as_str(), "6f96");
/// assert!(webhook::verify(b"[]", &webhook::sign(&secret, body), &secrets).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(raw: &[u8], header: &str, secrets: &Secrets) -> Result<Message, VerifyError> {
    let index = fh_auth::verify(raw, header, secrets.keys())?;
    let mut message = Message::read(raw, index, secrets.label(index));
    let mut also = |(at, secret)| {
        let label = secrets.label(at);
        if at != index && fh_auth::verify(raw, header, std::slice::from_ref(secret)).is_ok() {
            message.labels.push(label);
        } else if at != index {
            message.other_labels.push(label);
        }
    };
    secrets.keys().iter().enumerate().for_each(&mut also);
    message.labels.dedup();
    message.other_labels.retain(|label| !message.labels.contains(label));
    Ok(message)
}

/// What the service would send as `X-Api-Signature` with these bytes: for tests of a receiver.
#[must_use]
pub fn sign(secret: &ApiSecret, raw: &[u8]) -> String {
    fh_auth::signature(secret, raw)
}
