use fh_types::CatDateTime;

use crate::document::{Document, Kind};

/// A document as the service hands it to the authority: mapped to the authority's currency and taxes.
pub(crate) struct Draft<'a> {
    pub(crate) document: &'a Document,
    pub(crate) kind: Kind,
    pub(crate) currency: String,
    /// The date on the receipt.
    pub(crate) date: CatDateTime,
    /// One per line.
    pub(crate) tax_ids: Vec<i64>,
    pub(crate) counter: u64,
}
