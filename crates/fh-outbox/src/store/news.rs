//! Outcomes as they are kept.

use fiscal_harmony::{Outcome, Receipt};

use crate::machine::News;

/// What an outcome tells the machine; none when it is not one that a service sends.
pub(crate) fn of_outcome(outcome: &Outcome) -> Option<News> {
    match outcome {
        Outcome::Pending => Some(News::Pending),
        Outcome::Fiscalised(receipt) => serde_json::to_string(receipt)
            .ok()
            .map(|receipt| News::Fiscalised { receipt }),
        Outcome::Rejected(rejection) => Some(News::Rejected {
            actionable: rejection.actionable,
            reason: rejection.reason.clone(),
        }),
        _ => None,
    }
}

/// A kept receipt.
pub(crate) fn receipt(text: &str) -> Option<Receipt> {
    serde_json::from_str(text).ok()
}
