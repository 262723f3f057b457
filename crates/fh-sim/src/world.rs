use std::collections::HashMap;

use fh_types::CatDateTime;
use serde::{Deserialize, Serialize};

use crate::{device::Device, ledger::Ledger, receipt::Receipt};

/// Everything that a simulator remembers. It is saved as it is to a state file.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct World {
    pub(crate) account: Account,
    pub(crate) taxes: Vec<Tax>,
    pub(crate) tax_mappings: Vec<TaxMapping>,
    pub(crate) currency_mappings: Vec<CurrencyMapping>,
    pub(crate) next_mapping: i64,
    pub(crate) devices: Vec<Device>,
    /// Document numbers on receipts, of all devices, with the device and the document that used them first.
    pub(crate) numbers: HashMap<String, (u32, String)>,
}

/// The taxpayer.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) full_name: String,
    pub(crate) tin: String,
    pub(crate) vat_number: Option<String>,
    pub(crate) address: Vec<String>,
}

/// A row of the authority's tax table.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Tax {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// Hundredths of a percent; none for exempt.
    pub(crate) rate: Option<i64>,
    /// Whether it is VAT; the withholding tax is not.
    pub(crate) is_vat: bool,
    pub(crate) valid_from: CatDateTime,
    pub(crate) valid_till: Option<CatDateTime>,
}

impl Tax {
    pub(crate) fn valid_at(&self, date: CatDateTime) -> bool {
        self.valid_from <= date && self.valid_till.is_none_or(|till| date <= till)
    }
}

#[derive(Serialize, Deserialize, Clone)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TaxMapping {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) tax_code: String,
    pub(crate) tax_name: Option<String>,
    pub(crate) destination_tax_id: i64,
    pub(crate) zimra_tax_id: i64,
}

#[derive(Serialize, Deserialize, Clone)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CurrencyMapping {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) source_currency: String,
    pub(crate) destination_currency: String,
}

impl World {
    pub(crate) fn device(&self, id: u32) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }

    pub(crate) fn device_mut(&mut self, id: u32) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.id == id)
    }

    pub(crate) fn tax(&self, id: i64) -> Option<&Tax> {
        self.taxes.iter().find(|tax| tax.id == id)
    }

    /// The valid receipt of a document of this taxpayer, whichever device issued it.
    pub(crate) fn receipt_of(&self, document: &str) -> Option<&Receipt> {
        self.devices.iter().find_map(|device| device.valid_receipt(document))
    }

    /// What valid credit notes have taken off a document so far, in cents.
    pub(crate) fn credited(&self, document: &str) -> i128 {
        self.devices
            .iter()
            .map(|device| device.credited.get(document).copied().unwrap_or_default())
            .sum()
    }

    /// What was accepted, fiscalised and rejected, over all devices.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut sum = Ledger::default();
        for device in &self.devices {
            sum.add(&device.counts);
        }
        sum
    }
}
