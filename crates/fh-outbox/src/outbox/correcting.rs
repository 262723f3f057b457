//! Mending a document under its id.

use std::sync::Arc;

use fiscal_harmony::Document;

use super::handle::Outbox;
use crate::{
    error::OutboxError,
    revision::{Corrected, Revision},
    store::{
        correcting::{Correct, Done},
        enqueue::Checks,
        revising::Revisions,
    },
};

impl Corrected {
    fn of(done: Done) -> Self {
        Self {
            is_new: done.is_new(),
            entry: done.kept.into(),
            differences: done.differences,
            findings: done.findings,
        }
    }
}

impl Outbox {
    /// Corrects a document: exchanges its content, on an operator's word, and sends it again under its id.
    ///
    /// It must not have been sent yet, or have been rejected definitely and not for good. What it said before stays in the store
    /// ([`revisions`](Self::revisions)), what differs in its history. It goes as a repetition (`IsRetry: true`, or as
    /// [`Policy::corrected_as`](crate::Policy::corrected_as) says) if the service ever took it, and as a first sending otherwise. The id, the kind,
    /// the lane and the currency cannot be corrected; an `IsRetry` in the document is not looked at.
    ///
    /// The same correction again changes nothing, and answers where the document stands.
    ///
    /// # Errors
    ///
    /// [`OutboxError::NotPossible`] from any other state: what may be fiscalised must be looked up and [adopted](Self::adopt) or
    /// [released](Self::release) first, what was rejected for good is [replaced](Self::enqueue_replacing). [`OutboxError::Fixed`] when what cannot be corrected
    /// differs; [`OutboxError::Replaced`] when another document has its place; [`OutboxError::Preflight`] when the authority would refuse it; when it is
    /// not there, or the store fails. Nothing is changed then.
    pub async fn correct(&self, id: &str, document: &Document, who: &str, why: &str) -> Result<Corrected, OutboxError> {
        // A document is held against the account of its own lane.
        let lane = self.find(id).await?.lane;
        let correct = |checks| self.write(self.correction(id, document, Some(checks), who, why));
        Ok(Corrected::of(self.under_fresh_checks(&lane, correct).await?))
    }

    /// As [`correct`](Self::correct), whatever the authority will say to it.
    ///
    /// # Errors
    ///
    /// As for [`correct`](Self::correct), but for preflight.
    pub async fn correct_unchecked(
        &self,
        id: &str,
        document: &Document,
        who: &str,
        why: &str,
    ) -> Result<Corrected, OutboxError> {
        let work = self.correction(id, document, None, who, why);
        Ok(Corrected::of(self.write(work).await?))
    }

    /// What [`correct`](Self::correct) would do: what differs and what the checks find. Nothing is changed.
    ///
    /// # Errors
    ///
    /// As for [`correct`](Self::correct).
    pub async fn compare(&self, id: &str, document: &Document) -> Result<Corrected, OutboxError> {
        let lane = self.find(id).await?.lane;
        let compare = |checks| {
            let mut work = self.correction(id, document, Some(checks), "nobody", "");
            work.only_looks = true;
            self.store.read(work)
        };
        Ok(Corrected::of(self.under_fresh_checks(&lane, compare).await?))
    }

    /// What a document says and said, the first content first. Empty for one that was pruned: they are in the export.
    ///
    /// # Errors
    ///
    /// When it is not in the outbox, or the store fails.
    pub async fn revisions(&self, id: &str) -> Result<Vec<Revision>, OutboxError> {
        self.store.read(Revisions(id.to_owned())).await
    }

    fn correction(&self, id: &str, document: &Document, checks: Option<Checks>, who: &str, why: &str) -> Correct {
        Correct {
            id: id.to_owned(),
            document: Arc::new(document.clone().without_retry()),
            checks,
            why: why.to_owned(),
            by: self.by(&format!("operator {who}")),
            only_looks: false,
        }
    }
}
