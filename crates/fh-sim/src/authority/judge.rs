use fh_types::CatDateTime;

use super::{
    arithmetic,
    codes::Colour,
    draft::Draft,
    findings::{Finding, Findings},
    notes,
};
use crate::{
    Leniency, Options,
    device::{Day, Device},
    document::{Document, Kind},
    receipt::TaxRow,
    world::World,
};

/// The currencies that the authority takes \[zimra\]. `ZWL` ended on 31 August 2024 and is not among them.
pub(crate) const CURRENCIES: [&str; 6] = ["USD", "ZWG", "ZAR", "BWP", "GBP", "EUR"];

/// How far ahead of the authority's clock a receipt may be dated, in seconds. The authority does not publish it; other
/// simulators use five minutes.
const AHEAD: i64 = 300;

/// The authority's view of a draft.
pub(crate) struct Judgement {
    pub(crate) findings: Vec<Finding>,
    pub(crate) rows: Vec<TaxRow>,
    /// Cents, as the document states it or, when it does not, as the lines make it.
    pub(crate) total: i128,
}

impl Judgement {
    pub(crate) fn is_red(&self) -> bool {
        self.findings.iter().any(|finding| finding.colour == Colour::Red)
    }
}

/// Judges a draft for `device` at `now`. The fiscal day is open.
pub(crate) fn judge(
    world: &World,
    options: &Options,
    device: &Device,
    draft: &Draft<'_>,
    now: CatDateTime,
) -> Judgement {
    let mut findings = Findings::new(options);
    let document = draft.document;
    if !CURRENCIES.contains(&draft.currency.as_str()) {
        findings.add(
            "RCPT010",
            format!("currency {} is not valid at the receipt's date", draft.currency),
        );
    }
    if draft.counter != device.day.last_counter + 1 {
        findings.add(
            "RCPT011",
            format!("receipt counter {} follows {}", draft.counter, device.day.last_counter),
        );
    }
    number(world, options, device, document, &mut findings);
    dates(options, &device.day, device.last_date, draft.date, now, &mut findings);
    buyer(options, document, &mut findings);
    let original = match draft.kind {
        Kind::Invoice => None,
        Kind::CreditNote => notes::original(world, options, draft, &mut findings),
    };
    let (rows, total) = arithmetic::check(world, options, draft, original, &mut findings);
    if let Some(original) = original {
        notes::check(world, draft, original, &rows, total, &mut findings);
    }
    Judgement {
        findings: findings.into_vec(),
        rows,
        total,
    }
}

fn number(world: &World, options: &Options, device: &Device, document: &Document, findings: &mut Findings<'_>) {
    if !options.unique_numbers {
        return;
    }
    if let Some((by, other)) = world.numbers.get(document.number.trim()) {
        // A corrected document may be sent again under its number after the first attempt turned red.
        let same_again = *by == device.id && *other == document.id && device.valid_receipt(other).is_none();
        if !same_again {
            findings.add(
                "RCPT013",
                format!("document number {:?} is already used by {other:?}", document.number),
            );
        }
    }
}

fn dates(
    options: &Options,
    day: &Day,
    last: Option<CatDateTime>,
    date: CatDateTime,
    now: CatDateTime,
    findings: &mut Findings<'_>,
) {
    let second = |date: CatDateTime| date.timestamp().as_second();
    if date < day.opened {
        findings.add(
            "RCPT014",
            format!("{date} is before the fiscal day's opening at {}", day.opened),
        );
    }
    if let Some(last) = last.filter(|last| date <= *last) {
        findings.add(
            "RCPT030",
            format!("{date} is not later than the previous receipt's {last}"),
        );
    }
    if second(date) > second(now) + AHEAD {
        findings.add("RCPT031", format!("{date} is more than {AHEAD} s after {now}"));
    }
    if second(date) > second(day.opened) + i64::from(options.fiscal_day_hours) * 3600 {
        findings.add(
            "RCPT041",
            format!("{date} is after the end of the fiscal day opened at {}", day.opened),
        );
    }
}

fn buyer(options: &Options, document: &Document, findings: &mut Findings<'_>) {
    let buyer = &document.buyer_contact;
    let is_nobody = options.empty_buyer == Leniency::Taken && buyer.is_empty();
    if !is_nobody && !buyer.is_cash(options.cash_prefix) && (buyer.name().is_empty() || buyer.tin().is_empty()) {
        findings.add("RCPT043", "the buyer has no name or no TIN");
    }
}
