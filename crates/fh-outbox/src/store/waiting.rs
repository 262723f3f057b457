//! What a document waits for, and who is told when that is decided.

use fiscal_harmony::DocumentKind;

use super::{
    by::By,
    change::change,
    history::Answer,
    kept::{Kept, many, one, state_of},
    parts::HEADS,
    sql::Sql,
};
use crate::{cause::Cause, entry::WaitsFor, error::OutboxError, machine::Event, state::State};

/// How the invoice stands that a credit note credits.
pub(super) enum Original {
    /// It is no credit note, its invoice is fiscalised, or nobody here knows it.
    InOrder,
    /// The authority must have the invoice before it can be credited \[zimra\].
    Open(String),
    /// The authority would refuse the credit note.
    Failed(String),
}

/// The invoice that a credit note credits, if it is here, and where it stands.
async fn invoice_of<S: Sql>(sql: &mut S, credit: &Kept) -> Result<Option<(String, State)>, OutboxError> {
    let query = "SELECT o.document_id, o.state FROM fh_outbox_entry c JOIN fh_outbox_entry o ON o.document_id = c.original_id \
                 WHERE c.seq = ?1";
    let Some(mut row) = sql.query(query, &[credit.seq.into()]).await?.pop() else {
        return Ok(None);
    };
    let invoice = row.text()?;
    let state = state_of(&invoice, &row.text()?)?;
    Ok(Some((invoice, state)))
}

pub(super) async fn original_of<S: Sql>(sql: &mut S, head: &Kept) -> Result<Original, OutboxError> {
    if head.kind != DocumentKind::CreditNote || !head.facts.state.is_due() {
        return Ok(Original::InOrder);
    }
    Ok(match invoice_of(sql, head).await? {
        None | Some((_, State::Fiscalised)) => Original::InOrder,
        Some((invoice, state)) if state.is_settled() => Original::Failed(failed(&invoice, state)),
        Some((invoice, state)) => Original::Open(format!("waits for its invoice {invoice}, which is {state}")),
    })
}

fn failed(invoice: &str, state: State) -> String {
    format!(
        "the invoice {invoice} that it credits is {state}: settle that one first, and this one follows by itself; or skip this credit note"
    )
}

/// Says to the credit notes of an invoice that it is settled. Answers the lanes that have something to send since.
///
/// All of them are locked, also those that do not wait: one that a worker has in hand at this moment may be about to.
pub(super) async fn tell_credit_notes<S: Sql>(
    sql: &mut S,
    invoice: &Kept,
    by: &By,
) -> Result<Vec<String>, OutboxError> {
    let mut lanes = Vec::new();
    if invoice.kind != DocumentKind::Invoice {
        return Ok(lanes);
    }
    let rest = format!(
        "WHERE original_id = ?1 AND original_id IS NOT NULL ORDER BY seq{}",
        S::DIALECT.lock
    );
    for mut credit in many(sql, &rest, &[invoice.document.as_str().into()]).await? {
        let (document, state) = (&invoice.document, invoice.facts.state);
        let event = if state == State::Fiscalised {
            let reason = format!("its invoice {document} is fiscalised");
            Event::ComeBack { reason }
        } else if credit.facts.cause == Some(Cause::WaitsForInvoice) {
            let reason = failed(document, state);
            Event::Hold { reason }
        } else {
            continue;
        };
        if change(sql, &mut credit, &event, &Answer::default(), by)
            .await?
            .is_none()
        {
            lanes.push(credit.lane);
        }
    }
    Ok(lanes)
}

/// What a document waits for that is to be sent: its invoice, one that is tried for the same rejection, or the head of its lane.
pub(super) async fn waits_for<S: Sql>(sql: &mut S, kept: &Kept) -> Result<Option<WaitsFor>, OutboxError> {
    if !kept.facts.state.is_due() {
        return Ok(None);
    }
    if kept.facts.cause == Some(Cause::WaitsForInvoice) {
        return Ok(invoice_of(sql, kept).await?.map(|(document, state)| WaitsFor {
            why: format!("its invoice {document}, which is {state}"),
            document,
            state,
        }));
    }
    let before = if let Some(passing) = &kept.facts.passing {
        let first = "WHERE seq = (SELECT min(seq) FROM fh_outbox_entry WHERE lane = ?1 AND passing = ?2 AND passing IS NOT NULL)";
        one(sql, first, &[kept.lane.as_str().into(), passing.as_str().into()]).await?
    } else if kept.facts.holds {
        let head = format!("WHERE seq = (SELECT min(seq) FROM fh_outbox_entry WHERE lane = ?1 AND {HEADS})");
        one(sql, &head, &[kept.lane.as_str().into()]).await?
    } else {
        None
    };
    Ok(before.filter(|before| before.seq < kept.seq).map(|before| {
        let (document, state) = (before.document, before.facts.state);
        let why = match before.facts.reason {
            Some(reason) => format!("behind {document}, which is {state}: {reason}"),
            None => format!("behind {document}, which is {state}"),
        };
        WaitsFor { document, state, why }
    }))
}
