//! Request ids: whose they are, and of which content.

use fiscal_harmony::types::RequestId;

use super::{
    by::By,
    kept::{Kept, one},
    sql::{Row, Sql, Work},
};
use crate::{error::OutboxError, machine::Origin};

/// Notes that the service knows a revision of a document by this request; one that it gave to an earlier revision too is shared from now on. False when
/// nothing new was noted: it was known, as this document's or as another's.
pub(super) async fn note_request<S: Sql>(
    sql: &mut S,
    request_id: &RequestId,
    seq: i64,
    revision: u32,
    by: &By,
) -> Result<bool, OutboxError> {
    let noted = sql.execute(
        "INSERT INTO fh_outbox_request (request_id, seq, at, revision) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (request_id) DO UPDATE SET shared = 1 \
         WHERE fh_outbox_request.seq = excluded.seq AND fh_outbox_request.revision <> excluded.revision",
        &[request_id.as_str().into(), seq.into(), by.now().into(), revision.into()],
    )
    .await?;
    Ok(noted > 0)
}

/// Notes a request that an operator has found: nobody here knows with which content it was made.
pub(super) async fn note_found_request<S: Sql>(
    sql: &mut S,
    request_id: &RequestId,
    kept: &Kept,
    by: &By,
) -> Result<(), OutboxError> {
    let is_uncertain = kept.facts.revision > 1;
    sql.execute(
        "INSERT INTO fh_outbox_request (request_id, seq, at, shared) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (request_id) DO NOTHING",
        &[
            request_id.as_str().into(),
            kept.seq.into(),
            by.now().into(),
            is_uncertain.into(),
        ],
    )
    .await?;
    Ok(())
}

/// With which content a request was made.
pub(super) async fn origin_of<S: Sql>(sql: &mut S, request_id: &RequestId, kept: &Kept) -> Result<Origin, OutboxError> {
    // Nearly every document has one content, and nothing is asked about it.
    if kept.facts.revision == 1 {
        return Ok(Origin::ONLY);
    }
    let query = "SELECT revision, shared FROM fh_outbox_request WHERE request_id = ?1";
    let row = sql.query(query, &[request_id.as_str().into()]).await?.pop();
    let origin = |mut row: Row| {
        Ok(Origin {
            revision: row.count()?,
            shared: row.flag()?,
        })
    };
    row.map_or(Ok(Origin::ONLY), origin)
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

/// The names under which the service knows a document, earliest first.
#[derive(Debug, Clone)]
pub(crate) struct Requests(pub(crate) String);

impl Work for Requests {
    type Output = Vec<RequestId>;
    const NAME: &'static str = "requests";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<RequestId>, OutboxError> {
        let query = "SELECT r.request_id FROM fh_outbox_request r JOIN fh_outbox_entry e ON e.seq = r.seq WHERE e.document_id = ?1 ORDER BY r.at";
        let rows = sql.query(query, &[self.0.into()]).await?;
        let texts: Result<Vec<String>, OutboxError> = rows.into_iter().map(|mut row| row.text()).collect();
        Ok(texts?.iter().filter_map(|text| RequestId::parse(text).ok()).collect())
    }
}

/// The document that the service knows by a request.
#[derive(Debug, Clone)]
pub(crate) struct OfRequest(pub(crate) RequestId);

impl Work for OfRequest {
    type Output = Option<String>;
    const NAME: &'static str = "of_request";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Option<String>, OutboxError> {
        let query = "SELECT e.document_id FROM fh_outbox_request r JOIN fh_outbox_entry e ON e.seq = r.seq WHERE r.request_id = ?1";
        let row = sql.query(query, &[self.0.as_str().into()]).await?.pop();
        row.map(|mut row| row.text()).transpose()
    }
}
