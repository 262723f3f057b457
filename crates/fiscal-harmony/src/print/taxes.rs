//! The table of taxes, by the authority's rule: the tax of each group of lines, rounded once.

use crate::{
    View,
    catalogue::Catalogue,
    device::VatStatus,
    tax::{self, tax_on},
    types::Amount,
};

/// What a tax code of a document stood for when the document was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownTax {
    /// Your code, as lines carry it.
    pub code: String,
    /// The authority's tax id.
    pub id: i64,
    /// The rate in per cent; `None` is exempt.
    pub percent: Option<Amount>,
    /// The authority's name for it, where it is known.
    pub name: Option<String>,
}

impl KnownTax {
    /// A tax that is known.
    #[must_use]
    pub fn new(code: impl Into<String>, id: i64, percent: Option<Amount>) -> Self {
        Self {
            code: code.into(),
            id,
            percent,
            name: None,
        }
    }

    /// With the authority's name for it.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into()).filter(|name| !name.trim().is_empty());
        self
    }

    /// The taxes of a document by a catalogue of its time: those that the catalogue knows and that apply on its date.
    #[must_use]
    pub fn of(view: &View<'_>, catalogue: &Catalogue) -> Vec<Self> {
        let mut known: Vec<Self> = Vec::new();
        for line in view.lines {
            if known.iter().all(|known| known.code != line.tax_code)
                && let Some(tax) = catalogue.tax(&line.tax_code, view.date)
                && tax.applies_on(view.date)
            {
                known.push(Self::new(&line.tax_code, tax.id, tax.percent).named(&tax.name));
            }
        }
        known
    }
}

/// The taxes of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaxTable {
    /// A row for each tax, in the order in which they first appear.
    Rows(Vec<TaxRow>),
    /// The seller is not registered for VAT and nothing is taxed: the authority shows no table then \[zimra, 10.3\].
    NotRegistered,
    /// It cannot be told here, and nothing is guessed.
    NotKnown(WhyNotKnown),
}

/// Why the taxes of a document are not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyNotKnown {
    /// There is no document, or no tax table was known when it was handed in.
    NoTable,
    /// The tax table that was known then has nothing for this code.
    NoSuchTax(String),
    /// The exact tax of prices without tax lies on half a cent, and the authority's way of rounding is not known.
    HalfACent,
    /// The amounts are too large to compute with.
    TooLarge,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaxRow {
    /// The letter that stands beside the lines of this tax. It is ours: the authority's own is not on the wire.
    pub letter: String,
    /// The authority's name for it, where it is known.
    pub name: Option<String>,
    /// The rate in per cent; none when exempt.
    pub percent: Option<Amount>,
    /// The sum without the tax.
    pub net: Amount,
    /// The tax.
    pub tax: Amount,
    /// The sum with the tax.
    pub gross: Amount,
}

/// What the lines and the tax table come to.
pub(super) struct Computed {
    pub(super) table: TaxTable,
    /// The letter and the tax of each line, where the table is known.
    pub(super) lines: Vec<Option<LineTax>>,
    pub(super) sub_total: Option<Amount>,
    pub(super) total_tax: Option<Amount>,
    pub(super) total: Option<Amount>,
}

pub(super) struct LineTax {
    pub(super) letter: String,
    pub(super) percent: Option<Amount>,
    /// For the eye: the lines' own taxes need not add up to the table's.
    pub(super) tax: Option<Amount>,
    pub(super) gross: Option<Amount>,
}

/// Computes what a document and its tax table come to. `vat` is what the device's configuration says of the seller.
pub(super) fn compute(view: &View<'_>, known: &[KnownTax], vat: &VatStatus) -> Computed {
    // The sum of lines with tax in them is the total whatever the taxes are.
    let sum = || view.lines.iter().map(|line| line.line_amount).sum::<Amount>();
    let unknown = |why| Computed {
        table: TaxTable::NotKnown(why),
        lines: view.lines.iter().map(|_| None).collect(),
        sub_total: None,
        total_tax: None,
        total: view.tax_inclusive.then(sum),
    };
    if known.is_empty() {
        return unknown(WhyNotKnown::NoTable);
    }
    let mut lines = Vec::new();
    for line in view.lines {
        match known.iter().find(|known| known.code == line.tax_code) {
            Some(known) => lines.push((line, known)),
            None => return unknown(WhyNotKnown::NoSuchTax(line.tax_code.clone())),
        }
    }
    let grouped = lines
        .iter()
        .map(|(line, known)| (known.id, known.percent, line.line_amount));
    let Some(totals) = tax::totals(view.tax_inclusive, grouped) else {
        return unknown(WhyNotKnown::TooLarge);
    };
    if totals.open_ties() > 0 {
        return unknown(WhyNotKnown::HalfACent);
    }
    let at = |known: &KnownTax| {
        let mut groups = totals.groups.iter();
        groups
            .position(|group| group.key == known.id && group.percent == known.percent)
            .unwrap_or_default()
    };
    let rows: Vec<TaxRow> = totals
        .groups
        .iter()
        .enumerate()
        .map(|(place, group)| TaxRow {
            letter: letter(place),
            name: known
                .iter()
                .find(|known| at(known) == place && known.id == group.key)
                .and_then(|known| known.name.clone()),
            percent: group.percent,
            net: group.net(),
            tax: group.tax,
            gross: group.gross,
        })
        .collect();
    let of_line = |(line, known): &(&crate::LineItem, &KnownTax)| {
        let tax = tax_on(line.line_amount, known.percent, view.tax_inclusive).map(|tax| tax.value);
        let on_top = |tax: Amount| {
            if view.tax_inclusive {
                line.line_amount
            } else {
                line.line_amount + tax
            }
        };
        Some(LineTax {
            letter: letter(at(known)),
            percent: known.percent,
            tax,
            gross: tax.map(on_top),
        })
    };
    let is_hidden = *vat == VatStatus::NotRegistered && totals.total_tax.is_zero();
    Computed {
        // Without the table, nothing says what a letter means.
        lines: lines.iter().map(|line| of_line(line).filter(|_| !is_hidden)).collect(),
        table: if is_hidden {
            TaxTable::NotRegistered
        } else {
            TaxTable::Rows(rows)
        },
        sub_total: Some(totals.sub_total),
        total_tax: Some(totals.total_tax),
        total: Some(totals.total),
    }
}

/// `A`, `B`, … `Z`, `AA`: there are as many taxes as a document wants.
fn letter(place: usize) -> String {
    let last = char::from(b'A' + u8::try_from(place % 26).unwrap_or_default());
    match place / 26 {
        0 => last.to_string(),
        before => letter(before - 1) + &last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Document;

    fn document(inclusive: bool, lines: &[(&str, &str)]) -> Document {
        let lines: Vec<Value> = lines
            .iter()
            .map(|(code, amount)| {
                let amount: Value = serde_json::from_str(amount).unwrap();
                json!({"Description": "x", "ProductCode": "11022000", "UnitAmount": amount, "Quantity": 1, "LineAmount": amount, "TaxCode": code})
            })
            .collect();
        let json = json!({
            "InvoiceId": "1", "InvoiceNumber": "1", "IsTaxInclusive": inclusive, "BuyerContact": {"Name": "Cash Sale"},
            "Date": "2026-11-26T20:30:00+02:00", "LineItems": lines, "CurrencyCode": "USD",
        });
        Document::from_json(json.to_string().as_bytes()).unwrap()
    }

    fn known() -> Vec<KnownTax> {
        vec![
            KnownTax::new("VAT", 517, "15.5".parse().ok()).named("Standard rated"),
            KnownTax::new("ZERO", 2, Some(Amount::ZERO)),
            KnownTax::new("EX", 1, None).named(" "),
            KnownTax::new("VAT-2", 517, "15.5".parse().ok()),
        ]
    }

    fn computed(document: &Document, known: &[KnownTax]) -> Computed {
        compute(&document.view(), known, &VatStatus::Unknown)
    }

    #[test]
    fn the_tax_of_a_group_is_rounded_once_and_codes_of_one_tax_are_one_group() {
        let document = document(
            true,
            &[("VAT", "19.99"), ("EX", "5"), ("VAT-2", "49.99"), ("ZERO", "7.50")],
        );
        let computed = computed(&document, &known());
        let TaxTable::Rows(rows) = computed.table else {
            panic!("{:?}", computed.table)
        };
        let said: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    &*row.letter,
                    row.name.as_deref(),
                    row.net.to_string(),
                    row.tax.to_string(),
                    row.gross.to_string(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                (
                    "A",
                    Some("Standard rated"),
                    "60.59".into(),
                    "9.39".into(),
                    "69.98".into()
                ),
                ("B", None, "5".into(), "0".into(), "5".into()),
                ("C", None, "7.5".into(), "0".into(), "7.5".into()),
            ]
            .map(|(letter, name, net, tax, gross): (_, _, String, String, String)| (letter, name, net, tax, gross)),
        );
        let letters: Vec<_> = computed
            .lines
            .iter()
            .map(|line| line.as_ref().unwrap().letter.clone())
            .collect();
        assert_eq!(letters, ["A", "B", "A", "C"]);
        assert_eq!(computed.total.map(|total| total.to_string()).as_deref(), Some("82.48"));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let inclusive = document(true, &[("VAT", "11.55"), ("?", "1")]);
        let nothing = computed(&inclusive, &[]);
        assert_eq!(nothing.table, TaxTable::NotKnown(WhyNotKnown::NoTable));
        assert_eq!(
            nothing.total,
            Some(Amount::cents(1255)),
            "lines with tax add up without a table"
        );
        assert_eq!((nothing.sub_total, nothing.total_tax), (None, None));
        let other = computed(&inclusive, &known());
        assert_eq!(other.table, TaxTable::NotKnown(WhyNotKnown::NoSuchTax("?".into())));
        let exclusive = document(false, &[("VAT", "10")]);
        assert_eq!(computed(&exclusive, &[]).total, None);
    }

    #[test]
    fn a_tie_of_prices_without_tax_is_said_and_not_decided() {
        // 3.00 at 15.5 % is 0.465: 0.47 or 0.46.
        let tie = document(false, &[("VAT", "3")]);
        let computed_tie = computed(&tie, &known());
        assert_eq!(computed_tie.table, TaxTable::NotKnown(WhyNotKnown::HalfACent));
        assert_eq!(computed_tie.total, None);
        let whole = computed(&document(false, &[("VAT", "2")]), &known());
        assert_eq!(whole.total, Some(Amount::cents(231)));
    }

    #[test]
    fn a_seller_without_vat_shows_no_table() {
        let exempt = document(true, &[("EX", "5")]);
        let table = |document: &Document| compute(&document.view(), &known(), &VatStatus::NotRegistered).table;
        assert_eq!(table(&exempt), TaxTable::NotRegistered);
        assert!(
            matches!(table(&document(true, &[("VAT", "5")])), TaxTable::Rows(_)),
            "a tax is shown whoever takes it"
        );
    }

    #[test]
    fn letters_do_not_run_out() {
        assert_eq!([0, 25, 26, 52].map(letter), ["A", "Z", "AA", "BA"]);
    }
}
