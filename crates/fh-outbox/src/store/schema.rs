//! The tables, and how an older store becomes a newer one.
//!
//! The version is kept in a table of our own and not in SQLite's `user_version`: the outbox may live in the database of a point of sale,
//! whose own migrations use that. Steps go forwards only; each is done in the transaction that notes its version. Both engines have
//! the same versions.

use super::sql::{Sql, Work};
use crate::error::OutboxError;

/// Brings the store up to date, or refuses one that is newer.
#[derive(Clone)]
pub(crate) struct Migrate {
    pub(crate) place: String,
}

impl Work for Migrate {
    type Output = ();
    const NAME: &'static str = "migrate";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        let steps = S::DIALECT.steps;
        sql.queue_up("schema").await?;
        // Not `IF NOT EXISTS`: who may use the tables need not be allowed to make them.
        let tables = sql.query(S::DIALECT.tables, &["fh_outbox_meta".into()]).await?;
        if !tables
            .into_iter()
            .next()
            .map(|mut row| row.flag())
            .transpose()?
            .unwrap_or(false)
        {
            sql.batch("CREATE TABLE fh_outbox_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
                .await?;
        }
        let rows = sql
            .query("SELECT value FROM fh_outbox_meta WHERE name = 'version'", &[])
            .await?;
        let found = match rows.into_iter().next() {
            None => 0,
            Some(mut row) => {
                let text = row.text()?;
                text.parse().map_err(|_| OutboxError::Damaged {
                    place: self.place.clone(),
                    what: format!("its version is {text:?}"),
                })?
            }
        };
        let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
        if found > known {
            return Err(OutboxError::Newer {
                place: self.place,
                found,
                known,
            });
        }
        for (step, version) in steps.iter().zip(1_i64..) {
            if version > found {
                sql.batch(step).await?;
                sql.execute(
                    "INSERT INTO fh_outbox_meta (name, value) VALUES ('version', ?1) \
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    &[version.to_string().into()],
                )
                .await?;
            }
        }
        Ok(())
    }
}
