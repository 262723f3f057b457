//! Looking without changing anything.

use fiscal_harmony::{Document, document::AllowedFields};

use super::{
    kept::{Kept, find, many, state_of},
    news,
    settling::RECEIPTS,
    sql::{Row, Sql, Value, Work},
};
use crate::{Change, OutboxError, Query, State, entry::cat, machine::Micros};

/// The conditions of the partial indexes, as the schema has them: by these words the engines know which index to take.
const OPEN: &str = "state IN ('queued', 'sending', 'unknown', 'parked')";
const ACCEPTED: &str = "state = 'accepted'";
const ASIDE: &str = "state IN ('rejected', 'expired', 'skipped')";

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
                let parts: Vec<_> = [OPEN, ACCEPTED, ASIDE]
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
        many(sql, &format!("{condition} ORDER BY seq DESC LIMIT {limit}"), &values).await
    }
}

/// The history of a document, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct History(pub(crate) String);

impl History {
    pub(super) const BY_SEQ: &'static str = "SELECT h.id, e.document_id, h.at, h.who, h.event, h.from_state, h.to_state, h.attempt, h.why, h.status, \
                                             h.excerpt \
                                             FROM fh_outbox_history h JOIN fh_outbox_entry e ON e.seq = h.seq WHERE h.seq = ?1 ORDER BY h.id";
}

impl Work for History {
    type Output = Vec<Change>;
    const NAME: &'static str = "history";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<Change>, OutboxError> {
        let kept = find(sql, &self.0, "").await?;
        let rows = sql.query(Self::BY_SEQ, &[kept.seq.into()]).await?;
        rows.into_iter().map(|mut row| change(&mut row)).collect()
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
        let query = "SELECT h.id, e.document_id, h.at, h.who, h.event, h.from_state, h.to_state, h.attempt, h.why, h.status, h.excerpt \
                     FROM fh_outbox_history h JOIN fh_outbox_entry e ON e.seq = h.seq WHERE h.id > ?1 ORDER BY h.id LIMIT ?2";
        let rows = sql.query(query, &[self.after.into(), self.limit.into()]).await?;
        rows.into_iter().map(|mut row| change(&mut row)).collect()
    }
}

/// The number of the latest change.
#[derive(Debug, Clone)]
pub(crate) struct LatestChange;

impl Work for LatestChange {
    type Output = i64;
    const NAME: &'static str = "latest_change";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<i64, OutboxError> {
        let rows = sql.query("SELECT max(id) FROM fh_outbox_history", &[]).await?;
        let latest = rows.into_iter().next().map(|mut row| row.maybe_int()).transpose()?;
        Ok(latest.flatten().unwrap_or_default())
    }
}

pub(super) fn change(row: &mut Row) -> Result<Change, OutboxError> {
    let (id, document, at) = (row.int()?, row.text()?, row.int()?);
    let (who, event) = (row.text()?, row.text()?);
    let from = row.maybe_text()?.map(|name| state_of(&document, &name)).transpose()?;
    let to = state_of(&document, &row.text()?)?;
    Ok(Change {
        id,
        at: cat(at),
        who,
        event,
        from,
        to,
        attempt: row.count()?,
        why: row.text()?,
        status: row.maybe_int()?.and_then(|status| u16::try_from(status).ok()),
        excerpt: row.maybe_text()?,
        document,
    })
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
        Document::from_json_allowing(&row.blob()?, &AllowedFields::any()).map_err(OutboxError::Document)
    }
}

/// How many documents of a lane stand in a state, and since when the oldest of them waits.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) lane: String,
    pub(crate) state: State,
    pub(crate) count: u64,
    pub(crate) since: Micros,
}

/// Everything that a person must know at a glance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surveyed {
    pub(crate) open: Vec<Tally>,
    pub(crate) settled: Vec<(State, u64)>,
    pub(crate) today: Vec<(State, u64)>,
    /// The head of each lane that an operator must look at.
    pub(crate) parked: Vec<Kept>,
    /// Documents that were found to be fiscalised twice in the last week.
    pub(crate) doubled: Vec<Kept>,
    pub(crate) last_webhook: Option<Micros>,
    /// When results were last fetched, where webhooks are expected to bring them.
    pub(crate) last_fetched: Option<Micros>,
    pub(crate) orphans: u64,
    /// Those of them that are receipts, and since when the oldest is here.
    pub(crate) strange_receipts: u64,
    pub(crate) oldest_strange_receipt: Option<Micros>,
}

const WEEK: Micros = 7 * 86_400 * 1_000_000;

/// Takes stock.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    /// When the day began.
    pub(crate) midnight: Micros,
}

impl Work for Survey {
    type Output = Surveyed;
    const NAME: &'static str = "survey";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Surveyed, OutboxError> {
        let mut surveyed = Surveyed::default();
        for (since, part) in [("enqueued_at", OPEN), ("accepted_at", ACCEPTED)] {
            let query = format!(
                "SELECT lane, state, count(*), min({since}) FROM fh_outbox_entry WHERE {part} GROUP BY lane, state ORDER BY lane, state"
            );
            for mut row in sql.query(&query, &[]).await? {
                let (lane, state) = (row.text()?, row.text()?);
                let (count, since) = (unsigned(row.int()?), row.maybe_int()?);
                surveyed.open.push(Tally {
                    state: state_of(&lane, &state)?,
                    lane,
                    count,
                    since: since.unwrap_or_default(),
                });
            }
        }
        let aside = format!("SELECT state, count(*) FROM fh_outbox_entry WHERE {ASIDE} GROUP BY state ORDER BY state");
        surveyed.settled = counts(sql, &aside, &[]).await?;
        let all = "SELECT count(*) FROM fh_outbox_entry";
        let mut rows = sql.query(all, &[]).await?;
        let all = rows.pop().map_or(Ok(0), |mut row| row.int()).map(unsigned)?;
        let open = surveyed.open.iter().map(|tally| tally.count);
        let others: u64 = open.chain(surveyed.settled.iter().map(|(_, count)| *count)).sum();
        // What is none of the others, counted without an index that each document would have to pay for.
        let fiscalised = all.saturating_sub(others);
        if fiscalised > 0 {
            surveyed.settled.insert(0, (State::Fiscalised, fiscalised));
        }
        let today = "SELECT state, count(*) FROM fh_outbox_entry WHERE seq >= ?1 GROUP BY state ORDER BY state";
        let first = first_since(sql, self.midnight).await?;
        surveyed.today = counts(sql, today, &[first.into()]).await?;
        surveyed.parked = many(
            sql,
            &format!(
                "WHERE seq IN (SELECT min(seq) FROM fh_outbox_entry WHERE {OPEN} GROUP BY lane) AND state = 'parked' ORDER BY seq"
            ),
            &[],
        )
        .await?;
        // A reason on a fiscalised document is the news of a second receipt.
        surveyed.doubled = many(
            sql,
            "WHERE state = 'fiscalised' AND reason IS NOT NULL AND changed_at > ?1 ORDER BY changed_at LIMIT 100",
            &[self.midnight.saturating_sub(WEEK).into()],
        )
        .await?;
        surveyed.last_webhook = noted(sql, LAST_WEBHOOK).await?;
        surveyed.last_fetched = noted(sql, LAST_FETCHED).await?;
        let query = "SELECT count(*) FROM fh_outbox_orphan WHERE matched_seq IS NULL";
        if let Some(mut row) = sql.query(query, &[]).await?.pop() {
            surveyed.orphans = unsigned(row.int()?);
        }
        let query = format!(
            "SELECT count(*), min(at) FROM fh_outbox_orphan WHERE matched_seq IS NULL AND news LIKE {RECEIPTS}"
        );
        if let Some(mut row) = sql.query(&query, &[]).await?.pop() {
            surveyed.strange_receipts = unsigned(row.int()?);
            surveyed.oldest_strange_receipt = row.maybe_int()?;
        }
        Ok(surveyed)
    }
}

/// The first place of a document that was taken in since a time; documents are taken in one after another, so it is found by halving.
async fn first_since<S: Sql>(sql: &mut S, since: Micros) -> Result<i64, OutboxError> {
    let range = "SELECT min(seq), max(seq) FROM fh_outbox_entry";
    let Some(mut row) = sql.query(range, &[]).await?.pop() else {
        return Ok(0);
    };
    let (Some(mut low), Some(last)) = (row.maybe_int()?, row.maybe_int()?) else {
        return Ok(0);
    };
    let mut high = last + 1;
    while low < high {
        let middle = low + (high - low) / 2;
        let query = "SELECT enqueued_at FROM fh_outbox_entry WHERE seq >= ?1 ORDER BY seq LIMIT 1";
        let mut rows = sql.query(query, &[middle.into()]).await?;
        let at = rows.pop().map(|mut row| row.int()).transpose()?;
        if at.is_none_or(|at| at >= since) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

pub(super) const LAST_WEBHOOK: &str = "last_webhook";
pub(super) const LAST_FETCHED: &str = "last_fetched";

async fn noted<S: Sql>(sql: &mut S, name: &str) -> Result<Option<Micros>, OutboxError> {
    let query = "SELECT value FROM fh_outbox_meta WHERE name = ?1";
    let row = sql.query(query, &[name.into()]).await?.pop();
    let text = row.map(|mut row| row.text()).transpose()?;
    Ok(text.and_then(|text| text.parse().ok()))
}

async fn counts<S: Sql>(sql: &mut S, query: &str, values: &[Value]) -> Result<Vec<(State, u64)>, OutboxError> {
    let mut counts = Vec::new();
    for mut row in sql.query(query, values).await? {
        let state = row.text()?;
        counts.push((state_of("a document", &state)?, unsigned(row.int()?)));
    }
    Ok(counts)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

impl From<Kept> for crate::Entry {
    fn from(kept: Kept) -> Self {
        Self {
            seq: kept.seq,
            document: kept.document,
            kind: kept.kind,
            number: kept.number,
            lane: kept.lane,
            dated: cat(kept.dated.saturating_mul(1_000_000)),
            enqueued_at: cat(kept.enqueued_at),
            changed_at: cat(kept.changed_at),
            state: kept.facts.state,
            attempts: kept.facts.attempts,
            due_at: kept.facts.state.is_due().then(|| cat(kept.facts.due_at)),
            accepted_at: kept.facts.accepted_at.map(cat),
            request_id: kept.facts.request_id,
            reason: kept.facts.reason,
            actionable: kept.facts.actionable,
            receipt: kept.facts.receipt.as_deref().and_then(news::receipt),
        }
    }
}
