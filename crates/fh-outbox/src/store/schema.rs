//! The tables, and how an older store becomes a newer one.
//!
//! The version is kept in a table of our own and not in SQLite's `user_version`: the outbox may live in the database of a point of sale,
//! whose own migrations use that. Steps go forwards only; each is done in the transaction that notes its version. Both engines have
//! the same versions.

use super::{
    ledger,
    sql::{Sql, Work},
};
use crate::{
    error::OutboxError,
    failpoint::{self, Moment},
};

/// The version that keeps amounts, which are told from the documents themselves and not from their columns.
const WITH_THE_LEDGER: i64 = 5;

/// A step of a migration, in failpoints.
const STEP: &str = "step";

/// The version of the store; 0 before there is one. One that is newer than this program is refused.
async fn version<S: Sql>(sql: &mut S, place: &str) -> Result<i64, OutboxError> {
    let query = "SELECT value FROM fh_outbox_meta WHERE name = 'version'";
    let Some(mut row) = sql.query(query, &[]).await?.pop() else {
        return Ok(0);
    };
    let text = row.text()?;
    let found = text.parse().map_err(|_| OutboxError::Damaged {
        place: place.to_owned(),
        what: format!("its version is {text:?}"),
    })?;
    let known = i64::try_from(S::DIALECT.steps.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OutboxError::Newer {
            place: place.to_owned(),
            found,
            known,
        });
    }
    Ok(found)
}

/// Refuses a store that a newer program has brought up to date since it was opened. To be asked by whoever has locked rows of a document:
/// the tables are not changed before he is done.
pub(super) async fn is_still_known<S: Sql>(sql: &mut S) -> Result<(), OutboxError> {
    let place = sql.place();
    version(sql, &place).await.map(|_| ())
}

/// Brings the store up to date, or refuses one that is newer.
#[derive(Clone)]
pub(crate) struct Migrate {
    pub(crate) place: String,
}

impl Work for Migrate {
    type Output = ();
    const NAME: &'static str = "migrate";
    const MAY_TAKE_LONG: bool = true;

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
        let found = version(sql, &self.place).await?;
        for (step, version) in steps.iter().zip(1_i64..) {
            if version > found {
                failpoint::hit(STEP, Moment::BeforeWrite)?;
                sql.batch(step).await?;
                if version == WITH_THE_LEDGER {
                    ledger::fill(sql).await?;
                }
                failpoint::hit(STEP, Moment::BeforeCommit)?;
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
