//! Taking stock.

use super::{
    kept::{Kept, many, state_of},
    meta,
    notices::{Notice, unknown},
    orphans::RECEIPTS,
    parts::{ACCEPTED, ALARM, ASIDE, BESIDE, HEADS, RED},
    sql::{Sql, Value, Work},
};
use crate::{error::OutboxError, machine::Micros, state::State};

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
    /// What waits for an operator, the first of each lane that stands still before the others.
    pub(crate) parked: Vec<Kept>,
    /// What was refused with its whole lane.
    pub(crate) refused: Vec<Kept>,
    /// What waits for another document or for a rejection to pass.
    pub(crate) waiting: Vec<Kept>,
    /// What is settled and must be known.
    pub(crate) alarming: Vec<Kept>,
    /// What may keep a fiscal day from closing.
    pub(crate) red: Vec<Kept>,
    /// What must be known and is no state of a document.
    pub(crate) notices: Vec<Notice>,
    pub(crate) last_webhook: Option<Micros>,
    /// When results were last fetched, where webhooks are expected to bring them.
    pub(crate) last_fetched: Option<Micros>,
    pub(crate) orphans: u64,
    /// Those of them that are receipts, and since when the oldest is here.
    pub(crate) strange_receipts: u64,
    pub(crate) oldest_strange_receipt: Option<Micros>,
    /// While there are any: the latest documents that have a receipt and were sent a second time, of which they may be.
    pub(crate) sent_again: Vec<String>,
    /// When the store was noticed to have been restored, and why it is thought so, until a person has seen that.
    pub(crate) restored: Option<(Micros, String)>,
    /// What became due to be decided then waits for a person.
    pub(crate) restored_holds: bool,
    /// When the last backup was made of it, if one ever was.
    pub(crate) last_backup: Option<Micros>,
    /// Why this machine may not send; told by the process that asks.
    pub(crate) may_not_send: Option<&'static str>,
}

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
        for (since, part) in [
            ("enqueued_at", HEADS),
            ("enqueued_at", BESIDE),
            ("accepted_at", ACCEPTED),
        ] {
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
        let first = format!("seq IN (SELECT min(seq) FROM fh_outbox_entry WHERE {HEADS} GROUP BY lane)");
        surveyed.parked = many(sql, &format!("WHERE {first} AND state = 'parked' ORDER BY seq"), &[]).await?;
        // What was sent before the first of them was parked may be parked behind it.
        let others = format!(
            "WHERE seq IN (SELECT seq FROM fh_outbox_entry WHERE {HEADS}) AND state = 'parked' AND NOT {first} ORDER BY seq LIMIT 100"
        );
        surveyed.parked.extend(many(sql, &others, &[]).await?);
        // By their own index, which the order would else outweigh.
        let beside = format!("seq IN (SELECT seq FROM fh_outbox_entry WHERE {BESIDE})");
        let parked = format!("WHERE {beside} AND state = 'parked' ORDER BY seq LIMIT 100");
        surveyed.parked.extend(many(sql, &parked, &[]).await?);
        surveyed.refused = many(
            sql,
            &format!("WHERE {first} AND cause = 'lane_refused' ORDER BY seq"),
            &[],
        )
        .await?;
        let waiting = format!("WHERE {beside} AND state <> 'parked' AND cause IS NOT NULL ORDER BY seq LIMIT 100");
        surveyed.waiting = many(sql, &waiting, &[]).await?;
        surveyed.alarming = many(sql, &format!("WHERE {ALARM} ORDER BY seq LIMIT 100"), &[]).await?;
        surveyed.red = many(sql, &format!("WHERE {RED} ORDER BY lane, seq LIMIT 100"), &[]).await?;
        surveyed.notices = unknown(sql).await?;
        surveyed.last_webhook = meta::noted(sql, meta::LAST_WEBHOOK).await?;
        surveyed.last_fetched = meta::noted(sql, meta::LAST_FETCHED).await?;
        surveyed.last_backup = meta::noted(sql, meta::LAST_BACKUP).await?;
        let restored = meta::noted(sql, meta::RESTORED).await?;
        if let (Some(at), None) = (restored, meta::text(sql, meta::RESTORED_SEEN).await?) {
            let why = meta::text(sql, meta::RESTORED_WHY).await?;
            surveyed.restored = Some((at, why.unwrap_or_default()));
            surveyed.restored_holds = meta::noted(sql, meta::RESTORED_HOLDS).await? == Some(1);
        }
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
        if surveyed.strange_receipts > 0 {
            // Among the last thousand: whoever hears of a receipt that nobody asked for hears of it soon.
            let query = "SELECT document_id FROM fh_outbox_entry WHERE seq > (SELECT max(seq) FROM fh_outbox_entry) - 1000 \
                         AND state = 'fiscalised' AND resend = 1 ORDER BY seq DESC LIMIT 50";
            let mut rows = sql.query(query, &[]).await?;
            surveyed.sent_again = rows.iter_mut().map(|row| row.text()).collect::<Result<_, _>>()?;
        }
        Ok(surveyed)
    }
}

/// The first place of a document that was taken in since a time; documents are taken in one after another, so it is found by halving.
async fn first_since<S: Sql>(sql: &mut S, since: Micros) -> Result<i64, OutboxError> {
    // Two questions in one: together in one `SELECT` they would be answered by reading all.
    let range = "SELECT (SELECT min(seq) FROM fh_outbox_entry), (SELECT max(seq) FROM fh_outbox_entry)";
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
