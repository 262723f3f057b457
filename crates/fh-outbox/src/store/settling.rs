//! What became of the documents that the service has taken.

use fiscal_harmony::types::RequestId;

use super::{
    apply::apply,
    bearer::Bearer,
    by::By,
    kept::{Kept, one, request_of},
    meta,
    notices::{Notice, raise},
    orphans::{RECEIPTS, keep},
    parts::{ACCEPTED, ASIDE},
    requests::origin_of,
    sql::{Sql, Work},
};
use crate::{
    alarm::AlarmKind,
    bells::Effect,
    error::OutboxError,
    machine::{Event, News, later, since},
};

/// Takes up to a hundred accepted documents whose status is due, and moves their due time on.
#[derive(Debug, Clone)]
pub(crate) struct Poll {
    pub(crate) lane: String,
    pub(crate) limit: i64,
    /// Left out: somebody waits for them, and they are asked for at other times.
    pub(crate) reserved: Vec<RequestId>,
    pub(crate) by: By,
}

impl Work for Poll {
    type Output = Vec<RequestId>;
    const NAME: &'static str = "poll";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<RequestId>, OutboxError> {
        // Only a clock that was set back makes a question due later than the longest wait from now.
        let query = format!(
            "SELECT seq, request_id, accepted_at FROM fh_outbox_entry WHERE lane = ?1 AND {ACCEPTED} \
             AND (poll_at <= ?2 OR poll_at > ?4) ORDER BY poll_at LIMIT ?3{}",
            S::DIALECT.lock_free
        );
        let never = later(self.by.now(), self.by.policy.longest_poll_wait());
        let values = [
            self.lane.as_str().into(),
            self.by.now().into(),
            self.limit
                .saturating_add(i64::try_from(self.reserved.len()).unwrap_or(0))
                .into(),
            never.into(),
        ];
        let mut requests = Vec::new();
        for mut row in sql.query(&query, &values).await? {
            let (seq, request, accepted) = (row.int()?, request_of(row.maybe_text()?), row.maybe_int()?);
            if request.as_ref().is_some_and(|request| self.reserved.contains(request)) {
                continue;
            }
            let age = since(self.by.now(), accepted.unwrap_or(self.by.now())).max(self.by.policy.first_poll);
            let next = later(self.by.now(), self.by.policy.poll_wait(age));
            sql.execute(
                "UPDATE fh_outbox_entry SET poll_at = ?2 WHERE seq = ?1",
                &[seq.into(), next.into()],
            )
            .await?;
            requests.extend(request);
        }
        Ok(requests)
    }
}

/// Those of a lane that were given up, and are asked about once more when the clocks agree. `are_done` says that these were.
#[derive(Debug, Clone)]
pub(crate) struct GivenUp {
    pub(crate) lane: String,
    pub(crate) are_done: Vec<RequestId>,
    pub(crate) limit: i64,
}

impl Work for GivenUp {
    type Output = Vec<RequestId>;
    const NAME: &'static str = "given_up";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<RequestId>, OutboxError> {
        for request_id in self.are_done {
            let done = "UPDATE fh_outbox_entry SET asked_again = 1 WHERE seq = (SELECT seq FROM fh_outbox_request WHERE request_id = ?1)";
            sql.execute(done, &[request_id.as_str().into()]).await?;
        }
        // By their own index, which the order would else outweigh.
        let query = format!(
            "SELECT request_id FROM fh_outbox_entry WHERE seq IN (SELECT seq FROM fh_outbox_entry WHERE {ASIDE}) AND state = 'expired' \
             AND lane = ?1 AND asked_again = 0 AND request_id IS NOT NULL ORDER BY seq LIMIT ?2"
        );
        let rows = sql
            .query(&query, &[self.lane.as_str().into(), self.limit.into()])
            .await?;
        let mut requests = Vec::new();
        for mut row in rows {
            requests.extend(request_of(row.maybe_text()?));
        }
        Ok(requests)
    }
}

/// Who brings pushed news.
pub(crate) const WEBHOOK: &str = "webhook";

/// A delivery that was rightly signed and told of what is not the signer's.
fn not_believed(kept: &Kept) -> Notice {
    let kind = AlarmKind::WebhookRefused.name();
    Notice {
        key: format!("{kind}:{}", kept.document),
        kind: kind.to_owned(),
        lane: Some(kept.lane.clone()),
        document: Some(kept.document.clone()),
        count: 1,
        since: 0,
        what: format!(
            "a webhook that is signed for another lane told of {}, which is in the lane {}; it was not believed",
            kept.document, kept.lane
        ),
    }
}

/// What came of news.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settled {
    /// How many documents changed.
    pub(crate) changed: usize,
    /// Something was written, if only that they came.
    noted: bool,
    /// The lanes that may go on.
    freed: Vec<String>,
}

/// Keeps news of requests, in any order and as often as they come.
#[derive(Debug, Clone)]
pub(crate) struct Settle {
    pub(crate) news: Vec<(RequestId, News)>,
    pub(crate) bearer: Bearer,
    pub(crate) by: By,
}

impl Work for Settle {
    type Output = Settled;
    const NAME: &'static str = "settle";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect(settled: &Settled) -> Effect {
        Effect {
            changed: settled.noted,
            lanes: settled.freed.clone(),
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Settled, OutboxError> {
        let mut settled = Settled::default();
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
                sql.queue_up(request_id.as_str()).await?;
                known = one(sql, &rest, &[request_id.as_str().into()]).await?;
            }
            let Some(mut kept) = known else {
                if let Some(text) = keep(&news) {
                    // A receipt is not replaced by a lesser piece of news.
                    sql.execute(
                        &format!(
                            "INSERT INTO fh_outbox_orphan (request_id, news, source, at) VALUES (?1, ?2, ?3, ?4) \
                             ON CONFLICT (request_id) DO UPDATE SET news = excluded.news \
                             WHERE fh_outbox_orphan.news NOT LIKE {RECEIPTS}"
                        ),
                        &[
                            request_id.as_str().into(),
                            text.into(),
                            self.bearer.written().into(),
                            self.by.now().into(),
                        ],
                    )
                    .await?;
                    settled.noted = true;
                }
                continue;
            };
            if !self.bearer.may_tell_of(&kept.lane) {
                tracing::warn!(
                    document = kept.document,
                    "news that is signed for another lane is not believed"
                );
                raise(sql, &not_believed(&kept), self.by.now()).await?;
                settled.noted = true;
                continue;
            }
            let origin = origin_of(sql, &request_id, &kept).await?;
            let event = Event::News {
                request_id,
                news,
                origin,
            };
            let applied = apply(sql, &mut kept, &event, &self.by).await?;
            if applied.is_change() {
                settled.changed += 1;
                let is_new = |lane: &String| !settled.freed.contains(lane);
                let freed: Vec<_> = applied.freed.into_iter().filter(is_new).collect();
                settled.freed.extend(freed);
            }
        }
        settled.noted |= settled.changed > 0;
        let noted = match self.by.who.as_str() {
            WEBHOOK => Some(meta::LAST_WEBHOOK),
            _ if settled.changed > 0 && self.by.policy.webhooks => Some(meta::LAST_FETCHED),
            _ => None,
        };
        if let Some(name) = noted {
            meta::note(sql, name, self.by.now()).await?;
            settled.noted = true;
        }
        Ok(settled)
    }
}
