//! An operator's word.

use super::{
    apply::{Applied, apply},
    by::By,
    find::find,
    kept::{Kept, many},
    parts::RED,
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

/// What came of it.
#[derive(Debug)]
pub(crate) struct Operated {
    pub(crate) kept: Kept,
    /// The lanes that may go on; none when nothing changed.
    pub(super) freed: Option<Vec<String>>,
}

impl Operated {
    pub(super) fn of(kept: Kept, applied: Applied) -> Result<Self, OutboxError> {
        match applied.ignored {
            Some(ignored @ (Ignored::NotPossible(_) | Ignored::Replaced)) => Err(refusal(kept, ignored)),
            Some(_) => Ok(Self { kept, freed: None }),
            None => Ok(Self {
                freed: Some(applied.freed),
                kept,
            }),
        }
    }

    pub(super) fn effect(&self) -> Effect {
        Effect {
            changed: self.freed.is_some(),
            lanes: self
                .freed
                .iter()
                .flatten()
                .chain(self.freed.as_ref().map(|_| &self.kept.lane))
                .cloned()
                .collect(),
        }
    }
}

/// Why an operator's word was refused.
pub(super) fn refusal(kept: Kept, ignored: Ignored) -> OutboxError {
    let (document, state) = (kept.document, kept.facts.state);
    match (ignored, kept.facts.replaced_by) {
        (Ignored::Replaced, Some(by)) => OutboxError::Replaced { document, state, by },
        (Ignored::NotPossible(why), _) => OutboxError::NotPossible { document, state, why },
        _ => OutboxError::NotPossible {
            document,
            state,
            why: "there is nothing to do about it",
        },
    }
}

/// A document that is still in its place, for an operator; locked, unless `lock` is empty.
pub(super) async fn in_place<S: Sql>(sql: &mut S, document: &str, lock: &str) -> Result<Kept, OutboxError> {
    let kept = find(sql, document, lock).await?;
    if kept.seq == NO_SEQ {
        return Err(OutboxError::NotPossible {
            document: kept.document,
            state: kept.facts.state,
            why: "it was pruned: what was sent of it is only in the export",
        });
    }
    Ok(kept)
}

impl Work for Operate {
    type Output = Operated;
    const NAME: &'static str = "operate";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect(operated: &Operated) -> Effect {
        operated.effect()
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        let mut kept = in_place(sql, &self.document, S::DIALECT.lock).await?;
        let applied = apply(sql, &mut kept, &self.event, &self.by).await?;
        Operated::of(kept, applied)
    }
}

/// A person has seen to the fiscal day of a lane that may stay open.
#[derive(Debug, Clone)]
pub(crate) struct SeeToTheDay {
    pub(crate) lane: String,
    pub(crate) by: By,
}

impl Work for SeeToTheDay {
    type Output = ();
    const NAME: &'static str = "see_to_the_day";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect((): &()) -> Effect {
        Effect {
            changed: true,
            ..Effect::default()
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<(), OutboxError> {
        let rest = format!("WHERE {RED} AND lane = ?1 ORDER BY seq{}", S::DIALECT.lock);
        for mut kept in many(sql, &rest, &[self.lane.as_str().into()]).await? {
            apply(sql, &mut kept, &Event::DaySeenTo, &self.by).await?;
        }
        Ok(())
    }
}
