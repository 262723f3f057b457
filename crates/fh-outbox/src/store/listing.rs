//! Looking without changing anything.

use fiscal_harmony::{Document, Receipt};

use super::{
    find::find,
    history::{change, lines},
    kept::{Kept, document_of, many},
    orphans::{RECEIPTS, unkept},
    parts::{ACCEPTED, ASIDE, BESIDE, HEADS},
    sql::{Sql, Value, Work},
    waiting::waits_for,
};
use crate::{
    entry::{Change, Query},
    error::OutboxError,
    machine::News,
    state::State,
};

/// Documents that a query asks for, newest first.
#[derive(Debug, Clone)]
pub(crate) struct List(pub(crate) Query);

impl Work for List {
    type Output = Vec<Kept>;
    const NAME: &'static str = "list";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<Kept>, OutboxError> {
        let Query {
            states,
            lane,
            search,
            before,
            limit,
        } = self.0;
        let mut values = Vec::new();
        let mut conditions = Vec::new();
        let mut place = |value: Value| {
            values.push(value);
            format!("?{}", values.len())
        };
        if !states.is_empty() {
            let names: Vec<_> = states.iter().map(|state| place(state.name().into())).collect();
            conditions.push(format!("state IN ({})", names.join(", ")));
            // Nearly all documents are fiscalised, and found fast without an index; the others each by theirs.
            if !states.contains(&State::Fiscalised) {
                let parts: Vec<_> = [HEADS, BESIDE, ACCEPTED, ASIDE]
                    .into_iter()
                    .map(|part| format!("SELECT seq FROM fh_outbox_entry WHERE {part}"))
                    .collect();
                conditions.push(format!("seq IN ({})", parts.join(" UNION ALL ")));
            }
        }
        if let Some(lane) = lane {
            conditions.push(format!("lane = {}", place(lane.into())));
        }
        if let Some(search) = search {
            let from = place(search.as_str().into());
            // Every text that begins so sorts below this one, byte by byte.
            let to = place(format!("{search}\u{10ffff}").into());
            conditions.push(format!(
                "((document_id >= {from} AND document_id < {to}) OR (number >= {from} AND number < {to}))"
            ));
        }
        if let Some(before) = before {
            conditions.push(format!("seq < {}", place(before.into())));
        }
        let limit = place(i64::try_from(limit).unwrap_or(i64::MAX).into());
        let condition = if conditions.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", conditions.join(" AND "))
        };
        let mut all = many(sql, &format!("{condition} ORDER BY seq DESC LIMIT {limit}"), &values).await?;
        for kept in &mut all {
            kept.waits_for = waits_for(sql, kept).await?;
        }
        Ok(all)
    }
}

/// The history of a document, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct History(pub(crate) String);

impl Work for History {
    type Output = Vec<Change>;
    const NAME: &'static str = "history";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<Change>, OutboxError> {
        let kept = find(sql, &self.0, "").await?;
        lines(sql, kept.seq).await
    }
}

/// The changes after one, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    pub(crate) after: i64,
    pub(crate) limit: i64,
}

impl Work for Changes {
    type Output = Vec<Change>;
    const NAME: &'static str = "changes";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<Change>, OutboxError> {
        let told = told(sql).await?;
        let query = "SELECT h.id, e.document_id, h.at, h.who, h.event, h.from_state, h.to_state, h.attempt, h.why, h.status, h.excerpt \
                     FROM fh_outbox_history h JOIN fh_outbox_entry e ON e.seq = h.seq WHERE h.id > ?1 AND h.id <= ?3 ORDER BY h.id LIMIT ?2";
        let rows = sql
            .query(query, &[self.after.into(), self.limit.into(), told.into()])
            .await?;
        rows.into_iter().map(|mut row| change(&mut row)).collect()
    }
}

/// The latest change that nothing can precede any more that was not seen yet.
async fn told<S: Sql>(sql: &mut S) -> Result<i64, OutboxError> {
    let row = sql.query(S::DIALECT.told, &[]).await?.pop();
    row.map_or(Ok(0), |mut row| row.int())
}

/// The number of the latest change.
#[derive(Debug, Clone)]
pub(crate) struct LatestChange;

impl Work for LatestChange {
    type Output = i64;
    const NAME: &'static str = "latest_change";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<i64, OutboxError> {
        told(sql).await
    }
}

/// The document itself.
#[derive(Debug, Clone)]
pub(crate) struct Body(pub(crate) String);

impl Work for Body {
    type Output = Document;
    const NAME: &'static str = "body";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Document, OutboxError> {
        let query = "SELECT body FROM fh_outbox_entry WHERE document_id = ?1";
        let mut rows = sql.query(query, &[self.0.as_str().into()]).await?;
        let mut row = rows.pop().ok_or(OutboxError::NoSuchDocument(self.0))?;
        document_of(&row.blob()?)
    }
}

/// Receipts of requests that nobody here knows, newest first.
#[derive(Debug, Clone)]
pub(crate) struct Unclaimed {
    pub(crate) limit: i64,
}

impl Work for Unclaimed {
    type Output = Vec<Receipt>;
    const NAME: &'static str = "unclaimed";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<Receipt>, OutboxError> {
        let query = format!(
            "SELECT news FROM fh_outbox_orphan WHERE matched_seq IS NULL AND news LIKE {RECEIPTS} ORDER BY at DESC LIMIT ?1"
        );
        let mut receipts = Vec::new();
        for mut row in sql.query(&query, &[self.limit.into()]).await? {
            if let Some(News::Fiscalised { receipt }) = unkept(&row.text()?) {
                receipts.push(receipt);
            }
        }
        Ok(receipts)
    }
}
