//! A document that was corrected, and what it said before.

use fiscal_harmony::{Document, document::Difference, preflight::Findings, types::CatDateTime};
use serde::Serialize;

use crate::entry::Entry;

/// What became of a correction.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Corrected {
    /// False when nothing differs from what is kept; then nothing was changed.
    pub is_new: bool,
    /// Where the document stands.
    pub entry: Entry,
    /// What differs from what was kept before.
    pub differences: Vec<Difference>,
    /// What the checks found, warnings above all.
    pub findings: Findings,
}

/// One content of a document.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Revision {
    /// Counted from one.
    pub revision: u32,
    /// When it was taken in, or corrected to be so.
    pub at: CatDateTime,
    /// Who corrected it; none of the first.
    pub who: Option<String>,
    /// Why; none of the first.
    pub why: Option<String>,
    /// What differs from the revision before.
    pub differences: Vec<Difference>,
    /// The document as it then was.
    #[serde(skip)]
    pub document: Document,
}
