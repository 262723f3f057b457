//! Pruning: what was settled long ago is exported and leaves its place. Enough stays never to send it again.

use serde_json::{Value as Json, json};

use super::{
    history::lines,
    kept::{Kept, many},
    ledger,
    parts::SETTLED,
    revising::exported,
    sql::{Sql, Work},
};
use crate::{
    bells::Effect,
    entry::Entry,
    error::{Hex, OutboxError},
    machine::Micros,
};

/// Reads documents that have been settled for long, whole, with their histories.
#[derive(Debug, Clone)]
pub(crate) struct Ripe {
    pub(crate) before: Micros,
    pub(crate) after_seq: i64,
    pub(crate) limit: i64,
}

/// A document as it is exported.
#[derive(Debug)]
pub(crate) struct Exported {
    pub(crate) seq: i64,
    pub(crate) line: String,
}

impl Work for Ripe {
    type Output = Vec<Exported>;
    const NAME: &'static str = "ripe";
    const MAY_TAKE_LONG: bool = true;

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<Exported>, OutboxError> {
        // The newest document and the one of the newest change stay, so that no number of theirs is ever given to another.
        let rest = format!(
            "WHERE {SETTLED} AND alarm = 0 AND red = 0 AND changed_at < ?1 AND seq > ?2 AND seq < (SELECT max(seq) FROM fh_outbox_entry) \
             AND seq <> (SELECT seq FROM fh_outbox_history ORDER BY id DESC LIMIT 1) ORDER BY seq LIMIT ?3"
        );
        let values = [self.before.into(), self.after_seq.into(), self.limit.into()];
        let mut exported = Vec::new();
        for kept in many(sql, &rest, &values).await? {
            let seq = kept.seq;
            let line = export(sql, kept).await?;
            exported.push(Exported { seq, line });
        }
        Ok(exported)
    }
}

async fn export<S: Sql>(sql: &mut S, kept: Kept) -> Result<String, OutboxError> {
    let seq = kept.seq.into();
    let query = "SELECT body, body_sha256 FROM fh_outbox_entry WHERE seq = ?1";
    let (mut body, mut sha256) = (Json::Null, Vec::new());
    for mut row in sql.query(query, &[seq]).await? {
        let text = String::from_utf8_lossy(&row.blob()?).into_owned();
        // As it was sent, to the byte: a text and not an object, whose numbers a reader might spell anew.
        body = Json::String(text);
        sha256 = row.blob()?;
    }
    let history = lines(sql, kept.seq).await?;
    let revisions = exported(sql, kept.seq).await?;
    let entry = Entry::from(kept);
    let line = json!({
        "entry": entry,
        "body": body,
        "body_sha256": Hex(&sha256).to_string(),
        "history": history,
        "revisions": revisions,
    });
    Ok(line.to_string())
}

/// Takes exported documents out of their place.
#[derive(Debug, Clone)]
pub(crate) struct Prune {
    pub(crate) seqs: Vec<i64>,
}

impl Work for Prune {
    /// How many left.
    type Output = u64;
    const NAME: &'static str = "prune";
    const MAY_TAKE_LONG: bool = true;

    fn effect(pruned: &u64) -> Effect {
        Effect {
            changed: *pruned > 0,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<u64, OutboxError> {
        let mut pruned = 0;
        for seq in self.seqs {
            // It may have been taken up again since it was exported.
            let copy = format!(
                "INSERT INTO fh_outbox_pruned (document_id, kind, number, lane, dated, body_sha256, enqueued_at, state, attempts, request_id, \
                 receipt, doubled, reason, changed_at) SELECT document_id, kind, number, lane, dated, body_sha256, enqueued_at, state, \
                 attempts, request_id, receipt, doubled, reason, changed_at FROM fh_outbox_entry WHERE seq = ?1 AND {SETTLED} AND alarm = 0 AND red = 0"
            );
            if sql.execute(&copy, &[seq.into()]).await? == 0 {
                continue;
            }
            ledger::prune(sql, seq).await?;
            for statement in [
                "DELETE FROM fh_outbox_history WHERE seq = ?1",
                "DELETE FROM fh_outbox_request WHERE seq = ?1",
                "DELETE FROM fh_outbox_revision WHERE seq = ?1",
                "DELETE FROM fh_outbox_orphan WHERE matched_seq = ?1",
                "DELETE FROM fh_outbox_entry WHERE seq = ?1",
            ] {
                sql.execute(statement, &[seq.into()]).await?;
            }
            pruned += 1;
        }
        Ok(pruned)
    }
}
