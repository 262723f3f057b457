//! The tax authority: what it finds wrong with a receipt, and the receipt that it keeps.

mod arithmetic;
mod codes;
mod notes;
mod receipt;
mod structure;

use std::fmt;

use fh_types::CatDateTime;

pub(crate) use arithmetic::{TaxRow, money};
pub use codes::{Colour, RCPT_CODES, RcptCode};
pub(crate) use receipt::{QR_HOST, issue};
pub(crate) use structure::structure;

use crate::{
    Options,
    device::{Day, Device},
    document::{Document, Kind},
    world::World,
};

/// The currencies that the authority takes \[zimra\]. `ZWL` ended on 31 August 2024 and is not among them.
pub(crate) const CURRENCIES: [&str; 6] = ["USD", "ZWG", "ZAR", "BWP", "GBP", "EUR"];

/// How far ahead of the authority's clock a receipt may be dated, in seconds. The authority does not publish it; other
/// simulators use five minutes.
const AHEAD: i64 = 300;

/// A document as the service hands it to the authority: mapped to the authority's currency and taxes.
pub(crate) struct Draft<'a> {
    pub(crate) document: &'a Document,
    pub(crate) kind: Kind,
    pub(crate) currency: String,
    /// One per line.
    pub(crate) tax_ids: Vec<i64>,
    pub(crate) counter: u64,
}

/// Something the authority remarks on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) colour: Colour,
    text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}): {}", self.code, self.colour, self.text)
    }
}

/// Findings in the order of discovery, coloured as the options say.
pub(crate) struct Findings<'a> {
    options: &'a Options,
    found: Vec<Finding>,
}

impl Findings<'_> {
    pub(crate) fn add(&mut self, name: &'static str, text: impl Into<String>) {
        let default = codes::code(name).map_or(Colour::Red, |known| known.default);
        let colour = self.options.colours.get(name).copied().unwrap_or(default);
        let repeated = self.found.iter().any(|finding| finding.code == name);
        if colour != Colour::Off && !repeated {
            self.found.push(Finding {
                code: name,
                colour,
                text: text.into(),
            });
        }
    }
}

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
    let mut findings = Findings {
        options,
        found: Vec::new(),
    };
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
    dates(
        options,
        &device.day,
        device.last_date,
        document.date,
        now,
        &mut findings,
    );
    buyer(document, &mut findings);
    let original = match draft.kind {
        Kind::Invoice => None,
        Kind::CreditNote => notes::original(world, draft, &mut findings),
    };
    let (rows, total) = arithmetic::check(world, options, draft, original, &mut findings);
    if let Some(original) = original {
        notes::check(world, draft, original, &rows, total, &mut findings);
    }
    Judgement {
        findings: findings.found,
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

fn buyer(document: &Document, findings: &mut Findings<'_>) {
    let buyer = &document.buyer_contact;
    if !buyer.is_cash() && (buyer.name().is_empty() || buyer.tin().is_empty()) {
        findings.add("RCPT043", "the buyer has no name or no TIN");
    }
}
