//! A document as the store has it, and how an event changes it.

use std::sync::{Arc, OnceLock};

use fh_types::{Clock, jiff::Timestamp};
use fiscal_harmony::DocumentKind;

use super::{
    prune,
    sql::{Row, Sql, Value, Work},
};
use crate::{
    OutboxError, Policy, State,
    machine::{Event, Facts, Ignored, Micros, Step, step},
};

const FACTS: &str = "seq, document_id, kind, number, lane, dated, enqueued_at, changed_at, state, resend, doubt, attempts, failures, token, \
                     lease_until, due_at, request_id, accepted_at, poll_at, receipt, reason, actionable";

/// A document as the store has it.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) seq: i64,
    pub(crate) document: String,
    pub(crate) kind: DocumentKind,
    pub(crate) number: String,
    pub(crate) lane: String,
    /// Its own date, in seconds since 1970.
    pub(crate) dated: i64,
    pub(crate) enqueued_at: Micros,
    pub(crate) changed_at: Micros,
    pub(crate) facts: Facts,
}

fn kept(row: &mut Row) -> Result<Kept, OutboxError> {
    let (seq, document) = (row.int()?, row.text()?);
    let (kind, number, lane, dated) = (kind_of(&row.text()?), row.text()?, row.text()?, row.int()?);
    let (enqueued_at, changed_at) = (row.int()?, row.int()?);
    let state = state_of(&document, &row.text()?)?;
    let facts = Facts {
        state,
        resend: row.flag()?,
        doubt: row.flag()?,
        attempts: row.count()?,
        failures: row.count()?,
        token: row.int()?,
        lease_until: row.int()?,
        due_at: row.int()?,
        request_id: row.maybe_text()?,
        accepted_at: row.maybe_int()?,
        poll_at: row.int()?,
        receipt: row.maybe_text()?,
        reason: row.maybe_text()?,
        actionable: row.flag()?,
    };
    Ok(Kept {
        seq,
        document,
        kind,
        number,
        lane,
        dated,
        enqueued_at,
        changed_at,
        facts,
    })
}

pub(super) fn state_of(document: &str, name: &str) -> Result<State, OutboxError> {
    State::from_name(name)
        .ok_or_else(|| OutboxError::Store(format!("{document:?} is in the state {name:?}, which does not exist")))
}

/// Documents by any condition.
pub(super) async fn many<S: Sql>(sql: &mut S, rest: &str, values: &[Value]) -> Result<Vec<Kept>, OutboxError> {
    let rows = sql
        .query(&format!("SELECT {FACTS} FROM fh_outbox_entry {rest}"), values)
        .await?;
    rows.into_iter().map(|mut row| kept(&mut row)).collect()
}

pub(super) async fn one<S: Sql>(sql: &mut S, rest: &str, values: &[Value]) -> Result<Option<Kept>, OutboxError> {
    Ok(many(sql, rest, values).await?.pop())
}

/// Who does it, and when.
#[derive(Debug, Clone)]
pub(crate) struct By {
    pub(crate) who: String,
    clock: Arc<dyn Clock>,
    now: OnceLock<Micros>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) seed: u64,
}

impl By {
    pub(crate) fn new(who: &str, clock: Arc<dyn Clock>, policy: Arc<Policy>, seed: u64) -> Self {
        Self {
            who: who.to_owned(),
            clock,
            now: OnceLock::new(),
            policy,
            seed,
        }
    }

    /// The time at which it is done: when this was first asked for, inside the transaction. An operation may have waited for
    /// its turn, or its process may have been stopped; by an older time the lease of another worker would seem to be over, or to
    /// come from a clock that was set back.
    pub(crate) fn now(&self) -> Micros {
        *self.now.get_or_init(|| self.clock.now().as_microsecond())
    }
}

impl By {
    /// The same, as what checks take.
    pub(super) fn timestamp(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now()).unwrap_or(Timestamp::MAX)
    }
}

/// Holds an event against the facts and keeps what comes of it, with its line of history.
pub(super) async fn apply<S: Sql>(
    sql: &mut S,
    kept: &mut Kept,
    event: &Event,
    by: &By,
) -> Result<Option<Ignored>, OutboxError> {
    apply_answer(sql, kept, event, &Answer::default(), by).await
}

/// As [`apply`], with what the service answered, for the history.
pub(super) async fn apply_answer<S: Sql>(
    sql: &mut S,
    kept: &mut Kept,
    event: &Event,
    answer: &Answer,
    by: &By,
) -> Result<Option<Ignored>, OutboxError> {
    let mut random = fastrand::Rng::with_seed(by.seed);
    let (facts, name, why) = match step(&kept.facts, event, by.now(), &by.policy, &mut random) {
        Step::Nothing(why) => return Ok(Some(why)),
        Step::Change { facts, event, why } => (facts, event, why),
    };
    sql.execute(
        "UPDATE fh_outbox_entry SET state = ?2, resend = ?3, doubt = ?4, attempts = ?5, failures = ?6, token = ?7, lease_until = ?8, \
         due_at = ?9, request_id = ?10, accepted_at = ?11, poll_at = ?12, receipt = ?13, reason = ?14, actionable = ?15, \
         changed_at = ?16 WHERE seq = ?1",
        &[
            kept.seq.into(),
            facts.state.name().into(),
            facts.resend.into(),
            facts.doubt.into(),
            facts.attempts.into(),
            facts.failures.into(),
            facts.token.into(),
            facts.lease_until.into(),
            facts.due_at.into(),
            facts.request_id.clone().into(),
            facts.accepted_at.into(),
            facts.poll_at.into(),
            facts.receipt.clone().into(),
            facts.reason.clone().into(),
            facts.actionable.into(),
            by.now().into(),
        ],
    )
    .await?;
    let line = Line {
        seq: kept.seq,
        event: name,
        from: Some(kept.facts.state),
        to: facts.state,
        attempt: facts.attempts,
        why: &why,
        answer,
    };
    note(sql, line, by).await?;
    kept.facts = facts;
    Ok(None)
}

/// What the service answered to a sending, as far as it did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    /// The beginning of its text, without secrets.
    pub(crate) excerpt: Option<String>,
}

/// A line of history.
pub(super) struct Line<'a> {
    pub(super) seq: i64,
    pub(super) event: &'a str,
    pub(super) from: Option<State>,
    pub(super) to: State,
    pub(super) attempt: u32,
    pub(super) why: &'a str,
    pub(super) answer: &'a Answer,
}

pub(super) async fn note<S: Sql>(sql: &mut S, line: Line<'_>, by: &By) -> Result<(), OutboxError> {
    let values = [
        line.seq.into(),
        by.now().into(),
        by.who.as_str().into(),
        line.event.into(),
        line.from.map(State::name).into(),
        line.to.name().into(),
        line.attempt.into(),
        line.answer.status.map(u32::from).into(),
        line.why.into(),
        line.answer.excerpt.clone().into(),
    ];
    sql.execute(
        "INSERT INTO fh_outbox_history (seq, at, who, event, from_state, to_state, attempt, status, why, excerpt) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &values,
    )
    .await?;
    Ok(())
}

pub(super) fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => "invoice",
        DocumentKind::CreditNote => "credit_note",
    }
}

pub(super) fn kind_of(name: &str) -> DocumentKind {
    if name == "credit_note" {
        DocumentKind::CreditNote
    } else {
        DocumentKind::Invoice
    }
}

/// A document, or what pruning has left of it.
pub(super) async fn find<S: Sql>(sql: &mut S, document: &str, lock: &str) -> Result<Kept, OutboxError> {
    if let Some(kept) = one(sql, &format!("WHERE document_id = ?1{lock}"), &[document.into()]).await? {
        return Ok(kept);
    }
    let pruned = prune::find(sql, document).await?;
    pruned
        .map(|(kept, _)| kept)
        .ok_or_else(|| OutboxError::NoSuchDocument(document.to_owned()))
}

/// Looks a document up.
#[derive(Debug, Clone)]
pub(crate) struct Find(pub(crate) String);

impl Work for Find {
    type Output = Kept;
    const NAME: &'static str = "find";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Kept, OutboxError> {
        find(sql, &self.0, "").await
    }
}
