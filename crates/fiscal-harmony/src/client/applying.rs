//! Doing what a plan of mappings says.

use std::{fmt, time::Duration};

use fh_types::CatDateTime;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{Client, catalogue::unless_missing};
use crate::{
    Delivery, Error, RetryPolicy,
    device::DeviceConfig,
    mapping::{Mapped, Plan, Problem, Step, Wanted},
};

/// How often one step is tried before it is given up.
const TRIES: u32 = 12;

/// How one that failed is waited for: a plan is short, and somebody watches.
const WAITS: RetryPolicy = RetryPolicy {
    attempts: u32::MAX,
    base: Duration::from_millis(200),
    cap: Duration::from_secs(5),
    deadline: Duration::from_secs(600),
};

/// Why a plan of mappings was not done to its end. What was done stays; the same again goes on from there.
#[derive(Debug)]
#[non_exhaustive]
pub enum ApplyError {
    /// Something stands in the way, so that nothing was done.
    Problems(Vec<Problem>),
    /// What the account has could not be read.
    Read(Error),
    /// The service refused a step, or could not be reached for it.
    Step {
        /// Which step.
        step: Box<Step>,
        /// Why.
        error: Error,
    },
    /// The service said yes to a step, and the account has not changed.
    NotDone {
        /// Which step.
        step: Box<Step>,
    },
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problems(problems) => {
                let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
                write!(f, "nothing was changed: {}", said.join("; "))
            }
            Self::Read(error) => write!(f, "what the account has cannot be read: {error}"),
            Self::Step { step, error } => {
                write!(
                    f,
                    "{step}: {error}; what was done before it stays, and the same command goes on from there"
                )
            }
            Self::NotDone { step } => write!(
                f,
                "{step}: the service said that it was done, and the account has not changed; do it in the portal, and tell the vendor"
            ),
        }
    }
}

impl std::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(error) | Self::Step { error, .. } => Some(error),
            Self::Problems(_) | Self::NotDone { .. } => None,
        }
    }
}

impl Client {
    /// What the account has: its mappings, the device's taxes and the supported currencies.
    ///
    /// # Errors
    ///
    /// When a part cannot be read. A device that does not exist, or whose table cannot be understood, has no taxes.
    pub async fn mapped(&self) -> Result<Mapped, Error> {
        let (taxes, currencies, device, supported) = futures_util::future::try_join4(
            self.tax_mappings(),
            self.currency_mappings(),
            async { unless_missing(self.device().await) },
            self.supported_currencies(),
        )
        .await?;
        let config = device.and_then(|device| device.current_config);
        let config = config.and_then(|config| DeviceConfig::from_value(&Value::String(config)).ok());
        Ok(Mapped::new(
            taxes,
            currencies,
            config.map(|config| config.taxes).unwrap_or_default(),
            supported,
        ))
    }

    /// Does what is missing so that the account has what is wanted, and looks whether it then has. `shown` is the plan that somebody has
    /// agreed to: what it does not delete is not deleted, whatever the account has become since. `told` hears of each step that was done.
    ///
    /// It may be called again after anything: a step whose answer was lost is looked for before it is taken again, so that nothing is
    /// added twice.
    ///
    /// # Errors
    ///
    /// When something stands in the way (then nothing is done), and when the service refuses, or cannot be reached for a while.
    ///
    /// # Cancellation
    ///
    /// A step may have been done or not. Call it again.
    pub async fn apply_mappings(
        &self,
        wanted: &Wanted,
        shown: &Plan,
        day: CatDateTime,
        mut told: impl FnMut(&Step),
    ) -> Result<Mapped, ApplyError> {
        if !shown.problems.is_empty() {
            return Err(ApplyError::Problems(shown.problems.clone()));
        }
        let deletes = shown.steps.iter().any(Step::deletes);
        let started = Instant::now();
        let mut tried: Vec<Tried> = Vec::new();
        loop {
            let mapped = self.mapped().await.map_err(ApplyError::Read)?;
            let plan = Plan::of(wanted, &mapped, day, deletes).within(shown);
            if !plan.problems.is_empty() {
                return Err(ApplyError::Problems(plan.problems));
            }
            // A step that was tried and is not needed any more was done, whatever its answer was.
            for one in tried
                .iter_mut()
                .filter(|one| !one.is_told && !plan.steps.contains(&one.step))
            {
                one.is_told = true;
                told(&one.step);
            }
            if plan.steps.is_empty() {
                return Ok(mapped);
            }
            for step in plan.steps {
                let one = Tried::again(&mut tried, &step);
                let tries = one.times;
                let Err(error) = self.take(&step).await else {
                    if tries > 2 {
                        return Err(ApplyError::NotDone { step: Box::new(step) });
                    }
                    if !std::mem::replace(&mut one.is_told, true) {
                        told(&step);
                    }
                    continue;
                };
                let may_pass = tries < TRIES && (tries == 1 || passes(&error));
                let wait = self.draw(|random| WAITS.wait(tries, started.elapsed(), error.retry_after(), random));
                let Some(wait) = wait.filter(|_| may_pass) else {
                    let step = Box::new(step);
                    return Err(ApplyError::Step { step, error });
                };
                sleep(wait).await;
                // It may have been done: looked for before anything else.
                break;
            }
        }
    }

    /// Takes one step, once.
    async fn take(&self, step: &Step) -> Result<(), Error> {
        match step {
            Step::AddTax { mapping, .. } => self.add_tax_mapping(mapping).await.map(drop),
            Step::ChangeTax { id, mapping, .. } => self.update_tax_mapping(*id, mapping).await.map(drop),
            Step::DeleteTax { id, .. } => self.delete_tax_mapping(*id).await,
            Step::AddCurrency { mapping } => self.add_currency_mapping(mapping).await.map(drop),
            Step::ChangeCurrency { id, mapping, .. } => self.update_currency_mapping(*id, mapping).await.map(drop),
            Step::DeleteCurrency { id, .. } => self.delete_currency_mapping(*id).await,
        }
    }
}

/// A step that was tried.
struct Tried {
    step: Step,
    times: u32,
    is_told: bool,
}

impl Tried {
    /// Notes that a step is tried once more.
    fn again<'t>(tried: &'t mut Vec<Self>, step: &Step) -> &'t mut Self {
        let at = tried.iter().position(|one| one.step == *step).unwrap_or_else(|| {
            tried.push(Self {
                step: step.clone(),
                times: 0,
                is_told: false,
            });
            tried.len() - 1
        });
        let one = &mut tried[at];
        one.times += 1;
        one
    }
}

/// It may go well another time, or has gone well already.
fn passes(error: &Error) -> bool {
    error.is_retryable() || error.delivery() == Delivery::MaybeSent || error.delivery() == Delivery::Accepted
}
