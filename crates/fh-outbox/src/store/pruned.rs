//! What pruning has left of a document.

use super::{
    kept::{Kept, kind_of, receipt_of, request_of, state_of},
    sql::Sql,
};
use crate::{error::OutboxError, machine::Facts};

/// The place of what has left its place.
pub(super) const NO_SEQ: i64 = 0;

/// What pruning has left of a document, with the SHA-256 of its body.
pub(super) async fn find<S: Sql>(sql: &mut S, document: &str) -> Result<Option<(Kept, Vec<u8>)>, OutboxError> {
    let query = "SELECT kind, number, lane, dated, enqueued_at, changed_at, state, attempts, request_id, receipt, doubled, reason, body_sha256 \
                 FROM fh_outbox_pruned WHERE document_id = ?1";
    let Some(mut row) = sql.query(query, &[document.into()]).await?.pop() else {
        return Ok(None);
    };
    let (kind, number, lane) = (kind_of(&row.text()?), row.text()?, row.text()?);
    let (dated, enqueued_at, changed_at) = (row.int()?, row.int()?, row.int()?);
    let facts = Facts {
        state: state_of(document, &row.text()?)?,
        attempts: row.count()?,
        request_id: request_of(row.maybe_text()?),
        receipt: receipt_of(row.maybe_text()?),
        doubled: row.flag()?,
        reason: row.maybe_text()?,
        holds: false,
        ..Facts::new(enqueued_at)
    };
    let kept = Kept {
        seq: NO_SEQ,
        document: document.to_owned(),
        kind,
        number,
        lane,
        station: None,
        dated,
        enqueued_at,
        changed_at,
        facts,
        replaces: None,
        waits_for: None,
    };
    Ok(Some((kept, row.blob()?)))
}
