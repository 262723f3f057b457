//! What must be known and is no state of a document: it is kept until a person knows it.

use super::{
    by::By,
    sql::{Sql, Work},
};
use crate::{bells::Effect, error::OutboxError, machine::Micros};

/// Something that must be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Its name, for whoever knows of it.
    pub(crate) key: String,
    /// The name of the alarm's kind.
    pub(crate) kind: String,
    pub(crate) lane: Option<String>,
    pub(crate) document: Option<String>,
    /// How often it happened since a person last knew.
    pub(crate) count: i64,
    pub(crate) since: Micros,
    pub(crate) what: String,
}

pub(super) async fn raise<S: Sql>(sql: &mut S, notice: &Notice, now: Micros) -> Result<(), OutboxError> {
    sql.execute(
        "INSERT INTO fh_outbox_notice (key, kind, lane, document, count, since, latest, what) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) \
         ON CONFLICT (key) DO UPDATE SET what = excluded.what, latest = excluded.latest, known_by = NULL, known_at = NULL, \
         count = CASE WHEN fh_outbox_notice.known_by IS NULL THEN fh_outbox_notice.count + excluded.count ELSE excluded.count END, \
         since = CASE WHEN fh_outbox_notice.known_by IS NULL THEN fh_outbox_notice.since ELSE excluded.since END",
        &[
            notice.key.as_str().into(),
            notice.kind.as_str().into(),
            notice.lane.clone().into(),
            notice.document.clone().into(),
            notice.count.into(),
            now.into(),
            notice.what.as_str().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Those that nobody knows yet, oldest first.
pub(super) async fn unknown<S: Sql>(sql: &mut S) -> Result<Vec<Notice>, OutboxError> {
    let query = "SELECT key, kind, lane, document, count, since, what FROM fh_outbox_notice WHERE known_by IS NULL ORDER BY since, key LIMIT 100";
    let mut notices = Vec::new();
    for mut row in sql.query(query, &[]).await? {
        notices.push(Notice {
            key: row.text()?,
            kind: row.text()?,
            lane: row.maybe_text()?,
            document: row.maybe_text()?,
            count: row.int()?,
            since: row.int()?,
            what: row.text()?,
        });
    }
    Ok(notices)
}

/// Something that must be known has happened.
#[derive(Debug, Clone)]
pub(crate) struct Raise {
    pub(crate) notice: Notice,
    pub(crate) by: By,
}

impl Work for Raise {
    type Output = ();
    const NAME: &'static str = "raise";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect((): &()) -> Effect {
        Effect {
            changed: true,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        raise(sql, &self.notice, self.by.now()).await
    }
}

/// A person knows of it.
#[derive(Debug, Clone)]
pub(crate) struct Know {
    pub(crate) key: String,
    pub(crate) by: By,
}

impl Work for Know {
    type Output = ();
    const NAME: &'static str = "know";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect((): &()) -> Effect {
        Effect {
            changed: true,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        let values = [
            self.key.as_str().into(),
            self.by.who.as_str().into(),
            self.by.now().into(),
        ];
        let known = "UPDATE fh_outbox_notice SET known_by = COALESCE(known_by, ?2), known_at = COALESCE(known_at, ?3) WHERE key = ?1";
        match sql.execute(known, &values).await? {
            0 => Err(OutboxError::NoSuchAlarm(self.key)),
            _ => Ok(()),
        }
    }
}
