use std::fmt;

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A sale.
    Invoice,
    /// A sale taken back, in whole or in part.
    CreditNote,
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit note",
        })
    }
}
