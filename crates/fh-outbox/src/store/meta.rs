//! Small things that are noted by name.

use super::sql::Sql;
use crate::{error::OutboxError, machine::Micros};

/// When the latest webhook came.
pub(super) const LAST_WEBHOOK: &str = "last_webhook";
/// When results were last fetched, where webhooks are expected to bring them.
pub(super) const LAST_FETCHED: &str = "last_fetched";

/// When the last backup was made.
pub(super) const LAST_BACKUP: &str = "last_backup";
/// The identity of the store.
pub(super) const STORE: &str = "store";
/// What tells its server from another, as far as it may be asked.
pub(super) const ORIGIN: &str = "origin";
/// When it was last noticed that the store was restored, why it is thought so, whether what is in doubt is held, and when a person said
/// that he knows.
pub(super) const RESTORED: &str = "restored";
pub(super) const RESTORED_WHY: &str = "restored_why";
pub(super) const RESTORED_HOLDS: &str = "restored_holds";
pub(super) const RESTORED_SEEN: &str = "restored_seen";

pub(super) async fn text<S: Sql>(sql: &mut S, name: &str) -> Result<Option<String>, OutboxError> {
    let query = "SELECT value FROM fh_outbox_meta WHERE name = ?1";
    let row = sql.query(query, &[name.into()]).await?.pop();
    row.map(|mut row| row.text()).transpose()
}

pub(super) async fn noted<S: Sql>(sql: &mut S, name: &str) -> Result<Option<Micros>, OutboxError> {
    Ok(text(sql, name).await?.and_then(|text| text.parse().ok()))
}

pub(super) async fn note<S: Sql>(sql: &mut S, name: &str, at: Micros) -> Result<(), OutboxError> {
    note_text(sql, name, &at.to_string()).await
}

pub(super) async fn note_text<S: Sql>(sql: &mut S, name: &str, text: &str) -> Result<(), OutboxError> {
    sql.execute(
        "INSERT INTO fh_outbox_meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[name.into(), text.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn forget<S: Sql>(sql: &mut S, name: &str) -> Result<(), OutboxError> {
    sql.execute("DELETE FROM fh_outbox_meta WHERE name = ?1", &[name.into()])
        .await?;
    Ok(())
}
