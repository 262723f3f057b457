//! Adding up what was sold.

use std::collections::BTreeMap;

use fiscal_harmony::{DocumentKind, types::Amount};
use serde::Serialize;

use super::{
    rate::Rate,
    span::{Span, date_of},
};
use crate::entry::kind;

/// What a report is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportQuery {
    /// The time.
    pub span: Span,
    /// What it is divided by.
    pub by: Divide,
    /// One lane only.
    pub lane: Option<String>,
}

impl ReportQuery {
    /// Of all lanes.
    #[must_use]
    pub fn new(span: Span, by: Divide) -> Self {
        Self { span, by, lane: None }
    }

    /// Of one lane.
    #[must_use]
    pub fn of_lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = Some(lane.into());
        self
    }
}

/// What a report is divided by. Currencies are never added up, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Divide {
    /// By currency alone.
    #[default]
    Currency,
    /// By day of the calendar.
    Day,
    /// By tax: its rate and the authority's id.
    Tax,
    /// By lane.
    Lane,
    /// By till.
    Station,
    /// By payment method.
    Payment,
    /// By hour of the day.
    Hour,
}

impl Divide {
    /// Every way.
    pub const ALL: [Self; 7] = [
        Self::Currency,
        Self::Day,
        Self::Tax,
        Self::Lane,
        Self::Station,
        Self::Payment,
        Self::Hour,
    ];

    /// Its name, such as `day`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Currency => "currency",
            Self::Day => "day",
            Self::Tax => "tax",
            Self::Lane => "lane",
            Self::Station => "station",
            Self::Payment => "payment",
            Self::Hour => "hour",
        }
    }

    /// The way of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// The days' sums that are kept tell it; otherwise every document is looked at.
    pub(crate) fn is_kept(self) -> bool {
        !matches!(self, Self::Station | Self::Payment | Self::Hour)
    }
}

/// What was sold in a time: what is fiscalised, and beside it what is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The time.
    pub span: Span,
    /// What it is divided by.
    pub by: Divide,
    /// What is fiscalised, by what it is divided by and by currency.
    pub sales: Vec<Sales>,
    /// What is not: it is in no sum above. Empty for a fiscal day, which only receipts have.
    pub unsettled: Vec<Unsettled>,
}

/// What was sold, in one part of a report and one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sales {
    /// The part: a date, a lane, a till, a way to pay, an hour; empty where the report is divided by currency alone, or where the documents do
    /// not say it.
    pub part: String,
    /// The tax, where the report is divided by it.
    pub tax: Option<TaxKey>,
    /// The currency; `?` for documents that were pruned before amounts were kept.
    pub currency: String,
    /// What was invoiced.
    pub invoices: Sums,
    /// What was credited; positive amounts.
    pub credit_notes: Sums,
    /// Invoices less credit notes, without the tax.
    pub net: Amount,
    /// Invoices less credit notes: the tax.
    pub tax_amount: Amount,
    /// Invoices less credit notes, with the tax.
    pub gross: Amount,
}

/// What tells a tax from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct TaxKey {
    /// The authority's id, where it is known.
    pub id: Option<i64>,
    /// Its rate.
    pub rate: Rate,
    /// The seller's codes for it.
    pub codes: Vec<String>,
}

/// Documents of one kind, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Sums {
    /// How many documents. Under a tax: how many with a line of it.
    pub documents: u64,
    /// Of these, those whose tax is not known: no table of taxes was there. What is known of them is in the sums.
    pub without_tax_table: u64,
    /// Without the tax.
    pub net: Amount,
    /// The tax.
    pub tax: Amount,
    /// With the tax.
    pub gross: Amount,
}

/// Documents of a time that are not among the sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unsettled {
    /// How they stand.
    pub standing: Standing,
    /// Invoices or credit notes.
    #[serde(serialize_with = "kind")]
    pub kind: DocumentKind,
    /// The currency.
    pub currency: String,
    /// How many.
    pub documents: u64,
    /// What they say they come to, with the tax.
    pub gross: Amount,
}

/// How a document stands that is not among the sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// On its way.
    Open,
    /// It may be fiscalised, and a person must look it up.
    InDoubt,
    /// Refused with a code that keeps the fiscal day from closing.
    Red,
    /// Rejected, and not in doubt.
    Rejected,
    /// Never decided within the seven days.
    Expired,
    /// Left out by a person.
    Skipped,
}

impl Standing {
    /// Its name, such as `in_doubt`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InDoubt => "in_doubt",
            Self::Red => "red",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Skipped => "skipped",
        }
    }
}

/// A line to be added up, of one document or of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) lane: String,
    pub(crate) station: String,
    pub(crate) payment: String,
    pub(crate) currency: String,
    pub(crate) kind: DocumentKind,
    /// None in the line for documents as a whole.
    pub(crate) tax: Option<TaxKey>,
    pub(crate) documents: i64,
    pub(crate) unknown: i64,
    pub(crate) net: i64,
    pub(crate) tax_amount: i64,
    pub(crate) gross: i64,
}

/// Adds up. Parts for documents as a whole and parts for their taxes are of the same documents, so that one of the two is looked at.
pub(crate) fn add_up(by: Divide, parts: impl IntoIterator<Item = Part>) -> Vec<Sales> {
    #[derive(Default)]
    struct Both {
        codes: Vec<String>,
        invoices: Added,
        credit_notes: Added,
    }
    /// The part, the tax by its rate and its id, and the currency.
    type Group = (String, Option<(Rate, Option<i64>)>, String);
    let mut sums: BTreeMap<Group, Both> = BTreeMap::new();
    for part in parts {
        if part.tax.is_some() != (by == Divide::Tax) {
            continue;
        }
        let name = match by {
            Divide::Currency | Divide::Tax => String::new(),
            Divide::Day => date_of(part.day).to_string(),
            Divide::Lane => part.lane,
            Divide::Station => part.station,
            Divide::Payment => part.payment,
            Divide::Hour => format!("{:02}", part.hour),
        };
        let tax = part.tax.as_ref().map(|tax| (tax.rate, tax.id));
        let both = sums.entry((name, tax, part.currency)).or_default();
        for code in part.tax.into_iter().flat_map(|tax| tax.codes) {
            if !both.codes.contains(&code) {
                both.codes.push(code);
            }
        }
        let added = match part.kind {
            DocumentKind::CreditNote => &mut both.credit_notes,
            _ => &mut both.invoices,
        };
        added.documents += part.documents;
        added.unknown += part.unknown;
        added.net += i128::from(part.net);
        added.tax += i128::from(part.tax_amount);
        added.gross += i128::from(part.gross);
    }
    sums.into_iter()
        .filter(|(_, both)| both.invoices.documents != 0 || both.credit_notes.documents != 0)
        .map(|((part, tax, currency), mut both)| {
            both.codes.sort();
            let (invoices, credit_notes) = (both.invoices.sums(), both.credit_notes.sums());
            Sales {
                part,
                tax: tax.map(|(rate, id)| TaxKey {
                    id,
                    rate,
                    codes: both.codes,
                }),
                currency,
                net: invoices.net - credit_notes.net,
                tax_amount: invoices.tax - credit_notes.tax,
                gross: invoices.gross - credit_notes.gross,
                invoices,
                credit_notes,
            }
        })
        .collect()
}

/// Sums of cents, wide enough for any number of documents.
#[derive(Default)]
struct Added {
    documents: i64,
    unknown: i64,
    net: i128,
    tax: i128,
    gross: i128,
}

impl Added {
    fn sums(&self) -> Sums {
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        Sums {
            documents: count(self.documents),
            without_tax_table: count(self.unknown),
            net: money(self.net),
            tax: money(self.tax),
            gross: money(self.gross),
        }
    }
}

/// Cents as money; a sum beyond what can be written is no sum of this world, and is said as the largest there is.
pub(crate) fn money(cents: i128) -> Amount {
    const LARGEST: i64 = 999_999_999_999_999;
    let cents = i64::try_from(cents).unwrap_or(if cents < 0 { -LARGEST } else { LARGEST });
    Amount::cents(cents.clamp(-LARGEST, LARGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(day: i64, currency: &str, kind: DocumentKind, tax: Option<(&str, Option<i64>, Rate)>, gross: i64) -> Part {
        Part {
            day,
            hour: 9,
            lane: "till".to_owned(),
            station: String::new(),
            payment: "Cash".to_owned(),
            currency: currency.to_owned(),
            kind,
            tax: tax.map(|(code, id, rate)| TaxKey {
                id,
                rate,
                codes: vec![code.to_owned()],
            }),
            documents: 1,
            unknown: 0,
            net: gross - 10,
            tax_amount: 10,
            gross,
        }
    }

    #[test]
    fn notes_are_taken_off_and_currencies_stay_apart() {
        let sales = add_up(
            Divide::Currency,
            [
                part(1, "USD", DocumentKind::Invoice, None, 1000),
                part(2, "USD", DocumentKind::CreditNote, None, 300),
                part(1, "ZWG", DocumentKind::Invoice, None, 50),
                part(1, "USD", DocumentKind::Invoice, Some(("V", None, Rate::Unknown)), 1000),
            ],
        );
        let told: Vec<_> = sales
            .iter()
            .map(|sales| {
                (
                    sales.currency.as_str(),
                    sales.gross.to_string(),
                    sales.credit_notes.documents,
                )
            })
            .collect();
        assert_eq!(told, [("USD", "7.00".to_owned(), 1), ("ZWG", "0.50".to_owned(), 0)]);
    }

    #[test]
    fn one_tax_under_two_codes_is_one_line() {
        let rate = Rate::Percent("15.5".parse().unwrap());
        let sales = add_up(
            Divide::Tax,
            ["VAT", "V", "VAT"].map(|code| part(1, "USD", DocumentKind::Invoice, Some((code, Some(517), rate)), 100)),
        );
        assert_eq!(sales.len(), 1);
        assert_eq!(sales[0].tax.as_ref().unwrap().codes, ["V", "VAT"]);
        assert_eq!(sales[0].gross.to_string(), "3.00");
    }
}
