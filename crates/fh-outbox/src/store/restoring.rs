//! The store is an older one than it was, or one that another machine has worked on: what it cannot know is in doubt.

use super::{
    by::By,
    change::change,
    history::Answer,
    kept::many,
    meta,
    node::node,
    sql::{Sql, Work},
};
use crate::{bells::Effect, error::OutboxError, machine::Event, mark::Mark, policy::OnUnknown};

/// Why a store is taken for an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is behind its mark.
    Behind,
    /// Where it is, there was another one.
    Replaced,
    /// A person says so.
    Told,
    /// Its database is on another server, or its server has another course behind it.
    AnotherServer,
    /// Another machine takes over, or one that lost its mark.
    TakenOver,
}

impl Why {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Behind => "this outbox is an older copy of the one that this machine has worked on",
            Self::Replaced => "another outbox stood in its place before",
            Self::AnotherServer => {
                "its database is on another server, or the server was promoted or brought back to an earlier time"
            }
            Self::Told => "a person said that it was restored",
            Self::TakenOver => "this machine took it over",
        }
    }
}

/// Puts everything in doubt that the store cannot know.
#[derive(Debug, Clone)]
pub(crate) struct Restore {
    pub(crate) machine: String,
    /// How far the store had come, as far as the mark tells.
    pub(crate) mark: Option<Mark>,
    /// It need not be looked at again: another store has counted the same sending.
    pub(crate) is_certain: bool,
    pub(crate) why: Why,
    pub(crate) on_restored: OnUnknown,
    /// What tells its server from another, if that is why.
    pub(crate) origin: Option<String>,
    pub(crate) by: By,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) struct Restored {
    /// How far the store counts itself since.
    pub(crate) mark: Mark,
    /// How many documents are in doubt.
    pub(crate) documents: usize,
    lanes: Vec<String>,
}

impl Work for Restore {
    /// None when it was noticed before.
    type Output = Option<Restored>;
    const NAME: &'static str = "restored";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect(restored: &Self::Output) -> Effect {
        Effect {
            changed: restored.is_some(),
            lanes: restored.iter().flat_map(|restored| restored.lanes.clone()).collect(),
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        sql.queue_up("node").await?;
        let known = node(sql, &self.machine, S::DIALECT.lock).await?;
        if self.why == Why::Behind && !self.is_certain {
            // Looked at again, now that nobody else can write: only what is behind still is an older copy.
            let is_behind = match (known, self.mark) {
                (Some(node), Some(mark)) => is_behind(node.mark, mark),
                (known, _) => known.is_none(),
            };
            if !is_behind {
                return Ok(None);
            }
        }
        if let Some(origin) = &self.origin {
            // Another node may have been first.
            if meta::text(sql, meta::ORIGIN).await?.as_ref() == Some(origin) {
                return Ok(None);
            }
            meta::note_text(sql, meta::ORIGIN, origin).await?;
        }
        let mark = self.count(sql).await?;
        let now = self.by.now();
        meta::note(sql, meta::RESTORED, now).await?;
        meta::note_text(sql, meta::RESTORED_WHY, self.why.words()).await?;
        let holds = self.on_restored == OnUnknown::Hold;
        meta::note(sql, meta::RESTORED_HOLDS, holds.into()).await?;
        meta::forget(sql, meta::RESTORED_SEEN).await?;
        let rest = format!("WHERE state <> 'fiscalised' ORDER BY seq{}", S::DIALECT.lock);
        let mut restored = Restored {
            mark,
            documents: 0,
            lanes: Vec::new(),
        };
        for mut kept in many(sql, &rest, &[]).await? {
            let event = Event::Restored {
                reason: self.why.words().to_owned(),
                holds,
            };
            change(sql, &mut kept, &event, &Answer::default(), &self.by).await?;
            restored.documents += 1;
            if !restored.lanes.contains(&kept.lane) {
                restored.lanes.push(kept.lane);
            }
        }
        Ok(Some(restored))
    }
}

impl Restore {
    /// Counts on from beyond everything that is known, so that no copy counts the same way.
    async fn count<S: Sql>(&self, sql: &mut S) -> Result<Mark, OutboxError> {
        let mut rows = sql.query("SELECT max(number) FROM fh_outbox_node", &[]).await?;
        let counted = rows.pop().map_or(Ok(None), |mut row| row.maybe_int())?.unwrap_or(0);
        let mark = Mark {
            number: counted.max(self.mark.map_or(0, |mark| mark.number)) + 1,
            nonce: self.by.seed.cast_signed(),
        };
        if self.why == Why::TakenOver && S::DIALECT.one_machine {
            sql.execute("UPDATE fh_outbox_node SET sends = 0", &[]).await?;
        }
        let others = "SELECT count(*) FROM fh_outbox_node WHERE machine <> ?1 AND sends = 1";
        let mut rows = sql.query(others, &[self.machine.as_str().into()]).await?;
        let is_anothers = S::DIALECT.one_machine && rows.pop().map_or(Ok(0), |mut row| row.int())? > 0;
        let known = node(sql, &self.machine, "").await?;
        let takes_over = self.why == Why::TakenOver;
        let sends = takes_over || known.map_or(!is_anothers, |known| known.sends);
        // After a take-over it is marked when the mark is there, not before.
        let marked = !takes_over && known.is_some_and(|known| known.is_marked);
        sql.execute(
            "INSERT INTO fh_outbox_node (machine, number, nonce, floor, marked, sends) VALUES (?1, ?2, ?3, ?2, ?4, ?5) \
             ON CONFLICT (machine) DO UPDATE SET number = excluded.number, nonce = excluded.nonce, floor = excluded.floor, \
             marked = excluded.marked, sends = excluded.sends",
            &[
                self.machine.as_str().into(),
                mark.number.into(),
                mark.nonce.into(),
                marked.into(),
                sends.into(),
            ],
        )
        .await?;
        Ok(mark)
    }
}

/// True when a store that has come so far cannot be the one that was marked.
pub(crate) fn is_behind(store: Mark, mark: Mark) -> bool {
    store.number < mark.number || (store.number == mark.number && store.nonce != mark.nonce)
}

/// What was restored when, as the store has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Noted {
    /// When it was noticed; 0 when it never was.
    pub(crate) at: i64,
    /// What is in doubt waits for a person.
    pub(crate) holds: bool,
}

/// A person has seen that it was restored.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) by: By,
}

impl Work for Seen {
    /// Whether there was anything to see.
    type Output = bool;
    const NAME: &'static str = "seen";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect(seen: &bool) -> Effect {
        Effect {
            changed: *seen,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<bool, OutboxError> {
        if meta::noted(sql, meta::RESTORED).await?.is_none() {
            return Ok(false);
        }
        let seen = format!("{} {}", self.by.now(), self.by.who);
        meta::note_text(sql, meta::RESTORED_SEEN, &seen).await?;
        Ok(true)
    }
}

/// A backup was made.
#[derive(Debug, Clone)]
pub(crate) struct BackedUp {
    pub(crate) by: By,
}

impl Work for BackedUp {
    type Output = ();
    const NAME: &'static str = "backed_up";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        meta::note(sql, meta::LAST_BACKUP, self.by.now()).await
    }
}
