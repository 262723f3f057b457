//! An event changes a document, and those that wait for it.

use super::{by::By, change::change, history::Answer, kept::Kept, sql::Sql, waiting::tell_credit_notes};
use crate::{
    error::OutboxError,
    machine::{Event, Ignored},
};

/// What came of an event.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Why it changed nothing, if it did not.
    pub(super) ignored: Option<Ignored>,
    /// The lanes that may go on.
    pub(super) freed: Vec<String>,
}

impl Applied {
    pub(super) fn is_change(&self) -> bool {
        self.ignored.is_none()
    }
}

/// Holds an event against the facts and keeps what comes of it, with its line of history.
pub(super) async fn apply<S: Sql>(
    sql: &mut S,
    kept: &mut Kept,
    event: &Event,
    by: &By,
) -> Result<Applied, OutboxError> {
    apply_answer(sql, kept, event, &Answer::default(), by).await
}

/// As [`apply`], with what the service answered, for the history.
pub(super) async fn apply_answer<S: Sql>(
    sql: &mut S,
    kept: &mut Kept,
    event: &Event,
    answer: &Answer,
    by: &By,
) -> Result<Applied, OutboxError> {
    let before = kept.facts.clone();
    let ignored = change(sql, kept, event, answer, by).await?;
    let mut applied = Applied {
        ignored,
        freed: Vec::new(),
    };
    if !applied.is_change() {
        return Ok(applied);
    }
    let now = &kept.facts;
    // A head that steps aside lets its lane go on, and so does one that was tried for those of the same rejection.
    if (before.holds && !now.holds)
        || (before.passing.is_some() && now.passing.is_none())
        || (!before.holds && now.holds)
    {
        applied.freed.push(kept.lane.clone());
    }
    if before.state != now.state && now.state.is_settled() {
        applied.freed.extend(tell_credit_notes(sql, kept, by).await?);
    }
    Ok(applied)
}
