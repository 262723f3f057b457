//! Yellow, and some red: one document each that differs from a plain one in one thing.

use fh_types::CatDateTime;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Halt},
    exchange::member,
    sample::{Facts, Sample},
    verdict::Decided,
    wire::Ask,
};

pub(super) fn invoice(facts: &Facts, id: &str, date: CatDateTime) -> Sample {
    Sample::invoice(facts, id, &date.to_string())
}

pub(super) async fn plain(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let mut first = bench.document("plain/first", invoice).await?;
    if let Some(Decided::Rejected { .. }) = first {
        first = bench
            .document("plain/with-tin", |facts, id, date| invoice(facts, id, date).with_tin())
            .await?;
        let tin = first.as_ref().is_some_and(Decided::is_fiscalised);
        if let Some(facts) = bench.facts.as_mut() {
            facts.tin = tin;
        }
    }
    let Some(Decided::Fiscalised { record, .. }) = first else {
        return Ok(());
    };
    bench.document("plain/second", invoice).await?;
    if let Some(file) = member(&record, "FiscalInvoicePdf").and_then(Value::as_str) {
        let file = file
            .replace('%', "%25")
            .replace(' ', "%20")
            .replace('/', "%2F")
            .replace('?', "%3F")
            .replace('#', "%23");
        bench.ask("plain/pdf", Ask::get(format!("/download/{file}"))).await?;
    }
    Ok(())
}

/// The documents of an experiment that needs nothing else.
pub(super) async fn variants(bench: &mut Bench<'_>, experiment: &str) -> Result<(), Halt> {
    match experiment {
        "numbers" => one(bench, "numbers/text", |sample, _| sample.numbers_as_text()).await,
        "unknown-fields" => {
            one(bench, "unknown-fields/more", |sample, _| {
                sample.with("FhProbeField", "unknown")
            })
            .await
        }
        "payment-method" => {
            one(bench, "payment-method/missing", |sample, _| {
                sample.without("PaymentMethod")
            })
            .await
        }
        "lengths" => {
            one(bench, "lengths/at", |sample, _| {
                sample
                    .line("Description", "d".repeat(200))
                    .buyer("Name", format!("Cash {}", "n".repeat(245)))
            })
            .await?;
            one(bench, "lengths/long-description", |sample, _| {
                sample.line("Description", "d".repeat(201))
            })
            .await?;
            one(bench, "lengths/long-name", |sample, _| {
                sample.buyer("Name", format!("Cash {}", "n".repeat(246)))
            })
            .await
        }
        "hs-codes" => one(bench, "hs-codes/4", |sample, _| sample.line("ProductCode", "1905")).await,
        "long-hs-codes" => {
            one(bench, "long-hs-codes/6", |sample, _| {
                sample.line("ProductCode", "190590")
            })
            .await?;
            one(bench, "long-hs-codes/10", |sample, _| {
                sample.line("ProductCode", "1905900000")
            })
            .await
        }
        "codes" => {
            bench
                .document("codes/tax-id", |facts, id, date| {
                    invoice(facts, id, date).line("TaxCode", facts.tax_id.to_string())
                })
                .await?;
            one(bench, "codes/no-tax", |sample, _| {
                sample.line("TaxCode", "FHPROBE-NOT-MAPPED")
            })
            .await?;
            one(bench, "codes/no-currency", |sample, _| {
                sample.with("CurrencyCode", "XTS")
            })
            .await
        }
        "credit-note" => credit(bench, "credit-note/original", "credit-note/note", |note| note).await,
        "empty-texts" => {
            credit(bench, "empty-texts/invoice", "empty-texts/reference", |note| {
                note.with("Reference", "")
            })
            .await?;
            credit(bench, "empty-texts/invoice", "empty-texts/original", |note| {
                note.with("OriginalInvoiceId", "")
            })
            .await?;
            one(bench, "empty-texts/hs-code", |sample, _| sample.line("ProductCode", "")).await
        }
        _ => Ok(()),
    }
}

pub(super) async fn one(
    bench: &mut Bench<'_>,
    variant: &str,
    change: impl Fn(Sample, CatDateTime) -> Sample,
) -> Result<(), Halt> {
    bench
        .document(variant, |facts, id, date| change(invoice(facts, id, date), date))
        .await?;
    Ok(())
}

/// A credit note over an invoice of its own.
async fn credit(
    bench: &mut Bench<'_>,
    original: &str,
    variant: &str,
    change: impl Fn(Sample) -> Sample,
) -> Result<(), Halt> {
    let Some(Decided::Fiscalised { step, .. }) = bench.document(original, invoice).await? else {
        return Ok(());
    };
    let Some(original) = bench
        .attempt(&step)
        .and_then(|attempt| id_of(attempt.submit.request.body.as_deref()?))
    else {
        return Ok(());
    };
    bench
        .document(variant, |facts, id, date| {
            change(Sample::credit_note(facts, id, &date.to_string(), &original))
        })
        .await?;
    Ok(())
}

fn id_of(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    Some(body.get("InvoiceId")?.as_str()?.to_owned())
}

/// A whole address.
pub(super) fn address() -> Value {
    json!({ "Province": "Harare", "City": "Harare", "Street": "Probe Street", "HouseNo": "1" })
}
