//! What receipts are printed from.

use fiscal_harmony::{Document, preflight::EarlierTax};

use super::handle::Outbox;
use crate::{
    entry::Entry,
    error::OutboxError,
    store::printing::{NotePrint, ReadPrintable},
};

/// What the receipt of a document is printed from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Printable {
    /// Where the document stands, with its receipt when it has one.
    pub entry: Entry,
    /// The content that the receipt is of, also when the document was corrected since. None when it was pruned, or when it is in doubt which
    /// content the receipt shows.
    pub document: Option<Document>,
    /// What its tax codes stood for when it was handed in, as far as that was known.
    pub taxes: Vec<EarlierTax>,
    /// How often it was printed; none for one that was pruned, whose prints nobody counts any more.
    pub prints: Option<u32>,
}

impl Outbox {
    /// What the receipt of a document is printed from. Nothing is counted by that.
    ///
    /// # Errors
    ///
    /// When it is not in the outbox, or the store fails.
    pub async fn printable(&self, document: &str) -> Result<Printable, OutboxError> {
        let read = self.store.read(ReadPrintable(document.to_owned())).await?;
        Ok(Printable {
            entry: read.kept.into(),
            document: read.document,
            taxes: read.taxes,
            prints: read.prints,
        })
    }

    /// Keeps in the history that a receipt is printed, and answers how often it was before: 0 for the original, and then the number of the
    /// copy. None for a document that was pruned, whose prints nobody counts any more.
    ///
    /// # Errors
    ///
    /// [`OutboxError::NotPossible`] when it has no receipt; when it is not there, or the store fails.
    pub async fn note_print(&self, document: &str, who: &str, what: &str) -> Result<Option<u32>, OutboxError> {
        let work = NotePrint {
            document: document.to_owned(),
            what: what.to_owned(),
            by: self.by(who),
        };
        self.write(work).await
    }
}
