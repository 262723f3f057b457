use fiscal_harmony::{
    VerificationLink,
    types::{RequestId, VerificationCode},
};

/// What shows that a document is fiscalised, for [`Outbox::adopt`](crate::Outbox::adopt).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// The address behind the QR code of its receipt.
    Link {
        /// As it was read, whole: it is what a reprint shows.
        url: String,
        /// The receipt may be of another day than the document: a person was asked and said so.
        of_any_day: bool,
    },
    /// The verification code alone. The receipt is then incomplete ([`Entry::incomplete`](crate::Entry::incomplete)), and nothing can
    /// be printed from it as a fiscal invoice.
    VerificationCode(VerificationCode),
    /// The name under which the service knows the submission. It is asked what became of it.
    RequestId(RequestId),
}

impl Evidence {
    /// The address behind the QR code of a receipt of the document's own day.
    ///
    /// ```
    /// use fh_outbox::Evidence;
    /// let url = "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3";
    /// assert!(Evidence::link(url).is_some());
    /// assert!(Evidence::link("https://example.com/").is_none(), "it is no link to a receipt");
    /// ```
    #[must_use]
    pub fn link(url: impl Into<String>) -> Option<Self> {
        let url = url.into();
        VerificationLink::parse(&url)?;
        Some(Self::Link { url, of_any_day: false })
    }

    /// The same, and the receipt may be of another day than the document.
    #[must_use]
    pub fn of_any_day(self) -> Self {
        match self {
            Self::Link { url, .. } => Self::Link { url, of_any_day: true },
            other => other,
        }
    }
}
