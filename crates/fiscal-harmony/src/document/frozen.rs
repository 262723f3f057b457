use std::fmt;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::kind::DocumentKind;

/// Which sending of a document this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attempt {
    /// The first.
    First,
    /// One after a failure: it says `IsRetry: true`, under the same id \[vendor-code\].
    Retry,
}

/// A document as the very bytes that are journalled, signed and sent. Copies share them.
///
/// A document is serialised once. Whoever keeps these bytes keeps what the signature covers.
#[derive(Clone, PartialEq, Eq)]
pub struct Frozen {
    kind: DocumentKind,
    document_id: String,
    attempt: Attempt,
    bytes: Bytes,
}

impl Frozen {
    pub(crate) fn new(kind: DocumentKind, document_id: String, attempt: Attempt, bytes: Bytes) -> Self {
        Self {
            kind,
            document_id,
            attempt,
            bytes,
        }
    }

    /// Takes back bytes that were kept, such as from a journal, if they are still what they were.
    ///
    /// `None` when their SHA-256 is not the one given.
    #[must_use]
    pub fn restore(
        kind: DocumentKind,
        document_id: impl Into<String>,
        attempt: Attempt,
        bytes: Bytes,
        sha256: [u8; 32],
    ) -> Option<Self> {
        let frozen = Self::new(kind, document_id.into(), attempt, bytes);
        (frozen.sha256() == sha256).then_some(frozen)
    }

    /// Invoice or credit note: which decides where it is sent.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The document's id in the seller's system.
    #[must_use]
    pub fn document_id(&self) -> &str {
        &self.document_id
    }

    /// First sending or retry.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// The body of the request, to the byte.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The SHA-256 of the bytes, computed now.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frozen")
            .field("kind", &self.kind)
            .field("document_id", &self.document_id)
            .field("attempt", &self.attempt)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_changed_are_not_taken_back() {
        let bytes = Bytes::from_static(b"{}");
        let frozen = Frozen::new(DocumentKind::Invoice, "INV-1".to_owned(), Attempt::First, bytes.clone());
        let back = |bytes| Frozen::restore(DocumentKind::Invoice, "INV-1", Attempt::First, bytes, frozen.sha256());
        assert_eq!(back(bytes), Some(frozen.clone()));
        assert_eq!(back(Bytes::from_static(b"{ }")), None);
    }

    #[test]
    fn debug_shows_no_buyer() {
        let bytes = Bytes::from_static(br#"{"BuyerContact":{"Name":"Moyo"}}"#);
        let frozen = Frozen::new(DocumentKind::Invoice, "INV-1".to_owned(), Attempt::First, bytes);
        assert!(!format!("{frozen:?}").contains("Moyo"));
    }
}
