//! The machines that work on a store, and how far each has come: what its mark outside is held against.

use super::{
    by::By,
    meta,
    sql::{Row, Sql, Work},
};
use crate::{error::OutboxError, mark::Mark};

/// What the store says of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    /// How far it has come.
    pub(crate) mark: Mark,
    /// Sendings up to here were taken in hand before the store was restored.
    pub(crate) floor: i64,
    /// There is a mark of that outside of the store.
    pub(crate) is_marked: bool,
    /// It may send.
    pub(crate) sends: bool,
}

/// What the store says of itself, and of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its identity; none in a store that is new, or from before there were marks.
    pub(crate) store: Option<String>,
    pub(crate) node: Option<Node>,
    /// The store is worked on from one machine at a time, and that is another.
    pub(crate) is_anothers: bool,
    /// What told its server from another when that was last looked at.
    pub(crate) origin: Option<String>,
}

const NODE: &str = "SELECT number, nonce, floor, marked, sends FROM fh_outbox_node WHERE machine = ?1";

pub(super) async fn node<S: Sql>(sql: &mut S, machine: &str, lock: &str) -> Result<Option<Node>, OutboxError> {
    let rows = sql.query(&format!("{NODE}{lock}"), &[machine.into()]).await?;
    rows.into_iter().next().map(|mut row| read(&mut row)).transpose()
}

fn read(row: &mut Row) -> Result<Node, OutboxError> {
    let mark = Mark {
        number: row.int()?,
        nonce: row.int()?,
    };
    Ok(Node {
        mark,
        floor: row.int()?,
        is_marked: row.flag()?,
        sends: row.flag()?,
    })
}

async fn known<S: Sql>(sql: &mut S, machine: &str) -> Result<Known, OutboxError> {
    let node = node(sql, machine, "").await?;
    let others = "SELECT count(*) FROM fh_outbox_node WHERE machine <> ?1 AND sends = 1";
    let mut rows = sql.query(others, &[machine.into()]).await?;
    let others = rows.pop().map_or(Ok(0), |mut row| row.int())?;
    Ok(Known {
        store: meta::text(sql, meta::STORE).await?,
        origin: meta::text(sql, meta::ORIGIN).await?,
        is_anothers: S::DIALECT.one_machine && others > 0,
        node,
    })
}

/// Looks at what the store says.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) machine: String,
}

impl Work for Look {
    type Output = Known;
    const NAME: &'static str = "look";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Known, OutboxError> {
        known(sql, &self.machine).await
    }
}

/// Gives a store its identity, if it has none, and a machine its place in it, unless another has that.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) machine: String,
    /// An identity that no other store has.
    pub(crate) identity: String,
    /// The machine is about to send, or the only one that may.
    pub(crate) joins: bool,
}

impl Work for Join {
    type Output = Known;
    const NAME: &'static str = "join";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Known, OutboxError> {
        sql.queue_up("node").await?;
        if meta::text(sql, meta::STORE).await?.is_none() {
            meta::note_text(sql, meta::STORE, &self.identity).await?;
        }
        let before = known(sql, &self.machine).await?;
        if !self.joins || before.node.is_some() || before.is_anothers {
            return Ok(before);
        }
        sql.execute(
            "INSERT INTO fh_outbox_node (machine, number, nonce, floor, marked, sends) VALUES (?1, 0, 0, 0, 0, 1) ON CONFLICT (machine) DO NOTHING",
            &[self.machine.as_str().into()],
        )
        .await?;
        known(sql, &self.machine).await
    }
}

/// Keeps in mind that there is a mark outside of the store.
#[derive(Debug, Clone)]
pub(crate) struct Marked {
    pub(crate) machine: String,
}

impl Work for Marked {
    type Output = ();
    const NAME: &'static str = "marked";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        sql.execute(
            "UPDATE fh_outbox_node SET marked = 1 WHERE machine = ?1",
            &[self.machine.as_str().into()],
        )
        .await?;
        Ok(())
    }
}

/// Counts a sending, the last thing that its transaction does: others of this machine wait for that row. None when this machine may not
/// send.
pub(super) async fn count_sending<S: Sql>(sql: &mut S, machine: &str, by: &By) -> Result<Option<Mark>, OutboxError> {
    let nonce = by.seed.cast_signed();
    let rows = sql
        .query(
            "UPDATE fh_outbox_node SET number = number + 1, nonce = ?2 WHERE machine = ?1 AND sends = 1 RETURNING number",
            &[machine.into(), nonce.into()],
        )
        .await?;
    let number = rows.into_iter().next().map(|mut row| row.int()).transpose()?;
    Ok(number.map(|number| Mark { number, nonce }))
}

/// Whether a machine may send.
pub(super) async fn sends<S: Sql>(sql: &mut S, machine: &str) -> Result<bool, OutboxError> {
    Ok(node(sql, machine, "").await?.is_some_and(|node| node.sends))
}

/// Asks what tells its server from another: the parts with a space between them, `?` for what may not be asked.
#[derive(Debug, Clone)]
pub(crate) struct Origin;

impl Work for Origin {
    type Output = String;
    const NAME: &'static str = "origin";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<String, OutboxError> {
        let mut parts = Vec::new();
        for (may, what) in S::DIALECT.origin {
            let may = sql
                .query(may, &[])
                .await?
                .pop()
                .map_or(Ok(false), |mut row| row.flag())?;
            let part = if may {
                sql.query(what, &[])
                    .await?
                    .pop()
                    .map_or(Ok(None), |mut row| row.maybe_text())?
            } else {
                None
            };
            parts.push(part.unwrap_or_else(|| "?".to_owned()));
        }
        Ok(parts.join(" "))
    }
}

/// Whether two are of different servers, or of different courses of one: by what is known of both.
pub(crate) fn is_another_origin(known: &str, found: &str) -> bool {
    let differ = |(known, found): (&str, &str)| known != "?" && found != "?" && known != found;
    known.split(' ').zip(found.split(' ')).any(differ)
}

/// Keeps it for the next look.
#[derive(Debug, Clone)]
pub(crate) struct NoteOrigin(pub(crate) String);

impl Work for NoteOrigin {
    type Output = ();
    const NAME: &'static str = "note_origin";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        meta::note_text(sql, meta::ORIGIN, &self.0).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_of_both_tells_one_server_from_another() {
        for (known, found, is_another) in [
            ("7 00000001", "7 00000001", false),
            ("7 00000001", "7 00000002", true),
            ("7 00000001", "8 00000001", true),
            ("? 00000001", "8 00000001", false),
            ("7 ?", "7 00000002", false),
            ("", "", false),
        ] {
            assert_eq!(is_another_origin(known, found), is_another, "{known} {found}");
        }
    }
}
