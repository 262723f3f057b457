//! An operator's word.

use super::{
    kept::{By, Kept, apply, find},
    prune,
    sql::{Sql, Work},
};
use crate::{
    OutboxError,
    machine::{Event, Ignored},
};

/// An operator's word.
#[derive(Debug, Clone)]
pub(crate) struct Operate {
    pub(crate) document: String,
    pub(crate) event: Event,
    pub(crate) by: By,
}

impl Work for Operate {
    type Output = Kept;
    const NAME: &'static str = "operate";
    const WAKES: bool = true;

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Kept, OutboxError> {
        let mut kept = find(sql, &self.document, S::DIALECT.lock).await?;
        if kept.seq == prune::NO_SEQ {
            return Err(OutboxError::NotPossible {
                document: self.document,
                state: kept.facts.state,
                why: "it was pruned: what was sent of it is only in the export",
            });
        }
        match apply(sql, &mut kept, &self.event, &self.by).await? {
            Some(Ignored::NotPossible(why)) => Err(OutboxError::NotPossible {
                document: self.document,
                state: kept.facts.state,
                why,
            }),
            _ => Ok(kept),
        }
    }
}
