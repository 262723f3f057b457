//! The operations on the store, each one transaction, written once.

use std::sync::{Arc, OnceLock};

use fh_types::Clock;
use fiscal_harmony::{Attempt, DocumentKind, Frozen};

use super::{
    listing, news, prune,
    sql::{Row, Sql, Value, Work},
};
use crate::{
    OutboxError, Policy, State,
    machine::{Event, Facts, Ignored, Micros, News, Reply, Step, later, step},
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

pub(super) fn kept(row: &mut Row) -> Result<Kept, OutboxError> {
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

/// Holds an event against the facts and keeps what comes of it, with its line of history.
async fn apply<S: Sql>(sql: &mut S, kept: &mut Kept, event: &Event, by: &By) -> Result<Option<Ignored>, OutboxError> {
    apply_answer(sql, kept, event, &Answer::default(), by).await
}

/// As [`apply`], with what the service answered, for the history.
async fn apply_answer<S: Sql>(
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

/// A document in a worker's hand.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) seq: i64,
    pub(crate) token: i64,
    pub(crate) lease_until: Micros,
    pub(crate) frozen: Frozen,
}

/// Takes the head of a lane in hand, if it is due.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) lane: String,
    pub(crate) by: By,
}

impl Work for Claim {
    type Output = Option<Job>;
    const NAME: &'static str = "claim";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Option<Job>, OutboxError> {
        // The head first and its lock second: a locked head must not be passed over for the next in line.
        let rest = format!(
            "WHERE seq = (SELECT min(seq) FROM fh_outbox_entry WHERE lane = ?1 AND state IN ('queued', 'sending', 'unknown', 'parked')){}",
            S::DIALECT.lock_free
        );
        let Some(mut head) = one(sql, &rest, &[self.lane.as_str().into()]).await? else {
            return Ok(None);
        };
        match original_of(sql, &head).await? {
            Original::Open => return Ok(None),
            Original::Failed(reason) => {
                apply(sql, &mut head, &Event::Hold { reason }, &self.by).await?;
                return Ok(None);
            }
            Original::InOrder => {}
        }
        let earlier = head.facts.token;
        // A lease that has expired makes it unknown first, and it may then be due at once.
        while apply(sql, &mut head, &Event::Claim, &self.by).await?.is_none() {
            // By the state alone, the lease of another worker that was only shortened would look like one of ours.
            if head.facts.token > earlier {
                let job = job(sql, &head).await?;
                if job.is_none() {
                    spoilt(sql, &mut head, &self.by).await?;
                }
                return Ok(job);
            }
        }
        Ok(None)
    }
}

/// How the invoice stands that a credit note credits.
enum Original {
    /// It is no credit note, its invoice is fiscalised, or nobody here knows it.
    InOrder,
    /// The authority must have the invoice before it can be credited \[zimra\].
    Open,
    /// The authority would refuse the credit note.
    Failed(String),
}

async fn original_of<S: Sql>(sql: &mut S, head: &Kept) -> Result<Original, OutboxError> {
    if head.kind != DocumentKind::CreditNote || !matches!(head.facts.state, State::Queued | State::Unknown) {
        return Ok(Original::InOrder);
    }
    let query = "SELECT o.document_id, o.state, o.lane, o.seq FROM fh_outbox_entry c JOIN fh_outbox_entry o ON o.document_id = c.original_id \
                 WHERE c.seq = ?1";
    let Some(mut row) = sql.query(query, &[head.seq.into()]).await?.pop() else {
        return Ok(Original::InOrder);
    };
    let invoice = row.text()?;
    let state = state_of(&invoice, &row.text()?)?;
    let is_behind = row.text()? == head.lane && row.int()? > head.seq;
    Ok(match state {
        State::Fiscalised => Original::InOrder,
        _ if is_behind && state.holds_lane() => Original::Failed(format!(
            "the invoice {invoice} that it credits was taken in after it and waits behind it: skip this credit note, and retry it when \
             the invoice is fiscalised"
        )),
        state if !state.is_settled() => Original::Open,
        state => Original::Failed(format!(
            "the invoice {invoice} that it credits is {state}: settle that one first, or skip this credit note"
        )),
    })
}

/// Gives back a document whose kept bytes are not those that were taken in. Its lane waits for a person, who then finds out why.
async fn spoilt<S: Sql>(sql: &mut S, head: &mut Kept, by: &By) -> Result<(), OutboxError> {
    let reason = "its kept bytes do not match their sha256: the file was damaged or changed by hand, and nothing was sent; restore it \
                  from a backup, or skip it and hand the document in anew under another id";
    let event = Event::Reply {
        token: head.facts.token,
        reply: Reply::DocumentRefused,
        reason: reason.to_owned(),
    };
    apply(sql, head, &event, by).await.map(|_| ())
}

/// What a worker needs; none when the kept bytes are not those that were taken in.
async fn job<S: Sql>(sql: &mut S, head: &Kept) -> Result<Option<Job>, OutboxError> {
    let (columns, attempt) = if head.facts.resend {
        ("retry_body, retry_sha256", Attempt::Retry)
    } else {
        ("body, body_sha256", Attempt::First)
    };
    let query = format!("SELECT kind, {columns} FROM fh_outbox_entry WHERE seq = ?1");
    let Some(mut row) = sql.query(&query, &[head.seq.into()]).await?.pop() else {
        return Ok(None);
    };
    let kind = kind_of(&row.text()?);
    let (bytes, sha256) = (row.blob()?, row.blob()?.try_into());
    let frozen = sha256
        .ok()
        .and_then(|sha256| Frozen::restore(kind, head.document.as_str(), attempt, bytes.into(), sha256));
    Ok(frozen.map(|frozen| Job {
        seq: head.seq,
        token: head.facts.token,
        lease_until: head.facts.lease_until,
        frozen,
    }))
}

/// Keeps what the service said to a sending.
#[derive(Debug, Clone)]
pub(crate) struct Replied {
    pub(crate) seq: i64,
    pub(crate) token: i64,
    pub(crate) reply: Reply,
    pub(crate) reason: String,
    pub(crate) answer: Answer,
    pub(crate) by: By,
}

impl Work for Replied {
    type Output = Option<Ignored>;
    const NAME: &'static str = "reply";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Option<Ignored>, OutboxError> {
        if let Reply::Accepted { request_id } = &self.reply {
            // Against news of this very request that find it unknown and are put aside at this moment.
            sql.queue_up(request_id).await?;
        }
        let rest = format!("WHERE seq = ?1{}", S::DIALECT.lock);
        let Some(mut kept) = one(sql, &rest, &[self.seq.into()]).await? else {
            return Ok(Some(Ignored::Fenced));
        };
        let event = Event::Reply {
            token: self.token,
            reply: self.reply.clone(),
            reason: self.reason,
        };
        let ignored = apply_answer(sql, &mut kept, &event, &self.answer, &self.by).await?;
        let Reply::Accepted { request_id } = self.reply else {
            return Ok(ignored);
        };
        // Even a worker that has no say any more knows a request id, by which later news are understood.
        sql.execute(
            "INSERT INTO fh_outbox_request (request_id, seq, at) VALUES (?1, ?2, ?3) ON CONFLICT (request_id) DO NOTHING",
            &[request_id.as_str().into(), self.seq.into(), self.by.now().into()],
        )
        .await?;
        let orphans = sql
            .query(
                "UPDATE fh_outbox_orphan SET matched_seq = ?2 WHERE request_id = ?1 AND matched_seq IS NULL RETURNING news",
                &[request_id.as_str().into(), self.seq.into()],
            )
            .await?;
        for mut orphan in orphans {
            if let Some(news) = unkept(&orphan.text()?) {
                let event = Event::News {
                    request_id: request_id.clone(),
                    news,
                };
                apply(sql, &mut kept, &event, &self.by).await?;
            }
        }
        Ok(ignored)
    }
}

/// Keeps what the service said and takes the next document in hand, in one transaction: one sync of the disk for each document.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) replied: Replied,
    pub(crate) next: Option<Claim>,
}

impl Work for Turn {
    type Output = (Option<Ignored>, Option<Job>);
    const NAME: &'static str = Replied::NAME;

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        let ignored = self.replied.run(sql).await?;
        let job = match self.next {
            Some(claim) => match claim.run(sql).await {
                // A damaged document must not cost the answer to the one before it; it is met again by the next claim.
                Err(OutboxError::Damaged { .. }) | Ok(None) => None,
                Ok(job) => job,
                Err(error) => return Err(error),
            },
            None => None,
        };
        Ok((ignored, job))
    }
}

/// Takes up to a hundred accepted documents whose status is due, and moves their due time on.
#[derive(Debug, Clone)]
pub(crate) struct Poll {
    pub(crate) lane: String,
    pub(crate) limit: i64,
    pub(crate) by: By,
}

impl Work for Poll {
    type Output = Vec<String>;
    const NAME: &'static str = "poll";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<String>, OutboxError> {
        // Only a clock that was set back makes a question due later than the longest wait from now.
        let query = format!(
            "SELECT seq, request_id, accepted_at FROM fh_outbox_entry WHERE lane = ?1 AND state = 'accepted' \
             AND (poll_at <= ?2 OR poll_at > ?4) ORDER BY poll_at LIMIT ?3{}",
            S::DIALECT.lock_free
        );
        let never = later(self.by.now(), self.by.policy.longest_poll_wait());
        let values = [
            self.lane.as_str().into(),
            self.by.now().into(),
            self.limit.into(),
            never.into(),
        ];
        let mut requests = Vec::new();
        for mut row in sql.query(&query, &values).await? {
            let (seq, request, accepted) = (row.int()?, row.text()?, row.maybe_int()?);
            let age =
                crate::machine::since(self.by.now(), accepted.unwrap_or(self.by.now())).max(self.by.policy.first_poll);
            let next = later(self.by.now(), self.by.policy.poll_wait(age));
            sql.execute(
                "UPDATE fh_outbox_entry SET poll_at = ?2 WHERE seq = ?1",
                &[seq.into(), next.into()],
            )
            .await?;
            requests.push(request);
        }
        Ok(requests)
    }
}

/// Who brings pushed news.
pub(crate) const WEBHOOK: &str = "webhook";

/// Keeps news of requests, in any order and as often as they come.
#[derive(Debug, Clone)]
pub(crate) struct Settle {
    pub(crate) news: Vec<(String, News)>,
    pub(crate) by: By,
}

impl Work for Settle {
    /// How many documents changed.
    type Output = usize;
    const NAME: &'static str = "settle";
    const WAKES: bool = true;

    async fn run<S: Sql>(self, sql: &mut S) -> Result<usize, OutboxError> {
        let mut changed = 0;
        let rest = format!(
            "WHERE seq = (SELECT seq FROM fh_outbox_request WHERE request_id = ?1){}",
            S::DIALECT.lock
        );
        let mut all = self.news;
        // In one order everywhere, so that two that settle the same documents do not wait for each other crosswise.
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (request_id, news) in all {
            let mut known = one(sql, &rest, &[request_id.as_str().into()]).await?;
            if known.is_none() {
                sql.queue_up(&request_id).await?;
                known = one(sql, &rest, &[request_id.as_str().into()]).await?;
            }
            let Some(mut kept) = known else {
                if let Some(text) = keep(&news) {
                    // A receipt is not replaced by a lesser piece of news.
                    sql.execute(
                        "INSERT INTO fh_outbox_orphan (request_id, news, source, at) VALUES (?1, ?2, ?3, ?4) \
                         ON CONFLICT (request_id) DO UPDATE SET news = excluded.news \
                         WHERE fh_outbox_orphan.news NOT LIKE '{\"receipt\"%'",
                        &[
                            request_id.into(),
                            text.into(),
                            self.by.who.as_str().into(),
                            self.by.now().into(),
                        ],
                    )
                    .await?;
                }
                continue;
            };
            let event = Event::News { request_id, news };
            changed += usize::from(apply(sql, &mut kept, &event, &self.by).await?.is_none());
        }
        let noted = match self.by.who.as_str() {
            WEBHOOK => Some(listing::LAST_WEBHOOK),
            _ if changed > 0 && self.by.policy.webhooks => Some(listing::LAST_FETCHED),
            _ => None,
        };
        if let Some(name) = noted {
            sql.execute(
                "INSERT INTO fh_outbox_meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                &[name.into(), self.by.now().to_string().into()],
            )
            .await?;
        }
        Ok(changed)
    }
}

/// An operator's word.
#[derive(Debug, Clone)]
pub(crate) struct Operate {
    pub(crate) document: String,
    pub(crate) event: Event,
    pub(crate) by: By,
}

impl Work for Operate {
    type Output = Kept;
    const NAME: &'static str = "operate";
    const WAKES: bool = true;

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Kept, OutboxError> {
        let mut kept = find(sql, &self.document, S::DIALECT.lock).await?;
        if kept.seq == prune::NO_SEQ {
            return Err(OutboxError::NotPossible {
                document: self.document,
                state: kept.facts.state,
                why: "it was pruned: what was sent of it is only in the export",
            });
        }
        match apply(sql, &mut kept, &self.event, &self.by).await? {
            Some(Ignored::NotPossible(why)) => Err(OutboxError::NotPossible {
                document: self.document,
                state: kept.facts.state,
                why,
            }),
            _ => Ok(kept),
        }
    }
}

fn keep(news: &News) -> Option<String> {
    match news {
        News::Pending => None,
        News::Fiscalised { receipt } => Some(serde_json::json!({ "receipt": receipt }).to_string()),
        News::Rejected { actionable, reason } => {
            Some(serde_json::json!({ "actionable": actionable, "reason": reason }).to_string())
        }
    }
}

fn unkept(text: &str) -> Option<News> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    if let Some(receipt) = value["receipt"].as_str() {
        return news::receipt(receipt).map(|_| News::Fiscalised {
            receipt: receipt.to_owned(),
        });
    }
    Some(News::Rejected {
        actionable: value["actionable"].as_bool()?,
        reason: value["reason"].as_str()?.to_owned(),
    })
}
