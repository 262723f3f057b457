use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use fh_types::{Clock, SystemClock};

use crate::{
    Colour, DiscountPolicy, FaultPlan, KeyCase, PendingForm, RejectedAgain, Repeat, SubmitAnswer, UnknownFields,
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
