//! One code of yours, and what it stands for.

use serde::{Deserialize, Serialize};

/// A tax code of yours, and the authority's tax. A code must be mapped before a line may use it \[docs\].
///
/// ```
/// use fiscal_harmony::mapping::TaxMapping;
/// let mapping = TaxMapping::new("VAT", 517).name("Standard rated");
/// assert_eq!((mapping.tax_code.as_str(), mapping.destination_tax_id), ("VAT", 517));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaxMapping {
    /// The id of a tax in the device's table ([`ApplicableTax::id`](crate::device::ApplicableTax::id)). It differs between
    /// environments.
    #[serde(rename = "DestinationTaxId")]
    pub destination_tax_id: i64,
    /// The mapping's own id; set by the service.
    #[serde(rename = "Id", skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Your code, as lines of documents use it.
    #[serde(rename = "TaxCode")]
    pub tax_code: String,
    /// A name for people.
    #[serde(rename = "TaxName", skip_serializing_if = "Option::is_none")]
    pub tax_name: Option<String>,
    /// The profile's id; set by the service.
    #[serde(rename = "UserId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// Set by the service.
    #[serde(rename = "ZimraTaxId", skip_serializing_if = "Option::is_none")]
    pub zimra_tax_id: Option<i64>,
}

impl TaxMapping {
    /// A mapping of your code to the authority's tax.
    #[must_use]
    pub fn new(tax_code: impl Into<String>, destination_tax_id: i64) -> Self {
        Self {
            destination_tax_id,
            id: None,
            tax_code: tax_code.into(),
            tax_name: None,
            user_id: None,
            zimra_tax_id: None,
        }
    }

    /// With a name for people.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.tax_name = Some(name.into());
        self
    }
}

/// A currency code of yours, and the authority's. A code must be mapped before a document may use it \[docs\].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CurrencyMapping {
    /// The authority's code.
    #[serde(rename = "DestinationCurrency")]
    pub destination_currency: String,
    /// The mapping's own id; set by the service.
    #[serde(rename = "Id", skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Your code, as documents use it.
    #[serde(rename = "SourceCurrency")]
    pub source_currency: String,
    /// The profile's id; set by the service.
    #[serde(rename = "UserId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
}

impl CurrencyMapping {
    /// A mapping of your code to the authority's.
    #[must_use]
    pub fn new(source: impl Into<String>, destination: impl Into<String>) -> Self {
        Self {
            destination_currency: destination.into(),
            id: None,
            source_currency: source.into(),
            user_id: None,
        }
    }
}
