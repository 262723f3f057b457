//! One thing that has to be done.

use std::fmt;

use super::pair::{CurrencyMapping, TaxMapping};
use crate::device::ApplicableTax;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A tax code that is not mapped.
    AddTax {
        /// What it will be.
        mapping: TaxMapping,
        /// The tax that it stands for.
        tax: ApplicableTax,
    },
    /// A tax code that is mapped to something else, or under another name.
    ChangeTax {
        /// The mapping's id.
        id: i64,
        /// What it stands for now, for people.
        from: String,
        /// What it will be.
        mapping: TaxMapping,
        /// The tax that it then stands for.
        tax: ApplicableTax,
    },
    /// A tax code that nobody wants.
    DeleteTax {
        /// The mapping's id.
        id: i64,
        /// Your code.
        code: String,
        /// What it stands for, for people.
        from: String,
    },
    /// A currency that is not mapped.
    AddCurrency {
        /// What it will be.
        mapping: CurrencyMapping,
    },
    /// A currency that is mapped to another one.
    ChangeCurrency {
        /// The mapping's id.
        id: i64,
        /// What it stands for now.
        from: String,
        /// What it will be.
        mapping: CurrencyMapping,
    },
    /// A currency that nobody wants.
    DeleteCurrency {
        /// The mapping's id.
        id: i64,
        /// Your code.
        code: String,
        /// What it stands for.
        from: String,
    },
}

impl Step {
    /// Whether it takes something away.
    #[must_use]
    pub fn deletes(&self) -> bool {
        matches!(self, Self::DeleteTax { .. } | Self::DeleteCurrency { .. })
    }

    /// `add`, `change` or `delete`.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::AddTax { .. } | Self::AddCurrency { .. } => "add",
            Self::ChangeTax { .. } | Self::ChangeCurrency { .. } => "change",
            Self::DeleteTax { .. } | Self::DeleteCurrency { .. } => "delete",
        }
    }

    /// `tax` or `currency`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::AddTax { .. } | Self::ChangeTax { .. } | Self::DeleteTax { .. } => "tax",
            Self::AddCurrency { .. } | Self::ChangeCurrency { .. } | Self::DeleteCurrency { .. } => "currency",
        }
    }

    /// Your code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::AddTax { mapping, .. } | Self::ChangeTax { mapping, .. } => &mapping.tax_code,
            Self::AddCurrency { mapping } | Self::ChangeCurrency { mapping, .. } => &mapping.source_currency,
            Self::DeleteTax { code, .. } | Self::DeleteCurrency { code, .. } => code,
        }
    }

    /// What it stands for before, for people.
    #[must_use]
    pub fn before(&self) -> Option<&str> {
        match self {
            Self::AddTax { .. } | Self::AddCurrency { .. } => None,
            Self::ChangeTax { from, .. }
            | Self::DeleteTax { from, .. }
            | Self::ChangeCurrency { from, .. }
            | Self::DeleteCurrency { from, .. } => Some(from),
        }
    }

    /// What it stands for after, for people.
    #[must_use]
    pub fn after(&self) -> Option<String> {
        match self {
            Self::AddTax { tax, .. } | Self::ChangeTax { tax, .. } => Some(tax.to_string()),
            Self::AddCurrency { mapping } | Self::ChangeCurrency { mapping, .. } => {
                Some(mapping.destination_currency.clone())
            }
            Self::DeleteTax { .. } | Self::DeleteCurrency { .. } => None,
        }
    }

    /// What is added comes first, what is deleted last.
    pub(super) fn turn(&self) -> u8 {
        match self.verb() {
            "add" => 0,
            "change" => 1,
            _ => 2,
        }
    }
}

/// Shown as `+ tax VAT: Exempt (id 3, exempt)`, `~ currency ZIG: ZWL → ZWG` or `- tax OLD: …`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.verb() {
            "add" => '+',
            "change" => '~',
            _ => '-',
        };
        write!(f, "{sign} {} {}: ", self.what(), self.code())?;
        let before = self.before().map(str::to_owned);
        let parts: Vec<_> = [before, self.after()].into_iter().flatten().collect();
        f.write_str(&parts.join(" → "))
    }
}
