//! What has to be done so that an account has what is wanted.

use fh_types::CatDateTime;

use super::{
    mapped::Mapped,
    pair::{CurrencyMapping, TaxMapping},
    problem::Problem,
    step::Step,
    wanted::{Wanted, WantedCurrency, WantedTax},
};
use crate::device::ApplicableTax;

/// A mapping that nobody wants, and that is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// `tax` or `currency`.
    pub what: &'static str,
    /// Your code.
    pub code: String,
    /// What it stands for, for people.
    pub stands_for: String,
}

/// What has to be done so that an account has what is wanted, in the order in which it is done: what is added first, what is deleted last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Plan {
    /// What is to be done.
    pub steps: Vec<Step>,
    /// What nobody wants and is left alone, since deleting was not asked for.
    pub left: Vec<Left>,
    /// How many mappings are as they are wanted.
    pub kept: usize,
    /// What stands in the way.
    pub problems: Vec<Problem>,
}

impl Plan {
    /// Compares what is wanted with what an account has. Taxes are looked up by name and rate among those that apply on `day`. What nobody wants
    /// is deleted when `deletes`, and only listed otherwise.
    ///
    /// ```
    /// use fiscal_harmony::{device::ApplicableTax, mapping::{Mapped, NamedTax, Plan, Wanted, WantedCurrency, WantedTax}};
    /// let standard = ApplicableTax::new(517, "Standard rated 15.5%", "15.5".parse().ok());
    /// let empty = Mapped::new(vec![], vec![], vec![standard], vec!["USD".into()]);
    /// let wanted = Wanted::new(
    ///     vec![WantedTax::new("VAT", NamedTax::new("Standard rated 15.5%", "15.5".parse().ok()))],
    ///     vec![WantedCurrency::new("US$", "USD")],
    /// );
    /// let plan = Plan::of(&wanted, &empty, "2026-11-27T10:00:00".parse()?, false);
    /// let lines: Vec<_> = plan.steps.iter().map(ToString::to_string).collect();
    /// assert_eq!(lines, ["+ tax VAT: Standard rated 15.5% (id 517, 15.5 %)", "+ currency US$: USD"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(wanted: &Wanted, mapped: &Mapped, day: CatDateTime, deletes: bool) -> Self {
        let mut plan = Self::default();
        if let Some(taxes) = &wanted.taxes {
            plan.taxes(taxes, mapped, day, deletes);
        }
        if let Some(currencies) = &wanted.currencies {
            plan.currencies(currencies, mapped, deletes);
        }
        plan.steps.sort_by_key(Step::turn);
        plan
    }

    /// Nothing is to be done, and nothing stands in the way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.problems.is_empty()
    }

    /// The steps of this plan that may be done when another one was shown: what is deleted must have been in that one.
    #[must_use]
    pub fn within(mut self, shown: &Self) -> Self {
        self.steps.retain(|step| !step.deletes() || shown.steps.contains(step));
        self
    }

    fn taxes(&mut self, wanted: &[WantedTax], mapped: &Mapped, day: CatDateTime, deletes: bool) {
        for (at, tax) in wanted.iter().enumerate() {
            let code = &tax.code;
            if wanted[..at].iter().any(|earlier| earlier.code == *code) {
                self.problems.push(Problem::Twice {
                    what: "tax",
                    code: code.clone(),
                });
                continue;
            }
            match tax.tax.find(&mapped.device_taxes, day) {
                Ok(found) => self.tax(tax, &found, mapped, deletes),
                Err(why) => self.problems.push(Problem::Tax {
                    code: code.clone(),
                    why,
                }),
            }
        }
        for (at, mapping) in mapped.taxes.iter().enumerate() {
            let code = &mapping.tax_code;
            let is_twice = mapped.taxes[..at].iter().any(|earlier| earlier.tax_code == *code);
            if !is_twice && wanted.iter().any(|tax| tax.code == *code) {
                continue;
            }
            let from = mapped.described(mapping.destination_tax_id);
            match mapping.id.filter(|_| deletes) {
                Some(id) => self.steps.push(Step::DeleteTax {
                    id,
                    code: code.clone(),
                    from,
                }),
                None => self.left("tax", code, from),
            }
        }
    }

    fn tax(&mut self, wanted: &WantedTax, found: &ApplicableTax, mapped: &Mapped, deletes: bool) {
        let label = |other: Option<&String>| wanted.label.as_ref().or(other).cloned();
        let mut are = mapped
            .taxes
            .iter()
            .filter(|mapping| mapping.tax_code == wanted.code)
            .peekable();
        if are.peek().is_none() {
            let mut mapping = TaxMapping::new(&wanted.code, found.id);
            mapping.tax_name = label(Some(&found.name)).filter(|name| !name.is_empty());
            let tax = found.clone();
            return self.steps.push(Step::AddTax { mapping, tax });
        }
        // Which of two mappings of one code counts is the service's secret: all of them are made right, but for those that go.
        for is in are.take(if deletes { 1 } else { usize::MAX }) {
            let is_named_so = wanted.label.is_none() || wanted.label == is.tax_name;
            if is.destination_tax_id == found.id && is_named_so {
                self.kept += 1;
                continue;
            }
            let Some(id) = is.id else {
                self.no_id("tax", &wanted.code);
                continue;
            };
            let mut mapping = TaxMapping::new(&wanted.code, found.id);
            mapping.id = Some(id);
            mapping.user_id = is.user_id;
            mapping.tax_name = label(is.tax_name.as_ref());
            let mut from = mapped.described(is.destination_tax_id);
            if is.destination_tax_id == found.id {
                from = format!("named {:?}", is.tax_name.as_deref().unwrap_or_default());
            }
            let tax = found.clone();
            self.steps.push(Step::ChangeTax { id, from, mapping, tax });
        }
    }

    fn currencies(&mut self, wanted: &[WantedCurrency], mapped: &Mapped, deletes: bool) {
        for (at, currency) in wanted.iter().enumerate() {
            let WantedCurrency { source, destination } = currency;
            if wanted[..at].iter().any(|earlier| earlier.source == *source) {
                self.problems.push(Problem::Twice {
                    what: "currency",
                    code: source.clone(),
                });
            } else if !mapped.supported.is_empty() && !mapped.supported.contains(destination) {
                self.problems.push(Problem::Currency {
                    code: source.clone(),
                    destination: destination.clone(),
                    supported: mapped.supported.clone(),
                });
            } else {
                self.currency(currency, mapped, deletes);
            }
        }
        for (at, mapping) in mapped.currencies.iter().enumerate() {
            let code = &mapping.source_currency;
            let is_twice = mapped.currencies[..at]
                .iter()
                .any(|earlier| earlier.source_currency == *code);
            if !is_twice && wanted.iter().any(|currency| currency.source == *code) {
                continue;
            }
            let from = mapping.destination_currency.clone();
            match mapping.id.filter(|_| deletes) {
                Some(id) => self.steps.push(Step::DeleteCurrency {
                    id,
                    code: code.clone(),
                    from,
                }),
                None => self.left("currency", code, from),
            }
        }
    }

    fn currency(&mut self, wanted: &WantedCurrency, mapped: &Mapped, deletes: bool) {
        let is_it = |mapping: &&CurrencyMapping| mapping.source_currency == wanted.source;
        let mut are = mapped.currencies.iter().filter(is_it).peekable();
        if are.peek().is_none() {
            let mapping = CurrencyMapping::new(&wanted.source, &wanted.destination);
            return self.steps.push(Step::AddCurrency { mapping });
        }
        for is in are.take(if deletes { 1 } else { usize::MAX }) {
            if is.destination_currency == wanted.destination {
                self.kept += 1;
                continue;
            }
            let Some(id) = is.id else {
                self.no_id("currency", &wanted.source);
                continue;
            };
            let mut mapping = CurrencyMapping::new(&wanted.source, &wanted.destination);
            mapping.id = Some(id);
            mapping.user_id = is.user_id;
            let from = is.destination_currency.clone();
            self.steps.push(Step::ChangeCurrency { id, from, mapping });
        }
    }

    fn left(&mut self, what: &'static str, code: &str, stands_for: String) {
        self.left.push(Left {
            what,
            code: code.to_owned(),
            stands_for,
        });
    }

    fn no_id(&mut self, what: &'static str, code: &str) {
        let code = code.to_owned();
        self.problems.push(Problem::NoId { what, code });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::NamedTax;

    const DAY: &str = "2026-11-27T10:00:00";

    fn table() -> Vec<ApplicableTax> {
        vec![
            ApplicableTax::new(3, "Exempt", None),
            ApplicableTax::new(517, "Standard", "15.5".parse().ok()),
        ]
    }

    fn tax(id: i64, code: &str, to: i64) -> TaxMapping {
        let mut mapping = TaxMapping::new(code, to).name("kept");
        mapping.id = Some(id);
        mapping
    }

    fn currency(id: i64, from: &str, to: &str) -> CurrencyMapping {
        let mut mapping = CurrencyMapping::new(from, to);
        mapping.id = Some(id);
        mapping
    }

    fn account() -> Mapped {
        Mapped::new(
            vec![tax(1, "VAT", 3), tax(2, "EX", 3), tax(3, "OLD", 99)],
            vec![currency(4, "USD", "USD"), currency(5, "ZIG", "USD")],
            table(),
            vec!["USD".into(), "ZWG".into()],
        )
    }

    fn wanted() -> Wanted {
        let standard = NamedTax::new("Standard", "15.5".parse().ok());
        Wanted::new(
            vec![
                WantedTax::new("VAT", standard.clone()),
                WantedTax::new("EX", NamedTax::new("Exempt", None)),
                WantedTax::new("NEW", standard),
            ],
            vec![WantedCurrency::new("ZIG", "ZWG"), WantedCurrency::new("ZWL", "ZWG")],
        )
    }

    fn lines(plan: &Plan) -> Vec<String> {
        plan.steps.iter().map(ToString::to_string).collect()
    }

    fn plan(wanted: &Wanted, deletes: bool) -> Plan {
        Plan::of(wanted, &account(), DAY.parse().unwrap(), deletes)
    }

    #[test]
    fn what_is_missing_is_added_what_is_other_is_changed_and_the_rest_is_left() {
        let made = plan(&wanted(), false);
        let expected = [
            "+ tax NEW: Standard (id 517, 15.5 %)",
            "+ currency ZWL: ZWG",
            "~ tax VAT: Exempt (id 3, exempt) → Standard (id 517, 15.5 %)",
            "~ currency ZIG: USD → ZWG",
        ];
        assert_eq!(lines(&made), expected);
        assert_eq!((made.kept, made.problems.len()), (1, 0));
        let left: Vec<_> = made.left.iter().map(|left| left.code.as_str()).collect();
        assert_eq!(left, ["OLD", "USD"]);
        let deletes = plan(&wanted(), true);
        assert_eq!(lines(&deletes)[..4], expected);
        assert_eq!(
            lines(&deletes)[4..],
            [
                "- tax OLD: tax id 99, which the device does not have",
                "- currency USD: USD"
            ]
        );
        assert!(deletes.left.is_empty());
    }

    #[test]
    fn what_was_not_shown_is_not_deleted() {
        let shown = plan(&wanted(), false);
        assert_eq!(plan(&wanted(), true).within(&shown), Plan { left: vec![], ..shown });
    }

    #[test]
    fn a_part_that_is_not_said_is_left_alone_even_where_deleting_is_asked_for() {
        let taxes_alone = Wanted {
            currencies: None,
            ..wanted()
        };
        assert!(plan(&taxes_alone, true).steps.iter().all(|step| step.what() == "tax"));
        assert!(plan(&Wanted::default(), true).is_empty());
    }

    #[test]
    fn what_an_account_has_is_a_plan_of_nothing() {
        let day = DAY.parse().unwrap();
        let mut account = account();
        account.taxes.pop();
        let (wanted, unsaid) = Wanted::of(&account, day);
        assert_eq!(unsaid, Vec::<String>::new());
        let made = Plan::of(&wanted, &account, day, true);
        assert!(made.is_empty() && made.kept == 4, "{made:?}");
        let (_, unsaid) = Wanted::of(&self::account(), day);
        assert!(unsaid.len() == 1 && unsaid[0].contains("OLD"), "{unsaid:?}");
    }

    #[test]
    fn of_a_code_that_is_mapped_twice_each_is_made_right_and_the_second_goes_only_when_told() {
        let mut account = account();
        account.taxes = vec![tax(1, "VAT", 3), tax(9, "VAT", 3)];
        let wanted = Wanted {
            taxes: Some(vec![WantedTax::new("VAT", NamedTax::new("Exempt", None))]),
            currencies: None,
        };
        let day = DAY.parse().unwrap();
        let kept = Plan::of(&wanted, &account, day, false);
        assert!(kept.is_empty() && kept.kept == 2 && kept.left.len() == 1, "{kept:?}");
        let told = Plan::of(&wanted, &account, day, true);
        assert!(matches!(told.steps[..], [Step::DeleteTax { id: 9, .. }]), "{told:?}");
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let mut wrong = wanted();
        let taxes = wrong.taxes.as_mut().unwrap();
        taxes.push(WantedTax::new("VAT", NamedTax::new("Exempt", None)));
        taxes.push(WantedTax::new("GST", NamedTax::new("Goods", None)));
        wrong
            .currencies
            .as_mut()
            .unwrap()
            .push(WantedCurrency::new("Z$", "ZWD"));
        let made = plan(&wrong, false);
        let said: Vec<_> = made.problems.iter().map(ToString::to_string).collect();
        assert!(!made.is_empty() && said.len() == 3, "{said:?}");
        assert!(said[0].contains("VAT: it is wanted twice"), "{said:?}");
        assert!(said[1].contains("its tax of that rate is Exempt"), "{said:?}");
        assert!(said[2].contains("\"ZWD\"") && said[2].contains("USD, ZWG"), "{said:?}");
    }

    #[test]
    fn a_label_is_changed_only_where_one_is_wanted() {
        let mut named = wanted();
        named.taxes.as_mut().unwrap()[1].label = Some("Exempt goods".to_owned());
        let made = plan(&named, false);
        let change = made.steps.iter().find(|step| step.code() == "EX").unwrap();
        assert_eq!(change.to_string(), "~ tax EX: named \"kept\" → Exempt (id 3, exempt)");
        assert_eq!(
            plan(&wanted(), false)
                .steps
                .iter()
                .filter(|step| step.code() == "EX")
                .count(),
            0
        );
    }
}
