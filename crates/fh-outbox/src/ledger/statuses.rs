//! The ledger against the status records of the service.
//!
//! They have no amounts, no currency and no tax, and reach back seven days \[docs\]: what is missing, doubled, or of another receipt is named.

use std::{collections::BTreeMap, fmt};

use fiscal_harmony::{Outcome, types::RequestId};
use serde::Serialize;

use super::{entry::LedgerEntry, report::Standing};

/// A document, and what the service answers for each request that was made for it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Asked {
    /// The document.
    pub entry: LedgerEntry,
    /// Each request, with its outcome.
    pub requests: Vec<(RequestId, Outcome)>,
}

impl Asked {
    /// A document and what was answered.
    #[must_use]
    pub fn new(entry: LedgerEntry, requests: Vec<(RequestId, Outcome)>) -> Self {
        Self { entry, requests }
    }
}

/// A document of which the service says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StatusDiscrepancy {
    /// Its id.
    pub document: String,
    /// Its number.
    pub number: String,
    /// What differs.
    #[serde(flatten)]
    pub what: StatusDifference,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
#[non_exhaustive]
pub enum StatusDifference {
    /// It is fiscalised here, and the service does not say so.
    MissingThere,
    /// The service has a receipt for it, and here it stands otherwise.
    MissingHere {
        /// How it stands.
        standing: Standing,
    },
    /// The service has more than one receipt for it.
    Doubled {
        /// Their numbers.
        receipts: Vec<i64>,
    },
    /// One receipt stands for two documents.
    Shared {
        /// The other document.
        with: String,
    },
    /// The receipt is of another fiscal day.
    FiscalDay {
        /// Here.
        ours: i64,
        /// There.
        theirs: i64,
    },
    /// The receipt is of another device.
    Device {
        /// Here.
        ours: i64,
        /// There.
        theirs: i64,
    },
    /// The receipt has another number.
    ReceiptNumber {
        /// Here.
        ours: i64,
        /// There.
        theirs: i64,
    },
}

/// In a sentence, without the number.
impl fmt::Display for StatusDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingThere => f.write_str("is fiscalised here, and the service does not say so"),
            Self::MissingHere { standing } => {
                let standing = standing.name().replace('_', " ");
                write!(f, "has a receipt at the service, and is {standing} here")
            }
            Self::Doubled { receipts } => {
                let receipts: Vec<_> = receipts.iter().map(ToString::to_string).collect();
                write!(f, "has more than one receipt at the service: {}", receipts.join(", "))
            }
            Self::Shared { with } => write!(f, "has the very receipt that {with} has"),
            Self::FiscalDay { ours, theirs } => write!(f, "fiscal day {ours} here, {theirs} at the service"),
            Self::Device { ours, theirs } => write!(f, "device {ours} here, {theirs} at the service"),
            Self::ReceiptNumber { ours, theirs } => write!(f, "receipt number {ours} here, {theirs} at the service"),
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Statuses {
    /// Documents of which the service says the same.
    pub agree: u64,
    /// The others.
    pub discrepancies: Vec<StatusDiscrepancy>,
    /// Documents that no request is known of, so that nothing could be asked.
    pub not_asked: u64,
}

impl Statuses {
    /// Whether nothing differs, and something was compared unless there was nothing to compare.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.discrepancies.is_empty() && (self.agree > 0 || self.not_asked == 0)
    }

    /// What no status tells.
    pub const BLIND: &'static str = "A status has no amount, no currency and no tax, and reaches back seven days: these, and what is older, cannot be compared.";
}

/// Holds documents against what the service answers for their requests.
#[must_use]
pub fn compare_statuses(asked: &[Asked]) -> Statuses {
    let mut found = Statuses::default();
    let mut receipts: BTreeMap<(i64, i64, i64), &str> = BTreeMap::new();
    for Asked { entry, requests } in asked {
        if requests.is_empty() {
            found.not_asked += 1;
            continue;
        }
        let mut theirs: Vec<_> = requests.iter().filter_map(|(_, outcome)| outcome.receipt()).collect();
        theirs.sort_by_key(|receipt| receipt.receipt_number);
        // Requests of one attempt may be answered with one receipt.
        theirs.dedup_by_key(|receipt| (receipt.device_id, receipt.receipt_number));
        let mut differences = Vec::new();
        match (&theirs[..], entry.standing) {
            ([], None) => differences.push(StatusDifference::MissingThere),
            ([], Some(_)) => {}
            ([_, _, ..], _) => differences.push(StatusDifference::Doubled {
                receipts: theirs.iter().map(|receipt| receipt.receipt_number).collect(),
            }),
            ([_], Some(standing)) => differences.push(StatusDifference::MissingHere { standing }),
            ([receipt], None) => {
                let compared = [
                    (entry.device, receipt.device_id),
                    (entry.fiscal_day, receipt.fiscal_day),
                    (entry.receipt_number, receipt.receipt_number),
                ];
                for (at, (ours, theirs)) in compared.into_iter().enumerate() {
                    let Some(ours) = ours.filter(|ours| *ours != theirs) else {
                        continue;
                    };
                    differences.push(match at {
                        0 => StatusDifference::Device { ours, theirs },
                        1 => StatusDifference::FiscalDay { ours, theirs },
                        _ => StatusDifference::ReceiptNumber { ours, theirs },
                    });
                }
            }
        }
        for receipt in &theirs {
            let key = (receipt.device_id, receipt.fiscal_day, receipt.receipt_number);
            if let Some(with) = receipts
                .insert(key, &entry.document)
                .filter(|with| *with != entry.document)
            {
                differences.push(StatusDifference::Shared { with: with.to_owned() });
            }
        }
        found.agree += u64::from(differences.is_empty());
        found
            .discrepancies
            .extend(differences.into_iter().map(|what| StatusDiscrepancy {
                document: entry.document.clone(),
                number: entry.number.clone(),
                what,
            }));
    }
    found
}

#[cfg(test)]
#[path = "tests_of_statuses.rs"]
mod tests;
