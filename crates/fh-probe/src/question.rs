//! The experiments and the questions they answer. `docs/probe.md` shows this list.

use serde::Serialize;

/// How red an experiment can turn out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// It sends no document that could be taken.
    Green,
    /// It sends documents that the authority has nothing against, or that the service refuses before the authority sees them.
    Yellow,
    /// It may leave a red receipt, which stops the fiscal day from closing by itself.
    Red,
}

/// What a red receipt does, and whom to ask: to be said before the red questions are asked.
pub const RED_NOTICE: &str = "the red questions send documents that are wrong on purpose: wrong sums, numbers that were used, dates out of \
    order. On this TEST device they may leave red receipts. A day with a red receipt does not close by itself: its close fails with \
    ReceiptsWithValidationErrors until an officer of the tax authority closes it by hand, so ask Fiscal Harmony's support (or ZIMRA, for a \
    test device of its own) to close the day, with the device's id and the number of the fiscal day. Until then the device goes on \
    taking documents. Do not do it on a device whose day you need closed tonight.";

/// One experiment: a few requests that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Experiment {
    /// Its name.
    pub name: &'static str,
    /// How red it can turn out.
    pub risk: Risk,
    /// What it sends.
    pub sends: &'static str,
    /// How many documents, when nothing is lost on the way.
    pub documents: u32,
}

/// One question of `contract.md`, section 13, or of the list of open questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Question {
    /// Its name.
    pub name: &'static str,
    /// The experiment that answers it.
    pub experiment: &'static str,
    /// The question.
    pub asks: &'static str,
    /// What this project assumes.
    pub assumed: &'static str,
    /// What changes when the answer is another.
    pub changes: &'static str,
}

const fn experiment(name: &'static str, risk: Risk, documents: u32, sends: &'static str) -> Experiment {
    Experiment {
        name,
        risk,
        sends,
        documents,
    }
}

use Risk::{Green, Red, Yellow};

/// The experiments, in their order: green, yellow, red.
pub static EXPERIMENTS: &[Experiment] = &[
    experiment(
        "account",
        Green,
        0,
        "GET profile, device, subscription, supported currencies, mappings",
    ),
    experiment(
        "paths",
        Green,
        0,
        "GET profile with and without /api before it; POST test",
    ),
    experiment(
        "headers",
        Green,
        0,
        "GET profile and signed empty questions without one header, or with one more; a wrong signature",
    ),
    experiment(
        "errors",
        Green,
        0,
        "requests that must fail: broken JSON, an unknown path, a wrong method, a wrong media type, a body of 2 MB, a key of nobody",
    ),
    experiment(
        "status",
        Green,
        0,
        "POST status with no id, an unknown id, a text that is no id, 101 ids",
    ),
    experiment(
        "bodies",
        Green,
        0,
        "POST status with no id and more and more blanks: a byte over 64 KiB, 1 MiB, 4 MiB",
    ),
    experiment("files", Green, 0, "GET download of a file that does not exist"),
    experiment(
        "reports",
        Green,
        0,
        "GET Z-reports, with paging parameters, of one day, and as PDF at two paths",
    ),
    experiment(
        "mappings",
        Green,
        0,
        "adds, reads, changes, adds again and deletes a tax mapping with a code of its own",
    ),
    experiment("rate", Green, 0, "GET profile up to 30 times without a pause"),
    experiment(
        "plain",
        Yellow,
        2,
        "invoices that the authority has nothing against, and the PDF of one",
    ),
    experiment("numbers", Yellow, 1, "the same with its numbers as text"),
    experiment("unknown-fields", Yellow, 1, "the same with one more field"),
    experiment("payment-method", Yellow, 1, "the same without PaymentMethod"),
    experiment(
        "lengths",
        Yellow,
        3,
        "texts of exactly the known lengths, and of one letter more",
    ),
    experiment("hs-codes", Yellow, 1, "an HS code of 4 digits"),
    experiment(
        "buyers",
        Yellow,
        8,
        "buyers without a TIN and names that begin with Cash, cash, CashX; an empty TIN; no buyer; addresses with empty or missing parts",
    ),
    experiment(
        "codes",
        Yellow,
        4,
        "a tax code that is not mapped but is a tax id; tax and currency codes that are not mapped",
    ),
    experiment("credit-note", Yellow, 2, "an invoice and its credit note"),
    experiment(
        "discounts",
        Red,
        4,
        "lines with a discount, by each of the meanings found in published integrations",
    ),
    experiment("totals", Red, 3, "a wrong Total, TotalTax and SubTotal"),
    experiment("line-amount", Red, 1, "a line amount that is not price times quantity"),
    experiment(
        "ties",
        Red,
        2,
        "an exclusive price whose tax ends on half a cent, with each rounding",
    ),
    experiment("long-hs-codes", Red, 2, "HS codes of 6 and 10 digits"),
    experiment(
        "empty-texts",
        Red,
        3,
        "credit notes with an empty Reference and an empty OriginalInvoiceId, an empty HS code",
    ),
    experiment("numbers-again", Red, 1, "a second document with the number of another"),
    experiment(
        "repeats",
        Red,
        6,
        "documents sent again: without and with IsRetry, with the same and other content, pending and fiscalised",
    ),
    experiment(
        "corrections",
        Red,
        2,
        "a rejected document sent again as it was, and corrected",
    ),
    experiment(
        "dates",
        Red,
        4,
        "dates an hour back, of yesterday, of some days ago without an offset, and of some weeks ago as UTC",
    ),
    experiment(
        "webhooks",
        Green,
        0,
        "nothing: listens for what the portal's Save & Test sends (with --webhook-listen)",
    ),
];

macro_rules! questions {
    ($($name:literal $experiment:literal $asks:literal, $assumed:literal, $changes:literal;)+) => {
        /// The questions, in the order of their experiments.
        pub static QUESTIONS: &[Question] = &[$(Question {
            name: $name, experiment: $experiment, asks: $asks, assumed: $assumed, changes: $changes,
        },)+];
    };
}

questions! {
    "key-case" "account" "How are member names spelled?", "PascalCase, QrData", "switch key_case";
    "device-config" "account" "What does CurrentConfig hold?", "the fields of the authority's getConfig", "evidence of DeviceConfig";
    "vat-payer" "account" "Is the taxpayer of this device registered for VAT?", "yes, when vatNumber is there", "switch vat_payer";
    "mapped" "account" "What is mapped already?", "whatever the account's owner mapped", "nothing; the probe brings its own mappings";
    "day-closing" "account" "How is a closed fiscal day shown, and one whose close failed?", "FiscalDayClosed, FiscalDayCloseFailed", "evidence of FiscalDevice; alarms of the outbox";
    "subscription-fields" "account" "What does a subscription hold?", "nothing is known", "switch subscription; schema Subscription";
    "profile-fields" "account" "What does a profile hold?", "Id and FullName", "schema Profile";
    "currencies" "account" "How are supported currencies listed?", "as a JSON array of codes", "schema of supported currencies";
    "cookies" "account" "Does the service set cookies?", "it may; none is needed", "nothing; cookies are ignored";
    "clock" "account" "How far is the service's clock from this machine's?", "the Date header is right", "a warning of fh doctor";
    "base-path" "paths" "Is /api before every operation?", "yes in production; unknown on the test host", "switch base_path, address of the test environment";
    "test-operation" "paths" "Where is the operation Test?", "POST /test", "switch guessed_paths; operation test_connection";
    "identity" "headers" "Must X-Application and X-App-Station be there?", "yes, on every request", "switches enforce_identity, empty_station";
    "version" "headers" "Must X-App-Version be there?", "no", "switch enforce_version";
    "client-count" "headers" "Must X-Client-Count be there?", "no", "switch enforce_client_count";
    "signature" "headers" "Is the signature over the raw bytes checked?", "yes: 401", "nothing; a service that does not check it is told";
    "signature-get" "headers" "Must requests without a body be signed?", "no; a signature is ignored", "switch get_signature";
    "error-bodies" "errors" "What do error bodies look like?", "ASP.NET problem details", "switch error_body";
    "body-limit" "bodies" "How large may a body be?", "1 MiB", "switch body_limit; how many lines fit a document";
    "status-empty" "status" "Is [] a legal question for statuses?", "yes: []", "switch status_empty; the check of the secret";
    "status-unknown" "status" "How is an unknown request id shown?", "it is left out", "switch status_unknown; how a lost request is told from a pending one";
    "status-limit" "status" "What becomes of more than 100 ids?", "400", "batches";
    "status-old" "status" "How is a request older than seven days shown?", "it is left out", "switch status_too_old; the outcome Expired";
    "download-missing" "files" "What does a missing file answer?", "404", "switch missing_pdf";
    "z-reports" "reports" "How are Z-reports listed?", "a page with Items", "switch z_report_page; schema Paged";
    "z-report-paging" "reports" "Which query parameters ask for a page of them?", "pageIndex from 0, and pageSize", "switch z_report_paging; parameters of list_z_reports";
    "z-report-fields" "reports" "What does a Z-report hold?", "nothing is known", "switch z_report_fields; schema ZReport";
    "z-report-pdf" "reports" "Where is a Z-report as PDF?", "/reports/z-report/{day}/pdf", "switch z_report_pdf; operation download_z_report_pdf";
    "mapping-answers" "mappings" "What do mapping operations answer?", "the mapping, and true for changes", "switches mapping_created, mapping_answer";
    "mapping-second" "mappings" "What becomes of a second mapping of one code?", "refused", "switch second_mapping";
    "rate" "rate" "How many calls without a pause bring a 429?", "unknown", "the pace of the outbox";
    "submit-answer" "plain" "How is a submission answered?", "the bare request id", "switch submit_answer";
    "pending" "plain" "How is a request shown that is not settled?", "an element with Success false and nulls", "switch pending";
    "receipt" "plain" "What does a fiscalised document's record hold?", "QrData with five members, the name of a PDF", "evidence of StatusRequest and QrData";
    "settling" "plain" "How long does a result take?", "3 to 6 s", "switch settle_delay_ms; when to ask first";
    "pdf" "plain" "Of which type is a receipt's PDF?", "application/pdf", "switch pdf_type";
    "numeric-strings" "numbers" "May numbers be text?", "yes", "switch numeric_strings";
    "unknown-fields" "unknown-fields" "What becomes of an unknown field?", "it is ignored", "switch unknown_fields";
    "payment-method" "payment-method" "May PaymentMethod be missing?", "yes", "switch payment_method_required";
    "lengths" "lengths" "Are lengths checked when a document is handed in?", "yes: 400 beyond the authority's limits", "switch constraints";
    "hs-4" "hs-codes" "Are HS codes of 4 digits taken?", "yes", "rule PF12";
    "cash-prefix" "buyers" "Which names need no TIN?", "those that begin with `Cash `", "switch cash_prefix, rule PF18";
    "empty-tin" "buyers" "Is an empty TIN or VAT number taken?", "yes", "switch empty_tin";
    "no-buyer" "buyers" "May the buyer be an empty object?", "no: rejected", "switch empty_buyer";
    "address" "buyers" "May parts of an address be empty or missing?", "yes", "switch incomplete_address, rule PF21";
    "tax-id-as-code" "codes" "Does a tax id do as a tax code?", "no", "switch tax_codes";
    "unmapped" "codes" "What becomes of codes that are not mapped?", "the document is taken and rejected", "rule PF10";
    "credit-note" "credit-note" "Is a credit note with positive amounts fiscalised?", "yes", "evidence of CreditNote";
    "discount" "discounts" "Is a discount per line or per unit, before or after the line amount?", "of the line; either meaning passes", "switches discount, discount_of; rule PF07";
    "total" "totals" "Is Total checked?", "yes", "switch header_total";
    "total-tax" "totals" "Is TotalTax checked?", "yes", "switch header_total_tax, rule PF15";
    "sub-total" "totals" "Is SubTotal checked?", "no", "switch header_sub_total, rule PF16";
    "line-amount" "line-amount" "Is the line amount checked against price times quantity?", "yes", "switch unit_price";
    "error-codes" "line-amount" "Does the reason of a rejection name the authority's code?", "yes", "switch error_codes";
    "tie" "ties" "Which way is half a cent of tax rounded?", "away from zero", "switch ties; the arithmetic of exclusive prices";
    "hs-6" "long-hs-codes" "Are HS codes of 6 digits taken?", "no: rejected", "switch six_digit_hs_code";
    "hs-10" "long-hs-codes" "Are HS codes of 10 digits taken?", "no: rejected", "switch ten_digit_hs_code";
    "empty-reference" "empty-texts" "May a credit note's Reference be empty?", "no: rejected", "switch empty_reference";
    "empty-original" "empty-texts" "May a credit note's OriginalInvoiceId be empty?", "no: rejected", "switch empty_original";
    "empty-hs-code" "empty-texts" "May a line's ProductCode be empty?", "no: rejected", "switch empty_hs_code";
    "unique-numbers" "numbers-again" "Is a document number used once per taxpayer?", "yes: RCPT013", "switch unique_numbers";
    "repeat" "repeats" "A fiscalised document again, without IsRetry?", "taken again", "switch repeat";
    "repeat-with-retry" "repeats" "A fiscalised document again, with IsRetry?", "the earlier request id", "switch repeat_with_retry; whether doubt is resolved by sending again";
    "repeat-other-content" "repeats" "Another content under a fiscalised document's id?", "as any repetition", "switch changed_content";
    "repeat-pending" "repeats" "A pending document again, with IsRetry?", "the earlier request id", "whether doubt is resolved by sending again";
    "correction" "corrections" "A rejected document again, corrected?", "taken under a new request id", "switch rejected_again";
    "date-order" "dates" "May a document be dated before the one before it?", "yes, as far as can be seen", "colour RCPT030, rule PF26";
    "date-reaches-receipt" "dates" "Does the document's Date reach the receipt?", "unknown", "date_reaches_receipt: rule PF26 blocks when it does";
    "naive-date" "dates" "How is a date without an offset read?", "as Central Africa Time", "switch naive_dates";
    "date-offset" "dates" "How is a date with another offset read?", "it is converted", "switch offset_dates";
    "webhook-test" "webhooks" "What does the portal's Save & Test send?", "some requests rightly signed and some wrongly", "the receiver of webhooks";
    "webhook-payload" "webhooks" "What does a webhook hold?", "an array of records as of /status", "evidence of webhooks";
}

impl Experiment {
    /// The experiment of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        EXPERIMENTS.iter().find(|experiment| experiment.name == name)
    }
}

impl Question {
    /// The question of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        QUESTIONS.iter().find(|question| question.name == name)
    }

    /// How red asking it can turn out.
    #[must_use]
    pub fn risk(&self) -> Risk {
        Experiment::named(self.experiment).map_or(Risk::Red, |experiment| experiment.risk)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_question_has_an_experiment_and_every_experiment_a_question() {
        let asked: BTreeSet<&str> = QUESTIONS.iter().map(|question| question.experiment).collect();
        let made: BTreeSet<&str> = EXPERIMENTS.iter().map(|experiment| experiment.name).collect();
        assert_eq!(asked, made);
        let names: BTreeSet<&str> = QUESTIONS.iter().map(|question| question.name).collect();
        assert_eq!(names.len(), QUESTIONS.len(), "a name is given twice");
    }

    #[test]
    fn green_comes_before_yellow_and_red_last_and_all_fit_the_limit() {
        let risks: Vec<Risk> = EXPERIMENTS
            .iter()
            .filter(|one| one.name != "webhooks")
            .map(|one| one.risk)
            .collect();
        assert!(risks.is_sorted(), "{risks:?}");
        let documents: u32 = EXPERIMENTS.iter().map(|one| one.documents).sum();
        assert!(documents <= 60, "{documents}");
    }
}
