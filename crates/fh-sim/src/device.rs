use std::collections::{BTreeMap, HashMap};

use fh_auth::ApiSecret;
use fh_types::CatDateTime;
use serde::{Deserialize, Serialize};

use crate::{
    document::Kind,
    hook::Hook,
    ledger::{Count, Ledger},
    receipt::Receipt,
};

/// One fiscal device with its API key, its lane of receipts and what was submitted through it.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Device {
    pub(crate) id: u32,
    pub(crate) serial: String,
    pub(crate) branch: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    #[serde(default)]
    pub(crate) key_is_revoked: bool,
    pub(crate) day: Day,
    pub(crate) last_global_number: u64,
    /// Receipts that were numbered by the service and then lost, so that the authority sees a gap.
    pub(crate) skipped_counters: u64,
    pub(crate) last_date: Option<CatDateTime>,
    pub(crate) receipts: Vec<Receipt>,
    /// Document id to the place of its valid receipt.
    pub(crate) valid: HashMap<String, usize>,
    /// Document id to the cents credited to it through this device.
    pub(crate) credited: HashMap<String, i128>,
    pub(crate) z_reports: Vec<ZReport>,
    pub(crate) submissions: Vec<Submission>,
    /// Request id to the place of its submission.
    pub(crate) by_request: HashMap<String, usize>,
    /// Document id to the place of its latest submission.
    pub(crate) by_document: HashMap<String, usize>,
    pub(crate) counts: Ledger,
    pub(crate) hook: Option<Hook>,
}

/// The fiscal day of a device.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Day {
    pub(crate) number: u64,
    pub(crate) state: DayState,
    pub(crate) opened: CatDateTime,
    pub(crate) last_counter: u64,
    /// Receipts of this day that stop it from closing.
    pub(crate) red: Vec<u64>,
    /// Place of the day's first receipt in [`Device::receipts`].
    pub(crate) first_receipt: usize,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DayState {
    Closed,
    Opened,
    CloseFailed,
}

/// A close-day report, successful or failed.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct ZReport {
    pub(crate) fiscal_day: u64,
    pub(crate) opened: CatDateTime,
    pub(crate) closed: CatDateTime,
    pub(crate) success: bool,
    pub(crate) error: Option<String>,
    pub(crate) receipts: u64,
    pub(crate) rows: Vec<ZRow>,
}

/// Sales and credit notes of one tax in one currency, in cents.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct ZRow {
    pub(crate) currency: String,
    pub(crate) tax_id: i64,
    pub(crate) rate: Option<i64>,
    pub(crate) sales: i128,
    pub(crate) sales_tax: i128,
    pub(crate) credits: i128,
    pub(crate) credits_tax: i128,
}

/// One accepted submission.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Submission {
    pub(crate) request: String,
    pub(crate) document: String,
    pub(crate) kind: Kind,
    pub(crate) body: String,
    pub(crate) accepted: CatDateTime,
    /// The service refuses it whatever it says, once ([`crate::Fault::RejectedOnce`]).
    pub(crate) refuse: bool,
    pub(crate) outcome: Option<Outcome>,
}

/// The result of a submission.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Outcome {
    pub(crate) settled: CatDateTime,
    pub(crate) error: Option<String>,
    pub(crate) actionable: bool,
    /// Place of the receipt, when fiscalised.
    pub(crate) receipt: Option<usize>,
    /// Yellow remarks, which the caller is not told.
    pub(crate) remarks: Vec<String>,
}

impl Device {
    pub(crate) fn new(id: u32, key: String, secret: String, branch: String, opened: CatDateTime) -> Self {
        Self {
            id,
            serial: format!("SIM-{id:06}"),
            branch,
            key,
            secret,
            key_is_revoked: false,
            day: Day {
                number: 0,
                state: DayState::Closed,
                opened,
                last_counter: 0,
                red: Vec::new(),
                first_receipt: 0,
            },
            last_global_number: 0,
            skipped_counters: 0,
            last_date: None,
            receipts: Vec::new(),
            valid: HashMap::new(),
            credited: HashMap::new(),
            z_reports: Vec::new(),
            submissions: Vec::new(),
            by_request: HashMap::new(),
            by_document: HashMap::new(),
            counts: Ledger::default(),
            hook: None,
        }
    }

    pub(crate) fn secrets(&self) -> Vec<ApiSecret> {
        ApiSecret::new(&self.secret).into_iter().collect()
    }

    pub(crate) fn valid_receipt(&self, document: &str) -> Option<&Receipt> {
        self.receipts.get(*self.valid.get(document)?)
    }

    /// The receipt that a PDF name of this device stands for.
    pub(crate) fn receipt_named(&self, name: &str) -> Option<&Receipt> {
        let number: u64 = name.strip_suffix(".pdf")?.rsplit('-').next()?.parse().ok()?;
        let place = self
            .receipts
            .binary_search_by_key(&number, |receipt| receipt.global_number)
            .ok()?;
        self.receipts
            .get(place)
            .filter(|receipt| !receipt.is_red && receipt.pdf_name() == name)
    }

    pub(crate) fn submission(&self, request: &str) -> Option<&Submission> {
        self.submissions.get(*self.by_request.get(request)?)
    }

    pub(crate) fn latest(&self, document: &str) -> Option<&Submission> {
        self.submissions.get(*self.by_document.get(document)?)
    }

    pub(crate) fn count(&mut self, document: &str) -> &mut Count {
        self.counts.entry(document)
    }

    /// Takes a submission in and counts it.
    pub(crate) fn accept(&mut self, submission: Submission) {
        let place = self.submissions.len();
        self.by_request.insert(submission.request.clone(), place);
        self.by_document.insert(submission.document.clone(), place);
        self.count(&submission.document).accepted += 1;
        self.submissions.push(submission);
    }

    /// Lets the authority judge a submission that was rejected another time, as it was.
    pub(crate) fn try_again(&mut self, request: &str, now: CatDateTime, refuse: bool) {
        let place = self.by_request.get(request).copied();
        if let Some(submission) = place.and_then(|place| self.submissions.get_mut(place)) {
            submission.accepted = now;
            submission.refuse = refuse;
            submission.outcome = None;
        }
    }

    /// Keeps a receipt and moves the counters on.
    pub(crate) fn keep(&mut self, receipt: Receipt) -> usize {
        let place = self.receipts.len();
        self.last_global_number = receipt.global_number;
        self.day.last_counter = receipt.counter;
        self.last_date = Some(receipt.date);
        if receipt.is_red {
            self.day.red.push(receipt.global_number);
        } else {
            self.valid.insert(receipt.document.clone(), place);
            if let Some(original) = &receipt.original {
                *self.credited.entry(original.clone()).or_default() += receipt.total;
            }
        }
        self.receipts.push(receipt);
        place
    }

    /// Opens a fiscal day if none is open; before that closes one that has lasted its time.
    pub(crate) fn roll_day(&mut self, now: CatDateTime, hours: u32) {
        let ends = self.day.opened.timestamp().as_second() + i64::from(hours) * 3600;
        if self.day.state == DayState::Opened && now.timestamp().as_second() >= ends {
            // A day that cannot be closed goes on; its receipts earn a remark.
            let _ = self.close_day(now, false);
        }
        if self.day.state == DayState::Closed {
            self.day = Day {
                number: self.day.number + 1,
                state: DayState::Opened,
                opened: now,
                last_counter: 0,
                red: Vec::new(),
                first_receipt: self.receipts.len(),
            };
        }
    }

    /// Closes the fiscal day and writes its Z-report. Red receipts stop it unless `force`, which stands for the authority's
    /// officer. Returns the number of red receipts when it failed.
    pub(crate) fn close_day(&mut self, now: CatDateTime, force: bool) -> Result<u64, usize> {
        let red = self.day.red.len();
        let success = force || red == 0;
        self.z_reports.push(ZReport {
            fiscal_day: self.day.number,
            opened: self.day.opened,
            closed: now,
            success,
            error: (!success).then(|| "ReceiptsWithValidationErrors".to_owned()),
            receipts: self.day.last_counter,
            rows: self.z_rows(),
        });
        if success {
            self.day.state = DayState::Closed;
            Ok(self.day.number)
        } else {
            self.day.state = DayState::CloseFailed;
            Err(red)
        }
    }

    fn z_rows(&self) -> Vec<ZRow> {
        let mut rows: BTreeMap<(String, i64), ZRow> = BTreeMap::new();
        let todays = self.receipts.get(self.day.first_receipt..).unwrap_or_default();
        for receipt in todays.iter().filter(|receipt| !receipt.is_red) {
            for tax in &receipt.rows {
                let row = rows
                    .entry((receipt.currency.clone(), tax.tax_id))
                    .or_insert_with(|| ZRow {
                        currency: receipt.currency.clone(),
                        tax_id: tax.tax_id,
                        rate: tax.rate,
                        sales: 0,
                        sales_tax: 0,
                        credits: 0,
                        credits_tax: 0,
                    });
                match receipt.kind {
                    Kind::Invoice => {
                        row.sales += tax.gross;
                        row.sales_tax += tax.tax;
                    }
                    Kind::CreditNote => {
                        row.credits += tax.gross;
                        row.credits_tax += tax.tax;
                    }
                }
            }
        }
        rows.into_values().collect()
    }
}
