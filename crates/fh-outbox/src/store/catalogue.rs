//! What the service knew of each lane's account, kept for a start without a line to the service.

use std::sync::Arc;

use fiscal_harmony::{Document, catalogue::Catalogue, preflight::EarlierTax};

use super::{
    ledger::learn,
    sql::{Sql, Work},
};
use crate::{error::OutboxError, machine::Micros};

/// Keeps what is known of a lane's account.
#[derive(Debug, Clone)]
pub(crate) struct KeepCatalogue {
    pub(crate) lane: String,
    pub(crate) fetched_at: Micros,
    pub(crate) catalogue: String,
    /// The same, to be read.
    pub(crate) read: Arc<Catalogue>,
}

impl Work for KeepCatalogue {
    type Output = ();
    const NAME: &'static str = "keep_catalogue";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        sql.execute(
            "INSERT INTO fh_outbox_catalogue (lane, fetched_at, catalogue) VALUES (?1, ?2, ?3) \
             ON CONFLICT (lane) DO UPDATE SET fetched_at = excluded.fetched_at, catalogue = excluded.catalogue",
            &[self.lane.as_str().into(), self.fetched_at.into(), self.catalogue.into()],
        )
        .await?;
        // What was taken in before anything was known of the taxes.
        let taxes = |document: &Document| EarlierTax::of(&document.view(), Some(&self.read));
        learn(sql, &self.lane, taxes).await
    }
}

/// All that is kept, by lane.
#[derive(Debug, Clone)]
pub(crate) struct ReadCatalogues;

impl Work for ReadCatalogues {
    type Output = Vec<(String, String)>;
    const NAME: &'static str = "read_catalogues";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        let rows = sql
            .query("SELECT lane, catalogue FROM fh_outbox_catalogue LIMIT 1000", &[])
            .await?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.text()?))).collect()
    }
}
