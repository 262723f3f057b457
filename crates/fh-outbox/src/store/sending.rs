//! What a worker does with the head of a lane.

use std::{sync::Arc, time::Duration};

use fiscal_harmony::{Attempt, Frozen, auth::Station};

use super::{
    apply::{apply, apply_answer},
    by::By,
    dating::{Dated, in_time},
    history::Answer,
    kept::{Kept, kind_of, one},
    node::{count_sending, sends},
    orphans::of_request,
    parts::{BESIDE, HEADS},
    requests::{note_request, origin_of, owner_of},
    schema::is_still_known,
    sql::{Sql, Work},
    waiting::{Original, original_of},
};
use crate::{
    bells::Effect,
    error::OutboxError,
    machine::{Event, Ignored, Micros, Reply, horizon, later, since},
    mark::Mark,
    roster::Roster,
    state::State,
};

/// A document in a worker's hand.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) seq: i64,
    pub(crate) token: i64,
    /// Which of its contents this is.
    pub(crate) revision: u32,
    pub(crate) frozen: Frozen,
    /// As whom it is sent, where the document said so.
    pub(crate) station: Option<Station>,
    /// The number of this sending. It is marked outside of the store before the first byte leaves.
    pub(crate) mark: Mark,
}

/// Takes the head of a lane in hand, if it is due.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) lane: String,
    pub(crate) machine: String,
    pub(crate) by: By,
    pub(crate) hand: Hand,
}

/// Whose hand it is that asks, and how it knows of the others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hand {
    /// Its sign of life. It takes one document at a time, and asks when it has none.
    pub(crate) name: Option<String>,
    pub(crate) roster: Option<Arc<Roster>>,
}

impl Hand {
    /// Whether nothing of a document can be on the wire any more, whatever its lease says.
    fn has_died(&self, holder: Option<&str>) -> bool {
        let Some(holder) = holder else { return false };
        // Its own, whose answer could not be kept.
        let is_own = self.name.as_deref() == Some(holder);
        is_own || self.roster.as_ref().is_some_and(|roster| roster.has_left(holder))
    }
}

/// What came of asking for work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claimed {
    pub(crate) job: Option<Job>,
    /// How long until the head of the lane is due, if it is not yet.
    pub(crate) due_in: Option<Duration>,
    /// This machine may not send.
    pub(crate) is_anothers: bool,
    /// Something was written, with or without a job.
    changed: bool,
}

impl Work for Claim {
    type Output = Claimed;
    const NAME: &'static str = "claim";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect(claimed: &Claimed) -> Effect {
        Effect {
            changed: claimed.changed,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Claimed, OutboxError> {
        let mut claimed = Claimed::default();
        if !sends(sql, &self.machine).await? {
            claimed.is_anothers = true;
            return Ok(claimed);
        }
        let head = self.head(sql, &mut claimed).await?;
        let is_on_the_wire = head.as_ref().is_some_and(|head| head.facts.state == State::Sending);
        // What has stepped aside is older, and is tried seldom.
        if !is_on_the_wire && let Some(mut beside) = self.beside(sql, &mut claimed).await? {
            match original_of(sql, &beside).await? {
                Original::InOrder => match in_time(sql, &mut beside, &self.by).await? {
                    Dated::InTime => self.take(sql, &mut beside, &mut claimed).await?,
                    Dated::Waits(is_change) => claimed.changed |= is_change,
                },
                Original::Open(reason) => {
                    let aside = apply(sql, &mut beside, &Event::StepAside { reason }, &self.by).await?;
                    claimed.changed |= aside.is_change();
                }
                Original::Failed(reason) => {
                    let held = apply(sql, &mut beside, &Event::Hold { reason }, &self.by).await?;
                    claimed.changed |= held.is_change();
                }
            }
        }
        if claimed.job.is_none()
            && let Some(mut head) = head
        {
            self.take(sql, &mut head, &mut claimed).await?;
            if head.facts.state.is_due() {
                claimed.due_in = Some(since(head.facts.due_at, self.by.now()));
            }
        }
        if let Some(job) = &mut claimed.job {
            // This row was there a moment ago.
            let gone = || OutboxError::Store("this machine may no longer send".to_owned());
            job.mark = count_sending(sql, &self.machine, &self.by).await?.ok_or_else(gone)?;
        }
        Ok(claimed)
    }
}

impl Claim {
    /// The oldest for which the lane waits. A credit note whose invoice is not there steps aside on the way.
    async fn head<S: Sql>(&self, sql: &mut S, claimed: &mut Claimed) -> Result<Option<Kept>, OutboxError> {
        // The head first and its lock second: a locked head must not be passed over for the next in line.
        let rest = format!(
            "WHERE seq = (SELECT min(seq) FROM fh_outbox_entry WHERE lane = ?1 AND {HEADS}){}",
            S::DIALECT.lock_free
        );
        loop {
            let Some(mut head) = one(sql, &rest, &[self.lane.as_str().into()]).await? else {
                return Ok(None);
            };
            self.look_whether_its_worker_died(sql, &mut head, claimed).await?;
            if !head.facts.holds {
                // The lane does not wait for what may have arrived.
                continue;
            }
            let event = match original_of(sql, &head).await? {
                Original::InOrder => {
                    let before = head.facts.revision;
                    let Dated::Waits(is_change) = in_time(sql, &mut head, &self.by).await? else {
                        claimed.changed |= head.facts.revision != before;
                        return Ok(Some(head));
                    };
                    claimed.changed |= is_change;
                    if !is_change || head.facts.holds {
                        return Ok(None);
                    }
                    continue;
                }
                Original::Open(reason) => Event::StepAside { reason },
                Original::Failed(reason) => Event::Hold { reason },
            };
            let moved = apply(sql, &mut head, &event, &self.by).await?;
            claimed.changed |= moved.is_change();
            // Parked, it is still the head where the policy says so.
            if !moved.is_change() || head.facts.holds {
                return Ok(None);
            }
        }
    }

    /// A worker that died on this machine, or whose lease is over, has left what it was sending behind.
    async fn look_whether_its_worker_died<S: Sql>(
        &self,
        sql: &mut S,
        document: &mut Kept,
        claimed: &mut Claimed,
    ) -> Result<(), OutboxError> {
        if document.facts.state == State::Sending {
            let has_died = self.hand.has_died(document.facts.holder.as_deref());
            let event = Event::InOtherHands { has_died };
            claimed.changed |= apply(sql, document, &event, &self.by).await?.is_change();
        }
        Ok(())
    }

    /// One that has stepped aside and is due, or is in the hand of a worker that may have died. Of those of one passing rejection only the
    /// oldest is tried.
    async fn beside<S: Sql>(&self, sql: &mut S, claimed: &mut Claimed) -> Result<Option<Kept>, OutboxError> {
        let rest = format!(
            "WHERE seq = (SELECT min(seq) FROM fh_outbox_entry e WHERE lane = ?1 AND {BESIDE} AND state <> 'parked' \
             AND (cause IS NULL OR cause <> 'waits_for_invoice') AND (due_at <= ?2 OR due_at > ?3 OR state = 'sending') \
             AND NOT EXISTS (SELECT 1 FROM fh_outbox_entry o WHERE o.lane = ?1 AND o.passing = e.passing AND o.passing IS NOT NULL \
             AND o.seq < e.seq)){}",
            S::DIALECT.lock_free
        );
        let now = self.by.now();
        let never = later(now, horizon(&self.by.policy));
        let mut beside = one(sql, &rest, &[self.lane.as_str().into(), now.into(), never.into()]).await?;
        if let Some(beside) = &mut beside {
            self.look_whether_its_worker_died(sql, beside, claimed).await?;
        }
        Ok(beside)
    }

    async fn take<S: Sql>(&self, sql: &mut S, document: &mut Kept, claimed: &mut Claimed) -> Result<(), OutboxError> {
        is_still_known(sql).await?;
        let earlier = document.facts.token;
        let claim = Event::Claim {
            holder: self.hand.name.clone(),
        };
        // After the clock was set back its wait is mended first.
        while apply(sql, document, &claim, &self.by).await?.is_change() {
            claimed.changed = true;
            if document.facts.token > earlier {
                claimed.job = job(sql, document).await?;
                if claimed.job.is_none() {
                    spoilt(sql, document, &self.by).await?;
                }
                break;
            }
        }
        Ok(())
    }
}

/// Gives back a document whose kept bytes are not those that were taken in. Its lane waits for a person, who then finds out why.
async fn spoilt<S: Sql>(sql: &mut S, head: &mut Kept, by: &By) -> Result<(), OutboxError> {
    let remedy = if head.facts.doubt {
        "an earlier sending of it may have arrived: look it up, then adopt its receipt or release it"
    } else {
        "restore it from a backup, or hand the sale in as another document, under another id and number"
    };
    let reason = format!(
        "its kept bytes do not match their sha256: the file was damaged or changed by hand, and nothing was sent; {remedy}"
    );
    let event = Event::Reply {
        token: head.facts.token,
        reply: Reply::DocumentRefused,
        reason,
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
        revision: head.facts.revision,
        frozen,
        // What was taken in was a station; should somebody have changed it since, the lane's own is as good.
        station: head.station.as_deref().and_then(|station| Station::new(station).ok()),
        mark: Mark { number: 0, nonce: 0 },
    }))
}

/// Keeps what the service said to a sending.
#[derive(Debug, Clone)]
pub(crate) struct Replied {
    pub(crate) seq: i64,
    pub(crate) token: i64,
    pub(crate) revision: u32,
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
    /// The lanes that may go on.
    freed: Vec<String>,
}

impl Work for Replied {
    type Output = Noted;
    const NAME: &'static str = "reply";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect(noted: &Noted) -> Effect {
        Effect {
            changed: noted.changed,
            lanes: noted.freed.clone(),
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Noted, OutboxError> {
        if let Reply::Accepted { request_id, .. } = &self.reply {
            // Against news of this very request that find it unknown and are put aside at this moment.
            sql.queue_up(request_id.as_str()).await?;
        }
        let rest = format!("WHERE seq = ?1{}", S::DIALECT.lock);
        let Some(mut kept) = one(sql, &rest, &[self.seq.into()]).await? else {
            return Ok(Noted {
                ignored: Some(Ignored::Fenced),
                ..Noted::default()
            });
        };
        // Even a worker that has no say any more knows a request id, by which later news are understood.
        let other = match &self.reply {
            Reply::Accepted { request_id, .. }
                if !note_request(sql, request_id, self.seq, self.revision, &self.by).await? =>
            {
                owner_of(sql, request_id, self.seq).await?
            }
            _ => None,
        };
        let reply = match (&self.reply, &other) {
            (Reply::Accepted { request_id, .. }, Some(other)) => Reply::AcceptedAsAnother {
                request_id: request_id.clone(),
                other: other.document.clone(),
            },
            (reply, _) => reply.clone(),
        };
        let event = Event::Reply {
            token: self.token,
            reply,
            reason: self.reason,
        };
        let applied = apply_answer(sql, &mut kept, &event, &self.answer, &self.by).await?;
        let mut noted = Noted {
            changed: applied.is_change(),
            ignored: applied.ignored,
            freed: applied.freed,
        };
        let Reply::Accepted { request_id, .. } = self.reply else {
            return Ok(noted);
        };
        if let Some(mut other) = other {
            let event = Event::RequestShared {
                with: kept.document.clone(),
                request_id,
            };
            noted.changed |= apply(sql, &mut other, &event, &self.by).await?.is_change();
            return Ok(noted);
        }
        for news in of_request(sql, &request_id, &kept).await? {
            noted.changed = true;
            let event = Event::News {
                request_id: request_id.clone(),
                news,
                origin: origin_of(sql, &request_id, &kept).await?,
            };
            noted.freed.extend(apply(sql, &mut kept, &event, &self.by).await?.freed);
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

    fn by(&self) -> Option<&By> {
        self.replied.by()
    }

    fn told_the_time(&self, now: Micros) {
        self.replied.told_the_time(now);
        if let Some(next) = &self.next {
            next.told_the_time(now);
        }
    }

    fn effect((noted, claimed): &Self::Output) -> Effect {
        Effect {
            changed: noted.changed || claimed.changed,
            lanes: noted.freed.clone(),
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        let noted = self.replied.run(sql).await?;
        let claimed = match self.next {
            Some(claim) => match claim.run(sql).await {
                // Neither a damaged document nor a store that became too new may cost the answer to the one before; each is met again by
                // the next claim.
                Err(OutboxError::Damaged { .. } | OutboxError::Newer { .. }) => Claimed::default(),
                Ok(claimed) => claimed,
                Err(error) => return Err(error),
            },
            None => Claimed::default(),
        };
        Ok((noted, claimed))
    }
}
