//! An operator's word.

use super::{
    apply::apply,
    by::By,
    find::find,
    kept::Kept,
    pruned::NO_SEQ,
    sql::{Sql, Work},
};
use crate::{
    bells::Effect,
    error::OutboxError,
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
    /// How it stands, and whether that is new.
    type Output = (Kept, bool);
    const NAME: &'static str = "operate";

    fn effect((kept, is_new): &Self::Output) -> Effect {
        Effect {
            changed: *is_new,
            lanes: is_new.then(|| kept.lane.clone()).into_iter().collect(),
            settled: *is_new,
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        let mut kept = find(sql, &self.document, S::DIALECT.lock).await?;
        if kept.seq == NO_SEQ {
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
            ignored => Ok((kept, ignored.is_none())),
        }
    }
}
