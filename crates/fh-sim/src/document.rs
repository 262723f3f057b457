use fh_types::CatDateTime;
use serde::Deserialize;

use crate::exact::Exact;

/// Invoice or credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, Deserialize)]
pub(crate) enum Kind {
    Invoice,
    CreditNote,
}

/// A submitted document, as the simulator reads it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Document {
    #[serde(alias = "CreditNoteId", rename = "InvoiceId")]
    pub(crate) id: String,
    #[serde(alias = "CreditNoteNumber", rename = "InvoiceNumber")]
    pub(crate) number: String,
    #[serde(default)]
    pub(crate) original_invoice_id: Option<String>,
    #[serde(default)]
    pub(crate) reference: Option<String>,
    pub(crate) is_tax_inclusive: bool,
    pub(crate) buyer_contact: Buyer,
    pub(crate) date: CatDateTime,
    pub(crate) line_items: Vec<Line>,
    #[serde(default)]
    pub(crate) sub_total: Option<Exact>,
    #[serde(default)]
    pub(crate) total_tax: Option<Exact>,
    #[serde(default)]
    pub(crate) total: Option<Exact>,
    pub(crate) currency_code: String,
    #[serde(default)]
    pub(crate) payment_method: Option<String>,
    #[serde(default)]
    pub(crate) is_retry: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Buyer {
    pub(crate) name: Option<String>,
    pub(crate) trade_name: Option<String>,
    pub(crate) tin: Option<String>,
    pub(crate) vat_number: Option<String>,
    pub(crate) address: Option<Address>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Address {
    pub(crate) province: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) house_no: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Line {
    pub(crate) description: String,
    pub(crate) unit_amount: Exact,
    pub(crate) quantity: Exact,
    pub(crate) line_amount: Exact,
    #[serde(default)]
    pub(crate) discount_amount: Option<Exact>,
    pub(crate) tax_code: String,
    #[serde(default)]
    pub(crate) product_code: Option<String>,
}

impl Document {
    /// Reads a body whose form was already checked. The error says which value could not be read.
    pub(crate) fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    pub(crate) fn is_retry(&self) -> bool {
        self.is_retry.unwrap_or(false)
    }
}

impl Buyer {
    fn text(value: Option<&String>) -> &str {
        value.map_or("", |text| text.trim())
    }

    pub(crate) fn name(&self) -> &str {
        Self::text(self.name.as_ref())
    }

    pub(crate) fn tin(&self) -> &str {
        Self::text(self.tin.as_ref())
    }

    pub(crate) fn vat_number(&self) -> &str {
        Self::text(self.vat_number.as_ref())
    }

    /// A buyer who is not named to the authority.
    pub(crate) fn is_cash(&self) -> bool {
        self.name.as_deref().is_some_and(|name| name.starts_with("Cash "))
    }
}
