//! A document as it is written, in the names of the wire. It is read back by the client's own reader, so that what is wrong with it is said in
//! the client's words.

use fh_types::{Amount, CatDateTime};
use serde::Serialize;

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WireDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoice_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invoice_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_note_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_note_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) original_invoice_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_discounted: Option<bool>,
    pub(crate) is_tax_inclusive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) buyer_contact: Option<WireBuyer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<CatDateTime>,
    pub(crate) line_items: Vec<WireLine>,
    pub(crate) sub_total: Amount,
    pub(crate) total_tax: Amount,
    pub(crate) total: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) currency_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_method: Option<String>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WireBuyer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trade_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vat_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<WireAddress>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WireAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) province: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) house_no: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WireLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_code: Option<String>,
    pub(crate) unit_amount: Amount,
    pub(crate) quantity: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) discount_amount: Option<Amount>,
    pub(crate) line_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tax_code: Option<String>,
}

impl WireDocument {
    pub(crate) fn body(&self) -> Vec<u8> {
        // Texts, amounts and dates: nothing here can fail to be written.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
