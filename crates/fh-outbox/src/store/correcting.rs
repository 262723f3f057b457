//! A document is mended under its id.

use std::sync::Arc;

use fiscal_harmony::{
    Document,
    document::Difference,
    preflight::{EarlierTax, Findings, naming},
};

use super::{
    apply::apply,
    by::By,
    change::foresee,
    dating::{applies, new_date},
    enqueue::Checks,
    journal::{self, Glance},
    kept::{Kept, kind_name},
    operator::{in_place, refusal},
    revising::{Exchange, content, fingerprint, last_offered, revise},
    sql::{Sql, Work},
};
use crate::{bells::Effect, error::OutboxError, machine::Event, policy::OnLate};

/// Corrects a document, or only says what would come of it.
#[derive(Debug, Clone)]
pub(crate) struct Correct {
    pub(crate) id: String,
    /// Its new content, without `IsRetry`.
    pub(crate) document: Arc<Document>,
    /// None when nothing is to be checked.
    pub(crate) checks: Option<Checks>,
    pub(crate) why: String,
    pub(crate) by: By,
    /// Nothing is to be changed.
    pub(crate) only_looks: bool,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) kept: Kept,
    pub(crate) differences: Vec<Difference>,
    pub(crate) findings: Findings,
    /// The lanes that may go on; none when nothing was changed.
    freed: Option<Vec<String>>,
}

impl Done {
    pub(crate) fn is_new(&self) -> bool {
        !self.differences.is_empty()
    }
}

impl Work for Correct {
    type Output = Done;
    const NAME: &'static str = "correct";

    fn effect(done: &Done) -> Effect {
        let own = done.freed.iter().map(|_| &done.kept.lane);
        Effect {
            changed: done.freed.is_some(),
            lanes: done.freed.iter().flatten().chain(own).cloned().collect(),
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Done, OutboxError> {
        let lock = if self.only_looks { "" } else { S::DIALECT.lock };
        let mut kept = in_place(sql, &self.id, lock).await?;
        let Some(before) = content(sql, kept.seq).await? else {
            return Err(OutboxError::NoSuchDocument(self.id));
        };
        self.fixed(&kept, &before)?;
        let mut differences = self.document.differences_from(&before).map_err(OutboxError::Document)?;
        let offered = fingerprint(&self.document)?;
        let is_known = last_offered(sql, kept.seq).await?.is_some_and(|last| last == offered);
        if differences.is_empty() || is_known {
            differences.clear();
            return Ok(Done {
                kept,
                differences,
                findings: Findings::default(),
                freed: None,
            });
        }
        let redated = self.redated(sql, &kept).await?;
        let document = redated.as_ref().unwrap_or(&self.document);
        if redated.is_some() {
            differences = document.differences_from(&before).map_err(OutboxError::Document)?;
        }
        let said: Vec<_> = differences.iter().map(ToString::to_string).collect();
        let reason = format!("{}: {}", self.why, said.join("; "));
        let event = Event::Correct { reason };
        if let Some(ignored) = foresee(&kept, &event, &self.by) {
            return Err(refusal(kept, ignored));
        }
        let findings = self.check(sql, document, &kept, lock).await?;
        if self.only_looks {
            return Ok(Done {
                kept,
                differences,
                findings,
                freed: None,
            });
        }
        let catalogue = self.checks.as_ref().and_then(|checks| checks.catalogue.as_deref());
        let taxes = EarlierTax::of(&document.view(), catalogue);
        let exchange = Exchange {
            document,
            taxes: Some(&taxes),
            offered: Some(offered),
            why: &self.why,
            differences: &differences,
        };
        revise(sql, &mut kept, exchange, &self.by).await?;
        let applied = apply(sql, &mut kept, &event, &self.by).await?;
        if let Some(ignored) = applied.ignored {
            return Err(refusal(kept, ignored));
        }
        Ok(Done {
            kept,
            differences,
            findings,
            freed: Some(applied.freed),
        })
    }
}

impl Correct {
    /// Refuses to change what a document is known by, here and at the service.
    fn fixed(&self, kept: &Kept, before: &Document) -> Result<(), OutboxError> {
        let (old, new) = (before.view(), self.document.view());
        let fixed = [
            ("kind", kind_name(old.kind), kind_name(new.kind)),
            ("id", kept.document.as_str(), new.id),
            ("currency", old.currency, new.currency),
        ];
        match fixed.into_iter().find(|(_, kept, offered)| kept != offered) {
            None => Ok(()),
            Some((what, of_old, offered)) => Err(OutboxError::Fixed {
                document: kept.document.clone(),
                what,
                kept: of_old.replace('_', " "),
                offered: offered.replace('_', " "),
            }),
        }
    }

    /// The same with a new date, when one of a later date was sent meanwhile and the policy says so.
    async fn redated<S: Sql>(&self, sql: &mut S, kept: &Kept) -> Result<Option<Document>, OutboxError> {
        let policy = &self.by.policy;
        if policy.on_late != OnLate::Redate || !applies(policy) || kept.facts.doubt {
            return Ok(None);
        }
        let was_judged = kept.facts.reason.as_ref().is_some_and(|reason| reason.contains("RCPT"));
        let own = was_judged.then_some(kept.dated);
        let dated = self.document.view().date.timestamp().as_second();
        let date = new_date(sql, kept, dated, own, self.by.now()).await?;
        Ok(date.map(|date| {
            let mut document = Document::clone(&self.document);
            document.set_date(date);
            document
        }))
    }

    /// Against everything but itself.
    async fn check<S: Sql>(
        &self,
        sql: &mut S,
        document: &Document,
        kept: &Kept,
        lock: &str,
    ) -> Result<Findings, OutboxError> {
        let findings = match &self.checks {
            None => naming(document),
            Some(checks) => {
                let glance = Glance {
                    is_seen: true,
                    ..journal::glance(sql, document, &kept.lane).await?
                };
                let except = [kept.document.as_str(), kept.replaces.as_deref().unwrap_or_default()];
                let around = journal::around(sql, document, &glance, &except, lock).await?;
                checks.hold(document, &around, self.by.timestamp(), &self.by.policy)
            }
        };
        if findings.blocks() {
            return Err(OutboxError::Preflight(Box::new(findings)));
        }
        Ok(findings)
    }
}
