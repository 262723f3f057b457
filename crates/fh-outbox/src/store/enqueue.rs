//! Taking a document in.

use std::sync::Arc;

use fiscal_harmony::{
    Document, Frozen,
    catalogue::Catalogue,
    preflight::{Context, EarlierTax, Findings, Verdict, naming, preflight},
    types::jiff::{SignedDuration, Timestamp},
};

use super::{
    apply::apply,
    by::By,
    dating,
    history::{Answer, Line, note},
    journal::{self, Around, Glance},
    kept::{Kept, kind_name, one},
    ledger::{self, Place},
    operator::{in_place, refusal},
    pruned,
    restoring::Noted,
    revising::says_the_same,
    sql::{Sql, Work},
    taxes::taxes_to_text,
};
use crate::{
    bells::Effect,
    cause::Cause,
    error::{Hex, OutboxError},
    machine::{Event, Facts, Micros, forgotten, recovered},
    policy::Policy,
};

/// What a document is held against besides the store.
#[derive(Debug, Clone)]
pub(crate) struct Checks {
    pub(crate) catalogue: Option<Arc<Catalogue>>,
    pub(crate) clock_ahead: Option<SignedDuration>,
}

/// A document on its way in.
#[derive(Debug, Clone)]
pub(crate) struct Enqueue {
    pub(crate) lane: String,
    pub(crate) station: Option<String>,
    pub(crate) document: Arc<Document>,
    pub(crate) first: Frozen,
    pub(crate) first_sha256: [u8; 32],
    pub(crate) retry: Frozen,
    pub(crate) retry_sha256: [u8; 32],
    /// With what they found in the document alone; none when nothing is to be checked.
    pub(crate) checks: Option<(Checks, Findings)>,
    /// The document in whose place it is handed in.
    pub(crate) replaces: Option<String>,
    /// It is of a time that the outbox has forgotten, and is kept without being sent.
    pub(crate) is_history: bool,
    pub(crate) by: By,
}

impl Work for Enqueue {
    /// Whether it is new, what is kept, and what the checks found.
    type Output = (bool, Kept, Findings);
    const NAME: &'static str = "enqueue";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect((is_new, kept, _): &Self::Output) -> Effect {
        Effect {
            changed: *is_new,
            lanes: is_new.then(|| kept.lane.clone()).into_iter().collect(),
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        let glance = journal::glance(sql, &self.document, &self.lane).await?;
        if glance.is_seen
            && let Some(kept) = self.already(sql).await?
        {
            return Ok((false, kept, Findings::default()));
        }
        self.replace(sql).await?;
        let findings = self.check(sql, &glance).await?;
        if let Some(mut kept) = self.insert(sql, &glance).await? {
            dating::set_apart(sql, &mut kept, glance.last_date, &self.by).await?;
            return Ok((true, kept, findings));
        }
        // Another node took the same id in at this very moment.
        let kept = self.already(sql).await?;
        let gone = || OutboxError::Store("a document that was there a moment ago is gone".to_owned());
        Ok((false, kept.ok_or_else(gone)?, Findings::default()))
    }
}

/// The document of that id, with the SHA-256 of its body.
async fn known<S: Sql>(sql: &mut S, document: &str) -> Result<Option<(Kept, Vec<u8>)>, OutboxError> {
    let Some(kept) = one(sql, "WHERE document_id = ?1", &[document.into()]).await? else {
        return pruned::find(sql, document).await;
    };
    let query = "SELECT body_sha256 FROM fh_outbox_entry WHERE seq = ?1";
    let mut rows = sql.query(query, &[kept.seq.into()]).await?;
    let sha256 = rows.pop().map(|mut row| row.blob()).transpose()?.unwrap_or_default();
    Ok(Some((kept, sha256)))
}

impl Checks {
    /// Holds a document against them and against those around it.
    pub(crate) fn hold(&self, document: &Document, around: &Around, now: Timestamp, policy: &Policy) -> Findings {
        let settings = dating::settings(policy);
        let mut context = Context::nothing().at(now).settings(settings).journal(around);
        if let Some(catalogue) = &self.catalogue {
            context = context.catalogue(catalogue);
        }
        if let Some(ahead) = self.clock_ahead {
            context = context.clock_ahead(ahead);
        }
        preflight(document, &context)
    }
}

/// What would be found if a document were handed in.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) lane: String,
    pub(crate) document: Arc<Document>,
    pub(crate) checks: Checks,
    pub(crate) by: By,
}

impl Work for Check {
    type Output = Findings;
    const NAME: &'static str = "check";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Findings, OutboxError> {
        let glance = journal::glance(sql, &self.document, &self.lane).await?;
        let around = journal::around(sql, &self.document, &glance, &[], "").await?;
        Ok(self
            .checks
            .hold(&self.document, &around, self.by.timestamp(), &self.by.policy))
    }
}

impl Enqueue {
    /// The same document, if it is there. Another one of the same id is an error.
    async fn already<S: Sql>(&self, sql: &mut S) -> Result<Option<Kept>, OutboxError> {
        let offered = self.first_sha256;
        match known(sql, self.first.document_id()).await? {
            Some((kept, sha256)) => {
                if sha256 != offered && !says_the_same(sql, &self.document, kept.seq).await? {
                    return Err(OutboxError::OtherContent {
                        document: kept.document,
                        state: kept.facts.state,
                        kept: Hex(&sha256).to_string(),
                        offered: Hex(&offered).to_string(),
                    });
                }
                if self.replaces.is_some() && kept.replaces != self.replaces {
                    return Err(OutboxError::NotPossible {
                        document: kept.document,
                        state: kept.facts.state,
                        why: "it was handed in before, and not in the place of that document; hand the replacement in under an id of its own",
                    });
                }
                Ok(Some(kept))
            }
            None => Ok(None),
        }
    }

    /// Locks the document in whose place this one comes.
    async fn replace<S: Sql>(&self, sql: &mut S) -> Result<(), OutboxError> {
        let Some(replaced) = &self.replaces else { return Ok(()) };
        let mut old = in_place(sql, replaced, S::DIALECT.lock).await?;
        if old.document == self.first.document_id() {
            return Err(OutboxError::NotPossible {
                document: old.document,
                state: old.facts.state,
                why: "a document does not replace itself: correct it, or give the one in its place an id of its own",
            });
        }
        let by = self.first.document_id().to_owned();
        let applied = apply(sql, &mut old, &Event::Replaced { by }, &self.by).await?;
        match applied.ignored {
            Some(ignored) => Err(refusal(old, ignored)),
            None => Ok(()),
        }
    }

    /// Inside the transaction, so that two credit notes that are handed in at once cannot both take what is left of an invoice.
    async fn check<S: Sql>(&self, sql: &mut S, glance: &Glance) -> Result<Findings, OutboxError> {
        let Some((checks, alone)) = &self.checks else {
            // Whoever waives the checks still wants to find the document again.
            let findings = naming(&self.document);
            return match findings.verdict() {
                Verdict::Block => Err(OutboxError::Preflight(Box::new(findings))),
                _ => Ok(findings),
            };
        };
        let except: Vec<&str> = self.replaces.as_deref().into_iter().collect();
        let around = journal::around(sql, &self.document, glance, &except, S::DIALECT.lock).await?;
        // With nothing around it that matters, all was found out before its turn came, on its own thread.
        let findings = if around.says_nothing_of(&self.document) {
            alone.clone()
        } else {
            checks.hold(&self.document, &around, self.by.timestamp(), &self.by.policy)
        };
        if findings.blocks() {
            return Err(OutboxError::Preflight(Box::new(findings)));
        }
        Ok(findings)
    }

    /// How it begins. What is from before the store was restored may be one of those that it has forgotten.
    fn facts(&self, dated: Micros, restored: &Noted) -> (Facts, &'static str) {
        let facts = Facts::new(self.by.now());
        if self.is_history {
            return (
                recovered(facts),
                "taken in from the seller\u{2019}s records; nothing is sent by that",
            );
        }
        if dated >= restored.at {
            return (facts, "taken in");
        }
        let why = "taken in; the outbox was restored after its date, so that it may have been sent before";
        (forgotten(facts, restored.holds), why)
    }

    /// None when the id is there already.
    async fn insert<S: Sql>(&self, sql: &mut S, glance: &Glance) -> Result<Option<Kept>, OutboxError> {
        let view = self.document.view();
        let (facts, why) = self.facts(view.date.timestamp().as_microsecond(), &glance.restored);
        let document = self.first.document_id();
        let catalogue = self.checks.as_ref().and_then(|(checks, _)| checks.catalogue.as_deref());
        let taxes = EarlierTax::of(&view, catalogue);
        let dated = view.date.timestamp().as_second();
        let rows = sql
            .query(
                "INSERT INTO fh_outbox_entry (document_id, kind, number, original_id, dated, lane, body, body_sha256, retry_body, \
                 retry_sha256, known, enqueued_at, state, resend, doubt, attempts, failures, token, lease_until, due_at, poll_at, \
                 actionable, changed_at, holds, cause, reason, station, replaces) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
                 ?15, 0, 0, 0, 0, ?12, 0, ?16, ?12, ?17, ?18, ?19, ?20, ?21) ON CONFLICT (document_id) DO NOTHING RETURNING seq",
                &[
                    document.into(),
                    kind_name(self.first.kind()).into(),
                    view.number.into(),
                    view.original_invoice_id.map(str::to_owned).into(),
                    dated.into(),
                    self.lane.as_str().into(),
                    self.first.bytes().as_ref().into(),
                    self.first_sha256.as_slice().into(),
                    self.retry.bytes().as_ref().into(),
                    self.retry_sha256.as_slice().into(),
                    taxes_to_text(&taxes).into(),
                    self.by.now().into(),
                    facts.state.name().into(),
                    facts.resend.into(),
                    facts.doubt.into(),
                    facts.actionable.into(),
                    facts.holds.into(),
                    facts.cause.map(Cause::name).into(),
                    facts.reason.clone().into(),
                    self.station.clone().into(),
                    self.replaces.clone().into(),
                ],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else {
            return Ok(None);
        };
        let seq = row.int()?;
        let place = Place {
            seq,
            lane: &self.lane,
            station: self.station.as_deref(),
        };
        ledger::enter(sql, place, &view, &taxes).await?;
        let line = Line {
            seq,
            event: "enqueue",
            from: None,
            to: facts.state,
            attempt: facts.attempts,
            why,
            answer: &Answer::default(),
        };
        note(sql, line, &self.by).await?;
        Ok(Some(Kept {
            seq,
            document: document.to_owned(),
            kind: self.first.kind(),
            number: view.number.to_owned(),
            lane: self.lane.clone(),
            station: self.station.clone(),
            dated,
            enqueued_at: self.by.now(),
            changed_at: self.by.now(),
            facts,
            replaces: self.replaces.clone(),
            waits_for: None,
        }))
    }
}
