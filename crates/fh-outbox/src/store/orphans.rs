//! News of requests that nobody here knows yet, as they are kept.

use crate::machine::News;

/// How kept news of a receipt begins, as a pattern of SQL; see [`keep`].
pub(super) const RECEIPTS: &str = "'{\"receipt\"%'";

pub(super) fn keep(news: &News) -> Option<String> {
    match news {
        News::Pending(_) => None,
        News::Fiscalised { receipt } => {
            // As the receipt of a document is kept: a text in a text.
            let receipt = serde_json::to_string(receipt).ok()?;
            Some(serde_json::json!({ "receipt": receipt }).to_string())
        }
        News::Rejected { actionable, reason } => {
            Some(serde_json::json!({ "actionable": actionable, "reason": reason }).to_string())
        }
    }
}

pub(super) fn unkept(text: &str) -> Option<News> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    if let Some(receipt) = value["receipt"].as_str() {
        let receipt = serde_json::from_str(receipt).ok()?;
        return Some(News::Fiscalised { receipt });
    }
    Some(News::Rejected {
        actionable: value["actionable"].as_bool()?,
        reason: value["reason"].as_str()?.to_owned(),
    })
}
