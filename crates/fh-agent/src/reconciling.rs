//! What is fiscalised here, held against what others say of it: one way for the command line and the page.

use std::collections::HashMap;

use fh_outbox::{
    Asked, LedgerEntry, LedgerQuery, Outbox, OutboxError, Reconciliation, Statuses, TheirDocument, ZComparison,
    compare_statuses, compare_z_report, reconcile,
};
use fh_types::{CatDateTime, Clock, SystemClock, jiff::civil::Date};
use fiscal_harmony::{Client, Outcome};
use futures_util::StreamExt;

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotCompared {
    /// The outbox does not say.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The service does not say.
    #[error(transparent)]
    Service(#[from] fiscal_harmony::Error),
    /// The list has no dates.
    #[error("the list says no dates: give the days that it speaks of")]
    NoDays,
    /// The last day is before the first.
    #[error("{from} is after {to}: give the first day first")]
    Backwards {
        /// The first day that was given, or that the list has.
        from: Date,
        /// The last.
        to: Date,
    },
}

/// A list held against the ledger.
#[derive(Debug)]
#[non_exhaustive]
pub struct OfList {
    /// The first day that was looked at.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// How many documents the list has.
    pub listed: usize,
    /// What came of it.
    pub found: Reconciliation,
}

/// So many days around those of a list or a fiscal day are looked at too: a document may be dated otherwise there, or come late.
const AROUND: i64 = 7;

/// Everything that a query asks for.
async fn all(outbox: &Outbox, mut query: LedgerQuery) -> Result<Vec<LedgerEntry>, OutboxError> {
    let mut entries = Vec::new();
    loop {
        let page = outbox.ledger(query.clone()).await?;
        let is_last = page.len() < query.limit;
        query = query.after(page.last().map(|entry| entry.place));
        entries.extend(page);
        if is_last {
            return Ok(entries);
        }
    }
}

/// Holds the ledger against the list of a till or an ERP. Without days, those from the first to the last date in it.
///
/// # Errors
///
/// When no days are known, or the store fails.
pub async fn against_list(
    outbox: &Outbox,
    list: &[TheirDocument],
    (from, to): (Option<Date>, Option<Date>),
    lane: Option<String>,
) -> Result<OfList, NotCompared> {
    let days = list.iter().filter_map(|document| document.day);
    let from = from.or_else(|| days.clone().min()).ok_or(NotCompared::NoDays)?;
    let to = to.or_else(|| days.max()).ok_or(NotCompared::NoDays)?;
    if from > to {
        return Err(NotCompared::Backwards { from, to });
    }
    // A document of another day is one of another day, and not one that was never handed in.
    let days = fh_types::jiff::Span::new().days(AROUND);
    let mut query = LedgerQuery::new(from.saturating_sub(days), to.saturating_add(days));
    query.lane = lane;
    let ours = all(outbox, query).await?;
    let mut found = reconcile(&ours, list);
    let asked: HashMap<&str, bool> = ours
        .iter()
        .map(|entry| {
            (
                entry.document.as_str(),
                (from..=to).contains(&entry.date.civil().date()),
            )
        })
        .collect();
    // What the list does not have is missing there on the days of which it speaks.
    let is_asked = |document: &Option<String>| {
        document
            .as_deref()
            .is_none_or(|id| asked.get(id).copied().unwrap_or(true))
    };
    found
        .discrepancies
        .retain(|one| one.row.is_some() || is_asked(&one.document));
    Ok(OfList {
        from,
        to,
        listed: list.len(),
        found,
    })
}

/// Holds the receipts of a fiscal day of a device against the service's Z-report of it.
///
/// # Errors
///
/// When the service cannot be asked or has no such report, or the store fails.
pub async fn against_z_report(
    outbox: &Outbox,
    client: &Client,
    day: i64,
    device: Option<i64>,
    lane: Option<String>,
) -> Result<ZComparison, NotCompared> {
    let report = client.z_report(day).await?;
    let mut query = LedgerQuery::new(Date::MIN, Date::MAX);
    (query.fiscal_day, query.device, query.lane) = (Some(day), device, lane.clone());
    let mut ours = all(outbox, query).await?;
    let dates = || ours.iter().map(|entry| entry.date.civil().date());
    if let (Some(first), Some(last)) = (dates().min(), dates().max()) {
        let days = fh_types::jiff::Span::new().days(AROUND);
        let (from, to) = (first.saturating_sub(days), last.saturating_add(days));
        let mut query = LedgerQuery::new(from, to);
        query.lane = lane;
        let others = all(outbox, query).await?;
        ours.extend(others.into_iter().filter(|entry| entry.fiscal_day != Some(day)));
    }
    Ok(compare_z_report(&report, day, &ours))
}

/// Holds the documents of the last seven days against what the service answers for their requests.
///
/// # Errors
///
/// When the service cannot be asked, or the store fails.
pub async fn against_statuses(outbox: &Outbox, client: &Client, lane: Option<String>) -> Result<Statuses, NotCompared> {
    let now = SystemClock.now();
    let since = CatDateTime::from_timestamp(now - fiscal_harmony::outcome::STATUS_WINDOW)
        .civil()
        .date();
    let today = CatDateTime::from_timestamp(now).civil().date();
    let mut query = LedgerQuery::new(since.tomorrow().unwrap_or(since), today);
    query.lane = lane;
    let mut requests = Vec::new();
    for entry in all(outbox, query).await? {
        let of_it = outbox.requests(&entry.document).await?;
        requests.push((entry, of_it));
    }
    let ids: Vec<_> = requests.iter().flat_map(|(_, ids)| ids.iter().cloned()).collect();
    let mut outcomes = HashMap::with_capacity(ids.len());
    let mut answers = std::pin::pin!(client.outcomes(ids));
    while let Some(answer) = answers.next().await {
        let (id, outcome) = answer?;
        outcomes.insert(id, outcome);
    }
    let asked: Vec<_> = requests
        .into_iter()
        .map(|(entry, ids)| {
            let of_it = ids.into_iter().map(|id| {
                let outcome = outcomes.remove(&id).unwrap_or(Outcome::Pending);
                (id, outcome)
            });
            Asked::new(entry, of_it.collect())
        })
        .collect();
    Ok(compare_statuses(&asked))
}
