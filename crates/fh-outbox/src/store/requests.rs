//! Request ids, and whose they are.

use fiscal_harmony::types::RequestId;

use super::{
    by::By,
    kept::{Kept, one},
    sql::Sql,
};
use crate::error::OutboxError;

/// Notes whose request it is. False when it was noted before, be it of this or of another document.
pub(super) async fn note_request<S: Sql>(
    sql: &mut S,
    request_id: &RequestId,
    seq: i64,
    by: &By,
) -> Result<bool, OutboxError> {
    let noted = sql
        .execute(
            "INSERT INTO fh_outbox_request (request_id, seq, at) VALUES (?1, ?2, ?3) ON CONFLICT (request_id) DO NOTHING",
            &[request_id.as_str().into(), seq.into(), by.now().into()],
        )
        .await?;
    Ok(noted > 0)
}

/// The other document to which a request id belongs.
pub(super) async fn owner_of<S: Sql>(
    sql: &mut S,
    request_id: &RequestId,
    seq: i64,
) -> Result<Option<Kept>, OutboxError> {
    let rest = format!(
        "WHERE seq = (SELECT seq FROM fh_outbox_request WHERE request_id = ?1 AND seq <> ?2){}",
        S::DIALECT.lock
    );
    one(sql, &rest, &[request_id.as_str().into(), seq.into()]).await
}
