//! The tables, and how an older store becomes a newer one.
//!
//! The version is kept in a table of our own and not in SQLite's `user_version`: the outbox may live in the database of a point of sale,
//! whose own migrations use that. Steps go forwards only; each is done in the transaction that notes its version.

use super::sql::{Sql, Work};
use crate::OutboxError;

/// The newest version.
pub(crate) const VERSION: i64 = STEPS.len() as i64;

const STEPS: [&str; 1] = [include_str!("schema/1.sql")];

/// Brings the store up to date, or refuses one that is newer.
#[derive(Clone)]
pub(crate) struct Migrate {
    pub(crate) place: String,
}

impl Work for Migrate {
    type Output = ();
    const NAME: &'static str = "migrate";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        sql.batch("CREATE TABLE IF NOT EXISTS fh_outbox_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            .await?;
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
        if found > VERSION {
            return Err(OutboxError::Newer {
                place: self.place,
                found,
                known: VERSION,
            });
        }
        for (step, version) in STEPS.iter().zip(1_i64..) {
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
