//! The ledger against the Z-report of a fiscal day.
//!
//! None of a Z-report's fields is documented. Names are taken as the authority names its counters, and as the simulator does; both are guesses
//! \[inferred\], and what is not found is said to be not compared.

use std::collections::{BTreeMap, BTreeSet};

use fiscal_harmony::{DocumentKind, report::ZReport, types::Amount};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{entry::LedgerEntry, rate::Rate};

/// A sum of a Z-report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OfSum {
    /// How many receipts; no money.
    Receipts,
    /// Invoices, with the tax.
    Sales,
    /// The tax of invoices.
    SalesTax,
    /// Credit notes, with the tax; positive.
    CreditNotes,
    /// The tax of credit notes; positive.
    CreditNotesTax,
}

impl OfSum {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Receipts => "receipts",
            Self::Sales => "sales",
            Self::SalesTax => "tax of sales",
            Self::CreditNotes => "credit notes",
            Self::CreditNotesTax => "tax of credit notes",
        }
    }
}

/// A sum that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SumDifference {
    /// Which sum.
    pub of: OfSum,
    /// The currency; none for a count.
    pub currency: Option<String>,
    /// The rate of the tax; none for a count, and where the rate of a document is not known here, so that all of a currency is one sum.
    pub rate: Option<Rate>,
    /// Here.
    pub ours: Amount,
    /// In the Z-report.
    pub theirs: Amount,
    /// Documents that could explain it by themselves, at most twenty.
    pub candidates: Vec<Candidate>,
}

/// A document that could explain a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Candidate {
    /// Its id.
    pub document: String,
    /// Its number.
    pub number: String,
    /// How it could.
    pub why: &'static str,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct ZComparison {
    /// How many sums agree.
    pub agree: u64,
    /// Those that do not.
    pub differences: Vec<SumDifference>,
    /// Sums that the Z-report does not tell under a name that is known.
    pub not_compared: BTreeSet<OfSum>,
}

impl ZComparison {
    /// Whether something was compared, and all of that agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.agree > 0
    }

    /// What no comparison of sums can see.
    pub const BLIND: &'static str = "A Z-report has sums: two mistakes under one tax and currency that cancel out, and a document in place of another of the same amount, are not seen.";
}

/// Under which a sum stands: currency and rate, or all rates of the currency. Rates are compared without noughts at their end.
type Group = (String, Option<Rate>);
type Sums = BTreeMap<(OfSum, Group), Amount>;

/// Holds the receipts of a fiscal day against its Z-report. `ours` are all documents that may belong to it: of those that are fiscalised on `day` the
/// sums are taken, and the others may explain a difference.
#[must_use]
pub fn compare_z_report(report: &ZReport, day: i64, ours: &[LedgerEntry]) -> ZComparison {
    let is_of_day = |entry: &&LedgerEntry| entry.standing.is_none() && entry.fiscal_day == Some(day);
    let mut found = ZComparison::default();
    let mut theirs = read(&report.members);
    let mut mine = Sums::new();
    for entry in ours.iter().filter(is_of_day) {
        for share in &entry.taxes {
            let (whole, tax) = kinds(entry.kind);
            for (of, amount) in [(whole, share.gross), (tax, share.tax)] {
                let sum = mine
                    .entry((of, (entry.currency.clone(), Some(share.rate))))
                    .or_default();
                *sum += amount.unwrap_or(Amount::ZERO);
            }
        }
    }
    blur(&mut mine, &mut theirs.sums, &mut found.not_compared);
    let told: BTreeSet<OfSum> = theirs.sums.keys().map(|(of, _)| *of).collect();
    // A kind of sum of which the report has nothing at all may have a name that nobody knows.
    for of in [OfSum::Sales, OfSum::SalesTax, OfSum::CreditNotes, OfSum::CreditNotesTax] {
        if !told.contains(&of) {
            found.not_compared.insert(of);
        }
    }
    let count = Amount::from_units(i64::try_from(ours.iter().filter(is_of_day).count()).unwrap_or(i64::MAX));
    match theirs.receipts {
        None => {
            found.not_compared.insert(OfSum::Receipts);
        }
        Some(receipts) if receipts == count => found.agree += 1,
        Some(receipts) => found.differences.push(SumDifference {
            of: OfSum::Receipts,
            currency: None,
            rate: None,
            ours: count,
            theirs: receipts,
            candidates: explain(ours, day, None, receipts - count),
        }),
    }
    let keys: BTreeSet<_> = mine.keys().chain(theirs.sums.keys()).collect();
    for key in keys {
        let (of, (currency, rate)) = key;
        if !told.contains(of) {
            continue;
        }
        let sum = |sums: &Sums| sums.get(key).copied().unwrap_or(Amount::ZERO);
        let (here, there) = (sum(&mine), sum(&theirs.sums));
        if here == there {
            found.agree += 1;
            continue;
        }
        found.differences.push(SumDifference {
            of: *of,
            currency: Some(currency.clone()),
            rate: *rate,
            ours: here,
            theirs: there,
            candidates: explain(ours, day, Some((*of, currency, *rate)), there - here),
        });
    }
    found
}

/// Where a document's rate is not known here, its currency is compared in one sum, and its tax not at all.
fn blur(mine: &mut Sums, theirs: &mut Sums, not_compared: &mut BTreeSet<OfSum>) {
    let unknown: Vec<(OfSum, String)> = mine
        .keys()
        .filter(|(_, (_, rate))| *rate == Some(Rate::Unknown))
        .map(|(of, (currency, _))| (*of, currency.clone()))
        .collect();
    for (of, currency) in unknown {
        for sums in [&mut *mine, &mut *theirs] {
            let mut whole = Amount::ZERO;
            sums.retain(|(kind, (code, _)), amount| {
                let is_of_it = *kind == of && *code == currency;
                if is_of_it {
                    whole += *amount;
                }
                !is_of_it
            });
            if matches!(of, OfSum::Sales | OfSum::CreditNotes) {
                sums.insert((of, (currency.clone(), None)), whole);
            } else {
                not_compared.insert(of);
            }
        }
    }
}

fn kinds(kind: DocumentKind) -> (OfSum, OfSum) {
    match kind {
        DocumentKind::CreditNote => (OfSum::CreditNotes, OfSum::CreditNotesTax),
        _ => (OfSum::Sales, OfSum::SalesTax),
    }
}

/// Documents that by themselves would make up `missing`: what is too much there, or below zero what is too much here.
fn explain(ours: &[LedgerEntry], day: i64, of: Option<(OfSum, &str, Option<Rate>)>, missing: Amount) -> Vec<Candidate> {
    const MOST: usize = 20;
    let part = |entry: &LedgerEntry| match of {
        None => Some(missing.abs()),
        Some((of, currency, rate)) => {
            let (whole, tax) = kinds(entry.kind);
            if entry.currency != currency || (of != whole && of != tax) {
                return None;
            }
            let shares = entry
                .taxes
                .iter()
                .filter(|share| rate.is_none_or(|rate| share.rate == rate));
            let amounts: Option<Vec<Amount>> = shares
                .map(|share| if of == whole { share.gross } else { share.tax })
                .collect();
            amounts
                .filter(|amounts| !amounts.is_empty())
                .and_then(Amount::checked_sum)
        }
    };
    let why = |entry: &LedgerEntry| match (entry.standing, entry.fiscal_day) {
        (None, Some(of)) if of == day && missing.is_negative() => {
            Some("it has a receipt here, and may be missing there")
        }
        (None, Some(of)) if of == day => Some("it may count twice there"),
        (None, _) if missing.is_positive() => Some("its receipt here is of another fiscal day"),
        (Some(_), _) if missing.is_positive() => Some("it has no receipt here, and may have one there"),
        _ => None,
    };
    let fits = ours.iter().filter(|entry| part(entry) == Some(missing.abs()));
    let mut candidates: Vec<_> = fits
        .filter_map(|entry| Some((entry.standing.is_none(), entry, why(entry)?)))
        .collect();
    // What is not settled here explains the most.
    candidates.sort_by_key(|(is_settled, ..)| *is_settled);
    let candidates = candidates.into_iter().take(MOST);
    candidates
        .map(|(_, entry, why)| Candidate {
            document: entry.document.clone(),
            number: entry.number.clone(),
            why,
        })
        .collect()
}

#[derive(Default)]
struct Theirs {
    receipts: Option<Amount>,
    sums: Sums,
}

/// A name without case and without anything but letters and digits.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

fn member<'a>(row: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    row.iter()
        .find(|(name, _)| names.contains(&plain(name).as_str()))
        .map(|(_, value)| value)
}

fn amount(value: &Value) -> Option<Amount> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn read(members: &Map<String, Value>) -> Theirs {
    const RECEIPTS: [&str; 6] = [
        "receiptcount",
        "receiptscount",
        "receiptcounter",
        "totalreceipts",
        "numberofreceipts",
        "lastreceiptcounter",
    ];
    let mut theirs = Theirs {
        receipts: member(members, &RECEIPTS).and_then(amount),
        sums: Sums::new(),
    };
    let rows = members.values().filter_map(Value::as_array).flatten();
    for row in rows.filter_map(Value::as_object) {
        read_row(row, &mut theirs.sums);
    }
    theirs
}

fn read_row(row: &Map<String, Value>, sums: &mut Sums) {
    const CURRENCY: [&str; 3] = ["currency", "currencycode", "fiscalcountercurrency"];
    const PERCENT: [&str; 4] = ["taxpercent", "percent", "rate", "fiscalcountertaxpercent"];
    const SUMS: [(OfSum, &[&str], &str); 4] = [
        (
            OfSum::Sales,
            &["sales", "salesamount", "salesamountwithtax"],
            "salebytax",
        ),
        (OfSum::SalesTax, &["salestax", "salestaxamount"], "saletaxbytax"),
        (
            OfSum::CreditNotes,
            &["creditnotes", "creditnotesamount", "creditnoteamount"],
            "creditnotebytax",
        ),
        (
            OfSum::CreditNotesTax,
            &["creditnotestax", "creditnotestaxamount", "creditnotetax"],
            "creditnotetaxbytax",
        ),
    ];
    let Some(currency) = member(row, &CURRENCY).and_then(Value::as_str) else {
        return;
    };
    let rate = match member(row, &PERCENT).and_then(amount) {
        Some(percent) => Rate::Percent(percent),
        None => Rate::Exempt,
    };
    let group = (currency.to_owned(), Some(rate));
    let mut add = |of, amount: Amount| {
        // The authority writes credit notes below zero.
        let amount = match of {
            OfSum::CreditNotes | OfSum::CreditNotesTax => amount.abs(),
            _ => amount,
        };
        let sum = sums.entry((of, group.clone())).or_default();
        *sum += amount;
    };
    // A row for each tax with all four, or a row for each of the authority's counters.
    let counter = member(row, &["fiscalcountertype", "countertype", "type"]).and_then(Value::as_str);
    if let (Some(kind), Some(value)) = (
        counter,
        member(row, &["fiscalcountervalue", "value", "amount"]).and_then(amount),
    ) {
        if let Some((of, ..)) = SUMS.iter().find(|(.., counter)| *counter == plain(kind)) {
            add(*of, value);
        }
        return;
    }
    for (of, names, _) in SUMS {
        if let Some(amount) = member(row, names).and_then(amount) {
            add(of, amount);
        }
    }
}

#[cfg(test)]
#[path = "tests_of_z_report.rs"]
mod tests;
