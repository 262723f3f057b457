//! A document as the store has it.

use fiscal_harmony::{Document, DocumentKind, Receipt, document::AllowedFields, types::RequestId};

use super::sql::{Row, Sql, Value};
use crate::{
    cause::Cause,
    entry::{Entry, WaitsFor, cat},
    error::OutboxError,
    machine::{Facts, Micros, Redate},
    state::State,
};

const FACTS: &str = "seq, document_id, kind, number, lane, dated, enqueued_at, changed_at, state, resend, doubt, attempts, failures, token, \
                     lease_until, due_at, request_id, accepted_at, poll_at, receipt, doubled, reason, actionable, holds, cause, passing, passes, \
                     passing_since, alarm, red, holder, wire_until, taken_at, revision, redate, receipt_revision, content_doubt, replaced_by, station, \
                     replaces";

/// A document as the store has it.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) seq: i64,
    pub(crate) document: String,
    pub(crate) kind: DocumentKind,
    pub(crate) number: String,
    pub(crate) lane: String,
    /// The till that it is from, where that was said.
    pub(crate) station: Option<String>,
    /// Its own date, in seconds since 1970.
    pub(crate) dated: i64,
    pub(crate) enqueued_at: Micros,
    pub(crate) changed_at: Micros,
    pub(crate) facts: Facts,
    /// The document in whose place it was handed in.
    pub(crate) replaces: Option<String>,
    /// What it waits for, where somebody looked.
    pub(crate) waits_for: Option<WaitsFor>,
}

fn kept(row: &mut Row) -> Result<Kept, OutboxError> {
    let (seq, document) = (row.int()?, row.text()?);
    let (kind, number, lane, dated) = (kind_of(&row.text()?), row.text()?, row.text()?, row.int()?);
    let (enqueued_at, changed_at) = (row.int()?, row.int()?);
    let state = state_of(&document, &row.text()?)?;
    let facts = Facts {
        state,
        resend: row.flag()?,
        doubt: row.flag()?,
        attempts: row.count()?,
        failures: row.count()?,
        token: row.int()?,
        lease_until: row.int()?,
        due_at: row.int()?,
        request_id: request_of(row.maybe_text()?),
        accepted_at: row.maybe_int()?,
        poll_at: row.int()?,
        receipt: receipt_of(row.maybe_text()?),
        receipt_revision: None,
        content_doubt: false,
        doubled: row.flag()?,
        reason: row.maybe_text()?,
        actionable: row.flag()?,
        holds: row.flag()?,
        cause: row.maybe_text()?.as_deref().and_then(Cause::from_name),
        passing: row.maybe_text()?,
        passes: row.count()?,
        passing_since: row.int()?,
        alarm: row.flag()?,
        red: row.flag()?,
        holder: row.maybe_text()?,
        wire_until: row.int()?,
        taken_at: row.maybe_int()?,
        revision: row.count()?,
        redate: Redate::of_number(row.count()?),
        replaced_by: None,
    };
    let facts = Facts {
        receipt_revision: row.maybe_int()?.and_then(|revision| u32::try_from(revision).ok()),
        content_doubt: row.flag()?,
        replaced_by: row.maybe_text()?,
        ..facts
    };
    let station = row.maybe_text()?;
    Ok(Kept {
        seq,
        document,
        kind,
        number,
        lane,
        station,
        dated,
        enqueued_at,
        changed_at,
        facts,
        replaces: row.maybe_text()?,
        waits_for: None,
    })
}

pub(super) fn state_of(document: &str, name: &str) -> Result<State, OutboxError> {
    State::from_name(name)
        .ok_or_else(|| OutboxError::Store(format!("{document:?} is in the state {name:?}, which does not exist")))
}

/// Documents by any condition.
pub(super) async fn many<S: Sql>(sql: &mut S, rest: &str, values: &[Value]) -> Result<Vec<Kept>, OutboxError> {
    let rows = sql
        .query(&format!("SELECT {FACTS} FROM fh_outbox_entry {rest}"), values)
        .await?;
    rows.into_iter().map(|mut row| kept(&mut row)).collect()
}

pub(super) async fn one<S: Sql>(sql: &mut S, rest: &str, values: &[Value]) -> Result<Option<Kept>, OutboxError> {
    Ok(many(sql, rest, values).await?.pop())
}

/// A kept body as a document.
pub(super) fn document_of(body: &[u8]) -> Result<Document, OutboxError> {
    Document::from_json_allowing(body, &AllowedFields::any()).map_err(OutboxError::Document)
}

/// A kept request id.
pub(super) fn request_of(text: Option<String>) -> Option<RequestId> {
    text.and_then(|text| RequestId::parse(&text).ok())
}

/// A kept receipt; none when it cannot be read, which is no reason to hide the document.
pub(super) fn receipt_of(text: Option<String>) -> Option<Receipt> {
    text.and_then(|text| serde_json::from_str(&text).ok())
}

pub(super) fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => "invoice",
        DocumentKind::CreditNote => "credit_note",
    }
}

pub(super) fn kind_of(name: &str) -> DocumentKind {
    if name == "credit_note" {
        DocumentKind::CreditNote
    } else {
        DocumentKind::Invoice
    }
}

impl From<Kept> for Entry {
    fn from(kept: Kept) -> Self {
        Self {
            seq: kept.seq,
            document: kept.document,
            kind: kept.kind,
            number: kept.number,
            lane: kept.lane,
            station: kept.station,
            dated: cat(kept.dated.saturating_mul(1_000_000)),
            enqueued_at: cat(kept.enqueued_at),
            changed_at: cat(kept.changed_at),
            state: kept.facts.state,
            attempts: kept.facts.attempts,
            due_at: kept.facts.state.is_due().then(|| cat(kept.facts.due_at)),
            accepted_at: kept.facts.accepted_at.map(cat),
            request_id: kept.facts.request_id,
            reason: kept.facts.reason,
            cause: kept.facts.cause,
            holds: kept.facts.holds,
            in_doubt: kept.facts.doubt,
            waits_for: kept.waits_for,
            revision: kept.facts.revision,
            receipt_revision: kept.facts.receipt_revision,
            content_in_doubt: kept.facts.content_doubt,
            replaces: kept.replaces,
            replaced_by: kept.facts.replaced_by,
            actionable: kept.facts.actionable,
            incomplete: kept
                .facts
                .receipt
                .as_ref()
                .is_some_and(|receipt| receipt.qr_url.is_empty()),
            receipt: kept.facts.receipt,
        }
    }
}
