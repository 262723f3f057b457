//! What is known of an account is asked for again before a document is refused by it: a mapping that was added a moment ago counts at once.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    sync::{Arc, PoisonError},
    time::Duration,
};

use fh_types::SystemClock;
use fiscal_harmony::Client;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::handle::Outbox;
use crate::{error::OutboxError, store::enqueue::Checks};

/// How often an account is asked for again within [`SPAN`]: a person who mends a mapping tries some times, a program that hands in what is
/// wrong a thousand times.
const TIMES: usize = 3;
const SPAN: Duration = Duration::from_secs(30);

/// How long the answer is waited for: somebody may stand at the counter, and what was known will do.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whom to ask for what is known of the lanes' accounts, and when each was asked.
#[derive(Debug, Default)]
pub(crate) struct Sources(HashMap<String, Source>);

#[derive(Debug, Clone)]
struct Source {
    client: Client,
    asked: Arc<Mutex<VecDeque<Instant>>>,
}

impl Outbox {
    /// Whom to ask what the service knows of this lane's account, when a document would be refused by what was
    /// [known](Self::set_catalogue) of it: a mapping that was added since then counts at once. It is asked at most three times in half a minute
    /// and waited for at most three seconds. A [worker](Self::run) does this by itself for its lanes.
    pub fn learn_from(&self, client: &Client) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = sources.0.get(&self.lane).map(|source| source.asked.clone());
        let source = Source {
            client: client.clone(),
            asked: asked.unwrap_or_default(),
        };
        sources.0.insert(self.lane.clone(), source);
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
        if is_stale && outbox.knows_more_than(&checks).await {
            act(outbox.checks()).await
        } else {
            done
        }
    }

    /// Asks for what is known of this lane's account, unless somebody else just did. Whether it differs from what the checks knew.
    pub(super) async fn knows_more_than(&self, checks: &Checks) -> bool {
        let source = {
            let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
            sources.0.get(&self.lane).cloned()
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

/// Whether it may be asked now; then that is noted.
fn may_ask(asked: &mut VecDeque<Instant>, now: Instant) -> bool {
    while asked
        .front()
        .is_some_and(|at| now.saturating_duration_since(*at) >= SPAN)
    {
        asked.pop_front();
    }
    let may = asked.len() < TIMES;
    if may {
        asked.push_back(now);
    }
    may
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_asked_for_so_often_in_a_while_and_no_more() {
        let (mut asked, began) = (VecDeque::new(), Instant::now());
        let mut may = |seconds| may_ask(&mut asked, began + Duration::from_secs(seconds));
        assert_eq!(
            [may(0), may(1), may(2), may(3), may(29)],
            [true, true, true, false, false]
        );
        assert_eq!(
            [may(30), may(30), may(31), may(32), may(33)],
            [true, false, true, true, false]
        );
    }
}
