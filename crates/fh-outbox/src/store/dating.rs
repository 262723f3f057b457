//! Documents that have stepped aside, and were overtaken by one of a later date: the authority wants dates in order (RCPT030).

use fiscal_harmony::{
    preflight::Settings,
    types::{CatDateTime, jiff::SignedDuration},
};

use super::{
    apply::apply,
    by::By,
    kept::Kept,
    parts::{ACCEPTED, BESIDE, HEADS},
    revising::{Exchange, content, revise},
    sql::{Sql, Value},
};
use crate::{
    entry::cat,
    error::OutboxError,
    machine::{Event, Micros, Redate},
    policy::{OnLate, Policy, Reaches},
    state::State,
};

/// What is to be done about the date of a document that is about to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dated {
    /// It can be sent.
    InTime,
    /// Others of the lane go first, or a person decides. True when something was written.
    Waits(bool),
}

/// Gives a document that was overtaken a new date, lets those go first that are dated before that, or holds it; as the policy says.
pub(super) async fn in_time<S: Sql>(sql: &mut S, kept: &mut Kept, by: &By) -> Result<Dated, OutboxError> {
    let facts = &kept.facts;
    let is_looked_at =
        facts.redate != Redate::No && facts.state == State::Queued && !facts.doubt && facts.due_at <= by.now();
    if !is_looked_at || !applies(&by.policy) {
        return Ok(Dated::InTime);
    }
    let own = (facts.redate == Redate::Later).then_some(kept.dated);
    let Some(date) = new_date(sql, kept, kept.dated, own, by.now()).await? else {
        // Not overtaken yet, or dated anew already: what is dated before it, and may be on its way a second time, goes first. So does what is of
        // its very second: of the two only this one can get another date.
        return match dated_before(sql, kept, kept.dated + 1).await? {
            Some(first) if by.policy.on_late == OnLate::Redate => let_pass(sql, kept, &first, by).await,
            _ => Ok(Dated::InTime),
        };
    };
    if by.policy.on_late == OnLate::Hold {
        let reason = "its Date is not after that of a document that was sent since, which the authority may refuse (RCPT030): correct its Date, \
                      or retry it to send it as it is"
            .to_owned();
        let held = apply(sql, kept, &Event::HoldLate { reason }, by).await?;
        return Ok(Dated::Waits(held.is_change()));
    }
    if let Some(first) = dated_before(sql, kept, date.timestamp().as_second() + 1).await? {
        return let_pass(sql, kept, &first, by).await;
    }
    give(sql, kept, date, "a document of a later Date was sent meanwhile", by).await?;
    Ok(Dated::InTime)
}

async fn let_pass<S: Sql>(sql: &mut S, kept: &mut Kept, first: &str, by: &By) -> Result<Dated, OutboxError> {
    let reason = format!("waits for {first}, which is dated before it");
    let moved = apply(sql, kept, &Event::LetPass { reason }, by).await?;
    Ok(Dated::Waits(moved.is_change()))
}

/// By how much a document may be behind the last one of its device and still be of the same moment: room for a queue of those of one second, for
/// clocks of tills that differ a little, and for the way from the sale to the outbox.
const SAME_MOMENT: SignedDuration = SignedDuration::from_secs(300);

/// Preflight, with what the policy says about dates.
pub(super) fn settings(policy: &Policy) -> Settings {
    let is_known_to = policy.date_reaches_receipt == Reaches::Yes || policy.preflight.date_reaches_receipt;
    let settings = policy.preflight.date_reaches_receipt(is_known_to);
    if sets_apart(policy) {
        settings.same_moment(SAME_MOMENT)
    } else {
        settings
    }
}

fn sets_apart(policy: &Policy) -> bool {
    policy.on_late == OnLate::Redate && policy.date_reaches_receipt != Reaches::No
}

/// Gives a document that is just taken in the next free second, when the last of its lane has its own or a later one: two stations of one device
/// sold in the same moment, and nobody at a counter is to be refused for that. What may have been sent before keeps its bytes.
pub(super) async fn set_apart<S: Sql>(
    sql: &mut S,
    kept: &mut Kept,
    last: Option<CatDateTime>,
    by: &By,
) -> Result<(), OutboxError> {
    let facts = &kept.facts;
    if !sets_apart(&by.policy) || facts.state != State::Queued || facts.doubt || facts.resend {
        return Ok(());
    }
    let Some(last) = last.map(|last| last.timestamp().as_second()) else {
        return Ok(());
    };
    if last < kept.dated || last - kept.dated > SAME_MOMENT.as_secs() {
        return Ok(());
    }
    let next = cat(last.saturating_add(1).saturating_mul(1_000_000));
    give(sql, kept, next, "another document of this device has its second", by).await
}

/// Exchanges the date of a document, as a revision like any other.
async fn give<S: Sql>(sql: &mut S, kept: &mut Kept, date: CatDateTime, why: &str, by: &By) -> Result<(), OutboxError> {
    let Some(before) = content(sql, kept.seq).await? else {
        return Ok(());
    };
    let mut document = before.clone();
    document.set_date(date);
    let differences = document.differences_from(&before).map_err(OutboxError::Document)?;
    let said: Vec<_> = differences.iter().map(ToString::to_string).collect();
    let exchange = Exchange {
        document: &document,
        taxes: None,
        offered: None,
        why,
        differences: &differences,
    };
    revise(sql, kept, exchange, by).await?;
    let reason = format!("{why}: {}", said.join("; "));
    apply(sql, kept, &Event::Redate { reason }, by).await?;
    Ok(())
}

/// Whether anything is done about late dates.
pub(super) fn applies(policy: &Policy) -> bool {
    policy.on_late != OnLate::Keep && policy.date_reaches_receipt != Reaches::No
}

/// The date that a document needs to be later than what the authority has of its lane; none when its own is late enough. `own` is a date of
/// its own that the authority has seen.
pub(super) async fn new_date<S: Sql>(
    sql: &mut S,
    kept: &Kept,
    dated: i64,
    own: Option<i64>,
    now: Micros,
) -> Result<Option<CatDateTime>, OutboxError> {
    let values: [Value; 2] = [kept.lane.as_str().into(), kept.seq.into()];
    let mut last = seen(sql, &kept.lane).await?.max(own);
    // And those that are on their way to the authority, or may be.
    for part in [HEADS, BESIDE, ACCEPTED] {
        let query = format!(
            "SELECT max(dated) FROM fh_outbox_entry WHERE lane = ?1 AND seq <> ?2 AND {part} AND state IN ('accepted', 'sending', 'unknown')"
        );
        let row = sql.query(&query, &values).await?.pop();
        last = last.max(row.map(|mut row| row.maybe_int()).transpose()?.flatten());
    }
    Ok(last.filter(|last| *last >= dated).map(|last| after(last, now)))
}

/// The latest date that the authority has of a lane.
async fn seen<S: Sql>(sql: &mut S, lane: &str) -> Result<Option<i64>, OutboxError> {
    let query = "SELECT latest FROM fh_outbox_lane WHERE lane = ?1";
    let row = sql.query(query, &[lane.into()]).await?.pop();
    row.map(|mut row| row.int()).transpose()
}

/// A second after `last`, which leaves the most room for those that come; on another day the present time, since the fiscal day of then may be
/// closed.
fn after(last: i64, now: Micros) -> CatDateTime {
    let (next, now) = (cat(last.saturating_add(1).saturating_mul(1_000_000)), cat(now));
    if next.civil().date() < now.civil().date() {
        // Whole seconds, as dates are written.
        cat(now.timestamp().as_second().saturating_mul(1_000_000))
    } else {
        next
    }
}

/// A document that waits in the lane and is dated before that second.
async fn dated_before<S: Sql>(sql: &mut S, kept: &Kept, second: i64) -> Result<Option<String>, OutboxError> {
    let query = format!(
        "SELECT document_id FROM fh_outbox_entry WHERE lane = ?1 AND {HEADS} AND state <> 'parked' AND seq <> ?2 AND dated < ?3 ORDER BY seq LIMIT 1"
    );
    let values: [Value; 3] = [kept.lane.as_str().into(), kept.seq.into(), second.into()];
    let row = sql.query(&query, &values).await?.pop();
    row.map(|mut row| row.text()).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_date_is_a_second_after_the_last_and_of_today() {
        let at = |text: &str| text.parse::<CatDateTime>().unwrap().timestamp();
        let now = at("2026-11-27T09:00:00+02:00").as_microsecond() + 7;
        for (last, wanted) in [
            ("2026-11-27T08:30:00+02:00", "2026-11-27T08:30:01+02:00"),
            ("2026-11-27T09:10:00+02:00", "2026-11-27T09:10:01+02:00"),
            ("2026-11-26T18:00:00+02:00", "2026-11-27T09:00:00+02:00"),
        ] {
            assert_eq!(after(at(last).as_second(), now).to_string(), wanted);
        }
    }
}
