//! Small things that are noted by name.

use super::sql::Sql;
use crate::{error::OutboxError, machine::Micros};

/// When the latest webhook came.
pub(super) const LAST_WEBHOOK: &str = "last_webhook";
/// When results were last fetched, where webhooks are expected to bring them.
pub(super) const LAST_FETCHED: &str = "last_fetched";

pub(super) async fn noted<S: Sql>(sql: &mut S, name: &str) -> Result<Option<Micros>, OutboxError> {
    Ok(text(sql, name).await?.and_then(|text| text.parse().ok()))
}

pub(super) async fn text<S: Sql>(sql: &mut S, name: &str) -> Result<Option<String>, OutboxError> {
    let query = "SELECT value FROM fh_outbox_meta WHERE name = ?1";
    let row = sql.query(query, &[name.into()]).await?.pop();
    row.map(|mut row| row.text()).transpose()
}

pub(super) async fn note<S: Sql>(sql: &mut S, name: &str, at: Micros) -> Result<(), OutboxError> {
    note_text(sql, name, at.to_string()).await
}

pub(super) async fn note_text<S: Sql>(sql: &mut S, name: &str, text: String) -> Result<(), OutboxError> {
    sql.execute(
        "INSERT INTO fh_outbox_meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[name.into(), text.into()],
    )
    .await?;
    Ok(())
}
