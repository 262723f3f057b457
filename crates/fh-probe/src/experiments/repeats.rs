//! Red: what comes again, and what is out of order. These come last, since a date or a number that the authority has seen stays seen.

use fh_types::{CatDateTime, jiff::SignedDuration};
use serde_json::Value;

use super::documents::{invoice, one};
use crate::{
    bench::{Bench, Halt},
    sample::{Facts, Sample},
    verdict::{Decided, Fate},
};

pub(super) async fn numbers_again(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let plain = ["plain/first", "plain/with-tin"]
        .into_iter()
        .filter_map(|variant| bench.log.document(variant));
    let Some(Decided::Fiscalised { step, .. }) = plain.into_iter().find(Decided::is_fiscalised) else {
        return Ok(());
    };
    let number = bench.attempt(&step).and_then(|attempt| {
        let body: Value = serde_json::from_str(attempt.submit.request.body.as_deref()?).ok()?;
        Some(body.get("InvoiceNumber")?.clone())
    });
    let Some(number) = number else { return Ok(()) };
    one(bench, "numbers-again/same", |sample, _| {
        sample.with("InvoiceNumber", number.clone())
    })
    .await
}

/// When a document comes again.
#[derive(Clone, Copy, PartialEq)]
enum After {
    /// It has its result.
    Settled,
    /// It was handed in a moment ago.
    Once,
}

pub(super) async fn repeats(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let same = |sample: Sample| sample;
    let retry = |sample: Sample| sample.with("IsRetry", true);
    again(bench, "repeats/retry", After::Settled, invoice, retry).await?;
    again(bench, "repeats/pending", After::Once, invoice, retry).await?;
    again(bench, "repeats/same", After::Settled, invoice, same).await?;
    again(bench, "repeats/other", After::Settled, invoice, |sample| {
        sample
            .line("Description", "Probe with another content")
            .with("IsRetry", true)
    })
    .await
}

pub(super) async fn corrections(bench: &mut Bench<'_>) -> Result<(), Halt> {
    // Refused by the service before the authority sees it, by the one text that is attested.
    let rejected =
        |facts: &Facts, id: &str, date: CatDateTime| invoice(facts, id, date).line("TaxCode", "FHPROBE-NOT-MAPPED");
    let code = bench.facts()?.tax_code;
    again(bench, "corrections/corrected", After::Settled, rejected, |sample| {
        sample.with("IsRetry", true).line("TaxCode", code.clone())
    })
    .await
}

/// A document, and the same document again: `…/submit`, its polls, `…/again/submit` and the polls of that.
async fn again(
    bench: &mut Bench<'_>,
    variant: &str,
    after: After,
    first: impl Fn(&Facts, &str, CatDateTime) -> Sample,
    second: impl Fn(Sample) -> Sample,
) -> Result<(), Halt> {
    for _ in 0..bench.limits.tries {
        if crate::reading::again(&bench.log, variant).is_some() {
            return Ok(());
        }
        let number = bench.log.attempts(variant).max(1);
        let attempt = format!("{variant}/{number}");
        let is_used = bench.log.step(&format!("{attempt}/again/submit")).is_some()
            || bench
                .attempt(&attempt)
                .is_some_and(|attempt| matches!(attempt.fate, Fate::Broken | Fate::Refused { .. }));
        let attempt = if is_used {
            format!("{variant}/{}", number + 1)
        } else {
            attempt
        };
        let sample = match bench
            .log
            .step(&format!("{attempt}/submit"))
            .and_then(|sent| sent.request.body.clone())
        {
            // Handed in by a run that was interrupted.
            Some(body) => match serde_json::from_str(&body) {
                Ok(Value::Object(members)) => Sample {
                    members,
                    path: "/invoice",
                },
                _ => continue,
            },
            None => {
                let sample = bench.sample(&first).await?;
                bench.hand_in(&attempt, &sample).await?;
                sample
            }
        };
        if after == After::Settled {
            bench.follow(&attempt, true).await?;
        }
        let taken = bench
            .attempt(&attempt)
            .is_some_and(|attempt| attempt.request().is_some());
        if !taken {
            continue;
        }
        let once_more = format!("{attempt}/again");
        bench.hand_in(&once_more, &second(sample)).await?;
        bench.follow(&once_more, true).await?;
        bench.follow(&attempt, true).await?;
    }
    Ok(())
}

pub(super) async fn dates(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let earlier = |date: CatDateTime, hours: u32| {
        let timestamp = date
            .timestamp()
            .checked_sub(SignedDuration::from_hours(i64::from(hours)));
        CatDateTime::from_timestamp(timestamp.unwrap_or(date.timestamp()))
    };
    let dated =
        |facts: &Facts, id: &str, date: CatDateTime, written: String| invoice(facts, id, date).with("Date", written);
    // Each document is earlier than every one before it, by any reading of its date, also where an attempt is made again: one that is
    // rejected may count in the order all the same, and a later one would be in order then.
    bench
        .document_each("dates/hour-back", |number, facts, id, date| {
            dated(facts, id, date, earlier(date, number).to_string())
        })
        .await?;
    bench
        .document_each("dates/yesterday", |number, facts, id, date| {
            dated(facts, id, date, earlier(date, 23 + number).to_string())
        })
        .await?;
    // Half an hour before midnight: read as UTC it is on the next day, which the verification link shows.
    bench
        .document_each("dates/naive", |number, facts, id, date| {
            let day = earlier(date, 24 * (2 + 2 * number)).civil();
            dated(facts, id, date, day.strftime("%Y-%m-%dT23:30:00").to_string())
        })
        .await?;
    bench
        .document_each("dates/utc", |number, facts, id, date| {
            let day = earlier(date, 24 * (20 + 2 * number)).civil();
            dated(facts, id, date, day.strftime("%Y-%m-%dT22:30:00Z").to_string())
        })
        .await?;
    Ok(())
}
