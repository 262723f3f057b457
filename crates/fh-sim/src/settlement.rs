//! What happens to an accepted document: the service's own checks, then the authority.

use fh_types::CatDateTime;
use serde_json::Value;

use crate::{
    Leniency, Options, ReceiptDate, TaxCodes,
    authority::{Colour, Draft, issue, judge, structure},
    device::{Outcome, Submission},
    document::Document,
    record::record,
    world::World,
};

/// Marks every text that is not known from the real service.
const OWN_WORDING: &str = "[simulator's wording]";

/// Settles one submission; returns its record as `/status` and webhooks show it, or none when it was settled before.
pub(crate) fn settle(
    world: &mut World,
    options: &Options,
    device: u32,
    request: &str,
    now: CatDateTime,
) -> Option<Value> {
    let submission = world.device(device)?.submission(request)?.clone();
    if submission.outcome.is_some() {
        return None;
    }
    let outcome = decide(world, options, device, &submission, now);
    let device = world.device_mut(device)?;
    let count = device.count(&submission.document);
    if outcome.error.is_none() {
        count.fiscalised += 1;
    } else {
        count.rejected += 1;
    }
    let place = *device.by_request.get(request)?;
    let settled = device.submissions.get_mut(place)?;
    settled.outcome = Some(outcome);
    let settled = settled.clone();
    Some(record(device, &settled))
}

fn decide(world: &mut World, options: &Options, device: u32, submission: &Submission, now: CatDateTime) -> Outcome {
    let refused = |error: String, actionable| Outcome {
        settled: now,
        error: Some(error),
        actionable,
        receipt: None,
        remarks: Vec::new(),
    };
    if submission.refuse {
        return refused(
            format!("The revenue authority could not be reached, try again {OWN_WORDING}"),
            true,
        );
    }
    let Ok(document) = Document::read(submission.body.as_bytes()) else {
        return refused(format!("The document could not be read {OWN_WORDING}"), false);
    };
    let (currency, tax_ids) = match service(world, options, &document) {
        Ok(mapped) => mapped,
        Err(error) => return refused(error, true),
    };
    if let Some(error) = structure(&document, submission.kind, options) {
        let code = if options.error_codes { "RCPT02: " } else { "" };
        return refused(format!("{code}{error} {OWN_WORDING}"), true);
    }
    let Some(found) = world.device_mut(device) else {
        return refused(format!("The device is gone {OWN_WORDING}"), false);
    };
    found.roll_day(now, options.fiscal_day_hours);
    let counter = found.day.last_counter + 1 + std::mem::take(&mut found.skipped_counters);
    let draft = Draft {
        document: &document,
        kind: submission.kind,
        currency,
        date: match options.receipt_date {
            ReceiptDate::Document => document.date.read(options),
            ReceiptDate::Acceptance => now,
        },
        tax_ids,
        counter,
    };
    let Some(found) = world.device(device) else {
        return refused(format!("The device is gone {OWN_WORDING}"), false);
    };
    let judgement = judge(world, options, found, &draft, now);
    let receipt = issue(found, &submission.request, &draft, &judgement);
    let number = receipt.number.clone();
    world
        .numbers
        .entry(number)
        .or_insert_with(|| (device, document.id.clone()));
    let place = world.device_mut(device).map(|device| device.keep(receipt));

    let texts = |wanted| {
        let of_colour = judgement
            .findings
            .iter()
            .filter(move |finding| finding.colour == wanted);
        let said = of_colour.map(|finding| {
            if options.error_codes {
                finding.to_string()
            } else {
                finding.text().to_owned()
            }
        });
        said.collect::<Vec<_>>()
    };
    let red = texts(Colour::Red);
    // Another number, or another original, makes another document; everything else can be corrected and sent again.
    let final_codes = ["RCPT013", "RCPT033"];
    let actionable = !judgement
        .findings
        .iter()
        .any(|finding| finding.colour == Colour::Red && final_codes.contains(&finding.code));
    Outcome {
        settled: now,
        error: (!red.is_empty()).then(|| format!("{} {OWN_WORDING}", red.join("; "))),
        actionable: !red.is_empty() && actionable,
        receipt: place.filter(|_| red.is_empty()),
        remarks: texts(Colour::Yellow),
    }
}

/// What the service itself needs before it can turn to the authority. Nothing is kept when it fails.
fn service(world: &World, options: &Options, document: &Document) -> Result<(String, Vec<i64>), String> {
    let buyer = &document.buyer_contact;
    let is_nobody = options.empty_buyer == Leniency::Taken && buyer.is_empty();
    if !is_nobody && buyer.tin().is_empty() && !buyer.is_cash(options.cash_prefix) {
        // The only text that is attested.
        return Err("No TIN provided".to_owned());
    }
    let code = &document.currency_code;
    // Published clients send the source code of a mapping or its destination.
    let currency = world
        .currency_mappings
        .iter()
        .find(|mapping| mapping.source_currency == *code)
        .or_else(|| {
            world
                .currency_mappings
                .iter()
                .find(|mapping| mapping.destination_currency == *code)
        })
        .map(|mapping| mapping.destination_currency.clone())
        .ok_or_else(|| format!("Currency {code:?} is not mapped {OWN_WORDING}"))?;
    let mapped = document.line_items.iter().map(|line| {
        let mapping = world
            .tax_mappings
            .iter()
            .find(|mapping| mapping.tax_code == line.tax_code);
        mapping
            .map(|mapping| mapping.destination_tax_id)
            .or_else(|| {
                let id = line.tax_code.parse().ok();
                let id = id.filter(|_| options.tax_codes == TaxCodes::MappedOrTaxId)?;
                world.tax(id).map(|tax| tax.id)
            })
            .ok_or_else(|| format!("Tax code {:?} is not mapped {OWN_WORDING}", line.tax_code))
    });
    Ok((currency, mapped.collect::<Result<_, _>>()?))
}
