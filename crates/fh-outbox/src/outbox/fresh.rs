//! What is known of an account is asked for again before a document is refused by it: a mapping that was added a moment ago counts at once.

use std::{
    future::Future,
    sync::{Arc, PoisonError},
    time::Duration,
};

use fh_types::SystemClock;
use fiscal_harmony::Client;
use tokio::time::{Instant, timeout};

use super::{handle::Outbox, sources::may_ask};
use crate::{error::OutboxError, store::enqueue::Checks};

/// How long the answer is waited for: somebody may stand at the counter, and what was known will do.
const PATIENCE: Duration = Duration::from_secs(3);

impl Outbox {
    /// Whom to ask what the service knows of this lane's account, when a document would be refused by what was
    /// [known](Self::set_catalogue) of it: a mapping that was added since then counts at once. It is asked at most three times in half a minute
    /// and waited for at most three seconds. A [worker](Self::run) does this by itself for its lanes.
    pub fn learn_from(&self, client: &Client) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.set(&self.lane, client);
    }

    /// Does something under the checks of a lane; when they refuse it by what is known of the account, once more after asking.
    pub(super) async fn under_fresh_checks<T, F>(&self, lane: &str, act: impl Fn(Checks) -> F) -> Result<T, OutboxError>
    where
        F: Future<Output = Result<T, OutboxError>>,
    {
        let outbox = self.for_lane(lane);
        let checks = outbox.checks();
        let done = act(checks.clone()).await;
        let is_stale = matches!(&done, Err(OutboxError::Preflight(findings)) if findings.rest_on_the_account());
        // What is rare is boxed, so that what is usual takes no more of the stack for it.
        if is_stale && Box::pin(outbox.knows_more_than(&checks)).await {
            Box::pin(act(outbox.checks())).await
        } else {
            done
        }
    }

    /// Asks for what is known of this lane's account, unless somebody else just did. Whether it differs from what the checks knew.
    pub(super) async fn knows_more_than(&self, checks: &Checks) -> bool {
        let source = {
            let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
            sources.of(&self.lane)
        };
        if let Some(source) = source {
            // Those who come meanwhile wait for the one answer.
            let mut asked = source.asked.lock().await;
            if !self.is_newer_than(checks) && may_ask(&mut asked, Instant::now()) {
                let answer = source.client.catalogue_within(Duration::ZERO, &SystemClock);
                match timeout(PATIENCE, answer).await {
                    Ok(Ok(catalogue)) => {
                        self.set_catalogue(catalogue);
                        self.note_clock(&source.client);
                    }
                    Ok(Err(error)) => {
                        tracing::debug!(lane = self.lane, %error, "the account could not be asked for before a refusal");
                    }
                    Err(_) => tracing::debug!(lane = self.lane, "the account did not answer before a refusal"),
                }
            }
        }
        self.is_newer_than(checks)
    }

    fn is_newer_than(&self, checks: &Checks) -> bool {
        match (self.catalogue(), &checks.catalogue) {
            (Some(now), Some(then)) => !Arc::ptr_eq(&now, then),
            (now, then) => now.is_some() != then.is_some(),
        }
    }
}
