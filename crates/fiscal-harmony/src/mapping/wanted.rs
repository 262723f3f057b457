//! What should be mapped.

use fh_types::CatDateTime;

use super::{mapped::Mapped, named::NamedTax};

/// What should be mapped. A part that is not there is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Wanted {
    /// The tax codes; `None` leaves the account's tax mappings alone.
    pub taxes: Option<Vec<WantedTax>>,
    /// The currency codes; `None` leaves the account's currency mappings alone.
    pub currencies: Option<Vec<WantedCurrency>>,
}

/// A tax code of yours, and what it should stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantedTax {
    /// Your code, as lines of documents use it.
    pub code: String,
    /// The authority's tax.
    pub tax: NamedTax,
    /// The mapping's name for people; `None` leaves the one that it has, or takes the authority's for a new one.
    pub label: Option<String>,
}

/// A currency code of yours, and what it should stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantedCurrency {
    /// Your code, as documents use it.
    pub source: String,
    /// The authority's code.
    pub destination: String,
}

impl WantedTax {
    /// Your code and the authority's tax.
    #[must_use]
    pub fn new(code: impl Into<String>, tax: NamedTax) -> Self {
        Self {
            code: code.into(),
            tax,
            label: None,
        }
    }
}

impl WantedCurrency {
    /// Your code and the authority's.
    #[must_use]
    pub fn new(source: impl Into<String>, destination: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            destination: destination.into(),
        }
    }
}

impl Wanted {
    /// These tax codes and these currencies.
    #[must_use]
    pub fn new(taxes: Vec<WantedTax>, currencies: Vec<WantedCurrency>) -> Self {
        Self {
            taxes: Some(taxes),
            currencies: Some(currencies),
        }
    }

    /// What an account has, as it would be wanted elsewhere; and what cannot be said by name, such as a mapping to a tax that has ended.
    #[must_use]
    pub fn of(mapped: &Mapped, day: CatDateTime) -> (Self, Vec<String>) {
        let (mut taxes, mut unsaid) = (Vec::<WantedTax>::new(), Vec::new());
        for mapping in &mapped.taxes {
            let code = &mapping.tax_code;
            if taxes.iter().any(|wanted| wanted.code == *code) {
                unsaid.push(format!("tax code {code:?} is mapped more than once"));
                continue;
            }
            let with_id = || {
                mapped
                    .device_taxes
                    .iter()
                    .filter(|tax| tax.id == mapping.destination_tax_id)
            };
            match with_id().find(|tax| tax.applies_on(day)) {
                Some(tax) => taxes.push(WantedTax {
                    code: code.clone(),
                    tax: NamedTax::of(tax, &mapped.device_taxes, day),
                    label: mapping.tax_name.clone(),
                }),
                None => {
                    let tax = mapped.described(mapping.destination_tax_id);
                    let why = if with_id().next().is_some() {
                        ", which does not apply today"
                    } else {
                        ""
                    };
                    unsaid.push(format!("tax code {code:?} is mapped to {tax}{why}"));
                }
            }
        }
        let mut currencies = Vec::<WantedCurrency>::new();
        for mapping in &mapped.currencies {
            let source = &mapping.source_currency;
            if currencies.iter().any(|wanted| wanted.source == *source) {
                unsaid.push(format!("currency {source:?} is mapped more than once"));
            } else {
                currencies.push(WantedCurrency::new(source, &mapping.destination_currency));
            }
        }
        (Self::new(taxes, currencies), unsaid)
    }
}
