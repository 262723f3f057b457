//! Reading what was sold.

use fiscal_harmony::DocumentKind;

use super::{
    kept::kind_of,
    ledger::amounts,
    parts::{ACCEPTED, ASIDE, BESIDE, HEADS},
    sql::{Row, Sql, Value, Work},
};
use crate::{
    error::OutboxError,
    ledger::{
        Divide, Report, ReportQuery, Span, Standing, TaxKey, Unsettled,
        report::{Part, add_up, money},
        span::{hour_of, number_of},
    },
    state::State,
};

/// Adds up what a query asks for.
#[derive(Debug, Clone)]
pub(crate) struct AddUp(pub(crate) ReportQuery);

impl Work for AddUp {
    type Output = Report;
    const NAME: &'static str = "report";
    const MAY_TAKE_LONG: bool = true;

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Report, OutboxError> {
        let ReportQuery { span, by, lane } = self.0;
        let (parts, unsettled) = match span {
            Span::Days { from, to } => {
                let days = [number_of(from), number_of(to)];
                let parts = if by.is_kept() {
                    kept_sums(sql, days, lane.as_deref(), by == Divide::Tax).await?
                } else {
                    each(sql, "day >= ?1 AND day <= ?2", days.into(), lane.as_deref()).await?
                };
                (parts, unsettled(sql, days, lane.as_deref()).await?)
            }
            Span::FiscalDay { device, number } => {
                let (condition, values) = match device {
                    Some(device) => ("fiscal_day = ?1 AND device = ?2", vec![number, device]),
                    None => ("fiscal_day = ?1", vec![number]),
                };
                (each(sql, condition, values, lane.as_deref()).await?, Vec::new())
            }
        };
        Ok(Report {
            span,
            by,
            sales: add_up(by, parts),
            unsettled,
        })
    }
}

/// A condition for one lane, if only one is wanted.
pub(super) fn of_lane(lane: Option<&str>, values: &mut Vec<Value>) -> String {
    match lane {
        None => String::new(),
        Some(lane) => {
            values.push(lane.into());
            format!(" AND lane = ?{}", values.len())
        }
    }
}

/// From the sums that are kept.
async fn kept_sums<S: Sql>(
    sql: &mut S,
    days: [i64; 2],
    lane: Option<&str>,
    by_tax: bool,
) -> Result<Vec<Part>, OutboxError> {
    let mut values: Vec<Value> = days.map(Value::Int).into();
    let lane = of_lane(lane, &mut values);
    let which = if by_tax { "code <> ''" } else { "code = ''" };
    let query = format!(
        "SELECT day, lane, currency, kind, code, tax_id, rate, documents, unknown, net, tax, gross FROM fh_outbox_sold \
         WHERE day >= ?1 AND day <= ?2{lane} AND {which}"
    );
    let rows = sql.query(&query, &values).await?;
    rows.into_iter()
        .map(|mut row| {
            let (day, lane, currency) = (row.int()?, row.text()?, row.text()?);
            let (kind, code) = (kind_of(&row.text()?), row.text()?);
            let (id, rate) = (row.int()?, row.text()?);
            Ok(Part {
                day,
                hour: 0,
                lane,
                station: String::new(),
                payment: String::new(),
                currency,
                kind,
                tax: by_tax.then(|| {
                    let Ok(rate) = rate.parse();
                    TaxKey {
                        id: Some(id).filter(|id| *id != 0),
                        rate,
                        codes: vec![code],
                    }
                }),
                documents: row.int()?,
                unknown: row.int()?,
                net: row.int()?,
                tax_amount: row.int()?,
                gross: row.int()?,
            })
        })
        .collect()
}

/// From each document that is counted.
async fn each<S: Sql>(
    sql: &mut S,
    condition: &str,
    values: Vec<i64>,
    lane: Option<&str>,
) -> Result<Vec<Part>, OutboxError> {
    let mut values: Vec<Value> = values.into_iter().map(Value::Int).collect();
    let lane = of_lane(lane, &mut values);
    let query = format!(
        "SELECT day, dated, lane, station, payment, currency, kind, total, net, tax, discounts, taxes FROM fh_outbox_ledger \
         WHERE {condition}{lane} AND counted = 1"
    );
    let mut parts = Vec::new();
    for mut row in sql.query(&query, &values).await? {
        parts.extend(parts_of(&mut row)?);
    }
    Ok(parts)
}

fn parts_of(row: &mut Row) -> Result<Vec<Part>, OutboxError> {
    let (day, dated, lane) = (row.int()?, row.int()?, row.text()?);
    let (station, payment) = (
        row.maybe_text()?.unwrap_or_default(),
        row.maybe_text()?.unwrap_or_default(),
    );
    let (currency, kind) = (row.text()?, kind_of(&row.text()?));
    let amounts = amounts(row)?;
    let whole = Part {
        day,
        hour: hour_of(dated),
        lane,
        station,
        payment,
        currency,
        kind,
        tax: None,
        documents: 1,
        unknown: i64::from(!amounts.are_taxed()),
        net: amounts.net.unwrap_or_default(),
        tax_amount: amounts.tax.unwrap_or_default(),
        gross: amounts.total.unwrap_or_default(),
    };
    let taxes = amounts.taxes.into_iter().map(|share| Part {
        tax: Some(TaxKey {
            id: share.tax_id,
            rate: share.rate,
            codes: vec![share.code],
        }),
        unknown: i64::from(share.tax.is_none()),
        net: share.net.unwrap_or_default(),
        tax_amount: share.tax.unwrap_or_default(),
        gross: share.gross.unwrap_or_default(),
        ..whole.clone()
    });
    let taxes: Vec<_> = taxes.collect();
    Ok(std::iter::once(whole).chain(taxes).collect())
}

/// Documents of these days that are not among the sales.
async fn unsettled<S: Sql>(sql: &mut S, days: [i64; 2], lane: Option<&str>) -> Result<Vec<Unsettled>, OutboxError> {
    let mut values: Vec<Value> = days.map(Value::Int).into();
    let lane = of_lane(lane, &mut values).replace("lane", "l.lane");
    let mut found = Vec::new();
    for part in [HEADS, BESIDE, ACCEPTED, ASIDE] {
        // What is not fiscalised are few among many, so they are looked at first and their days afterwards: SQLite keeps to the order of a
        // cross join.
        let query = format!(
            "SELECT e.state, e.doubt, e.red, l.currency, l.kind, count(*), CAST(COALESCE(sum(l.total), 0) AS BIGINT) \
             FROM (SELECT seq, state, doubt, red FROM fh_outbox_entry WHERE {part}) e CROSS JOIN fh_outbox_ledger l \
             WHERE l.seq = e.seq AND l.day >= ?1 AND l.day <= ?2{lane} GROUP BY e.state, e.doubt, e.red, l.currency, l.kind"
        );
        for mut row in sql.query(&query, &values).await? {
            let (state, doubt, red) = (row.text()?, row.flag()?, row.flag()?);
            found.push((standing(&state, doubt, red), unsettled_of(&mut row)?));
        }
    }
    let query = format!(
        "SELECT l.pruned, l.currency, l.kind, count(*), CAST(COALESCE(sum(l.total), 0) AS BIGINT) FROM fh_outbox_ledger l \
         WHERE l.pruned IS NOT NULL AND l.counted = 0 AND l.day >= ?1 AND l.day <= ?2{lane} GROUP BY l.pruned, l.currency, l.kind"
    );
    for mut row in sql.query(&query, &values).await? {
        let state = row.text()?;
        found.push((standing(&state, false, false), unsettled_of(&mut row)?));
    }
    Ok(gathered(found))
}

type Counted = (DocumentKind, String, u64, i128);

fn unsettled_of(row: &mut Row) -> Result<Counted, OutboxError> {
    let (currency, kind) = (row.text()?, kind_of(&row.text()?));
    Ok((
        kind,
        currency,
        u64::try_from(row.int()?).unwrap_or_default(),
        i128::from(row.int()?),
    ))
}

pub(super) fn standing(state: &str, doubt: bool, red: bool) -> Standing {
    match (State::from_name(state), doubt, red) {
        (Some(State::Unknown), ..) | (_, true, _) => Standing::InDoubt,
        (_, _, true) => Standing::Red,
        (Some(State::Rejected | State::Parked), ..) => Standing::Rejected,
        (Some(State::Expired), ..) => Standing::Expired,
        (Some(State::Skipped), ..) => Standing::Skipped,
        _ => Standing::Open,
    }
}

fn gathered(found: Vec<(Standing, Counted)>) -> Vec<Unsettled> {
    let mut sums: std::collections::BTreeMap<_, (u64, i128)> = std::collections::BTreeMap::new();
    for (standing, (kind, currency, documents, gross)) in found {
        let sum = sums.entry((standing, kind, currency)).or_default();
        sum.0 += documents;
        sum.1 += gross;
    }
    sums.into_iter()
        .map(|((standing, kind, currency), (documents, gross))| Unsettled {
            standing,
            kind,
            currency,
            documents,
            gross: money(gross),
        })
        .collect()
}
