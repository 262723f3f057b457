//! The contents of a document: exchanging one for another, and what it said before.

use fiscal_harmony::{Attempt, Document, document::Difference, preflight::EarlierTax};
use serde_json::Value as Json;

use super::{
    by::By,
    find::find,
    kept::{Kept, document_of},
    ledger,
    pruned::NO_SEQ,
    sql::{Row, Sql, Value, Work},
    taxes::taxes_to_text,
};
use crate::{
    entry::cat,
    error::{Hex, OutboxError},
    revision::Revision,
};

/// A new content of a document.
pub(super) struct Exchange<'a> {
    pub(super) document: &'a Document,
    /// What its taxes stand for; none when they are as before.
    pub(super) taxes: Option<&'a [EarlierTax]>,
    /// The SHA-256 of what was handed in, before it got a new date; none where nobody handed anything in.
    pub(super) offered: Option<[u8; 32]>,
    pub(super) why: &'a str,
    pub(super) differences: &'a [Difference],
}

/// Exchanges the content of a document. What it said before stays, with who exchanged it, why, and what differs.
pub(super) async fn revise<S: Sql>(
    sql: &mut S,
    kept: &mut Kept,
    exchange: Exchange<'_>,
    by: &By,
) -> Result<(), OutboxError> {
    let Exchange {
        document,
        taxes,
        offered,
        why,
        differences,
    } = exchange;
    let first = document.freeze(Attempt::First).map_err(OutboxError::Document)?;
    let retry = document.freeze(Attempt::Retry).map_err(OutboxError::Document)?;
    let view = document.view();
    let dated = view.date.timestamp().as_second();
    let told = serde_json::to_string(differences)
        .map_err(|error| OutboxError::Store(format!("what differs cannot be kept: {error}")))?;
    sql.execute(
        "INSERT INTO fh_outbox_revision (seq, revision, number, body, body_sha256, retry_body, retry_sha256, known, at, who, why, differences, \
         offered_sha256) SELECT seq, revision, number, body, body_sha256, retry_body, retry_sha256, known, CAST(?2 AS BIGINT), CAST(?3 AS TEXT), CAST(?4 AS TEXT), \
         CAST(?5 AS TEXT), ?6 FROM fh_outbox_entry WHERE seq = ?1",
        &[
            kept.seq.into(),
            by.now().into(),
            by.who.as_str().into(),
            why.into(),
            told.into(),
            offered.as_ref().map(<[u8; 32]>::as_slice).into(),
        ],
    )
    .await?;
    sql.execute(
        "UPDATE fh_outbox_entry SET revision = revision + 1, number = ?2, original_id = ?3, dated = ?4, body = ?5, body_sha256 = ?6, \
         retry_body = ?7, retry_sha256 = ?8, known = COALESCE(?9, known) WHERE seq = ?1",
        &[
            kept.seq.into(),
            view.number.into(),
            view.original_invoice_id.map(str::to_owned).into(),
            dated.into(),
            first.bytes().as_ref().into(),
            first.sha256().as_slice().into(),
            retry.bytes().as_ref().into(),
            retry.sha256().as_slice().into(),
            taxes.map(taxes_to_text).into(),
        ],
    )
    .await?;
    let known = match taxes {
        Some(taxes) => taxes.to_vec(),
        None => ledger::taxes_of(sql, kept.seq).await?,
    };
    ledger::rewrite(sql, kept.seq, &view, &known).await?;
    kept.number = view.number.to_owned();
    kept.dated = dated;
    Ok(())
}

/// The present content of a document.
pub(super) async fn content<S: Sql>(sql: &mut S, seq: i64) -> Result<Option<Document>, OutboxError> {
    let query = "SELECT body FROM fh_outbox_entry WHERE seq = ?1";
    let row = sql.query(query, &[seq.into()]).await?.pop();
    row.map(|mut row| document_of(&row.blob()?)).transpose()
}

/// Of a correction as it is handed in: how the same is known again, also when it got another date.
pub(super) fn fingerprint(document: &Document) -> Result<[u8; 32], OutboxError> {
    let frozen = document.clone().without_retry().freeze(Attempt::First);
    frozen.map(|frozen| frozen.sha256()).map_err(OutboxError::Document)
}

/// The fingerprint of the latest correction that was handed in.
pub(super) async fn last_offered<S: Sql>(sql: &mut S, seq: i64) -> Result<Option<Vec<u8>>, OutboxError> {
    let query = "SELECT offered_sha256 FROM fh_outbox_revision WHERE seq = ?1 AND offered_sha256 IS NOT NULL ORDER BY revision DESC LIMIT 1";
    let row = sql.query(query, &[seq.into()]).await?.pop();
    row.map(|mut row| row.blob()).transpose()
}

/// Whether a document says what a kept one says, or said before it was corrected. Spelling and `IsRetry` are no content.
pub(super) async fn says_the_same<S: Sql>(sql: &mut S, document: &Document, seq: i64) -> Result<bool, OutboxError> {
    let offered = last_offered(sql, seq).await?;
    if offered.is_some_and(|offered| fingerprint(document).is_ok_and(|same| same.as_slice() == offered)) {
        return Ok(true);
    }
    let mut bodies = Vec::new();
    for query in [
        "SELECT body FROM fh_outbox_entry WHERE seq = ?1",
        "SELECT body FROM fh_outbox_revision WHERE seq = ?1",
    ] {
        for mut row in sql.query(query, &[seq.into()]).await? {
            bodies.push(row.blob()?);
        }
    }
    // One that this version cannot read is compared by its bytes alone, which has been done.
    let known = bodies.iter().filter_map(|body| document_of(body).ok());
    Ok(known
        .filter_map(|known| document.differences_from(&known).ok())
        .any(|differences| differences.is_empty()))
}

/// The contents of a document, the first one first.
#[derive(Debug, Clone)]
pub(crate) struct Revisions(pub(crate) String);

impl Work for Revisions {
    type Output = Vec<Revision>;
    const NAME: &'static str = "revisions";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<Revision>, OutboxError> {
        let kept = find(sql, &self.0, "").await?;
        if kept.seq == NO_SEQ {
            return Ok(Vec::new());
        }
        let earlier = sql.query(EARLIER, &[kept.seq.into()]).await?;
        let mut revisions = Vec::new();
        let mut made = Made {
            at: kept.enqueued_at,
            who: None,
            why: None,
            differences: Vec::new(),
        };
        for mut row in earlier {
            let (number, body, _) = (row.count()?, row.blob()?, row.blob()?);
            revisions.push(made.revision(number, document_of(&body)?));
            made = Made::of(&mut row)?;
        }
        if let Some(document) = content(sql, kept.seq).await? {
            revisions.push(made.revision(kept.facts.revision, document));
        }
        Ok(revisions)
    }
}

const EARLIER: &str = "SELECT revision, body, body_sha256, at, who, why, differences FROM fh_outbox_revision WHERE seq = ?1 ORDER BY revision";

/// How a revision came to be.
struct Made {
    at: i64,
    who: Option<String>,
    why: Option<String>,
    differences: Vec<Difference>,
}

impl Made {
    fn of(row: &mut Row) -> Result<Self, OutboxError> {
        let (at, who, why, differences) = (row.int()?, row.text()?, row.text()?, row.text()?);
        Ok(Self {
            at,
            who: Some(who.strip_prefix("operator ").unwrap_or(&who).to_owned()),
            why: Some(why),
            differences: serde_json::from_str(&differences).unwrap_or_default(),
        })
    }

    fn revision(&self, revision: u32, document: Document) -> Revision {
        Revision {
            revision,
            at: cat(self.at),
            who: self.who.clone(),
            why: self.why.clone(),
            differences: self.differences.clone(),
            document,
        }
    }
}

/// What a document said before its corrections, for an export: as it was kept, to the byte.
pub(super) async fn exported<S: Sql>(sql: &mut S, seq: i64) -> Result<Vec<Json>, OutboxError> {
    let mut revisions = Vec::new();
    for mut row in sql.query(EARLIER, &[Value::Int(seq)]).await? {
        let (revision, body, sha256) = (row.count()?, row.blob()?, row.blob()?);
        let (at, who, why, differences) = (row.int()?, row.text()?, row.text()?, row.text()?);
        let differences: Json = serde_json::from_str(&differences).unwrap_or_default();
        revisions.push(serde_json::json!({
            "revision": revision, "body": String::from_utf8_lossy(&body), "body_sha256": Hex(&sha256).to_string(),
            "corrected_at": cat(at), "corrected_by": who, "why": why, "differences": differences,
        }));
    }
    Ok(revisions)
}
