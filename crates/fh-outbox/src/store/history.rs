//! The append-only history, line by line.

use super::{
    by::By,
    kept::state_of,
    sql::{Row, Sql},
};
use crate::{
    entry::{Change, cat},
    error::OutboxError,
    state::State,
};

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
    sql.execute(S::DIALECT.note, &values).await?;
    Ok(())
}

/// The lines of one document, oldest first.
pub(super) async fn lines<S: Sql>(sql: &mut S, seq: i64) -> Result<Vec<Change>, OutboxError> {
    let query = "SELECT h.id, e.document_id, h.at, h.who, h.event, h.from_state, h.to_state, h.attempt, h.why, h.status, h.excerpt \
                 FROM fh_outbox_history h JOIN fh_outbox_entry e ON e.seq = h.seq WHERE h.seq = ?1 ORDER BY h.id";
    let rows = sql.query(query, &[seq.into()]).await?;
    rows.into_iter().map(|mut row| change(&mut row)).collect()
}

pub(super) fn change(row: &mut Row) -> Result<Change, OutboxError> {
    let (id, document, at) = (row.int()?, row.text()?, row.int()?);
    let (who, event) = (row.text()?, row.text()?);
    let from = row.maybe_text()?.map(|name| state_of(&document, &name)).transpose()?;
    let to = state_of(&document, &row.text()?)?;
    Ok(Change {
        id,
        at: cat(at),
        who,
        event,
        from,
        to,
        attempt: row.count()?,
        why: row.text()?,
        status: row.maybe_int()?.and_then(|status| u16::try_from(status).ok()),
        excerpt: row.maybe_text()?,
        document,
    })
}
