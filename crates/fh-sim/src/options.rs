use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use fh_types::{Clock, SystemClock};

use crate::{
    Colour, FaultPlan,
    choices::{
        CashPrefix, DiscountOf, DiscountPolicy, EmptyStation, EmptyStatus, ErrorBody, GetSignature, GuessedPaths,
        HeaderCheck, KeyCase, Leniency, MappingAnswer, MappingCreated, MissingPdf, NaiveDates, OffsetDates, PdfType,
        PendingForm, ReceiptDate, RejectedAgain, Repeat, SameIdOtherContent, SecondMapping, StatusOfUnknown,
        SubmitAnswer, SubscriptionForm, TaxCodes, Ties, UnitPrice, UnknownFields, WebhookBurst, WebhookCookies,
        WorldAtStart, ZReportFields, ZReportPage, ZReportPaging, ZReportPdfPath,
    },
    pace::Spread,
};

/// The switches of a simulator, each with its default. [`SWITCHES`](crate::SWITCHES) has those that stand for the service's behaviour by name.
///
/// ```
/// use fh_sim::{Options, PendingForm};
/// use std::time::Duration;
/// let options = Options::builder().seed(7).settle_delay(Duration::from_millis(1)).pending(PendingForm::Missing).build();
/// assert_eq!(options.base_path, "/api");
/// ```
#[derive(Debug, Clone, bon::Builder)]
#[builder(on(String, into), derive(Debug), state_mod(vis = "pub(crate)"))]
#[non_exhaustive]
pub struct Options {
    /// The loopback port to listen on; 0 takes a free one.
    #[builder(default)]
    pub port: u16,
    /// Decides the credentials, the request ids and the dice of faults.
    #[builder(default = 1)]
    pub seed: u64,
    /// The time between acceptance and result.
    #[builder(default = Duration::from_millis(20))]
    pub settle_delay: Duration,
    /// How those times are spread around it.
    #[builder(default)]
    pub settle_spread: Spread,
    /// `taxPayerDayMaxHrs`: hours after which a fiscal day is to be closed.
    #[builder(default = 24)]
    pub fiscal_day_hours: u32,
    /// Where dates come from: fiscal days, the `Date` header, the seven-day window.
    #[builder(default = Arc::new(SystemClock))]
    pub clock: Arc<dyn Clock>,
    /// How many times faster than life the webhook retry schedule runs.
    #[builder(default = 1)]
    pub time_scale: u32,
    /// Whether `X-Application` and `X-App-Station` must be present and non-empty on every request.
    #[builder(default = true)]
    pub enforce_identity: bool,
    /// Whether `X-App-Version` must be present too. No integration sends it, so it is not enforced by default.
    #[builder(default = false)]
    pub enforce_version: bool,
    /// A repeated document id without `IsRetry: true`.
    #[builder(default = Repeat::SecondAcceptance)]
    pub repeat: Repeat,
    /// A repeated document id with `IsRetry: true`.
    #[builder(default = Repeat::SameRequest)]
    pub repeat_with_retry: Repeat,
    /// A repeated document id whose latest attempt was rejected, with `IsRetry: true` or without.
    #[builder(default = RejectedAgain::TakesNew)]
    pub rejected_again: RejectedAgain,
    /// Whether the authority checks that a document number is used once per taxpayer (`RCPT013`).
    #[builder(default = true)]
    pub unique_numbers: bool,
    /// The form of a pending request in `/status`.
    #[builder(default = PendingForm::Nulls)]
    pub pending: PendingForm,
    /// The form of a submission's answer.
    #[builder(default = SubmitAnswer::BareText)]
    pub submit_answer: SubmitAnswer,
    /// The spelling of property names in answers.
    #[builder(default = KeyCase::Pascal)]
    pub key_case: KeyCase,
    /// The path prefix of the API; empty for none.
    #[builder(default = "/api".to_owned())]
    pub base_path: String,
    /// Whether numbers may also come as numeric strings.
    #[builder(default = true)]
    pub numeric_strings: bool,
    /// Fields that the OpenAPI document does not know.
    #[builder(default = UnknownFields::Ignore)]
    pub unknown_fields: UnknownFields,
    /// Whether patterns, lengths and bounds of the OpenAPI document refuse a request with `400`. Without them only types and
    /// required fields do, and the authority judges the values.
    #[builder(default = true)]
    pub constraints: bool,
    /// What a discount means.
    #[builder(default = DiscountPolicy::Either)]
    pub discount: DiscountPolicy,
    /// Whether the taxpayer is registered for VAT.
    #[builder(default = true)]
    pub vat_payer: bool,
    /// A repeated document id with other content, before it was rejected.
    #[builder(default = SameIdOtherContent::NotNoticed)]
    pub changed_content: SameIdOtherContent,
    /// An id in `/status` that was never given.
    #[builder(default = StatusOfUnknown::LeftOut)]
    pub status_unknown: StatusOfUnknown,
    /// An id in `/status` that is older than seven days.
    #[builder(default = StatusOfUnknown::LeftOut)]
    pub status_too_old: StatusOfUnknown,
    /// `/status` with an empty list.
    #[builder(default = EmptyStatus::EmptyList)]
    pub status_empty: EmptyStatus,
    /// The body of an error.
    #[builder(default = ErrorBody::ProblemDetails)]
    pub error_body: ErrorBody,
    /// Whether the `Error` of a rejection names the authority's code.
    #[builder(default = true)]
    pub error_codes: bool,
    /// The operation Test, whose path nobody has published.
    #[builder(default = GuessedPaths::Served)]
    pub guessed_paths: GuessedPaths,
    /// What a subscription holds.
    #[builder(default = SubscriptionForm::Invented)]
    pub subscription: SubscriptionForm,
    /// How a list of Z-reports is wrapped.
    #[builder(default = ZReportPage::Items)]
    pub z_report_page: ZReportPage,
    /// How a page of Z-reports is asked for.
    #[builder(default = ZReportPaging::PageIndex)]
    pub z_report_paging: ZReportPaging,
    /// What a Z-report holds.
    #[builder(default = ZReportFields::Invented)]
    pub z_report_fields: ZReportFields,
    /// Where a Z-report is as PDF.
    #[builder(default = ZReportPdfPath::Pdf)]
    pub z_report_pdf: ZReportPdfPath,
    /// The largest body that is taken, in bytes; 0 for no limit.
    #[builder(default = 1024 * 1024)]
    pub body_limit: u32,
    /// The content type of a PDF.
    #[builder(default = PdfType::Pdf)]
    pub pdf_type: PdfType,
    /// The answer for a file that does not exist.
    #[builder(default = MissingPdf::NotFound)]
    pub missing_pdf: MissingPdf,
    /// The status of a new mapping.
    #[builder(default = MappingCreated::Ok)]
    pub mapping_created: MappingCreated,
    /// The answer when a mapping was changed or deleted.
    #[builder(default = MappingAnswer::Boolean)]
    pub mapping_answer: MappingAnswer,
    /// A mapping of a code that has one.
    #[builder(default = SecondMapping::Refused)]
    pub second_mapping: SecondMapping,
    /// What the tax code of a line may be.
    #[builder(default = TaxCodes::Mapped)]
    pub tax_codes: TaxCodes,
    /// An address with empty or missing parts.
    #[builder(default = Leniency::Taken)]
    pub incomplete_address: Leniency,
    /// A buyer `{}`.
    #[builder(default = Leniency::Authority)]
    pub empty_buyer: Leniency,
    /// An empty TIN or VAT number.
    #[builder(default = Leniency::Taken)]
    pub empty_tin: Leniency,
    /// A credit note with an empty reason.
    #[builder(default = Leniency::Authority)]
    pub empty_reference: Leniency,
    /// A credit note with an empty id of its invoice.
    #[builder(default = Leniency::Authority)]
    pub empty_original: Leniency,
    /// A line with an empty HS code.
    #[builder(default = Leniency::Authority)]
    pub empty_hs_code: Leniency,
    /// A line with an HS code of 6 digits.
    #[builder(default = Leniency::Authority)]
    pub six_digit_hs_code: Leniency,
    /// A line with an HS code of 9 or 10 digits.
    #[builder(default = Leniency::Authority)]
    pub ten_digit_hs_code: Leniency,
    /// Whether a document must have a payment method.
    #[builder(default = false)]
    pub payment_method_required: bool,
    /// Whose name makes a buyer without a TIN.
    #[builder(default = CashPrefix::Exact)]
    pub cash_prefix: CashPrefix,
    /// A date without an offset.
    #[builder(default = NaiveDates::CentralAfrica)]
    pub naive_dates: NaiveDates,
    /// A date with another offset than +02:00.
    #[builder(default = OffsetDates::Converted)]
    pub offset_dates: OffsetDates,
    /// Which date the receipt has.
    #[builder(default = ReceiptDate::Document)]
    pub receipt_date: ReceiptDate,
    /// A station that is there and empty.
    #[builder(default = EmptyStation::Refused)]
    pub empty_station: EmptyStation,
    /// Whether `X-Client-Count` must be present. No integration sends it.
    #[builder(default = false)]
    pub enforce_client_count: bool,
    /// A signature where there is no body.
    #[builder(default = GetSignature::Ignored)]
    pub get_signature: GetSignature,
    /// Unit price and quantity beside the line amount.
    #[builder(default = UnitPrice::Checked)]
    pub unit_price: UnitPrice,
    /// What a discount is off.
    #[builder(default = DiscountOf::Line)]
    pub discount_of: DiscountOf,
    /// `Total` against the lines.
    #[builder(default = HeaderCheck::Checked)]
    pub header_total: HeaderCheck,
    /// `TotalTax` against the lines.
    #[builder(default = HeaderCheck::Checked)]
    pub header_total_tax: HeaderCheck,
    /// `SubTotal` against the lines.
    #[builder(default = HeaderCheck::Remarked)]
    pub header_sub_total: HeaderCheck,
    /// Half a cent of tax on prices without tax.
    #[builder(default = Ties::HalfUp)]
    pub ties: Ties,
    /// What the account has at the start and after a reset.
    #[builder(default = WorldAtStart::Furnished)]
    pub world: WorldAtStart,
    /// A webhook receiver that answers with cookies.
    #[builder(default = WebhookCookies::Refused)]
    pub webhook_cookies: WebhookCookies,
    /// What the save-and-test of a webhook sends.
    #[builder(default = WebhookBurst::Full)]
    pub webhook_burst: WebhookBurst,
    /// Requests a minute of a device before `429`; 0 for no limit.
    #[builder(default = 0)]
    pub rate_limit: u32,
    /// Colours of authority codes that differ from the default, such as `RCPT030` to [`Colour::Red`].
    #[builder(default)]
    pub colours: BTreeMap<String, Colour>,
    /// Where results are pushed from the start, without the save-and-test burst.
    pub webhook: Option<String>,
    /// How long a webhook receiver may take.
    #[builder(default = Duration::from_secs(5))]
    pub webhook_timeout: Duration,
    /// Where the state is kept between processes.
    pub state_file: Option<PathBuf>,
    /// The faults to begin with.
    #[builder(default)]
    pub faults: FaultPlan,
}

impl Default for Options {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl Options {
    pub(crate) fn prefix(&self) -> String {
        let trimmed = self.base_path.trim_matches('/');
        if trimmed.is_empty() {
            String::new()
        } else {
            format!("/{trimmed}")
        }
    }
}
