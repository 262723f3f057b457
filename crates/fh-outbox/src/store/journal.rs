//! What the checks of a document need to know of earlier ones.

use fiscal_harmony::{
    Document,
    document::AllowedFields,
    preflight::{Earlier, EarlierState, Journal, JournalError, MemoryJournal},
    types::{CatDateTime, jiff::Timestamp},
};

use super::{
    kept::state_of,
    restoring::Noted,
    sql::{Sql, Value},
    taxes::taxes_from_text,
};
use crate::{error::OutboxError, state::State};

/// The documents around one: of its number, the invoice that it credits, the other credits of that, and the date of the last one of the lane.
#[derive(Debug, Default)]
pub(crate) struct Around {
    documents: MemoryJournal,
    count: usize,
    last_date: Option<CatDateTime>,
}

impl Around {
    /// True when it makes no difference to a document.
    pub(super) fn says_nothing_of(&self, document: &Document) -> bool {
        self.count == 0 && self.last_date.is_none_or(|last| last < document.view().date)
    }
}

impl Journal for Around {
    fn by_id(&self, id: &str) -> Result<Option<Earlier>, JournalError> {
        self.documents.by_id(id)
    }

    fn by_number(&self, number: &str) -> Result<Option<Earlier>, JournalError> {
        self.documents.by_number(number)
    }

    fn credits_of(&self, invoice_id: &str) -> Result<Vec<Earlier>, JournalError> {
        self.documents.credits_of(invoice_id)
    }

    fn last_date(&self) -> Result<Option<CatDateTime>, JournalError> {
        Ok(self.last_date)
    }
}

/// What one question tells of a document on its way in.
pub(super) struct Glance {
    /// Its id or its number may be known.
    pub(super) is_seen: bool,
    pub(super) last_date: Option<CatDateTime>,
    /// When the store was last noticed to be an older one, if it ever was.
    pub(super) restored: Noted,
}

/// Nearly every document is new, and this is all that must be asked about it: each further question would be asked by everyone, one
/// after another.
pub(super) async fn glance<S: Sql>(sql: &mut S, document: &Document, lane: &str) -> Result<Glance, OutboxError> {
    // The last one of the lane is looked for among the last hundred of all: the rule that asks is a warning, and an index for it would
    // cost each document a page of the disk.
    let query = "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM fh_outbox_entry WHERE document_id = ?1) \
                 OR EXISTS (SELECT 1 FROM fh_outbox_pruned WHERE document_id = ?1) \
                 OR EXISTS (SELECT 1 FROM fh_outbox_entry WHERE number = ?2) THEN 1 ELSE 0 END AS BIGINT), \
                 (SELECT dated FROM fh_outbox_entry WHERE seq > (SELECT max(seq) FROM fh_outbox_entry) - 100 AND lane = ?3 \
                 AND document_id <> ?1 AND state NOT IN ('rejected', 'skipped') ORDER BY seq DESC LIMIT 1), \
                 (SELECT value FROM fh_outbox_meta WHERE name = 'restored'), (SELECT value FROM fh_outbox_meta WHERE name = 'restored_holds')";
    let view = document.view();
    let mut rows = sql
        .query(query, &[view.id.into(), view.number.into(), lane.into()])
        .await?;
    let (is_seen, dated, restored) = match rows.pop() {
        Some(mut row) => {
            let (is_seen, dated) = (row.flag()?, row.maybe_int()?);
            let (at, holds) = (row.maybe_text()?, row.maybe_text()?);
            let restored = Noted {
                at: at.and_then(|at| at.parse().ok()).unwrap_or_default(),
                holds: holds.as_deref() == Some("1"),
            };
            (is_seen, dated, restored)
        }
        None => (true, None, Noted::default()),
    };
    let instant = dated.and_then(|at| Timestamp::from_second(at).ok());
    Ok(Glance {
        is_seen,
        last_date: instant.map(CatDateTime::from_timestamp),
        restored,
    })
}

/// Gathers them, but for those of the ids `except`: a document is not held against itself. `lock` keeps others from crediting the same invoice meanwhile; it is empty when nothing is to be written.
pub(super) async fn around<S: Sql>(
    sql: &mut S,
    document: &Document,
    glance: &Glance,
    except: &[&str],
    lock: &str,
) -> Result<Around, OutboxError> {
    let view = document.view();
    let mut around = Around {
        last_date: glance.last_date,
        ..Around::default()
    };
    if let Some(original) = view.original_invoice_id {
        let original = Value::from(original);
        add(
            sql,
            &mut around,
            &format!("WHERE document_id = ?1{lock}"),
            std::slice::from_ref(&original),
            except,
        )
        .await?;
        add(sql, &mut around, "WHERE original_id = ?1", &[original], except).await?;
    }
    if glance.is_seen {
        let number = [view.number.into()];
        add(sql, &mut around, "WHERE number = ?1 ORDER BY seq", &number, except).await?;
    }
    Ok(around)
}

async fn add<S: Sql>(
    sql: &mut S,
    around: &mut Around,
    rest: &str,
    values: &[Value],
    except: &[&str],
) -> Result<(), OutboxError> {
    let query = format!(
        "SELECT document_id, state, doubt, actionable, seq, revision, receipt_revision, body, known FROM fh_outbox_entry {rest}"
    );
    for mut row in sql.query(&query, values).await? {
        let document = row.text()?;
        if except.contains(&document.as_str()) {
            continue;
        }
        let state = state_of(&document, &row.text()?)?;
        let (doubt, actionable) = (row.flag()?, row.flag()?);
        let state = stands(state, doubt, actionable);
        let (seq, revision) = (row.int()?, row.int()?);
        // What the authority has is what its receipt is of, also when something else was wanted.
        let of_receipt = row.maybe_int()?.filter(|of_receipt| *of_receipt < revision);
        let (mut body, mut known) = (row.blob()?, row.maybe_text()?);
        if let Some(of_receipt) = of_receipt {
            let query = "SELECT body, known FROM fh_outbox_revision WHERE seq = ?1 AND revision = ?2";
            if let Some(mut row) = sql.query(query, &[seq.into(), of_receipt.into()]).await?.pop() {
                (body, known) = (row.blob()?, row.maybe_text()?);
            }
        }
        if let Some(earlier) = earlier(&document, state, &body, known.as_deref()) {
            around.documents.add(earlier);
            around.count += 1;
        }
    }
    Ok(())
}

fn stands(state: State, doubt: bool, actionable: bool) -> EarlierState {
    match state {
        State::Fiscalised => EarlierState::Fiscalised,
        State::Rejected => EarlierState::Rejected { actionable },
        // It was let go without a doubt that it ever arrived: its number is not spent.
        State::Skipped if !doubt => EarlierState::Rejected { actionable: true },
        _ => EarlierState::Open,
    }
}

fn earlier(document: &str, state: EarlierState, body: &[u8], known: Option<&str>) -> Option<Earlier> {
    let read = Document::from_json_allowing(body, &AllowedFields::any())
        .and_then(|document| Earlier::of(&document, state, None));
    let Ok(mut earlier) = read else {
        // Written by an older version under other rules of form; what cannot be read cannot be compared with.
        tracing::warn!(document, "an earlier document cannot be read for a check");
        return None;
    };
    if let Some(taxes) = known.and_then(taxes_from_text) {
        earlier.taxes = taxes;
    }
    Some(earlier)
}
