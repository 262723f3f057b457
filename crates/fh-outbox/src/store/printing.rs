//! What a receipt is printed from, and how often it was.

use fiscal_harmony::{Document, preflight::EarlierTax};

use super::{
    by::By,
    find::find,
    history::{Answer, Line, note},
    kept::{Kept, document_of},
    pruned::NO_SEQ,
    sql::{Row, Sql, Work},
    taxes::taxes_from_text,
};
use crate::{bells::Effect, error::OutboxError};

/// The event of a line of history that tells of a print.
const PRINTED: &str = "printed";

/// What a receipt is printed from.
#[derive(Debug, Clone)]
pub(crate) struct ReadPrintable(pub(crate) String);

/// What is known of it.
#[derive(Debug)]
pub(crate) struct ReadToPrint {
    pub(crate) kept: Kept,
    /// The content that the receipt is of; none when that is gone, or in doubt.
    pub(crate) document: Option<Document>,
    pub(crate) taxes: Vec<EarlierTax>,
    /// How often it was printed; none when nobody counts any more.
    pub(crate) prints: Option<u32>,
}

impl Work for ReadPrintable {
    type Output = ReadToPrint;
    const NAME: &'static str = "read_printable";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<ReadToPrint, OutboxError> {
        let kept = find(sql, &self.0, "").await?;
        if kept.seq == NO_SEQ {
            return Ok(ReadToPrint {
                kept,
                document: None,
                taxes: Vec::new(),
                prints: None,
            });
        }
        let content = if kept.facts.content_doubt {
            None
        } else {
            content(sql, &kept).await?
        };
        let (document, taxes) = content.unzip();
        Ok(ReadToPrint {
            prints: Some(count(sql, kept.seq).await?),
            document,
            taxes: taxes.unwrap_or_default(),
            kept,
        })
    }
}

/// The content that the receipt is of, which may have been corrected since, with what its taxes stood for.
async fn content<S: Sql>(sql: &mut S, kept: &Kept) -> Result<Option<(Document, Vec<EarlierTax>)>, OutboxError> {
    let read = |mut row: Row| {
        let document = document_of(&row.blob()?)?;
        let known = row.maybe_text()?;
        Ok((document, known.as_deref().and_then(taxes_from_text).unwrap_or_default()))
    };
    if let Some(of_receipt) = kept.facts.receipt_revision {
        let query = "SELECT body, known FROM fh_outbox_revision WHERE seq = ?1 AND revision = ?2";
        let row = sql.query(query, &[kept.seq.into(), of_receipt.into()]).await?.pop();
        if let Some(row) = row {
            return read(row).map(Some);
        }
    }
    let query = "SELECT body, known FROM fh_outbox_entry WHERE seq = ?1";
    let row = sql.query(query, &[kept.seq.into()]).await?.pop();
    row.map(read).transpose()
}

async fn count<S: Sql>(sql: &mut S, seq: i64) -> Result<u32, OutboxError> {
    let query = format!("SELECT count(*) FROM fh_outbox_history WHERE seq = ?1 AND event = '{PRINTED}'");
    let row = sql.query(&query, &[seq.into()]).await?.pop();
    row.map_or(Ok(0), |mut row| row.count())
}

/// A receipt is printed: a line of history says so.
#[derive(Debug, Clone)]
pub(crate) struct NotePrint {
    pub(crate) document: String,
    /// In what form.
    pub(crate) what: String,
    pub(crate) by: By,
}

impl Work for NotePrint {
    /// How often it was printed before; none when nobody counts any more.
    type Output = Option<u32>;
    const NAME: &'static str = "note_print";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect(before: &Self::Output) -> Effect {
        Effect {
            changed: before.is_some(),
            lanes: Vec::new(),
        }
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Option<u32>, OutboxError> {
        let kept = find(sql, &self.document, S::DIALECT.lock).await?;
        if kept.seq == NO_SEQ {
            return Ok(None);
        }
        if kept.facts.receipt.is_none() {
            return Err(OutboxError::NotPossible {
                document: kept.document,
                state: kept.facts.state,
                why: "it has no receipt that could be printed",
            });
        }
        let before = count(sql, kept.seq).await?;
        let why = match before {
            0 => self.what,
            copy => format!("{}, copy {copy}", self.what),
        };
        let line = Line {
            seq: kept.seq,
            event: PRINTED,
            from: Some(kept.facts.state),
            to: kept.facts.state,
            attempt: kept.facts.attempts,
            why: &why,
            answer: &Answer::default(),
        };
        note(sql, line, &self.by).await?;
        Ok(Some(before))
    }
}
