//! What a worker does with the head of a lane.

use fiscal_harmony::{Attempt, DocumentKind, Frozen};

use super::{
    apply::{apply, apply_answer},
    by::By,
    history::Answer,
    kept::{Kept, kind_of, one, state_of},
    orphans::unkept,
    parts::OPEN,
    sql::{Sql, Work},
};
use crate::{
    bells::Effect,
    error::OutboxError,
    machine::{Event, Ignored, Micros, Reply},
    state::State,
};

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

/// What came of asking for work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claimed {
    pub(crate) job: Option<Job>,
    /// The head waits for another document, in whatever lane, to be decided.
    pub(crate) waits: bool,
    /// Something was written, with or without a job.
    changed: bool,
}

impl Work for Claim {
    type Output = Claimed;
    const NAME: &'static str = "claim";

    fn effect(claimed: &Claimed) -> Effect {
        Effect {
            changed: claimed.changed,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Claimed, OutboxError> {
        let mut claimed = Claimed::default();
        // The head first and its lock second: a locked head must not be passed over for the next in line.
        let rest = format!(
            "WHERE seq = (SELECT min(seq) FROM fh_outbox_entry WHERE lane = ?1 AND {OPEN}){}",
            S::DIALECT.lock_free
        );
        let Some(mut head) = one(sql, &rest, &[self.lane.as_str().into()]).await? else {
            return Ok(claimed);
        };
        match original_of(sql, &head).await? {
            Original::Open => {
                claimed.waits = true;
                return Ok(claimed);
            }
            Original::Failed(reason) => {
                let held = apply(sql, &mut head, &Event::Hold { reason }, &self.by).await?;
                claimed.changed = held.is_none();
                return Ok(claimed);
            }
            Original::InOrder => {}
        }
        let earlier = head.facts.token;
        // A lease that has expired makes it unknown first, and it may then be due at once.
        while apply(sql, &mut head, &Event::Claim, &self.by).await?.is_none() {
            claimed.changed = true;
            // By the state alone, the lease of another worker that was only shortened would look like one of ours.
            if head.facts.token > earlier {
                claimed.job = job(sql, &head).await?;
                if claimed.job.is_none() {
                    spoilt(sql, &mut head, &self.by).await?;
                }
                break;
            }
        }
        Ok(claimed)
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

/// What came of keeping an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted {
    /// Why the answer changed nothing, if it did not.
    pub(crate) ignored: Option<Ignored>,
    /// Something was written.
    changed: bool,
}

impl Work for Replied {
    type Output = Noted;
    const NAME: &'static str = "reply";

    fn effect(noted: &Noted) -> Effect {
        Effect {
            changed: noted.changed,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Noted, OutboxError> {
        if let Reply::Accepted { request_id } = &self.reply {
            // Against news of this very request that find it unknown and are put aside at this moment.
            sql.queue_up(request_id.as_str()).await?;
        }
        let rest = format!("WHERE seq = ?1{}", S::DIALECT.lock);
        let Some(mut kept) = one(sql, &rest, &[self.seq.into()]).await? else {
            return Ok(Noted {
                ignored: Some(Ignored::Fenced),
                changed: false,
            });
        };
        let event = Event::Reply {
            token: self.token,
            reply: self.reply.clone(),
            reason: self.reason,
        };
        let ignored = apply_answer(sql, &mut kept, &event, &self.answer, &self.by).await?;
        let mut noted = Noted {
            changed: ignored.is_none(),
            ignored,
        };
        let Reply::Accepted { request_id } = self.reply else {
            return Ok(noted);
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
            noted.changed = true;
            if let Some(news) = unkept(&orphan.text()?) {
                let event = Event::News {
                    request_id: request_id.clone(),
                    news,
                };
                apply(sql, &mut kept, &event, &self.by).await?;
            }
        }
        Ok(noted)
    }
}

/// Keeps what the service said and takes the next document in hand, in one transaction: one sync of the disk for each document.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) replied: Replied,
    pub(crate) next: Option<Claim>,
}

impl Work for Turn {
    type Output = (Noted, Claimed);
    const NAME: &'static str = Replied::NAME;

    fn effect((noted, claimed): &Self::Output) -> Effect {
        Effect {
            changed: noted.changed || claimed.changed,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        let noted = self.replied.run(sql).await?;
        let claimed = match self.next {
            Some(claim) => match claim.run(sql).await {
                // A damaged document must not cost the answer to the one before it; it is met again by the next claim.
                Err(OutboxError::Damaged { .. }) => Claimed::default(),
                Ok(claimed) => claimed,
                Err(error) => return Err(error),
            },
            None => Claimed::default(),
        };
        Ok((noted, claimed))
    }
}
