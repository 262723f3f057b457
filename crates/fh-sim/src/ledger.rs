use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What became of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    /// Times that a submission of it was accepted with a new request id.
    pub accepted: u64,
    /// Times that it was fiscalised. More than one is a duplicate before the tax authority.
    pub fiscalised: u64,
    /// Times that it was rejected.
    pub rejected: u64,
}

/// What the simulator accepted, by document id.
///
/// In JSON: `{"<document id>": {"accepted": n, "fiscalised": n, "rejected": n}}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger(BTreeMap<String, Count>);

impl Ledger {
    /// The counts of one document; zeros when it was never accepted.
    #[must_use]
    pub fn of(&self, document: &str) -> Count {
        self.0.get(document).copied().unwrap_or_default()
    }

    /// Every document and its counts, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Count)> {
        self.0.iter().map(|(document, count)| (document.as_str(), *count))
    }

    /// The number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was accepted yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Documents that were not fiscalised exactly once.
    pub fn not_exactly_once(&self) -> impl Iterator<Item = (&str, Count)> {
        self.iter().filter(|(_, count)| count.fiscalised != 1)
    }

    pub(crate) fn entry(&mut self, document: &str) -> &mut Count {
        self.0.entry(document.to_owned()).or_default()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (document, count) in other.iter() {
            let sum = self.entry(document);
            sum.accepted += count.accepted;
            sum.fiscalised += count.fiscalised;
            sum.rejected += count.rejected;
        }
    }
}
