//! What became of the documents that the service has taken.

use super::{
    kept::{By, apply, one},
    listing, news,
    sql::{Sql, Work},
};
use crate::{
    OutboxError,
    machine::{Event, News, later},
};

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
                        &format!(
                            "INSERT INTO fh_outbox_orphan (request_id, news, source, at) VALUES (?1, ?2, ?3, ?4) \
                             ON CONFLICT (request_id) DO UPDATE SET news = excluded.news \
                             WHERE fh_outbox_orphan.news NOT LIKE {RECEIPTS}"
                        ),
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

/// How kept news of a receipt begins, as a pattern of SQL; see [`keep`].
pub(super) const RECEIPTS: &str = "'{\"receipt\"%'";

fn keep(news: &News) -> Option<String> {
    match news {
        News::Pending => None,
        News::Fiscalised { receipt } => Some(serde_json::json!({ "receipt": receipt }).to_string()),
        News::Rejected { actionable, reason } => {
            Some(serde_json::json!({ "actionable": actionable, "reason": reason }).to_string())
        }
    }
}

pub(super) fn unkept(text: &str) -> Option<News> {
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
