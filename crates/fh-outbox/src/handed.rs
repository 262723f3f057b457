//! A document as it is handed in, with what stands beside it.

use fiscal_harmony::auth::{IdentityError, Station};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

/// The text of a document, and what stands beside it: either the document alone, or an object that holds it.
///
/// ```
/// use fh_outbox::Handed;
/// let handed = Handed::read(br#"{"station": "till-4", "document": {"InvoiceId": "A-1"}}"#)?;
/// assert_eq!(handed.station.unwrap().as_str(), "till-4");
/// assert_eq!(handed.document, br#"{"InvoiceId": "A-1"}"#);
/// let alone = Handed::read(br#"{"InvoiceId": "A-1"}"#)?;
/// assert!(alone.station.is_none() && alone.document.len() == 20);
/// # Ok::<(), fh_outbox::HandedError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handed<'a> {
    /// The document, as it was written.
    pub document: &'a [u8],
    /// Where in the whole text it begins.
    pub offset: usize,
    /// The station that sends it.
    pub station: Option<Station>,
}

/// Why what stands beside a document is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandedError {
    /// It is not of the form.
    #[error(
        "what holds a document is {{\"station\": \"till-4\", \"document\": {{…}}}}, and nothing else stands in it: {0}"
    )]
    Form(String),
    /// The station cannot be one.
    #[error("{0}")]
    Station(#[from] IdentityError),
}

#[derive(Deserialize)]
struct Probe {
    document: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holder<'a> {
    #[serde(borrow)]
    document: &'a RawValue,
    station: Option<String>,
}

impl<'a> Handed<'a> {
    /// Looks whether a text is a document or holds one. The document itself is not read.
    ///
    /// # Errors
    ///
    /// When it holds a document and something else than a station, or the station cannot be one.
    pub fn read(json: &'a [u8]) -> Result<Self, HandedError> {
        let alone = Self {
            document: json,
            offset: 0,
            station: None,
        };
        // What is no JSON at all is the document's own fault, and said there.
        let holds = serde_json::from_slice::<Probe>(json).is_ok_and(|probe| probe.document.is_some());
        if !holds {
            return Ok(alone);
        }
        let holder: Holder<'a> = serde_json::from_slice(json).map_err(|error| HandedError::Form(error.to_string()))?;
        let document = holder.document.get().as_bytes();
        Ok(Self {
            document,
            offset: (document.as_ptr() as usize).saturating_sub(json.as_ptr() as usize),
            station: holder.station.map(Station::new).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_document_is_read_and_anything_else_is_refused_by_name() {
        let text = br#"{"document": {"InvoiceId": 1}, "station": "till-4"}"#;
        let handed = Handed::read(text).unwrap();
        assert_eq!(
            &text[handed.offset..handed.offset + handed.document.len()],
            handed.document
        );
        for (text, says) in [
            (&br#"{"document": {}, "till": "4"}"#[..], "till"),
            (br#"{"document": {}, "station": " "}"#, "station"),
            (br#"{"document": {}, "station": 4}"#, "string"),
        ] {
            let error = Handed::read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        for text in [&b""[..], b"[]", b"{", br#"{"station": "till-4"}"#] {
            assert_eq!(Handed::read(text).unwrap().document, text);
        }
    }
}
