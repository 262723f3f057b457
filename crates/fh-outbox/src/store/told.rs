//! Which alarms have been sent to whom, so that each is sent once, whichever process does it.

use std::collections::BTreeSet;

use super::{
    by::By,
    sql::{Sql, Work},
};
use crate::{
    error::OutboxError,
    machine::{Micros, later},
};

/// How long whoever was handed an alarm may take to send it, before it is handed out again.
const TAKES: std::time::Duration = std::time::Duration::from_secs(60);

/// Of those that ring at present, what is to be sent to somebody now. Who had been sent one that rings no more is sent it when it rings again.
#[derive(Debug, Clone)]
pub(crate) struct ToSend {
    /// Whoever they are sent to, before the name of each.
    pub(crate) to: String,
    pub(crate) ringing: BTreeSet<String>,
    pub(crate) by: By,
}

/// What is known of an alarm that was handed out.
struct Known {
    name: String,
    again_at: Micros,
    is_sent: bool,
}

impl ToSend {
    async fn known<S: Sql>(&self, sql: &mut S) -> Result<Vec<Known>, OutboxError> {
        let rows = sql
            .query("SELECT alarm, again_at, told_at FROM fh_outbox_told", &[])
            .await?;
        let known = rows.into_iter().map(|mut row| {
            Ok(Known {
                name: row.text()?,
                again_at: row.int()?,
                is_sent: row.maybe_int()?.is_some(),
            })
        });
        let known: Result<Vec<_>, OutboxError> = known.collect();
        Ok(known?
            .into_iter()
            .filter_map(|known| {
                let name = known.name.strip_prefix(&format!("{} ", self.to))?.to_owned();
                Some(Known { name, ..known })
            })
            .collect())
    }

    fn key(&self, name: &str) -> String {
        format!("{} {name}", self.to)
    }

    /// Those that are to be sent, and those that ring no more.
    fn sorted(&self, known: Vec<Known>) -> (Vec<String>, Vec<String>) {
        let (now, next) = (self.by.now(), later(self.by.now(), TAKES));
        // A time that lies further ahead than any that is written comes from a clock that was set back.
        let is_done = |known: &Known| known.is_sent || (known.again_at > now && known.again_at <= next);
        let done: BTreeSet<_> = known
            .iter()
            .filter(|known| is_done(known))
            .map(|known| known.name.clone())
            .collect();
        let to_send = self.ringing.iter().filter(|name| !done.contains(*name)).cloned();
        let gone = known
            .into_iter()
            .map(|known| known.name)
            .filter(|name| !self.ringing.contains(name));
        (to_send.collect(), gone.collect())
    }
}

/// Whether there is anything to send or to forget, so that nothing is written for nothing.
#[derive(Debug, Clone)]
pub(crate) struct Anything(pub(crate) ToSend);

impl Work for Anything {
    type Output = bool;
    const NAME: &'static str = "anything_to_send";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<bool, OutboxError> {
        let known = self.0.known(sql).await?;
        let (to_send, gone) = self.0.sorted(known);
        Ok(!to_send.is_empty() || !gone.is_empty())
    }
}

impl Work for ToSend {
    /// Their names.
    type Output = Vec<String>;
    const NAME: &'static str = "to_send";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<String>, OutboxError> {
        // Two processes that ask at once are not handed the same.
        sql.queue_up("alarms").await?;
        let known = self.known(sql).await?;
        let (to_send, gone) = self.sorted(known);
        for name in gone {
            sql.execute("DELETE FROM fh_outbox_told WHERE alarm = ?1", &[self.key(&name).into()])
                .await?;
        }
        for name in &to_send {
            sql.execute(
                "INSERT INTO fh_outbox_told (alarm, again_at) VALUES (?1, ?2) ON CONFLICT (alarm) DO UPDATE SET again_at = excluded.again_at",
                &[self.key(name).into(), later(self.by.now(), TAKES).into()],
            )
            .await?;
        }
        Ok(to_send)
    }
}

/// An alarm was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) to: String,
    pub(crate) name: String,
    pub(crate) by: By,
}

impl Work for Sent {
    type Output = ();
    const NAME: &'static str = "sent";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        let values = [format!("{} {}", self.to, self.name).into(), self.by.now().into()];
        sql.execute("UPDATE fh_outbox_told SET told_at = ?2 WHERE alarm = ?1", &values)
            .await?;
        Ok(())
    }
}

/// Writes something, so that it is known whether anything can be written.
#[derive(Debug, Clone)]
pub(crate) struct Probe(pub(crate) By);

impl Work for Probe {
    type Output = ();
    const NAME: &'static str = "probe";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        super::meta::note(sql, "probed", self.0.now()).await
    }
}
