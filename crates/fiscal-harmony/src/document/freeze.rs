//! A document as bytes.

use bytes::Bytes;

use super::{extra, frozen::Attempt, problem::DocumentError, view::View};

/// Writes a document, once its extra fields are known to be no others.
pub(super) fn to_bytes(
    document: &impl serde::Serialize,
    names: &[&'static str],
    view: &View<'_>,
) -> Result<Bytes, DocumentError> {
    extra::check(view, names)?;
    // A line takes under 200 bytes on the wire, the rest of a document about as much as three.
    let mut bytes = Vec::with_capacity(200 * (view.lines.len() + 3));
    serde_json::to_writer(&mut bytes, document).map_err(|error| DocumentError::unwritable(&error))?;
    Ok(bytes.into())
}

/// `IsRetry` as the wire has it: sent when true, left out or kept when not.
pub(super) fn retry_flag(attempt: Attempt, given: Option<bool>) -> Option<bool> {
    match attempt {
        Attempt::Retry => Some(true),
        Attempt::First => given,
    }
}
