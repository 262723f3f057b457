use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Operation;

macro_rules! faults {
    ($($name:ident $wire:literal $doc:literal;)+) => {
        /// Something that goes wrong on demand.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = $doc] #[serde(rename = $wire)] $name,)+
        }

        impl Fault {
            /// Every fault.
            pub const ALL: [Self; 20] = [$(Self::$name,)+];

            /// Its name in a fault plan.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $wire,)+ }
            }
        }
    };
}

faults! {
    DropBefore "drop_before" "The connection is closed before anything was kept.";
    Delay "delay" "The answer comes `ms` milliseconds late (default 100).";
    Unauthorized401 "unauthorized_401" "`401`, as for a revoked key.";
    PaymentRequired402 "payment_required_402" "`402`, as for an unpaid subscription.";
    NotFound404 "not_found_404" "`404`, as for a device that is not attached.";
    TooManyRequests429 "too_many_requests_429" "`429` with `Retry-After: seconds` (default 1).";
    ServerError500Html "server_error_500_html" "`500` with an HTML body.";
    BadGateway502Html "bad_gateway_502_html" "`502` with an HTML body.";
    LostReply "lost_reply" "The request is carried out in full, then the connection is closed without an answer.";
    WebhookBeforeReply "webhook_before_reply" "The result is pushed before the submission is answered.";
    WebhookDuplicate "webhook_duplicate" "A result is pushed twice.";
    WebhookReorder "webhook_reorder" "A result is pushed after the one that follows it.";
    WebhookSilent "webhook_silent" "A result is not pushed.";
    ClockSkew "clock_skew" "The `Date` header is off by `seconds` (default 600).";
    StatusPending "status_pending" "A `/status` answer shows what is settled as if it were not.";
    StatusMissing "status_missing" "Requests that are not settled are left out of a `/status` answer.";
    EarlierRequestId "earlier_request_id" "A submission is taken in, and answered with the request id that the one before it was told.";
    PdfHtml "pdf_html" "A download answers `200` with an HTML page.";
    PdfTruncated "pdf_truncated" "A download answers the first half of the PDF.";
    RejectedOnce "rejected_once" "The result is a rejection that may be sent again; nothing reaches the authority.";
}

impl Fault {
    /// Whether it can strike `operation` when a plan does not say where.
    pub(crate) fn strikes(self, operation: Operation) -> bool {
        match self {
            Self::LostReply | Self::WebhookBeforeReply | Self::RejectedOnce | Self::EarlierRequestId => {
                operation.is_submission()
            }
            Self::StatusPending | Self::StatusMissing => operation == Operation::Status,
            Self::PdfHtml | Self::PdfTruncated => operation.is_pdf(),
            Self::WebhookDuplicate | Self::WebhookReorder | Self::WebhookSilent => false,
            _ => true,
        }
    }

    pub(crate) fn is_about_webhooks(self) -> bool {
        matches!(
            self,
            Self::WebhookDuplicate | Self::WebhookReorder | Self::WebhookSilent
        )
    }
}

/// How often a fault strikes, and how hard.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dose {
    /// The share of requests that it strikes, 0 to 1.
    pub rate: f64,
    /// It strikes this many requests and is then used up.
    pub count: u64,
    /// For [`Fault::Delay`].
    pub ms: Option<u64>,
    /// For [`Fault::TooManyRequests429`] and [`Fault::ClockSkew`].
    pub seconds: Option<i64>,
    /// Only these operations; empty for all that the fault can strike.
    pub on: Vec<Operation>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongDose {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on: Vec<Operation>,
}

impl Dose {
    /// Strikes this share of requests.
    #[must_use]
    pub fn rate(rate: f64) -> Self {
        Self {
            rate,
            ..Self::default()
        }
    }

    /// Strikes the next `count` requests.
    #[must_use]
    pub fn count(count: u64) -> Self {
        Self {
            count,
            ..Self::default()
        }
    }

    fn to_value(&self) -> Value {
        let plain = self.count == 0 && self.ms.is_none() && self.seconds.is_none() && self.on.is_empty();
        if plain {
            return self.rate.into();
        }
        let long = LongDose {
            rate: (self.rate > 0.0).then_some(self.rate),
            count: (self.count > 0).then_some(self.count),
            ms: self.ms,
            seconds: self.seconds,
            on: self.on.clone(),
        };
        serde_json::to_value(long).unwrap_or(Value::Null)
    }
}

/// Why a fault plan was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "fault plan: {0}; write it such as {{\"lost_reply\": 0.2, \"delay\": {{\"count\": 3, \"ms\": 50}}, \"seed\": 7}}"
)]
pub struct FaultPlanError(String);

/// Which faults strike, how often, and the seed of the dice.
///
/// In JSON: the fault's name and its rate (`0.2`), or an object with `rate`, `count`, `ms`, `seconds` and `on` (operation
/// names); and optionally `seed`.
///
/// ```
/// use fh_sim::{Dose, Fault, FaultPlan};
/// let plan: FaultPlan = serde_json::from_str(r#"{"lost_reply": 0.2, "delay": {"count": 3, "ms": 50}, "seed": 7}"#)?;
/// assert_eq!(plan, FaultPlan::default().with(Fault::LostReply, Dose::rate(0.2)).with(Fault::Delay, Dose { ms: Some(50), ..Dose::count(3) }).seed(7));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Map<String, Value>", into = "serde_json::Map<String, Value>")]
pub struct FaultPlan {
    pub(crate) doses: BTreeMap<Fault, Dose>,
    pub(crate) seed: Option<u64>,
}

impl FaultPlan {
    /// Adds a fault, in place of an earlier dose of it.
    #[must_use]
    pub fn with(mut self, fault: Fault, dose: Dose) -> Self {
        self.doses.insert(fault, dose);
        self
    }

    /// The same dice every time.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The dose of a fault that is in the plan.
    #[must_use]
    pub fn dose(&self, fault: Fault) -> Option<&Dose> {
        self.doses.get(&fault)
    }
}

impl TryFrom<serde_json::Map<String, Value>> for FaultPlan {
    type Error = FaultPlanError;

    fn try_from(map: serde_json::Map<String, Value>) -> Result<Self, FaultPlanError> {
        let mut plan = Self::default();
        for (name, value) in map {
            if name == "seed" {
                let seed = value.as_u64();
                plan.seed =
                    Some(seed.ok_or_else(|| FaultPlanError("seed must be a whole number, not negative".into()))?);
                continue;
            }
            let fault = Fault::ALL
                .into_iter()
                .find(|fault| fault.name() == name)
                .ok_or_else(|| {
                    let known: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
                    FaultPlanError(format!("there is no fault {name:?}; known are {}", known.join(", ")))
                })?;
            let dose = if let Some(rate) = value.as_f64() {
                Dose::rate(rate)
            } else {
                let long: LongDose =
                    serde_json::from_value(value).map_err(|error| FaultPlanError(format!("{name}: {error}")))?;
                Dose {
                    rate: long.rate.unwrap_or_default(),
                    count: long.count.unwrap_or_default(),
                    ms: long.ms,
                    seconds: long.seconds,
                    on: long.on,
                }
            };
            if !(0.0..=1.0).contains(&dose.rate) {
                return Err(FaultPlanError(format!(
                    "{name}: a rate is between 0 and 1, not {}",
                    dose.rate
                )));
            }
            plan.doses.insert(fault, dose);
        }
        Ok(plan)
    }
}

impl From<FaultPlan> for serde_json::Map<String, Value> {
    fn from(plan: FaultPlan) -> Self {
        let mut map: Self = plan
            .doses
            .iter()
            .map(|(fault, dose)| (fault.name().to_owned(), dose.to_value()))
            .collect();
        if let Some(seed) = plan.seed {
            map.insert("seed".into(), seed.into());
        }
        map
    }
}
