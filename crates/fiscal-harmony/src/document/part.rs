//! A part of an invoice taken back.

use fh_types::{Amount, CatDateTime};

use super::{
    build::{BuildError, ID, NUMBER, REASON, text},
    types::{CreditNote, Invoice, LineItem},
};
use crate::tax::{self, Tax};

#[derive(bon::Builder)]
#[builder(
    start_fn(name = start, vis = ""),
    finish_fn(name = gathered, vis = ""),
    builder_type(name = PartialCreditBuilder, vis = "pub", doc {
        /// Builds a [`CreditNote`] for a part of an invoice: made by [`CreditNote::for_part_of`], ended by
        /// [`PartialCreditBuilder::build`].
    }),
    state_mod(name = partial_credit_builder, vis = "pub", doc {
        /// What is given to a [`PartialCreditBuilder`] so far, for the compiler.
    }),
)]
struct PartialCredit<'a> {
    #[builder(start_fn)]
    invoice: &'a Invoice,
    #[builder(start_fn)]
    parts: Vec<(usize, Amount)>,
    /// The credit note's id in your system: unique and stable.
    #[builder(into)]
    id: String,
    /// The number people see; the id, when not given. At most 50 characters, unique per taxpayer \[zimra\].
    #[builder(into)]
    number: Option<String>,
    /// Why; the authority wants a reason \[zimra\].
    #[builder(into)]
    reason: String,
    /// When the goods were taken back.
    date: CatDateTime,
    /// What earlier credit notes took back of each line: its place from 0, and a quantity. Several for one line are added up.
    /// Only when all of them are named do the parts come to the whole.
    #[builder(default, with = |earlier: impl IntoIterator<Item = (usize, Amount)>| earlier.into_iter().collect())]
    credited_before: Vec<(usize, Amount)>,
    /// The rates behind the tax codes, as on the invoice. An invoice carries codes and no rates, so without them `SubTotal`
    /// and `TotalTax` are left out, and `Total` too where prices are without tax.
    #[builder(default, with = |taxes: impl IntoIterator<Item = Tax>| taxes.into_iter().collect())]
    taxes: Vec<Tax>,
}

impl CreditNote {
    /// A credit note for a part of an invoice: of each line named (by its place, from 0) a quantity.
    ///
    /// What a part comes to is worked out from what is left of the line: a line of 10.00 for 3 units, taken back one by one,
    /// gives 3.33, 3.34 and 3.33. **When the parts of a line come to its full quantity, and each note was told what was
    /// credited before it, their `LineAmount`s come to that of the invoice to the cent**, discounts and all. So do the
    /// `Total`s where prices contain the tax. Each note's tax is taken on its own lines and rounded once, as the authority
    /// demands, so that the taxes of several notes (and their totals, where prices are without tax) may differ from the
    /// invoice's by up to half a cent for each note and tax.
    ///
    /// The unit price is the invoice's. Where it does not multiply back to the part's amount, the difference of a cent or so
    /// is in the discount on a line that has one, and in the unit price on a line that has none.
    ///
    /// ```
    /// use fiscal_harmony::{Buyer, CreditNote, Invoice, Line, tax::Tax, types::{Amount, CurrencyCode, HsCode}};
    /// # let vat = Tax::rated("VAT", "15.5".parse()?);
    /// let soap = Line::builder().description("Soap").hs_code(HsCode::parse("34011100")?).quantity(Amount::from_units(3))
    ///     .unit_price(Amount::cents(400)).discount(Amount::cents(200)).tax(vat.clone()).build()?;
    /// # let invoice = Invoice::builder().id("INV-1").date("2026-11-23T09:30:00+02:00".parse()?).currency(CurrencyCode::parse("USD")?)
    /// #     .buyer(Buyer::cash("Walk-in")?).lines(vec![soap]).build()?;
    /// let one = Amount::from_units(1);
    /// let note = CreditNote::for_part_of(&invoice, [(0, one)])
    ///     .id("CN-1")
    ///     .reason("One bar broken")
    ///     .date("2026-11-24T08:00:00+02:00".parse()?)
    ///     .taxes([vat])
    ///     .build()?;
    /// assert_eq!(note.view().total, Some(Amount::cents(333)), "4.00 less a third of the discount");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_part_of<I>(invoice: &Invoice, parts: I) -> PartialCreditBuilder<'_>
    where
        I: IntoIterator<Item = (usize, Amount)>,
    {
        PartialCredit::start(invoice, parts.into_iter().collect())
    }
}

impl<S: partial_credit_builder::IsComplete> PartialCreditBuilder<'_, S> {
    /// The credit note.
    ///
    /// # Errors
    ///
    /// When no part is named, a line does not exist or is named twice, a quantity is not above zero or more than what is
    /// left of the line, no price comes to the part's amount, a code has two rates, or a text is empty or too long.
    pub fn build(self) -> Result<CreditNote, BuildError> {
        let PartialCredit {
            invoice,
            parts,
            id,
            number,
            reason,
            date,
            credited_before,
            taxes,
        } = self.gathered();
        if parts.is_empty() {
            return Err(BuildError::NoLines);
        }
        for tax in &taxes {
            if taxes.iter().any(|other| other.code() == tax.code() && other != tax) {
                return Err(BuildError::TaxCodeConflict {
                    code: tax.code().to_owned(),
                });
            }
        }
        let mut lines = Vec::with_capacity(parts.len());
        for (at, (line, quantity)) in parts.iter().enumerate() {
            let problem = |problem: String| BuildError::Part { line: *line, problem };
            let whole = invoice
                .line_items
                .get(*line)
                .ok_or_else(|| problem(format!("does not exist; the invoice has {}", invoice.line_items.len())))?;
            if parts[..at].iter().any(|(before, _)| before == line) {
                return Err(problem("is named twice".to_owned()));
            }
            let before = credited_before
                .iter()
                .filter(|(of, _)| of == line)
                .map(|(_, credited)| *credited)
                .sum();
            lines.push(part_of(whole, before, *quantity).map_err(|refused| match refused {
                Refused::Quantity(why) => problem(why),
                Refused::Build(error) => error,
            })?);
        }
        let rate = |line: &LineItem| taxes.iter().find(|tax| tax.code() == line.tax_code);
        let totals = if lines.iter().all(|line| rate(line).is_some()) {
            let taxed = lines
                .iter()
                .filter_map(|line| rate(line).map(|tax| (tax.code(), tax.percent(), line.line_amount)));
            Some(tax::totals(invoice.is_tax_inclusive, taxed).ok_or(BuildError::TooLarge)?)
        } else {
            None
        };
        let of_lines = || {
            invoice
                .is_tax_inclusive
                .then(|| lines.iter().map(|line| line.line_amount).sum())
        };
        let total = totals.as_ref().map(|totals| totals.total).or_else(of_lines);
        let id = text("CreditNoteId", id, 250, ID)?;
        Ok(fh_raw::credit_all! {
            invoice;
            credit_note_number: text("CreditNoteNumber", number.unwrap_or_else(|| id.clone()), 50, NUMBER)?,
            credit_note_id: id,
            original_invoice_id: invoice.invoice_id.clone(),
            reference: text("Reference", reason, 500, REASON)?,
            is_discounted: Some(lines.iter().any(|line| line.discount_amount.is_some())),
            is_tax_inclusive: invoice.is_tax_inclusive,
            buyer_contact: invoice.buyer_contact.clone(),
            date: date,
            sub_total: totals.as_ref().map(|totals| totals.sub_total),
            total_tax: totals.as_ref().map(|totals| totals.total_tax),
            total: total,
            line_items: lines,
            currency_code: invoice.currency_code.clone(),
            is_retry: None,
        })
    }
}

enum Refused {
    Quantity(String),
    Build(BuildError),
}

/// The next `quantity` of a line of which `before` is credited already.
fn part_of(whole: &LineItem, before: Amount, quantity: Amount) -> Result<LineItem, Refused> {
    if !quantity.is_positive() || before.is_negative() {
        return Err(Refused::Quantity(format!(
            "cannot be credited by {quantity}: a quantity is above zero"
        )));
    }
    let after = before + quantity;
    if after > whole.quantity {
        return Err(Refused::Quantity(format!(
            "is over {} units, of which {before} are credited before; {quantity} are more than what is left",
            whole.quantity
        )));
    }
    let too_large = || Refused::Build(BuildError::TooLarge);
    // The amount of the first units of the line grows with them and ends at the line's, so the steps add up to it.
    let up_to = |units: Amount| {
        whole
            .line_amount
            .portion(units, whole.quantity, tax::MONEY_DECIMALS)
            .map(|up_to| up_to.value)
    };
    let amount = up_to(after).ok_or_else(too_large)? - up_to(before).ok_or_else(too_large)?;
    let product = whole
        .unit_amount
        .times(quantity, tax::MONEY_DECIMALS)
        .ok_or_else(too_large)?
        .value;
    let discounted = whole.discount_amount.is_some_and(|discount| !discount.is_zero());
    let (unit_amount, discount_amount) = if product == amount {
        (whole.unit_amount, None)
    } else if product > amount && (discounted || amount.is_zero()) {
        (whole.unit_amount, Some(product - amount))
    } else {
        let price = tax::unit_price_from_total(amount, quantity)
            .map(|(price, _)| price)
            .filter(|price| price.is_positive());
        let no_price = BuildError::NoUnitPrice {
            total: amount,
            quantity,
        };
        (price.ok_or(Refused::Build(no_price))?, None)
    };
    Ok(LineItem {
        quantity,
        unit_amount,
        line_amount: amount,
        discount_amount,
        ..whole.clone()
    })
}

#[cfg(test)]
mod tests {
    use fh_types::{CurrencyCode, HsCode};
    use proptest::prelude::*;

    use super::{
        super::{build::Prices, line::Line, types::Buyer},
        *,
    };

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn vat() -> Tax {
        Tax::rated("VAT", amount("15.5"))
    }

    fn invoice(prices: Prices, lines: &[(Amount, Amount, Amount)]) -> Invoice {
        let lines = lines.iter().map(|(quantity, price, discount)| {
            Line::builder()
                .description("Soap")
                .hs_code(HsCode::parse("34011100").unwrap())
                .quantity(*quantity)
                .unit_price(*price)
                .discount(*discount)
                .tax(vat())
                .build()
                .unwrap()
        });
        Invoice::builder()
            .id("INV-1")
            .date("2026-11-23T09:30:00+02:00".parse().unwrap())
            .currency(CurrencyCode::parse("USD").unwrap())
            .buyer(Buyer::cash("Walk-in").unwrap())
            .prices(prices)
            .lines(lines.collect())
            .build()
            .unwrap()
    }

    fn part(
        invoice: &Invoice,
        before: &[(usize, Amount)],
        parts: &[(usize, Amount)],
    ) -> Result<CreditNote, BuildError> {
        CreditNote::for_part_of(invoice, parts.iter().copied())
            .id("CN-1")
            .reason("Broken")
            .date("2026-11-24T09:30:00+02:00".parse().unwrap())
            .credited_before(before.iter().copied())
            .taxes([vat()])
            .build()
    }

    #[test]
    fn a_line_that_does_not_divide_is_taken_back_to_the_cent() {
        let invoice = invoice(Prices::TaxInclusive, &[(amount("3"), amount("3.333"), amount("0"))]);
        let one = amount("1");
        let mut before = Vec::new();
        let mut amounts = Vec::new();
        for _ in 0..3 {
            let note = part(&invoice, &before, &[(0, one)]).unwrap();
            amounts.push(note.line_items[0].line_amount.to_string());
            assert_eq!(note.line_items[0].discount_amount, None);
            before.push((0, one));
        }
        assert_eq!(amounts, ["3.33", "3.34", "3.33"]);
    }

    #[test]
    fn what_the_invoice_does_not_have_is_refused_by_line() {
        let invoice = invoice(Prices::TaxInclusive, &[(amount("3"), amount("4"), amount("2"))]);
        for (before, parts, words) in [
            (
                vec![],
                vec![(1, amount("1"))],
                "line 1 of the invoice does not exist; the invoice has 1",
            ),
            (
                vec![],
                vec![(0, amount("1")), (0, amount("1"))],
                "line 0 of the invoice is named twice",
            ),
            (vec![], vec![(0, amount("3.5"))], "more than what is left"),
            (
                vec![(0, amount("2")), (0, amount("0.5"))],
                vec![(0, amount("1"))],
                "2.5 are credited before",
            ),
            (vec![], vec![(0, amount("0"))], "above zero"),
            (vec![], vec![], "no lines"),
        ] {
            let error = part(&invoice, &before, &parts).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn without_rates_only_what_is_certain_is_said() {
        let note = |prices| {
            CreditNote::for_part_of(
                &invoice(prices, &[(amount("3"), amount("4"), amount("2"))]),
                [(0, amount("1"))],
            )
            .id("CN-1")
            .reason("Broken")
            .date("2026-11-24T09:30:00+02:00".parse().unwrap())
            .build()
            .unwrap()
        };
        let inclusive = note(Prices::TaxInclusive);
        assert_eq!((inclusive.total, inclusive.total_tax), (Some(amount("3.33")), None));
        assert_eq!(note(Prices::TaxExclusive).total, None);
    }

    proptest! {
        #[test]
        fn parts_that_come_to_the_whole_quantity_come_to_the_whole_amount(
            lines in proptest::collection::vec((1_i64..40, 1_i64..2_000_000, 0_i64..100), 1..4),
            cuts in proptest::collection::vec(1_i64..12, 1..40),
            inclusive: bool,
        ) {
            // Prices to a hundredth of a cent, discounts up to the whole line.
            let lines: Vec<_> = lines
                .into_iter()
                .map(|(quantity, price, percent)| {
                    let (quantity, price) = (Amount::from_units(quantity), Amount::cents(price).portion(amount("1"), amount("100"), 4).unwrap().value);
                    let product = price.times(quantity, 2).unwrap().value;
                    (quantity, price, product.portion(Amount::from_units(percent), amount("100"), 2).unwrap().value)
                })
                .collect();
            let invoice = invoice(if inclusive { Prices::TaxInclusive } else { Prices::TaxExclusive }, &lines);
            let mut credited = vec![Amount::ZERO; lines.len()];
            let mut sums = vec![Amount::ZERO; lines.len()];
            let mut total = Amount::ZERO;
            let mut cuts = cuts.into_iter().cycle();
            while credited.iter().zip(&lines).any(|(credited, line)| credited < &line.0) {
                let parts: Vec<(usize, Amount)> = lines
                    .iter()
                    .enumerate()
                    .filter(|(at, line)| credited[*at] < line.0)
                    .map(|(at, line)| (at, Amount::from_units(cuts.next().unwrap()).min(line.0 - credited[at])))
                    .collect();
                let before: Vec<_> = credited.iter().copied().enumerate().collect();
                let note = part(&invoice, &before, &parts).unwrap();
                for ((at, quantity), item) in parts.iter().zip(&note.line_items) {
                    credited[*at] += *quantity;
                    sums[*at] += item.line_amount;
                    // What preflight holds every line to.
                    let expected = tax::line_amount(item.unit_amount, item.quantity, item.discount_amount, tax::DiscountPolicy::NetOfDiscount).unwrap().value;
                    prop_assert_eq!(item.line_amount, expected);
                    prop_assert!(!item.line_amount.is_negative() && item.unit_amount.is_positive());
                    prop_assert!(item.discount_amount.is_none_or(Amount::is_positive));
                }
                total += note.total.unwrap();
            }
            for (sum, item) in sums.iter().zip(&invoice.line_items) {
                prop_assert_eq!(*sum, item.line_amount);
            }
            if inclusive {
                prop_assert_eq!(Some(total), invoice.total);
            }
        }
    }
}
