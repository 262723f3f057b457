//! An event changes a document, and no other.

use fiscal_harmony::{Receipt, types::RequestId};

use super::{
    by::By,
    history::{Answer, Line, note},
    kept::Kept,
    ledger::follow,
    sql::Sql,
};
use crate::{
    cause::Cause,
    error::OutboxError,
    machine::{Event, Ignored, Step, step},
};

/// Why an event would change nothing, if it would not.
pub(super) fn foresee(kept: &Kept, event: &Event, by: &By) -> Option<Ignored> {
    let mut random = fastrand::Rng::with_seed(by.seed);
    match step(&kept.facts, event, by.now(), &by.policy, &mut random) {
        Step::Nothing(why) => Some(why),
        Step::Change { .. } => None,
    }
}

/// Holds an event against the facts and keeps what comes of it, with its line of history.
pub(super) async fn change<S: Sql>(
    sql: &mut S,
    kept: &mut Kept,
    event: &Event,
    answer: &Answer,
    by: &By,
) -> Result<Option<Ignored>, OutboxError> {
    let mut random = fastrand::Rng::with_seed(by.seed);
    let (facts, name, why) = match step(&kept.facts, event, by.now(), &by.policy, &mut random) {
        Step::Nothing(why) => return Ok(Some(why)),
        Step::Change { facts, event, why } => (facts, event, why),
    };
    // A receipt, once kept, is written no more: what this version cannot read of it stays too.
    let receipt = match &facts.receipt {
        Some(receipt) if kept.facts.receipt.is_none() || name == "completed" => Some(written(receipt)?),
        _ => None,
    };
    sql.execute(
        "UPDATE fh_outbox_entry SET state = ?2, resend = ?3, doubt = ?4, attempts = ?5, failures = ?6, token = ?7, claim = ?7, lease_until = ?8, \
         due_at = ?9, request_id = COALESCE(?10, request_id), accepted_at = ?11, poll_at = ?12, receipt = COALESCE(?13, receipt), doubled = ?14, reason = ?15, \
         actionable = ?16, changed_at = ?17, holds = ?18, cause = ?19, passing = ?20, passes = ?21, passing_since = ?22, alarm = ?23, red = ?24, \
         holder = ?25, wire_until = ?26, taken_at = ?27, receipt_revision = ?28, content_doubt = ?29, replaced_by = ?30, redate = ?31 \
         WHERE seq = ?1",
        &[
            kept.seq.into(),
            facts.state.name().into(),
            facts.resend.into(),
            facts.doubt.into(),
            facts.attempts.into(),
            facts.failures.into(),
            facts.token.into(),
            facts.lease_until.into(),
            facts.due_at.into(),
            facts.request_id.as_ref().map(RequestId::as_str).into(),
            facts.accepted_at.into(),
            facts.poll_at.into(),
            receipt.into(),
            facts.doubled.into(),
            facts.reason.clone().into(),
            facts.actionable.into(),
            by.now().into(),
            facts.holds.into(),
            facts.cause.map(Cause::name).into(),
            facts.passing.clone().into(),
            facts.passes.into(),
            facts.passing_since.into(),
            facts.alarm.into(),
            facts.red.into(),
            facts.holder.clone().into(),
            facts.wire_until.into(),
            facts.taken_at.into(),
            facts.receipt_revision.into(),
            facts.content_doubt.into(),
            facts.replaced_by.clone().into(),
            facts.redate.number().into(),
        ],
    )
    .await?;
    let line = Line {
        seq: kept.seq,
        event: name,
        from: Some(kept.facts.state),
        to: facts.state,
        attempt: facts.attempts,
        why: &why,
        answer,
    };
    note(sql, line, by).await?;
    follow(sql, kept, &facts).await?;
    kept.facts = facts;
    Ok(None)
}

fn written(receipt: &Receipt) -> Result<String, OutboxError> {
    serde_json::to_string(receipt).map_err(|error| OutboxError::Store(format!("a receipt cannot be kept: {error}")))
}
