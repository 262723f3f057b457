//! Results as they are pushed: checking that they come from the service, and receiving them.
//!
//! The service posts a JSON array of records to an address that is set for each API key, signed like a request with that
//! key's secret \[docs\]\[vendor-code\]. [`verify`] checks the signature over the raw bytes and reads what they say. With the
//! feature `axum`, [`Receiver`] keeps the service's rules for receivers and [`serve`] listens.
//!
//! Nothing that is signed tells two deliveries apart: there is no time and no event id \[docs\]. A delivery that comes again,
//! or is played back by somebody who recorded it, verifies as it did the first time. So it is for the store behind a
//! [`Sink`] to take the same news twice without doing anything twice, and to let no news take back a receipt.

#[cfg(feature = "axum")]
mod body;
mod message;
#[cfg(feature = "axum")]
mod receiver;
mod secrets;
#[cfg(feature = "axum")]
mod serve;
mod sink;

pub use fh_auth::VerifyError;
pub use message::{Event, Message, Unreadable};
#[cfg(feature = "axum")]
pub use receiver::{Counts, Receiver, ReceiverBuilder};
pub use secrets::Secrets;
#[cfg(feature = "axum")]
pub use serve::{ConnectionLimits, serve};
pub use sink::{Sink, SinkError};

use fh_auth::ApiSecret;

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
    Ok(Message::read(raw, index, secrets.label(index)))
}

/// What the service would send as `X-Api-Signature` with these bytes: for tests of a receiver.
#[must_use]
pub fn sign(secret: &ApiSecret, raw: &[u8]) -> String {
    fh_auth::signature(secret, raw)
}
