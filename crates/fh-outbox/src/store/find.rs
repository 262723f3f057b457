//! Looking one document up, wherever it is.

use super::{
    kept::{Kept, one},
    pruned,
    sql::{Sql, Work},
    waiting::waits_for,
};
use crate::error::OutboxError;

/// A document, or what pruning has left of it.
pub(super) async fn find<S: Sql>(sql: &mut S, document: &str, lock: &str) -> Result<Kept, OutboxError> {
    if let Some(kept) = one(sql, &format!("WHERE document_id = ?1{lock}"), &[document.into()]).await? {
        return Ok(kept);
    }
    let pruned = pruned::find(sql, document).await?;
    pruned
        .map(|(kept, _)| kept)
        .ok_or_else(|| OutboxError::NoSuchDocument(document.to_owned()))
}

/// Looks a document up.
#[derive(Debug, Clone)]
pub(crate) struct Find(pub(crate) String);

impl Work for Find {
    type Output = Kept;
    const NAME: &'static str = "find";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Kept, OutboxError> {
        let mut kept = find(sql, &self.0, "").await?;
        kept.waits_for = waits_for(sql, &kept).await?;
        Ok(kept)
    }
}
