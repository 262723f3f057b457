//! What an account has.

use super::pair::{CurrencyMapping, TaxMapping};
use crate::device::ApplicableTax;

/// What an account has: its mappings with their ids, and what they may point to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Mapped {
    /// The tax mappings.
    pub taxes: Vec<TaxMapping>,
    /// The currency mappings.
    pub currencies: Vec<CurrencyMapping>,
    /// The device's taxes. Empty when there is no device, or its table could not be read.
    pub device_taxes: Vec<ApplicableTax>,
    /// The currencies that the service supports. Empty when it names none.
    pub supported: Vec<String>,
}

impl Mapped {
    /// What an account has, by its parts.
    #[must_use]
    pub fn new(
        taxes: Vec<TaxMapping>,
        currencies: Vec<CurrencyMapping>,
        device_taxes: Vec<ApplicableTax>,
        supported: Vec<String>,
    ) -> Self {
        Self {
            taxes,
            currencies,
            device_taxes,
            supported,
        }
    }

    /// What a tax mapping points to, for people.
    pub(super) fn described(&self, tax_id: i64) -> String {
        let row = self.device_taxes.iter().find(|tax| tax.id == tax_id);
        row.map_or_else(
            || format!("tax id {tax_id}, which the device does not have"),
            ToString::to_string,
        )
    }
}
