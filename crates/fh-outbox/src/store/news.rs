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

/// Whether two kept receipts are one: a webhook and a status answer may differ in what they tell of it.
pub(crate) fn is_same_receipt(one: &str, other: &str) -> bool {
    let number = |text| receipt(text).map(|receipt| (receipt.device_id, receipt.receipt_number));
    one == other || number(one).is_some_and(|one| number(other) == Some(one))
}
