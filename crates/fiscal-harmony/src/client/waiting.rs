use std::{
    collections::{HashMap, VecDeque},
    pin::pin,
    time::Duration,
};

use fh_types::RequestId;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use super::{call::poll_ceiling, handle::Client};
use crate::{Error, Outcome, retry::full_jitter};

impl Client {
    /// Asks for the outcomes of several submissions, together, until each is settled or the time is over. Each comes as soon as it is
    /// known, in no order that could be relied on; what is not settled when the time is over is [`Outcome::Pending`].
    ///
    /// Faults that pass are waited out: the documents are with the service, and a failed question does not change that. An element is
    /// an error when the credentials are refused, the answers cannot be read, or the last question failed. With no time at all one
    /// question is asked at once.
    ///
    /// # Cancellation
    ///
    /// Dropping the stream stops the asking and changes nothing else.
    pub fn wait_all(
        &self,
        request_ids: impl IntoIterator<Item = RequestId>,
        within: Duration,
    ) -> impl Stream<Item = (RequestId, Result<Outcome, Error>)> + Send + '_ {
        let waiting = Waiting {
            open: request_ids.into_iter().collect(),
            known: VecDeque::new(),
            until: Instant::now() + within,
            polls: 0,
        };
        stream::unfold(waiting, async |mut waiting| {
            loop {
                if let Some(known) = waiting.known.pop_front() {
                    return Some((known, waiting));
                }
                if waiting.open.is_empty() {
                    return None;
                }
                waiting.ask(self).await;
            }
        })
    }
}

/// Submissions whose outcomes are asked for.
struct Waiting {
    open: Vec<RequestId>,
    known: VecDeque<(RequestId, Result<Outcome, Error>)>,
    until: Instant,
    polls: u32,
}

impl Waiting {
    async fn ask(&mut self, client: &Client) {
        let ceiling = poll_ceiling(self.polls);
        // Between half the ceiling and all of it: never at once, never in step with other tills.
        let wait = ceiling / 2 + client.draw(|random| full_jitter(ceiling / 2, random));
        let next = Instant::now() + wait;
        let last = next >= self.until;
        sleep_until(next.min(self.until)).await;
        self.polls += 1;
        let mut answers = HashMap::new();
        let mut failure = None;
        {
            let mut outcomes = pin!(client.outcomes(self.open.clone()));
            while let Some(answer) = outcomes.next().await {
                match answer {
                    Ok((id, outcome)) => {
                        answers.insert(id, outcome);
                    }
                    Err(error) => {
                        debug!(%error, "the status could not be asked");
                        failure = Some(error);
                    }
                }
            }
        }
        for id in std::mem::take(&mut self.open) {
            match (answers.get(&id), &failure) {
                (Some(outcome), _) if last || outcome.is_settled() => {
                    let outcome = outcome.clone();
                    self.known.push_back((id, Ok(outcome)));
                }
                (None, Some(error)) if last || !error.is_retryable() => {
                    let error = error.clone();
                    self.known.push_back((id, Err(error)));
                }
                (None, None) if last => self.known.push_back((id, Ok(Outcome::Pending))),
                _ => self.open.push(id),
            }
        }
    }
}
