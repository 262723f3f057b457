//! What a document comes to, tax by tax, in cents.

use std::collections::HashMap;

use fiscal_harmony::{
    document::View,
    preflight::EarlierTax,
    tax::{self, Group},
    types::Amount,
};
use serde::{Deserialize, Serialize};

use super::rate::Rate;

/// What a document comes to. In cents; none where that cannot be known: because no table of taxes was there, or because an amount is no whole
/// number of cents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Amounts {
    /// With the tax.
    pub(crate) total: Option<i64>,
    pub(crate) net: Option<i64>,
    pub(crate) tax: Option<i64>,
    /// What its lines say of discounts.
    pub(crate) discounts: Option<i64>,
    pub(crate) taxes: Vec<Share>,
}

/// The part of a document that falls under one tax, in cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Share {
    /// The seller's code; the first one, where several stand for this tax.
    pub(crate) code: String,
    /// The authority's id of the tax, where it is known.
    pub(crate) tax_id: Option<i64>,
    pub(crate) rate: Rate,
    pub(crate) net: Option<i64>,
    pub(crate) tax: Option<i64>,
    pub(crate) gross: Option<i64>,
}

/// What tells a tax apart: the authority's id, or the seller's code where that is all there is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Id(i64),
    Code(&'a str),
}

impl Amounts {
    /// By the authority's rule: each tax once, on the sum of its lines. `known` is what the codes stood for. Half a cent is rounded up; which way
    /// the authority rounds it is not known.
    pub(crate) fn of(view: &View<'_>, known: &[EarlierTax]) -> Self {
        let resolved: HashMap<&str, (i64, Option<Amount>)> = known
            .iter()
            .filter_map(|tax| Some((tax.code.as_str(), tax.resolved?)))
            .collect();
        let taxed = view.lines.iter().map(|line| {
            let code = line.tax_code.as_str();
            match resolved.get(code) {
                Some((id, percent)) => (Key::Id(*id), *percent, line.line_amount),
                None => (Key::Code(code), None, line.line_amount),
            }
        });
        let Some(totals) = tax::totals(view.tax_inclusive, taxed) else {
            return Self::default();
        };
        let taxes: Vec<Share> = totals
            .groups
            .iter()
            .map(|group| Share::of(group, view, &resolved))
            .collect();
        let all = |of: fn(&Share) -> Option<i64>| taxes.iter().map(of).sum::<Option<i64>>();
        let (net, tax) = (all(|share| share.net), all(|share| share.tax));
        Self {
            total: view.total.and_then(cents).or_else(|| all(|share| share.gross)),
            net,
            tax,
            discounts: view
                .lines
                .iter()
                .filter_map(|line| line.discount_amount)
                .map(cents)
                .sum(),
            taxes,
        }
    }

    /// Every tax of it is known.
    pub(crate) fn are_taxed(&self) -> bool {
        self.tax.is_some()
    }
}

impl Share {
    fn of(group: &Group<Key<'_>>, view: &View<'_>, resolved: &HashMap<&str, (i64, Option<Amount>)>) -> Self {
        let sum = cents(group.lines_sum);
        match group.key {
            Key::Id(id) => {
                let is_it = |code: &str| resolved.get(code).is_some_and(|(other, _)| *other == id);
                let mut codes = view.lines.iter().map(|line| line.tax_code.as_str());
                Self {
                    code: codes.find(|code| is_it(code)).unwrap_or_default().to_owned(),
                    tax_id: Some(id),
                    rate: group.percent.map_or(Rate::Exempt, Rate::Percent),
                    net: cents(group.net()),
                    tax: cents(group.tax),
                    gross: cents(group.gross),
                }
            }
            Key::Code(code) => Self {
                code: code.to_owned(),
                tax_id: None,
                rate: Rate::Unknown,
                // The sum is with the tax or without it, and the other of the two is anybody's guess.
                net: sum.filter(|_| !view.tax_inclusive),
                tax: None,
                gross: sum.filter(|_| view.tax_inclusive),
            },
        }
    }
}

/// An amount in cents; none when it is no whole number of them.
pub(crate) fn cents(amount: Amount) -> Option<i64> {
    if amount.needed_scale() > tax::MONEY_DECIMALS {
        return None;
    }
    let exact = amount.decimal().normalize();
    let factor = 10_i128.pow(tax::MONEY_DECIMALS - exact.scale());
    i64::try_from(exact.mantissa() * factor).ok()
}

#[cfg(test)]
mod tests {
    use fiscal_harmony::Document;

    use super::*;

    fn amounts(inclusive: bool, total: &str, lines: &[(&str, &str)], known: &[EarlierTax]) -> Amounts {
        let lines: Vec<_> = lines
            .iter()
            .map(|(amount, code)| {
                format!(
                    r#"{{"Description":"Soap","UnitAmount":{amount},"Quantity":1,"LineAmount":{amount},"TaxCode":"{code}","ProductCode":"34011100"}}"#
                )
            })
            .collect();
        let json = format!(
            r#"{{"InvoiceId":"A1","InvoiceNumber":"A1","IsTaxInclusive":{inclusive},"BuyerContact":{{"Name":"Cash Customer"}},
            "Date":"2026-02-03T10:00:00+02:00","CurrencyCode":"USD","LineItems":[{}]{total}}}"#,
            lines.join(",")
        );
        Amounts::of(&Document::from_json(json.as_bytes()).unwrap().view(), known)
    }

    fn tax(code: &str, resolved: Option<(i64, Option<&str>)>) -> EarlierTax {
        EarlierTax {
            code: code.to_owned(),
            resolved: resolved.map(|(id, percent)| (id, percent.map(|percent| percent.parse().unwrap()))),
        }
    }

    #[test]
    fn each_tax_is_taken_once_on_its_sum_whatever_codes_stand_for_it() {
        let known = [
            tax("V", Some((517, Some("15.50")))),
            tax("VAT", Some((517, Some("15.5")))),
            tax("EX", Some((3, None))),
        ];
        let lines = [("19.99", "V"), ("49.99", "VAT"), ("5", "EX")];
        let amounts = amounts(true, "", &lines, &known);
        assert_eq!(
            (amounts.total, amounts.net, amounts.tax, amounts.discounts),
            (Some(7498), Some(6559), Some(939), Some(0))
        );
        let rates: Vec<_> = amounts
            .taxes
            .iter()
            .map(|share| (share.code.as_str(), share.rate.to_string()))
            .collect();
        assert_eq!(rates, [("V", "15.5".to_owned()), ("EX", "exempt".to_owned())]);
    }

    #[test]
    fn without_a_table_the_tax_is_not_guessed() {
        let inclusive = amounts(true, "", &[("19.99", "V")], &[tax("V", None)]);
        assert_eq!(
            (inclusive.total, inclusive.net, inclusive.tax),
            (Some(1999), None, None)
        );
        assert!(!inclusive.are_taxed());
        let exclusive = amounts(false, "", &[("19.99", "V")], &[]);
        assert_eq!(
            (exclusive.total, exclusive.net, exclusive.tax),
            (None, Some(1999), None)
        );
        let said = amounts(false, r#","Total":23.09"#, &[("19.99", "V")], &[]);
        assert_eq!(
            (said.total, said.tax),
            (Some(2309), None),
            "what the document says is known"
        );
    }

    #[test]
    fn what_is_no_whole_number_of_cents_is_not_counted_as_one() {
        let odd = amounts(true, "", &[("0.125", "V")], &[tax("V", Some((517, Some("15.5"))))]);
        assert_eq!((odd.total, odd.net), (None, None));
        assert_eq!(cents("-0.10".parse().unwrap()), Some(-10));
    }
}
