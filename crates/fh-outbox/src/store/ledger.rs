//! What documents come to, kept beside them: with each document that is taken in or corrected, and with each receipt.

use fiscal_harmony::{
    Document, DocumentKind, Receipt,
    document::{PaymentMethod, View},
    preflight::EarlierTax,
};

use super::{
    kept::{Kept, document_of, kind_name, kind_of, receipt_of},
    sql::{Row, Sql, Value},
    taxes::taxes_from_text,
};
use crate::{
    error::OutboxError,
    ledger::{
        amounts::{Amounts, Share},
        span::day_of,
    },
    machine::Facts,
    state::State,
};

/// What the ledger says of a document, as far as its day's sums need it.
struct Written {
    day: i64,
    lane: String,
    currency: String,
    kind: DocumentKind,
    amounts: Amounts,
    is_counted: bool,
}

/// Where a document belongs.
pub(super) struct Place<'a> {
    pub(super) seq: i64,
    pub(super) lane: &'a str,
    pub(super) station: Option<&'a str>,
}

/// Writes down what a document comes to that is taken in.
pub(super) async fn enter<S: Sql>(
    sql: &mut S,
    place: Place<'_>,
    view: &View<'_>,
    known: &[EarlierTax],
) -> Result<(), OutboxError> {
    let mut values = content(place.seq, view, known);
    values.extend([
        view.id.into(),
        kind_name(view.kind).into(),
        place.lane.into(),
        place.station.map(str::to_owned).into(),
    ]);
    sql.execute(
        "INSERT INTO fh_outbox_ledger (seq, number, original_id, day, dated, currency, buyer, tin, payment, total, net, tax, discounts, taxes, \
         document_id, kind, lane, station) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        &values,
    )
    .await?;
    Ok(())
}

/// Writes down anew what a document comes to whose content was exchanged, or whose taxes have become known.
pub(super) async fn rewrite<S: Sql>(
    sql: &mut S,
    seq: i64,
    view: &View<'_>,
    known: &[EarlierTax],
) -> Result<(), OutboxError> {
    sql.execute(
        "UPDATE fh_outbox_ledger SET number = ?2, original_id = ?3, day = ?4, dated = ?5, currency = ?6, buyer = ?7, tin = ?8, payment = ?9, \
         total = ?10, net = ?11, tax = ?12, discounts = ?13, taxes = ?14 WHERE seq = ?1",
        &content(seq, view, known),
    )
    .await?;
    Ok(())
}

/// What hangs on the content of a document, in the order of both statements above, after its place.
fn content(seq: i64, view: &View<'_>, known: &[EarlierTax]) -> Vec<Value> {
    let amounts = Amounts::of(view, known);
    let seconds = view.date.timestamp().as_second();
    vec![
        seq.into(),
        view.number.into(),
        view.original_invoice_id.map(str::to_owned).into(),
        day_of(seconds).into(),
        seconds.into(),
        view.currency.into(),
        view.buyer.name.as_str().into(),
        view.buyer.tin.clone().into(),
        view.payment_method.map(PaymentMethod::name).into(),
        amounts.total.into(),
        amounts.net.into(),
        amounts.tax.into(),
        amounts.discounts.into(),
        shares_to_text(&amounts.taxes).into(),
    ]
}

/// What the codes of a document stood for when it was taken in.
pub(super) async fn taxes_of<S: Sql>(sql: &mut S, seq: i64) -> Result<Vec<EarlierTax>, OutboxError> {
    let query = "SELECT known FROM fh_outbox_entry WHERE seq = ?1";
    let mut rows = sql.query(query, &[seq.into()]).await?;
    let text = rows.pop().map(|mut row| row.maybe_text()).transpose()?.flatten();
    Ok(text.as_deref().and_then(taxes_from_text).unwrap_or_default())
}

/// Counts a document among the sales, or takes it out again, when its receipt has come or is of another content.
pub(super) async fn follow<S: Sql>(sql: &mut S, kept: &Kept, now: &Facts) -> Result<(), OutboxError> {
    let (was, is) = (kept.facts.state == State::Fiscalised, now.state == State::Fiscalised);
    remember_date(sql, kept, now).await?;
    let same = kept.facts.receipt_revision == now.receipt_revision && kept.facts.receipt == now.receipt;
    if !was && !is || was && is && same {
        return Ok(());
    }
    if was {
        count(sql, kept.seq, -1).await?;
    }
    if is {
        if let Some(revision) = now.receipt_revision {
            of_revision(sql, kept.seq, revision).await?;
        }
        if let Some(receipt) = &now.receipt {
            note_receipt(sql, kept.seq, receipt).await?;
        }
        count(sql, kept.seq, 1).await?;
    }
    Ok(())
}

/// Remembers the date of a document that the authority has decided: with a receipt, or by one of its codes.
async fn remember_date<S: Sql>(sql: &mut S, kept: &Kept, now: &Facts) -> Result<(), OutboxError> {
    let is_decided = |facts: &Facts| match facts.state {
        State::Fiscalised => true,
        State::Rejected | State::Parked => facts.reason.as_ref().is_some_and(|reason| reason.contains("RCPT")),
        _ => false,
    };
    if !is_decided(now) || is_decided(&kept.facts) {
        return Ok(());
    }
    sql.execute(
        "INSERT INTO fh_outbox_lane (lane, latest) VALUES (?1, ?2) ON CONFLICT (lane) DO UPDATE SET latest = excluded.latest \
         WHERE excluded.latest > fh_outbox_lane.latest",
        &[kept.lane.as_str().into(), kept.dated.into()],
    )
    .await?;
    Ok(())
}

/// The receipt is of this content: what it comes to is what was sold.
async fn of_revision<S: Sql>(sql: &mut S, seq: i64, revision: u32) -> Result<(), OutboxError> {
    let query = "SELECT body, known FROM fh_outbox_entry WHERE seq = ?1 AND revision = ?2 \
                 UNION ALL SELECT body, known FROM fh_outbox_revision WHERE seq = ?1 AND revision = ?2";
    for mut row in sql.query(query, &[seq.into(), revision.into()]).await? {
        let (body, known) = (row.blob()?, row.maybe_text()?);
        if let Ok(document) = document_of(&body) {
            let known = known.as_deref().and_then(taxes_from_text).unwrap_or_default();
            rewrite(sql, seq, &document.view(), &known).await?;
        }
    }
    Ok(())
}

async fn note_receipt<S: Sql>(sql: &mut S, seq: i64, receipt: &Receipt) -> Result<(), OutboxError> {
    // A receipt of which a person knew the code alone names no day.
    let named = |number: i64| Some(number).filter(|number| *number > 0);
    sql.execute(
        "UPDATE fh_outbox_ledger SET device = ?2, fiscal_day = ?3, receipt_number = ?4 WHERE seq = ?1",
        &[
            seq.into(),
            named(receipt.device_id).into(),
            named(receipt.fiscal_day).into(),
            named(receipt.receipt_number).into(),
        ],
    )
    .await?;
    Ok(())
}

async fn written<S: Sql>(sql: &mut S, seq: i64) -> Result<Option<Written>, OutboxError> {
    let query = "SELECT day, lane, currency, kind, total, net, tax, discounts, taxes, counted FROM fh_outbox_ledger WHERE seq = ?1";
    let row = sql.query(query, &[seq.into()]).await?.pop();
    row.map(|mut row| {
        let (day, lane, currency, kind) = (row.int()?, row.text()?, row.text()?, kind_of(&row.text()?));
        Ok(Written {
            day,
            lane,
            currency,
            kind,
            amounts: amounts(&mut row)?,
            is_counted: row.flag()?,
        })
    })
    .transpose()
}

/// Reads total, net, tax, discounts and taxes.
pub(super) fn amounts(row: &mut Row) -> Result<Amounts, OutboxError> {
    Ok(Amounts {
        total: row.maybe_int()?,
        net: row.maybe_int()?,
        tax: row.maybe_int()?,
        discounts: row.maybe_int()?,
        taxes: serde_json::from_str(&row.text()?).unwrap_or_default(),
    })
}

/// Adds a document to the sums of its day (`by` is 1), or takes it out of them (-1).
pub(super) async fn count<S: Sql>(sql: &mut S, seq: i64, by: i64) -> Result<(), OutboxError> {
    let Some(written) = written(sql, seq).await? else {
        return Ok(());
    };
    if written.is_counted == (by > 0) {
        return Ok(());
    }
    let flag = "UPDATE fh_outbox_ledger SET counted = ?2 WHERE seq = ?1";
    sql.execute(flag, &[seq.into(), (by > 0).into()]).await?;
    for line in lines(&written) {
        add(sql, &written, &line, by).await?;
    }
    Ok(())
}

/// A line of a day's sums, from one document.
struct Line {
    code: String,
    tax_id: i64,
    rate: String,
    is_unknown: bool,
    net: i64,
    tax: i64,
    gross: i64,
}

/// One for the document as a whole, and one for each tax.
fn lines(written: &Written) -> Vec<Line> {
    let amounts = &written.amounts;
    let whole = Line {
        code: String::new(),
        tax_id: 0,
        rate: String::new(),
        is_unknown: !amounts.are_taxed(),
        net: amounts.net.unwrap_or_default(),
        tax: amounts.tax.unwrap_or_default(),
        gross: amounts.total.unwrap_or_default(),
    };
    let taxes = amounts.taxes.iter().map(|share| Line {
        code: share.code.clone(),
        tax_id: share.tax_id.unwrap_or_default(),
        rate: share.rate.to_string(),
        is_unknown: share.tax.is_none(),
        net: share.net.unwrap_or_default(),
        tax: share.tax.unwrap_or_default(),
        gross: share.gross.unwrap_or_default(),
    });
    let mut lines: Vec<_> = std::iter::once(whole).chain(taxes).collect();
    // In one order, so that two who count at once wait for each other instead of both.
    lines.sort_by(|one, other| (&one.code, one.tax_id, &one.rate).cmp(&(&other.code, other.tax_id, &other.rate)));
    lines
}

async fn add<S: Sql>(sql: &mut S, written: &Written, line: &Line, by: i64) -> Result<(), OutboxError> {
    sql.execute(
        "INSERT INTO fh_outbox_sold (day, lane, currency, kind, code, tax_id, rate, documents, unknown, net, tax, gross) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (day, lane, currency, kind, code, tax_id, rate) DO UPDATE SET documents = fh_outbox_sold.documents + excluded.documents, \
         unknown = fh_outbox_sold.unknown + excluded.unknown, net = fh_outbox_sold.net + excluded.net, \
         tax = fh_outbox_sold.tax + excluded.tax, gross = fh_outbox_sold.gross + excluded.gross",
        &[
            written.day.into(),
            written.lane.as_str().into(),
            written.currency.as_str().into(),
            kind_name(written.kind).into(),
            line.code.as_str().into(),
            line.tax_id.into(),
            line.rate.as_str().into(),
            by.into(),
            (by * i64::from(line.is_unknown)).into(),
            (by * line.net).into(),
            (by * line.tax).into(),
            (by * line.gross).into(),
        ],
    )
    .await?;
    Ok(())
}

fn shares_to_text(shares: &[Share]) -> String {
    serde_json::to_string(shares).unwrap_or_default()
}

/// How many documents are looked at at once.
const BATCH: i64 = 500;

/// The currency of documents of which nothing is known but that they were there.
pub(crate) const NO_CURRENCY: &str = "?";

/// Writes down what the documents come to that are in the store already, and that those were there which were pruned.
pub(super) async fn fill<S: Sql>(sql: &mut S) -> Result<(), OutboxError> {
    let mut last = 0;
    loop {
        let query = "SELECT seq, body, known, lane, station, state, receipt, receipt_revision FROM fh_outbox_entry WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let rows = sql.query(query, &[last.into(), BATCH.into()]).await?;
        if rows.is_empty() {
            break;
        }
        for mut row in rows {
            last = row.int()?;
            // What this version cannot read stays as it is, and is in no sum.
            let Ok(document) = row.blob().and_then(|body| document_of(&body)) else {
                continue;
            };
            let known = row.maybe_text()?;
            let (lane, station, state) = (row.text()?, row.maybe_text()?, row.text()?);
            let (receipt, revision) = (row.maybe_text()?, row.maybe_int()?);
            let known = known.as_deref().and_then(taxes_from_text).unwrap_or_default();
            let place = Place {
                seq: last,
                lane: &lane,
                station: station.as_deref(),
            };
            enter(sql, place, &document.view(), &known).await?;
            if state != State::Fiscalised.name() {
                continue;
            }
            if let Some(revision) = revision.and_then(|revision| u32::try_from(revision).ok()) {
                of_revision(sql, last, revision).await?;
            }
            if let Some(receipt) = receipt_of(receipt) {
                note_receipt(sql, last, &receipt).await?;
            }
            count(sql, last, 1).await?;
        }
    }
    fill_pruned(sql).await
}

async fn fill_pruned<S: Sql>(sql: &mut S) -> Result<(), OutboxError> {
    let query = "SELECT document_id, kind, number, lane, dated, state FROM fh_outbox_pruned ORDER BY document_id";
    for (mut row, seq) in sql.query(query, &[]).await?.into_iter().zip(1_i64..) {
        let (id, kind, number) = (row.text()?, row.text()?, row.text()?);
        let (lane, dated, state) = (row.text()?, row.int()?, row.text()?);
        let values = [
            // Their own numbers are gone; these are of no other.
            (-seq).into(),
            id.into(),
            kind.into(),
            number.into(),
            day_of(dated).into(),
            dated.into(),
            lane.into(),
            NO_CURRENCY.into(),
            state.as_str().into(),
        ];
        sql.execute(
            "INSERT INTO fh_outbox_ledger (seq, document_id, kind, number, day, dated, lane, currency, buyer, taxes, pruned) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', '[]', ?9)",
            &values,
        )
        .await?;
        if state == State::Fiscalised.name() {
            count(sql, -seq, 1).await?;
        }
    }
    Ok(())
}

/// Fills in the taxes of a lane's documents that were taken in before its table of taxes was known. `taxes` says what the codes of one stand for.
pub(super) async fn learn<S: Sql>(
    sql: &mut S,
    lane: &str,
    taxes: impl Fn(&Document) -> Vec<EarlierTax>,
) -> Result<(), OutboxError> {
    let query = "SELECT e.seq, e.body FROM fh_outbox_ledger l JOIN fh_outbox_entry e ON e.seq = l.seq \
                 WHERE l.tax IS NULL AND l.pruned IS NULL AND l.lane = ?1 ORDER BY l.seq LIMIT ?2";
    for mut row in sql.query(query, &[lane.into(), BATCH.into()]).await? {
        let (seq, body) = (row.int()?, row.blob()?);
        let Ok(document) = document_of(&body) else { continue };
        let known = taxes(&document);
        let Some(before) = written(sql, seq).await? else {
            continue;
        };
        if !Amounts::of(&document.view(), &known).are_taxed() {
            continue;
        }
        if before.is_counted {
            count(sql, seq, -1).await?;
        }
        rewrite(sql, seq, &document.view(), &known).await?;
        if before.is_counted {
            count(sql, seq, 1).await?;
        }
    }
    Ok(())
}

/// A document leaves its place; what it came to stays.
pub(super) async fn prune<S: Sql>(sql: &mut S, seq: i64) -> Result<(), OutboxError> {
    let query =
        "UPDATE fh_outbox_ledger SET pruned = (SELECT state FROM fh_outbox_entry WHERE seq = ?1) WHERE seq = ?1";
    sql.execute(query, &[Value::Int(seq)]).await?;
    Ok(())
}
