//! News of requests that nobody here knows yet, as they are kept.

use fiscal_harmony::types::RequestId;

use super::{bearer::Bearer, kept::Kept, sql::Sql};
use crate::{error::OutboxError, machine::News};

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

/// News that came before anyone knew whose they are, now that it is known; no more than its bearer may tell.
pub(super) async fn of_request<S: Sql>(
    sql: &mut S,
    request_id: &RequestId,
    kept: &Kept,
) -> Result<Vec<News>, OutboxError> {
    let request = || request_id.as_str().into();
    let query = "SELECT news, source FROM fh_outbox_orphan WHERE request_id = ?1 AND matched_seq IS NULL";
    let mut told = Vec::new();
    for mut row in sql.query(query, &[request()]).await? {
        let (news, source) = (row.text()?, row.text()?);
        if Bearer::read(&source).may_tell_of(&kept.lane) {
            let matched = "UPDATE fh_outbox_orphan SET matched_seq = ?2 WHERE request_id = ?1";
            sql.execute(matched, &[request(), kept.seq.into()]).await?;
            told.extend(unkept(&news));
        }
    }
    Ok(told)
}
