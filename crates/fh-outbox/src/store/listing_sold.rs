//! Reading the documents of the ledger one by one.

use fiscal_harmony::types::Amount;

use super::{
    kept::{kind_of, receipt_of},
    ledger::amounts,
    parts::{ACCEPTED, ASIDE, BESIDE, HEADS},
    reporting::{of_lane, standing},
    sql::{Row, Sql, Value, Work},
};
use crate::{
    entry::cat,
    error::OutboxError,
    ledger::{LedgerEntry, LedgerPlace, LedgerQuery, Search, TaxShare, span::number_of},
    state::State,
};

/// Documents of a time with what they come to.
#[derive(Debug, Clone)]
pub(crate) struct ReadLedger(pub(crate) LedgerQuery);

impl Work for ReadLedger {
    type Output = Vec<LedgerEntry>;
    const NAME: &'static str = "ledger";
    const MAY_TAKE_LONG: bool = true;

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Vec<LedgerEntry>, OutboxError> {
        let mut query = self.0;
        let search = query.search.take().map(|text| Search::new(&text));
        let mut found = Vec::new();
        // What the database finds may be a little more than what is meant; then it is asked on.
        loop {
            let page = page(sql, &query, search.as_ref()).await?;
            let is_last = page.len() < query.limit;
            query.after = page.last().map(|entry| entry.place);
            let is_meant = |entry: &LedgerEntry| {
                (query.standings.is_empty() || query.standings.contains(&entry.standing))
                    && search.as_ref().is_none_or(|search| search.is_in(entry))
            };
            found.extend(page.into_iter().filter(is_meant));
            if is_last || found.len() >= query.limit {
                found.truncate(query.limit);
                return Ok(found);
            }
        }
    }
}

async fn page<S: Sql>(
    sql: &mut S,
    query: &LedgerQuery,
    search: Option<&Search>,
) -> Result<Vec<LedgerEntry>, OutboxError> {
    let (mut from, mut to) = (number_of(query.from), number_of(query.to));
    let (order, beyond) = if query.newest_first { ("DESC", "<") } else { ("", ">") };
    let mut values: Vec<Value> = Vec::new();
    let mut conditions = String::new();
    if let Some(LedgerPlace { day, seq }) = query.after {
        if query.newest_first {
            to = to.min(day);
        } else {
            from = from.max(day);
        }
        values.extend([from, to, day, seq].map(Value::Int));
        conditions.push_str(&format!(" AND (l.day {beyond} ?3 OR l.seq {beyond} ?4)"));
    } else {
        values.extend([from, to].map(Value::Int));
    }
    conditions.push_str(&of_lane(query.lane.as_deref(), &mut values).replace("lane", "l.lane"));
    for (column, wanted) in [("l.fiscal_day", query.fiscal_day), ("l.device", query.device)] {
        if let Some(wanted) = wanted {
            values.push(wanted.into());
            conditions.push_str(&format!(" AND {column} = ?{}", values.len()));
        }
    }
    match &query.standings[..] {
        [] => {}
        [None] => conditions.push_str(" AND l.counted = 1"),
        standings if standings.contains(&None) => {}
        // What is not fiscalised are few among many, and each kind has its index.
        _ => {
            let parts =
                [HEADS, BESIDE, ACCEPTED, ASIDE].map(|part| format!("SELECT seq FROM fh_outbox_entry WHERE {part}"));
            let gone = "SELECT seq FROM fh_outbox_ledger WHERE pruned IS NOT NULL AND counted = 0";
            conditions.push_str(&format!(
                " AND l.seq IN ({} UNION ALL {gone})",
                parts.join(" UNION ALL ")
            ));
        }
    }
    if let Some(search) = search {
        values.push(search.pattern().into());
        let text = format!("?{}", values.len());
        values.push(search.code_pattern().into());
        let code = format!("?{}", values.len());
        let columns = [
            "lower(l.document_id)",
            "lower(l.number)",
            "lower(l.buyer)",
            "lower(l.tin)",
            "CAST(l.receipt_number AS TEXT)",
            "CAST(l.total / 100 AS TEXT) || '.' || substr(CAST(l.total % 100 + 100 AS TEXT), 2)",
        ];
        let any: Vec<_> = columns
            .iter()
            .map(|column| format!("{column} LIKE {text} ESCAPE '~'"))
            .chain([format!("lower(replace(e.receipt, '-', '')) LIKE {code} ESCAPE '~'")])
            .collect();
        conditions.push_str(&format!(" AND ({})", any.join(" OR ")));
    }
    values.push(Value::Int(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    let statement = format!(
        "SELECT l.seq, l.document_id, l.kind, l.number, l.original_id, l.day, l.dated, l.lane, l.station, l.currency, l.buyer, l.tin, l.payment, \
         l.total, l.net, l.tax, l.discounts, l.taxes, l.device, l.fiscal_day, l.receipt_number, COALESCE(e.state, l.pruned, ''), \
         COALESCE(e.doubt, 0), COALESCE(e.red, 0), e.receipt FROM fh_outbox_ledger l LEFT JOIN fh_outbox_entry e ON e.seq = l.seq \
         WHERE l.day >= ?1 AND l.day <= ?2{conditions} ORDER BY l.day {order}, l.seq {order} LIMIT ?{}",
        values.len()
    );
    let rows = sql.query(&statement, &values).await?;
    rows.into_iter().map(|mut row| ledger_entry(&mut row)).collect()
}

fn ledger_entry(row: &mut Row) -> Result<LedgerEntry, OutboxError> {
    let (seq, document, kind, number) = (row.int()?, row.text()?, kind_of(&row.text()?), row.text()?);
    let (original, day, dated, lane) = (row.maybe_text()?, row.int()?, row.int()?, row.text()?);
    let (station, currency, buyer) = (row.maybe_text()?, row.text()?, row.text()?);
    let (tin, payment, amounts) = (row.maybe_text()?, row.maybe_text()?, amounts(row)?);
    let (device, fiscal_day, receipt_number) = (row.maybe_int()?, row.maybe_int()?, row.maybe_int()?);
    let (state, doubt, red) = (row.text()?, row.flag()?, row.flag()?);
    let receipt = receipt_of(row.maybe_text()?);
    let money = |cents: Option<i64>| cents.map(Amount::cents);
    let is_fiscalised = state == State::Fiscalised.name();
    Ok(LedgerEntry {
        place: LedgerPlace { day, seq },
        document,
        kind,
        number,
        original,
        date: cat(dated.saturating_mul(1_000_000)),
        lane,
        station,
        currency,
        buyer,
        tin,
        payment,
        gross: money(amounts.total),
        net: money(amounts.net),
        tax: money(amounts.tax),
        discounts: money(amounts.discounts),
        taxes: amounts
            .taxes
            .into_iter()
            .map(|share| TaxShare {
                code: share.code,
                tax_id: share.tax_id,
                rate: share.rate,
                net: money(share.net),
                tax: money(share.tax),
                gross: money(share.gross),
            })
            .collect(),
        standing: (!is_fiscalised).then(|| standing(&state, doubt, red)),
        device,
        fiscal_day,
        receipt_number,
        verification_code: receipt.map(|receipt| receipt.verification_code),
    })
}
