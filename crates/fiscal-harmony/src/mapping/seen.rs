//! The codes that documents use, and what their sums say about them.

use std::collections::BTreeMap;

use fh_types::Amount;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{device::ApplicableTax, tax::tax_on};

/// The codes that documents use, gathered from one after the other.
///
/// The documents need not be such that they could be sent: what is read are the codes of lines, currencies, and the sums of
/// documents that use one tax code alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    documents: usize,
    taxes: BTreeMap<String, Code>,
    currencies: BTreeMap<String, usize>,
}

/// What was seen of one tax code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Code {
    lines: usize,
    /// The sums of documents that use no other code.
    sums: Vec<Sums>,
}

/// The sums of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sums {
    total: Amount,
    tax: Amount,
}

/// Beyond so many sums of one code more of them say nothing new.
const MOST: usize = 200;

impl Seen {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at a document, as JSON. False when it is none: it has no lines.
    pub fn note(&mut self, document: &Value) -> bool {
        let Some(object) = document.as_object() else {
            return false;
        };
        let Some(lines) = object.get("LineItems").and_then(Value::as_array) else {
            return false;
        };
        self.documents += 1;
        if let Some(currency) = object.get("CurrencyCode").and_then(Value::as_str) {
            *self.currencies.entry(currency.to_owned()).or_default() += 1;
        }
        let mut codes: Vec<&str> = Vec::new();
        for code in lines.iter().filter_map(|line| line.get("TaxCode")?.as_str()) {
            self.taxes.entry(code.to_owned()).or_default().lines += 1;
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        if let ([code], Some(sums)) = (codes.as_slice(), Sums::of(object))
            && let Some(code) = self.taxes.get_mut(*code).filter(|code| code.sums.len() < MOST)
        {
            code.sums.push(sums);
        }
        true
    }

    /// How many documents were looked at.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// The tax codes, each with the number of lines that use it.
    pub fn tax_codes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.taxes.iter().map(|(code, seen)| (code.as_str(), seen.lines))
    }

    /// The currency codes, each with the number of documents that use it.
    pub fn currency_codes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.currencies
            .iter()
            .map(|(code, documents)| (code.as_str(), *documents))
    }

    /// How many documents say by their sums which tax a code is, and those of the taxes that fit all of them.
    pub(super) fn by_sums<'t>(&self, code: &str, taxes: &[&'t ApplicableTax]) -> (usize, Vec<&'t ApplicableTax>) {
        let sums = self.taxes.get(code).map_or(&[][..], |code| &code.sums);
        let fitting = taxes
            .iter()
            .filter(|tax| sums.iter().all(|sums| sums.fit(tax)))
            .copied();
        (sums.len(), if sums.is_empty() { Vec::new() } else { fitting.collect() })
    }
}

impl Sums {
    fn of(document: &Map<String, Value>) -> Option<Self> {
        let amount = |name: &str| Amount::deserialize(document.get(name)?).ok();
        let sums = Self {
            total: amount("Total")?,
            tax: amount("TotalTax")?,
        };
        (sums.total.is_positive() && !sums.tax.is_negative()).then_some(sums)
    }

    /// The sums of a document may be off by some cents, where its program has rounded line by line.
    fn fit(self, tax: &ApplicableTax) -> bool {
        let Some(expected) = tax_on(self.total, tax.percent, true) else {
            return false;
        };
        let off = expected.value.checked_sub(self.tax).map(Amount::abs);
        off.is_some_and(|off| off <= Amount::cents(3))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(code: &str, total: &str, tax: &str) -> Value {
        json!({"CurrencyCode": "USD", "LineItems": [{"TaxCode": code}, {"TaxCode": code}], "Total": total, "TotalTax": tax})
    }

    #[test]
    fn codes_are_counted_and_what_is_no_document_is_none() {
        let mut seen = Seen::new();
        assert!(seen.note(&document("A", "115.5", "15.5")) && seen.note(&document("B", "1", "0")));
        assert!(!seen.note(&json!({"Name": "x"})) && !seen.note(&json!(3)));
        assert_eq!(seen.tax_codes().collect::<Vec<_>>(), [("A", 2), ("B", 2)]);
        assert_eq!(seen.currency_codes().collect::<Vec<_>>(), [("USD", 2)]);
        assert_eq!(seen.documents(), 2);
    }

    #[test]
    fn the_sums_of_documents_of_one_code_say_which_tax_it_is() {
        let taxes = [
            ApplicableTax::new(1, "15", "15".parse().ok()),
            ApplicableTax::new(2, "15.5", "15.5".parse().ok()),
            ApplicableTax::new(3, "exempt", None),
        ];
        let taxes: Vec<_> = taxes.iter().collect();
        let mut seen = Seen::new();
        seen.note(&document("A", "1155.01", "155.00"));
        // Two codes say nothing of either.
        seen.note(&json!({"LineItems": [{"TaxCode": "A"}, {"TaxCode": "X"}], "Total": 10, "TotalTax": 9}));
        let found = |code| {
            let (count, found) = seen.by_sums(code, &taxes);
            (count, found.iter().map(|tax| tax.id).collect::<Vec<_>>())
        };
        assert_eq!(found("A"), (1, vec![2]));
        assert_eq!(found("X"), (0, vec![]));
    }
}
