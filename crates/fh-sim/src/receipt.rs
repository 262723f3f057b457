//! The receipts that the authority keeps.

use fh_types::CatDateTime;
use serde::{Deserialize, Serialize};

use crate::{
    document::Kind,
    qr::{QR_HOST, verification_url},
};

/// The sum of one tax on a receipt, in cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaxRow {
    pub(crate) tax_id: i64,
    /// Hundredths of a percent; none for exempt.
    pub(crate) rate: Option<i64>,
    pub(crate) tax: i128,
    /// The sales amount with tax.
    pub(crate) gross: i128,
}

/// A receipt that the authority keeps, be it valid or red.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Receipt {
    pub(crate) device: u32,
    /// The submission that it came from; none for a receipt older than the simulator.
    pub(crate) request: Option<String>,
    pub(crate) document: String,
    pub(crate) number: String,
    pub(crate) kind: Kind,
    /// For a credit note, the document it credits.
    pub(crate) original: Option<String>,
    pub(crate) counter: u64,
    pub(crate) global_number: u64,
    pub(crate) fiscal_day: u64,
    pub(crate) date: CatDateTime,
    pub(crate) currency: String,
    /// Cents, positive for a credit note too.
    pub(crate) total: i128,
    pub(crate) rows: Vec<TaxRow>,
    pub(crate) is_red: bool,
    /// Base64, chained into the next receipt of the fiscal day.
    pub(crate) hash: String,
    /// Sixteen hexadecimal digits.
    pub(crate) qr_data: String,
}

impl Receipt {
    /// The verification link.
    pub(crate) fn link(&self) -> String {
        verification_url(QR_HOST, self.device, self.date, self.global_number, &self.qr_data)
    }

    /// The file name of its PDF. It has spaces, since nothing is promised about such names.
    pub(crate) fn pdf_name(&self) -> String {
        let kind = match self.kind {
            Kind::Invoice => "Fiscal Invoice",
            Kind::CreditNote => "Fiscal Credit Note",
        };
        format!("{kind} {}-{}.pdf", self.device, self.global_number)
    }
}
